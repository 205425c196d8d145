//! Drawing texts with their values in a terminal.
//!
//! A value stands as a chip: what it is, its mask or the value, and a lock that says how it opens
//! for this role. Text from customers can't steer the terminal, and markup is not run here: what
//! a service gives is plain text.

use guard::Level;
use pii::Lang;
use serde_json::{Value, json};

use super::exit::Failure;
use super::out::{Out, is_unsafe};
use crate::service::access_log::Met;
use crate::service::view::{MARK, Person, SlotView, TextView};

/// Stands for slot 0 while a text is put together; slot *n* is the *n*-th after it. It is private
/// use, and a text that holds it by itself gets at worst a chip that it has anyway.
const SLOT_ZERO: u32 = 0xF_0000;

/// How a stretch of text is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Text.
    Plain,
    /// A heading.
    Strong,
    /// What matters less.
    Faint,
    /// A value that is open.
    Open,
    /// A value that is masked.
    Masked,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Style::Plain => "",
            Style::Strong => "\x1b[1m",
            Style::Faint => "\x1b[2m",
            Style::Open => "\x1b[4;32m",
            Style::Masked => "\x1b[35m",
        }
    }
}

/// A stretch of text and how it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    text: String,
    style: Style,
}

/// A stretch.
pub(super) fn span(text: impl Into<String>, style: Style) -> Span {
    Span { text: text.into(), style }
}

/// The lock of a level.
pub(super) fn lock(level: Level) -> &'static str {
    match level {
        Level::Shown => "",
        Level::OnClick => "🔓",
        Level::WithReason => "🔐",
        Level::Hidden => "🔒",
    }
}

/// The chip of a value.
fn chip(slot: &SlotView, lang: Lang) -> Span {
    if slot.met != Met::Masked {
        return span(slot.text.clone(), Style::Open);
    }
    if slot.text == MARK {
        return span(MARK, Style::Masked);
    }
    let (label, mask) = (bare(slot.kind.label(lang)), bare(&slot.text));
    // A mask that begins with its label (`[phone]`, a pseudonym) says what it is by itself.
    let inside = if mask.starts_with(label) { mask.to_owned() } else { format!("{label} {mask}") };
    span(format!("[{} {inside}]", lock(slot.level)), Style::Masked)
}

/// A text as stretches.
pub(super) fn spans(view: &TextView, lang: Lang) -> Vec<Span> {
    if view.is_masked() {
        let level = view.level.unwrap_or(Level::Hidden);
        return vec![span(format!("[{} {}]", lock(level), bare(&view.plain())), Style::Masked)];
    }
    let text = view.plain_with(&mut |slot, out| {
        let sign = slot.and_then(|s| char::from_u32(SLOT_ZERO.checked_add(s.number)?));
        match sign {
            Some(sign) => out.push(sign),
            None => out.push_str(MARK),
        }
    });
    let mut out = Vec::new();
    let mut plain = String::new();
    for c in text.chars() {
        let number = u32::from(c).checked_sub(SLOT_ZERO);
        match number.and_then(|n| view.slots().iter().find(|s| s.number == n)) {
            Some(slot) => {
                out.push(span(std::mem::take(&mut plain), Style::Plain));
                out.push(chip(slot, lang));
            }
            None => plain.push(c),
        }
    }
    out.push(span(plain, Style::Plain));
    out.retain(|s| !s.text.is_empty());
    out
}

fn bare(text: &str) -> &str {
    text.trim_matches(['[', ']'])
}

/// A person's name as stretches.
pub(super) fn person(who: Option<&Person>, id: i64, lang: Lang) -> Vec<Span> {
    match who {
        Some(Person::Customer(customer)) => {
            let mut name = spans(&customer.name, lang);
            let told = name.iter().any(|s| s.text.contains(&customer.handle));
            if !told && name.iter().any(|s| s.style == Style::Masked) {
                name.push(span(format!(" {}", customer.handle), Style::Plain));
            }
            name
        }
        Some(other) => vec![span(other.name(), Style::Plain)],
        None => vec![span(format!("#{id}"), Style::Plain)],
    }
}

/// A text as JSON: the parts in order, each value with its kind, category, level and how it
/// stands there.
pub(super) fn parts(view: &TextView) -> Value {
    if view.is_masked() {
        return json!([{"masked": view.plain(), "level": view.level.map(Level::name)}]);
    }
    let mut parts = Vec::new();
    let text = view.plain_with(&mut |slot, out| {
        let sign = slot.and_then(|s| char::from_u32(SLOT_ZERO.checked_add(s.number)?));
        out.push(sign.unwrap_or('▇'));
    });
    let mut plain = String::new();
    for c in text.chars() {
        let number = u32::from(c).checked_sub(SLOT_ZERO);
        match number.and_then(|n| view.slots().iter().find(|s| s.number == n)) {
            Some(slot) => {
                if !plain.is_empty() {
                    parts.push(json!({"text": std::mem::take(&mut plain)}));
                }
                parts.push(slot_json(slot));
            }
            None => plain.push(c),
        }
    }
    if !plain.is_empty() {
        parts.push(json!({"text": plain}));
    }
    Value::Array(parts)
}

fn slot_json(slot: &SlotView) -> Value {
    let how = match slot.met {
        Met::Shown => "shown",
        Met::Revealed => "revealed",
        Met::Masked => "masked",
    };
    json!({
        how: slot.text,
        "kind": slot.kind.name(),
        "category": pii::Category::from_id(slot.category).map_or("unknown", pii::Category::name),
        "level": slot.level.name(),
    })
}

