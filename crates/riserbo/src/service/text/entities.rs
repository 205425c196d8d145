//! Character references (`&amp;`, `&#8364;`) by the rules of the HTML standard, section 13.2.5.72 ff.
//!
//! The names come from the table that `html5ever` ships; longest match wins, and the forms without
//! semicolon that browsers still take are taken.

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};

/// Appends `src` with its character references decoded. `in_attr` applies the rule of attributes: a
/// name without semicolon before `=` or a letter is no reference (`?a=1&copy=2`).
pub(super) fn decode(src: &str, in_attr: bool, out: &mut String) {
    let mut rest = src;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let used = match after.strip_prefix('#') {
            Some(digits) => numeric(digits, out).map(|n| n + 1),
            None => named(after, in_attr, out),
        };
        if used.is_none() {
            out.push('&');
        }
        rest = after.get(used.unwrap_or(0)..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// Reads what follows `&#`; gives the bytes used, none if it is no reference.
fn numeric(src: &str, out: &mut String) -> Option<usize> {
    let (radix, prefix) = if src.starts_with(['x', 'X']) {
        (16, 1)
    } else {
        (10, 0)
    };
    let digits = src.get(prefix..)?;
    let mut value: u32 = 0;
    let mut used = 0;
    for digit in digits.bytes().map_while(|b| char::from(b).to_digit(radix)) {
        value = value.saturating_mul(radix).saturating_add(digit);
        used += 1;
    }
    if used == 0 {
        return None;
    }
    out.push(code_point(value));
    let semicolon = digits.as_bytes().get(used) == Some(&b';');
    Some(prefix + used + usize::from(semicolon))
}

/// The character of a number; the C1 range means Windows-1252, as old mail has it.
fn code_point(value: u32) -> char {
    let c1 = value
        .checked_sub(0x80)
        .and_then(|n| C1_REPLACEMENTS.get(usize::try_from(n).ok()?));
    match (value, c1) {
        (0, _) => char::REPLACEMENT_CHARACTER,
        (_, Some(Some(c))) => *c,
        _ => char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER),
    }
}

/// Reads a name after `&`; gives the bytes used, none if it is no reference.
fn named(src: &str, in_attr: bool, out: &mut String) -> Option<usize> {
    let mut best = None;
    // The table holds every beginning of a name too, so the walk ends at the first miss and is never
    // longer than the longest name.
    for (end, c) in src.char_indices().map(|(at, c)| (at + c.len_utf8(), c)) {
        let Some(&(first, second)) = src.get(..end).and_then(|name| NAMED_ENTITIES.get(name))
        else {
            break;
        };
        if first != 0 {
            best = Some((end, c, first, second));
        }
    }
    let (end, last, first, second) = best?;
    let next = src.as_bytes().get(end).copied().unwrap_or(b' ');
    if in_attr && last != ';' && (next == b'=' || next.is_ascii_alphanumeric()) {
        return None;
    }
    out.extend(char::from_u32(first));
    out.extend(char::from_u32(second).filter(|c| *c != '\0'));
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(src: &str) -> String {
        let mut out = String::new();
        decode(src, false, &mut out);
        out
    }

    fn attr(src: &str) -> String {
        let mut out = String::new();
        decode(src, true, &mut out);
        out
    }

    #[test]
    fn named_references_take_the_longest_name() {
        assert_eq!(
            text("a &lt;b&gt; &amp;amp; &notin; &notit; &euro;5"),
            "a <b> &amp; ∉ ¬it; €5"
        );
        assert_eq!(text("caff&egrave citt&agrave;"), "caffè città");
        assert_eq!(text("&NotEqualTilde;"), "≂̸");
    }

    #[test]
    fn numbers_are_decimal_hex_or_windows_1252() {
        assert_eq!(text("&#64;&#x40;&#X40 &#8364 &#128;"), "@@@ € €");
        assert_eq!(
            text("&#0;&#xD800;&#1114112;&#99999999999999;"),
            "\u{FFFD}".repeat(4)
        );
    }

    #[test]
    fn what_is_no_reference_stays() {
        for same in [
            "& ", "&", "&&", "&#;", "&#x;", "&#xg", "AT&T", "&nosuch;", "&;", "&è;",
        ] {
            assert_eq!(text(same), same);
        }
    }

    #[test]
    fn addresses_keep_their_parameters() {
        assert_eq!(attr("?a=1&copy=2&lt=3&ampx"), "?a=1&copy=2&lt=3&ampx");
        assert_eq!(attr("?a=1&amp;b=2&lt"), "?a=1&b=2<");
    }
}
