//! Cursors: where a page ended, given to a client and taken back.
//!
//! A cursor is sealed: `base64url(0x01 ‖ issued (8) ‖ a (8) ‖ b (8) ‖ tag (16))`,
//! where the tag is `HMAC-SHA-256(system's search key, "cursor" ‖ principal ‖
//! filter ‖ bytes)`, cut to 128 bits. It is bound to the list that it belongs to
//! with all its conditions, and to the principal: changed, carried to another
//! list or handed to somebody else, it is refused (DESIGN sections 6 and 7).
//!
//! What stands in it is an order value and an id of the last row that the
//! client got, nothing that this client has not seen. It is a tag and not a
//! cipher, so that answers are equal where databases are alike (I4), however
//! many random bytes were drawn before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::keyring::domain;
use crate::app::Ctx;
use crate::error::{Error, Result};

const VERSION: u8 = 1;
const BODY: usize = 25;
const TAG: usize = 16;

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// When the cursor was given, micros.
    pub issued: i64,
    /// The order value of the last row.
    pub value: i64,
    /// The id of the last row.
    pub id: i64,
}

/// Seals a position of the list `filter` for the caller.
///
/// # Errors
/// [`Error::KeyClosed`] if `system` is not open, which stops the whole server.
pub fn seal(ctx: &Ctx, filter: &str, position: Position) -> Result<String> {
    let mut out = Vec::with_capacity(BODY + TAG);
    out.push(VERSION);
    for n in [position.issued, position.value, position.id] {
        out.extend_from_slice(&n.to_be_bytes());
    }
    let tag = tag(ctx, filter, &out)?;
    out.extend_from_slice(&tag);
    Ok(URL_SAFE_NO_PAD.encode(out))
}

/// Opens a cursor of the list `filter`.
///
/// # Errors
/// [`Error::Invalid`] if it was changed, is of another list or another
/// principal.
pub fn open(ctx: &Ctx, filter: &str, cursor: &str) -> Result<Position> {
    parse(cursor, |body| tag(ctx, filter, body))?.ok_or_else(|| {
        Error::invalid("cursor", "this cursor was not given for this list and this user")
    })
}

fn tag(ctx: &Ctx, filter: &str, body: &[u8]) -> Result<[u8; TAG]> {
    let key = ctx.app.keys.search_key(domain::SYSTEM)?;
    // Fixed-width parts first, so that no two (principal, body, filter) meet.
    let text = format!("{:016x}{}{filter}", ctx.who.id, hex::encode(body));
    Ok(key.lookup("cursor", &text))
}

fn parse(cursor: &str, tag: impl FnOnce(&[u8]) -> Result<[u8; TAG]>) -> Result<Option<Position>> {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(cursor) else { return Ok(None) };
    let Some((body, given)) = bytes.split_at_checked(BODY) else { return Ok(None) };
    if body.first() != Some(&VERSION) || !equal(given, &tag(body)?) {
        return Ok(None);
    }
    let number = |at: usize| {
        body.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, i64::from_be_bytes)
    };
    Ok(Some(Position { issued: number(1), value: number(9), id: number(17) }))
}

/// Whether two tags are equal, in a time that tells nothing of where they
/// differ.
fn equal(given: &[u8], tag: &[u8; TAG]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(given, tag).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain_tag(body: &[u8]) -> Result<[u8; TAG]> {
        let hash = seal::hash_token(body);
        Ok(hash[..TAG].try_into().unwrap())
    }

    fn sealed(position: Position) -> String {
        let mut out = vec![VERSION];
        for n in [position.issued, position.value, position.id] {
            out.extend_from_slice(&n.to_be_bytes());
        }
        let tag = plain_tag(&out).unwrap();
        out.extend_from_slice(&tag);
        URL_SAFE_NO_PAD.encode(out)
    }

    proptest! {
        #[test]
        fn a_position_comes_back(issued: i64, value: i64, id: i64) {
            let position = Position { issued, value, id };
            prop_assert_eq!(parse(&sealed(position), plain_tag).unwrap(), Some(position));
        }

        #[test]
        fn a_changed_byte_is_refused(value: i64, at in 0usize..41, flip in 1u8..=255) {
            let text = sealed(Position { issued: 1, value, id: 2 });
            let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
            bytes[at] ^= flip;
            prop_assert_eq!(parse(&URL_SAFE_NO_PAD.encode(bytes), plain_tag).unwrap(), None);
        }

        #[test]
        fn any_text_is_refused_without_a_panic(text in ".{0,80}") {
            prop_assert_eq!(parse(&text, plain_tag).unwrap(), None);
        }
    }
}