/// Writes stretches, broken at spaces into lines of the terminal's width.
pub(super) fn write(out: &mut Out, indent: usize, spans: &[Span]) -> Result<(), Failure> {
    write_some(out, indent, spans, usize::MAX)
}

/// As [`write()`], the first lines only.
pub(super) fn write_some(
    out: &mut Out,
    indent: usize,
    spans: &[Span],
    most: usize,
) -> Result<(), Failure> {
    let room = out.width().clamp(40, 110).saturating_sub(indent).max(20);
    let color = out.color;
    for line in wrap(spans, room).iter().take(most) {
        let mut text = " ".repeat(indent);
        for part in line {
            paint(part, color, &mut text);
        }
        out.line(text.trim_end())?;
    }
    Ok(())
}

fn paint(part: &Span, color: bool, text: &mut String) {
    let code = part.style.code();
    if color && !code.is_empty() {
        text.push_str(code);
        text.push_str(&part.text);
        text.push_str("\x1b[0m");
    } else {
        text.push_str(&part.text);
    }
}

/// Breaks stretches into lines. A chip is never broken; a word longer than the line is. Lines of a
/// quote go on as a quote.
fn wrap(spans: &[Span], room: usize) -> Vec<Vec<Span>> {
    let mut lines = vec![Vec::new()];
    let (mut used, mut quote) = (0, false);
    for (piece, style) in pieces(spans) {
        if piece == "\n" {
            lines.push(Vec::new());
            (used, quote) = (0, false);
            continue;
        }
        quote |= used == 0 && piece.starts_with('>');
        let wide = width(&piece);
        if used > 0 && used + wide > room {
            lines.push(if quote { vec![span("> ", Style::Plain)] } else { Vec::new() });
            used = if quote { 2 } else { 0 };
            if piece == " " {
                continue;
            }
        }
        used += wide;
        if let Some(line) = lines.last_mut() {
            push(line, piece, style);
        }
    }
    lines
}

fn push(line: &mut Vec<Span>, text: String, style: Style) {
    match line.last_mut() {
        Some(last) if last.style == style => last.text.push_str(&text),
        _ => line.push(Span { text, style }),
    }
}

/// Words, spaces and line ends, safe for a terminal.
fn pieces(spans: &[Span]) -> Vec<(String, Style)> {
    const LONGEST: usize = 60;
    let mut out = Vec::new();
    for span in spans {
        let mut word = String::new();
        let whole = span.style == Style::Masked;
        for c in span.text.chars() {
            let gap = matches!(c, ' ' | '\n' | '\t') && !whole;
            if gap || word.chars().count() >= LONGEST {
                out.push((std::mem::take(&mut word), span.style));
            }
            match c {
                '\n' if !whole => out.push(("\n".to_owned(), Style::Plain)),
                ' ' | '\t' if !whole => out.push((" ".to_owned(), span.style)),
                c => word.push(if is_unsafe(c) || (whole && c == '\n') { '\u{fffd}' } else { c }),
            }
        }
        out.push((word, span.style));
    }
    out.retain(|(piece, _)| !piece.is_empty());
    out
}

/// Columns that a text takes: wide signs two, combining ones none. Near enough for breaking lines.
fn width(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0x0300..=0x036F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
            0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF => 2,
            0xFE30..=0xFE4F | 0xFF00..=0xFF60 | 0x1F300..=0x1FAFF => 2,
            _ => 1,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &[Span]) -> String {
        line.iter().map(|s| s.text.as_str()).collect()
    }

    #[test]
    fn lines_break_at_spaces_and_never_inside_a_chip() {
        let spans = [
            span("call me on ", Style::Plain),
            span("[🔓 phone •••• 23]", Style::Masked),
            span(" tomorrow\nthanks", Style::Plain),
        ];
        let lines: Vec<String> = wrap(&spans, 22).iter().map(|l| text(l)).collect();
        assert_eq!(lines, ["call me on ", "[🔓 phone •••• 23] ", "tomorrow", "thanks"]);
    }

    #[test]
    fn a_quote_stays_a_quote_on_its_next_line() {
        let spans = [span("> one two three\nfour", Style::Plain)];
        let lines: Vec<String> = wrap(&spans, 10).iter().map(|l| text(l)).collect();
        assert_eq!(lines, ["> one two ", "> three", "four"]);
    }

    #[test]
    fn what_customers_write_cannot_steer_the_terminal() {
        let spans = [span("a\u{1b}[31mred\u{7}", Style::Plain)];
        let drawn: String = wrap(&spans, 80).iter().map(|l| text(l)).collect();
        assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{7}'));
    }

    #[test]
    fn a_word_without_end_is_cut_into_lines() {
        let spans = [span("x".repeat(200), Style::Plain)];
        let lines = wrap(&spans, 60);
        assert_eq!(lines.len(), 4);
        assert_eq!(lines.iter().map(|l| text(l).len()).sum::<usize>(), 200);
    }

    #[test]
    fn colours_are_written_only_when_they_may_be() {
        let mut plain = String::new();
        paint(&span("x", Style::Masked), false, &mut plain);
        let mut color = String::new();
        paint(&span("x", Style::Masked), true, &mut color);
        assert_eq!(plain, "x");
        assert!(color.starts_with("\x1b["));
    }
}
