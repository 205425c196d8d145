//! Quotes, lists and tables while they are open.
//!
//! A stack of frames stands for the open containers. What HTML leaves out (an item in a list, a row
//! and cell in a table) is opened when content needs it; what is misnested closes what it must and
//! never more than the present cell, but for the end of a table.

use super::super::model::{Block, Cell, MAX_DEPTH, Row};
use super::{Builder, Frame, Open};

/// What nests.
#[derive(Clone, Copy)]
pub(super) enum Nest {
    Quote,
    List,
    Table,
}

impl Nest {
    fn is(self, frame: &Frame) -> bool {
        match self {
            Nest::Quote => matches!(frame, Frame::Quote(_)),
            Nest::List => matches!(frame, Frame::List { .. }),
            Nest::Table => matches!(frame, Frame::Table(_)),
        }
    }
}

/// Containers.
impl Builder {
    fn depth(&self) -> usize {
        let nests = |f: &&Frame| [Nest::Quote, Nest::List, Nest::Table].iter().any(|n| n.is(f));
        self.stack.iter().filter(nests).count()
    }

    fn beyond(&mut self, nest: Nest) -> &mut u32 {
        let [quotes, lists, tables] = &mut self.beyond;
        match nest {
            Nest::Quote => quotes,
            Nest::List => lists,
            Nest::Table => tables,
        }
    }

    pub(super) fn enter(&mut self, nest: Nest, frame: Frame) {
        self.flush();
        if self.depth() >= MAX_DEPTH {
            let beyond = self.beyond(nest);
            *beyond = beyond.saturating_add(1);
            return;
        }
        self.open_block_place();
        self.open_frame(frame);
    }

    pub(super) fn leave(&mut self, nest: Nest) {
        self.flush();
        let beyond = self.beyond(nest);
        if *beyond > 0 {
            *beyond -= 1;
            return;
        }
        // Only the end of a table closes what stands around a cell.
        let at = match nest {
            Nest::Table => self.stack.iter().rposition(|f| nest.is(f)),
            Nest::Quote | Nest::List => self.find(|f| nest.is(f)),
        };
        if let Some(at) = at {
            self.pop_to(at);
        }
    }

    /// The innermost frame of a kind, looking no further out than the present cell.
    pub(super) fn find(&self, wanted: impl Fn(&Frame) -> bool) -> Option<usize> {
        let cell = self.stack.iter().rposition(|f| matches!(f, Frame::Cell { .. }));
        let at = self.stack.iter().rposition(wanted)?;
        cell.is_none_or(|cell| at > cell).then_some(at)
    }

    pub(super) fn item(&mut self) {
        match self.find(|f| matches!(f, Frame::List { .. })) {
            Some(list) => {
                self.flush();
                self.pop_to(list + 1);
                self.open_frame(Frame::Item(Vec::new()));
            }
            None => self.soft_border(),
        }
    }

    /// Closes what is open in the innermost table. False if there is none.
    fn back_to_table(&mut self) -> bool {
        let table = self.stack.iter().rposition(|f| matches!(f, Frame::Table(_)));
        if let Some(table) = table {
            self.flush();
            self.pop_to(table + 1);
        } else {
            self.soft_border();
        }
        table.is_some()
    }

    pub(super) fn table_part(&mut self) {
        self.back_to_table();
    }

    pub(super) fn row(&mut self) {
        if self.back_to_table() {
            self.open_frame(Frame::Row(Row::new()));
        }
    }

    pub(super) fn cell(&mut self, header: bool) {
        let table = self.stack.iter().rposition(|f| matches!(f, Frame::Table(_)));
        let row = self.stack.iter().rposition(|f| matches!(f, Frame::Row(_)));
        match row.filter(|row| table.is_none_or(|table| *row > table)) {
            Some(row) => {
                self.flush();
                self.pop_to(row + 1);
            }
            None if table.is_some() => self.row(),
            None => return self.soft_border(),
        }
        self.open_cell(header);
    }

    fn open_cell(&mut self, header: bool) {
        let outside = self.open.clone();
        self.open_frame(Frame::Cell { header, blocks: Vec::new(), outside });
    }

    /// Opens what is missing for a block to stand here: an item in a list, a cell in a table.
    pub(super) fn open_block_place(&mut self) {
        loop {
            match self.stack.last() {
                Some(Frame::List { .. }) => self.open_frame(Frame::Item(Vec::new())),
                Some(Frame::Table(_)) => self.open_frame(Frame::Row(Row::new())),
                Some(Frame::Row(_)) => self.open_cell(false),
                _ => return,
            }
        }
    }

    fn open_frame(&mut self, frame: Frame) {
        self.made += 1;
        self.stack.push(frame);
    }

    /// Adds a block to the innermost place that takes one.
    pub(super) fn push(&mut self, block: Block) {
        let place = match self.stack.last_mut() {
            Some(Frame::Quote(blocks) | Frame::Item(blocks) | Frame::Cell { blocks, .. }) => blocks,
            _ => &mut self.root,
        };
        place.push(block);
        self.made += 1;
    }

    /// Closes frames until `len` are left.
    pub(super) fn pop_to(&mut self, len: usize) {
        while self.stack.len() > len {
            match self.stack.pop() {
                Some(Frame::Quote(blocks)) if !blocks.is_empty() => self.push(Block::Quote(blocks)),
                Some(Frame::List { ordered, items }) if !items.is_empty() => {
                    self.push(Block::List { ordered, items });
                }
                Some(Frame::Item(blocks)) if !blocks.is_empty() => {
                    if let Some(Frame::List { items, .. }) = self.stack.last_mut() {
                        items.push(blocks);
                    }
                }
                Some(Frame::Table(rows)) => self.close_table(rows),
                Some(Frame::Row(cells)) if !cells.is_empty() => {
                    if let Some(Frame::Table(rows)) = self.stack.last_mut() {
                        rows.push(cells);
                    }
                }
                Some(Frame::Cell { header, blocks, outside }) => {
                    // A link around the table goes on only if no leaf has used it up.
                    let link = outside.link.clone().filter(|l| self.open.link.as_ref() == Some(l));
                    self.open = Open { link, ..outside };
                    if let Some(Frame::Row(cells)) = self.stack.last_mut() {
                        cells.push(Cell { header, blocks });
                    }
                }
                _ => {}
            }
        }
    }

    /// A table without a row of two cells is layout: its content stands alone.
    fn close_table(&mut self, rows: Vec<Row>) {
        if rows.iter().any(|row| row.len() > 1) {
            return self.push(Block::Table(rows));
        }
        for block in rows.into_iter().flatten().flat_map(|cell| cell.blocks) {
            self.push(block);
        }
    }
}
