//! A hash of a row that depends on what it says and not on how it was written: white space,
//! escapes and the order of keys make no difference.
//!
//! It decides between two versions of a row that carry the same time, and tells a repeated row
//! from a different one. It is kept in memory for the time of an import, and nowhere else.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value};

/// The first 64 bits of the SHA-256 of the canonical form.
pub(super) fn hash(map: &Map<String, Value>, scratch: &mut Vec<u8>) -> u64 {
    scratch.clear();
    write_object(map, scratch);
    let hash = digest(&SHA256, scratch);
    scratch.fill(0);
    hash.as_ref().iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

/// Every value is written as a tag, its length where it has one, and its bytes: no two differ
/// and read the same.
fn write(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(b'n'),
        Value::Bool(truth) => out.extend_from_slice(if *truth { b"bt" } else { b"bf" }),
        Value::Number(number) => {
            out.push(b'#');
            write_text(&number.to_string(), out);
        }
        Value::String(text) => {
            out.push(b'"');
            write_text(text, out);
        }
        Value::Array(items) => {
            out.push(b'[');
            write_len(items.len(), out);
            for item in items {
                write(item, out);
            }
        }
        Value::Object(map) => write_object(map, out),
    }
}

/// Keys in the order of their bytes, whatever order the map keeps.
fn write_object(map: &Map<String, Value>, out: &mut Vec<u8>) {
    out.push(b'{');
    write_len(map.len(), out);
    let mut members: Vec<(&String, &Value)> = map.iter().collect();
    members.sort_unstable_by_key(|(key, _)| *key);
    for (key, value) in members {
        write_text(key, out);
        write(value, out);
    }
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    write_len(text.len(), out);
    out.extend_from_slice(text.as_bytes());
}

fn write_len(len: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&(len as u64).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(text: &str) -> u64 {
        hash(&serde_json::from_str(text).unwrap(), &mut Vec::new())
    }

    #[test]
    fn writing_makes_no_difference_and_meaning_does() {
        let one = hash_of(r#"{"id":1,"a":{"x":"é","y":[1,2]}}"#);
        assert_eq!(one, hash_of("{ \"a\" : {\"y\":[1, 2],\"x\":\"\\u00e9\"},\n\"id\":1 }"));
        for other in [
            r#"{"id":1,"a":{"x":"é","y":[2,1]}}"#,
            r#"{"id":1,"a":{"x":"e","y":[1,2]}}"#,
            r#"{"id":"1","a":{"x":"é","y":[1,2]}}"#,
            r#"{"id":1,"a":{"x":"é","y":[1,[2]]}}"#,
        ] {
            assert_ne!(one, hash_of(other), "{other}");
        }
    }
}
