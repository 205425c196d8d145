//! The text of a key file.
//!
//! ```text
//! riserbo-key-file 1
//! # Whoever holds this file …
//! protection none                                         (or argon2id 65536 3 4 <salt>)
//! key 1 <64 hex digits, or 120 if sealed> check <16>
//! end <32>
//! ```
//!
//! `end` is the first 128 bits of SHA-256 over all that stands before it. It is no protection
//! against an attacker (whoever can write the file has won); it tells a truncated or damaged file
//! from a wrong passphrase. `check` tells one root key from another. Lines that start with `#` are
//! for people.

use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

use super::KeyFileProblem;
use super::passphrase::{Lock, LockKey, PassphraseParams};
use super::root::{Check, RootKey, RootVersion};
use crate::{Clear32, Random, SealError};

/// The longest file read, in bytes.
pub(crate) const MAX_FILE: u64 = 64 * 1024;

const MAGIC: &str = "riserbo-key-file";
const NOTE: &str = "\
# Whoever holds this file (and its passphrase, if it has one) opens everything sealed with it.
# Without it nothing can be opened again: keep a copy, away from the data and its backups.
";

/// A key file that parsed; its keys may still be sealed.
pub(crate) struct Parsed {
    pub(crate) lock: Option<Lock>,
    keys: Vec<KeyLine>,
}

struct KeyLine {
    version: u32,
    /// Clear or sealed key bytes.
    material: Zeroizing<Vec<u8>>,
    check: Check,
}

/// Writes a root key, sealed if there is a passphrase's key.
pub(crate) fn render(
    root: &RootKey,
    lock: Option<(&Lock, &LockKey)>,
    rng: &dyn Random,
) -> Result<Zeroizing<String>, SealError> {
    // One allocation that is never outgrown, so that no copy of a key is left behind.
    let mut text = Zeroizing::new(String::with_capacity(1024 + root.versions().len() * 256));
    text.push_str(MAGIC);
    text.push_str(" 1\n");
    text.push_str(NOTE);
    text.push_str("protection ");
    match lock {
        None => text.push_str("none"),
        Some((lock, _)) => {
            let [memory, passes, lanes] = lock.params.parts();
            text.push_str(&format!("argon2id {memory} {passes} {lanes} "));
            push_hex(&mut text, &lock.salt);
        }
    }
    text.push('\n');
    for held in root.versions() {
        text.push_str(&format!("key {} ", held.version));
        match lock {
            None => push_hex(&mut text, held.key.expose()),
            Some((_, key)) => push_hex(&mut text, &key.seal(rng, held.version, &held.key)?),
        }
        text.push_str(" check ");
        push_hex(&mut text, &held.check);
        text.push('\n');
    }
    let sum = checksum(text.as_bytes());
    text.push_str("end ");
    push_hex(&mut text, &sum);
    text.push('\n');
    Ok(text)
}

/// Reads a key file's text.
pub(crate) fn parse(text: &str) -> Result<Parsed, KeyFileProblem> {
    match text.lines().next().and_then(|line| line.split_once(' ')) {
        Some((MAGIC, "1")) => {}
        Some((MAGIC, version)) if version.parse::<u32>().is_ok() => {
            return Err(KeyFileProblem::Newer);
        }
        _ => return Err(KeyFileProblem::NotAKeyFile),
    }
    let body = check_end(text)?;
    // Not said yet; said: none, or this lock.
    let mut protection = None;
    let mut keys = Vec::new();
    for line in body.lines().skip(1).filter(|line| !line.starts_with('#')) {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["protection", ..] if protection.is_some() => return Err(KeyFileProblem::Damaged),
            ["protection", "none"] => protection = Some(None),
            ["protection", "argon2id", memory, passes, lanes, salt] => {
                protection = Some(Some(parse_lock([*memory, *passes, *lanes], salt)?));
            }
            ["key", version, material, "check", check] => {
                keys.push(parse_key(version, material, check)?);
            }
            _ => return Err(KeyFileProblem::Damaged),
        }
    }
    match protection {
        Some(lock) if !keys.is_empty() => Ok(Parsed { lock, keys }),
        _ => Err(KeyFileProblem::Damaged),
    }
}

impl Parsed {
    /// The root key; `lock_key` opens the keys if they are sealed.
    pub(crate) fn root(&self, lock_key: Option<&LockKey>) -> Result<RootKey, KeyFileProblem> {
        let versions = self
            .keys
            .iter()
            .map(|line| {
                let key = match lock_key {
                    // The checksum was right, so the file is whole: it is the passphrase.
                    Some(lock) => lock
                        .open(line.version, &line.material)
                        .map_err(|_| KeyFileProblem::WrongPassphrase)?,
                    None => clear_key(&line.material)?,
                };
                let held =
                    RootVersion::new(line.version, key).map_err(|_| KeyFileProblem::Damaged)?;
                if held.check == line.check { Ok(held) } else { Err(KeyFileProblem::Damaged) }
            })
            .collect::<Result<Vec<_>, _>>()?;
        RootKey::from_versions(versions).ok_or(KeyFileProblem::Damaged)
    }
}

