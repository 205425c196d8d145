//! Addresses of links and images: which are kept.

use url::Url;

use super::super::chars::clean;
use super::super::html::{IMAGE_SCHEMES, LINK_SCHEMES, leads_to};
use super::super::model::Value;

/// The longest address that is kept, in bytes; a longer one is a tracker's or an attack.
const LONGEST: usize = 8 * 1024;

/// The address of a link, empty unless it leads to `http`, `https`, `mailto` or `tel`.
pub(super) fn link(src: &str) -> Value {
    kept(src, &LINK_SCHEMES)
}

/// The address of an image, empty unless it leads to `http` or `https`.
pub(super) fn image(src: &str) -> Value {
    kept(src, &IMAGE_SCHEMES)
}

/// Reads an address as browsers do (WHATWG URL, 4.4): tabs and newlines inside don't count, nor
/// spaces around. Relative addresses go: a comment has no page to be relative to.
fn kept(src: &str, schemes: &[&str]) -> Value {
    if src.len() > LONGEST {
        return Value::default();
    }
    let address: String = clean(src).filter(|c| !matches!(c, '\n' | '\t')).collect();
    let address = address.trim_matches(' ');
    // What is no address to a browser either (`https://[`) leads nowhere.
    if leads_to(address, schemes) && Url::parse(address).is_ok() {
        Value::text(address)
    } else {
        Value::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &Value) -> String {
        value.scan_text()
    }

    #[test]
    fn known_schemes_are_kept_as_written() {
        for same in ["https://a.example/x?y=1#z", "HTTP://A", "mailto:a@b.example", "tel:+39 02"] {
            assert_eq!(read(&link(same)), same);
        }
        assert_eq!(read(&link(" \t https://a/\nb ")), "https://a/b");
    }

    #[test]
    fn others_go_however_they_are_written() {
        for bad in [
            "javascript:alert(1)",
            "JaVa\tScRiPt:alert(1)",
            "\u{1}javascript:alert(1)",
            "java\u{0}script:alert(1)",
            " data:text/html,x",
            "vbscript:x",
            "//evil.example",
            "/path",
            "file:///etc/passwd",
            "http:evil",
            "blob:https://a",
            "httpsx://a",
            "https://",
            "https://[",
            "https://a b.example/",
            "https://a:99999/",
            "",
        ] {
            assert_eq!(read(&link(bad)), "", "{bad:?}");
        }
        assert_eq!(read(&image("mailto:a@b.example")), "");
        assert_eq!(read(&image("cid:part1@mail")), "");
    }

    #[test]
    fn endless_addresses_go() {
        let long = format!("https://a/{}", "x".repeat(LONGEST));
        assert_eq!(read(&link(&long)), "");
    }
}
