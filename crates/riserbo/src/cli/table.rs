//! Plain tables: columns as wide as their widest cell, two spaces between them.

use super::exit::Failure;
use super::out::{Out, safe};

/// A table that is gathered, then written whole.
pub(super) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns. A head that starts with `>` is of a column of numbers.
    pub(super) fn new(head: &[&'static str]) -> Table {
        Table { head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows
            .push(cells.into_iter().map(|cell| safe(&cell).replace(['\n', '\t'], " ")).collect());
    }

    /// Writes it.
    pub(super) fn write(&self, out: &mut Out) -> Result<(), Failure> {
        for line in self.lines() {
            out.line(line)?;
        }
        Ok(())
    }

    fn lines(&self) -> Vec<String> {
        let head: Vec<String> =
            self.head.iter().map(|h| h.trim_start_matches('>').to_owned()).collect();
        let mut widths: Vec<usize> = head.iter().map(|h| h.chars().count()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let mut lines = Vec::with_capacity(self.rows.len() + 1);
        for row in std::iter::once(&head).chain(&self.rows) {
            let mut line = String::new();
            for ((cell, width), head) in row.iter().zip(&widths).zip(&self.head) {
                let pad = " ".repeat(width - cell.chars().count());
                if head.starts_with('>') {
                    line.push_str(&pad);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&pad);
                }
                line.push_str("  ");
            }
            lines.push(line.trim_end().to_owned());
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&["kind", ">n"]);
        table.row(["email".to_owned(), "7".to_owned()]);
        table.row(["è".to_owned(), "120".to_owned()]);
        assert_eq!(table.lines(), ["kind     n", "email    7", "è      120"]);
    }
}