fn clear_key(material: &[u8]) -> Result<Clear32, KeyFileProblem> {
    let bytes: &[u8; 32] = material.try_into().map_err(|_| KeyFileProblem::Damaged)?;
    let mut key = Clear32::zeroed();
    key.expose_mut().copy_from_slice(bytes);
    Ok(key)
}

/// What stands before the `end` line, if its checksum is right.
fn check_end(text: &str) -> Result<&str, KeyFileProblem> {
    let (body, end) = text.rsplit_once("end ").ok_or(KeyFileProblem::Truncated)?;
    let sum = end.strip_suffix('\n').ok_or(KeyFileProblem::Truncated)?;
    let sum = parse_hex(sum).ok_or(KeyFileProblem::Damaged)?;
    if *sum == checksum(body.as_bytes()) { Ok(body) } else { Err(KeyFileProblem::Damaged) }
}

fn checksum(bytes: &[u8]) -> [u8; 16] {
    let mut sum = [0; 16];
    for (to, from) in sum.iter_mut().zip(digest(&SHA256, bytes).as_ref()) {
        *to = *from;
    }
    sum
}

fn parse_lock(cost: [&str; 3], salt: &str) -> Result<Lock, KeyFileProblem> {
    let [memory, passes, lanes] = cost.map(|part| part.parse::<u32>().unwrap_or(0));
    let params =
        PassphraseParams::new(memory, passes, lanes).map_err(|_| KeyFileProblem::Damaged)?;
    let salt = parse_hex(salt).and_then(|salt| salt.as_slice().try_into().ok());
    Ok(Lock { params, salt: salt.ok_or(KeyFileProblem::Damaged)? })
}

fn parse_key(version: &str, material: &str, check: &str) -> Result<KeyLine, KeyFileProblem> {
    let version = version.parse().map_err(|_| KeyFileProblem::Damaged)?;
    let check = parse_hex(check).and_then(|check| check.as_slice().try_into().ok());
    Ok(KeyLine {
        version,
        material: parse_hex(material).ok_or(KeyFileProblem::Damaged)?,
        check: check.ok_or(KeyFileProblem::Damaged)?,
    })
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
}

fn parse_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(pairs.len()));
    for [high, low] in pairs {
        let digit = |byte: &u8| char::from(*byte).to_digit(16);
        bytes.push(u8::try_from(digit(high)? << 4 | digit(low)?).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::SystemRandom;

    fn text() -> String {
        let root = RootKey::generate(&SystemRandom).unwrap();
        render(&root, None, &SystemRandom).unwrap().as_str().to_owned()
    }

    /// A text with a right checksum whatever its lines say.
    fn sign(body: &str) -> String {
        let mut text = format!("{body}end ");
        push_hex(&mut text, &checksum(body.as_bytes()));
        text.push('\n');
        text
    }

    #[test]
    fn lines_that_make_no_sense_are_refused_even_under_a_right_checksum() {
        let good = text();
        let body = good.rsplit_once("end ").unwrap().0;
        let keys = body.rsplit_once("\nkey ").unwrap().0;
        let key = body.rsplit_once('\n').unwrap().0.rsplit_once('\n').unwrap().1;
        assert!(parse(&sign(body)).is_ok_and(|parsed| parsed.root(None).is_ok()));
        let refused = [
            format!("{keys}\n"),
            format!("{body}protection none\n"),
            format!("{body}{key}\n"),
            format!("{body}more\n"),
            body.replace("protection none\n", ""),
            body.replace("protection none", "protection argon2id 1 1 1 00"),
            body.replace("protection none", "protection later"),
            body.replace("key 1 ", "key one "),
            body.replace(" check ", " check 0"),
            body.rsplit_once(" check ").unwrap().0.to_owned() + " check 0011223344556677\n",
            body.replace(" check ", "0 check "),
            body.replace(" check ", "00 check "),
        ];
        for (at, body) in refused.iter().enumerate() {
            let read = parse(&sign(body)).and_then(|parsed| parsed.root(None));
            assert_eq!(read.err(), Some(KeyFileProblem::Damaged), "case {at}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_without_a_panic(
            words in prop::collection::vec("(key|end|protection|argon2id|none|check|[0-9a-fé]{0,64}) ?\n?", 0..20),
        ) {
            let body = format!("{MAGIC} 1\n{}\n", words.concat());
            for text in [body.clone(), sign(&body)] {
                if let Ok(parsed) = parse(&text) {
                    let _ = parsed.root(None);
                }
            }
        }
    }
}
