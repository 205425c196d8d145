//! What can go wrong here, in words and without data.
//!
//! No variant carries a value, a key, an id or a length: these errors may be logged and shown.

/// Why something could not be sealed, opened, wrapped or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// Fewer bytes than the format needs.
    #[error("the sealed bytes are cut short")]
    Truncated,
    /// More bytes than the format allows ([`MAX_PLAIN`](crate::MAX_PLAIN),
    /// [`MAX_SECRET`](crate::MAX_SECRET)).
    #[error("the value is longer than may be sealed in one piece")]
    TooLong,
    /// The first byte names no format that this version knows.
    #[error("unknown format: written by a newer version, or not a sealed value")]
    Format,
    /// The header names another key (or key version) than the one given. Not yet a sign of
    /// tampering: the caller looked up the wrong key, or an old one.
    #[error("sealed under another key than the one given")]
    WrongKey,
    /// The key is another record's or category's. To seal with it here would leave a value that
    /// outlives the destruction of its own key.
    #[error("this key belongs to another record or category")]
    WrongPlace,
    /// Authentication failed: the bytes were changed, or they belong to another place.
    #[error("the sealed bytes were changed or do not belong here")]
    Refused,
    /// The key has sealed as often as it may (NIST SP 800-38D, 8.3).
    #[error("this key has sealed as much as it may: replace it")]
    Exhausted,
    /// The random number generator gave nothing. Nothing was sealed.
    #[error("no randomness to be had from the operating system")]
    Random,
    /// A key id of 2^56 or more, or a category above 31.
    #[error("the id is out of range")]
    OutOfRange,
    /// A key row that does not parse: wrong length, order or a category twice.
    #[error("the key row is malformed")]
    Row,
    /// The key row belongs to another version of the domain key.
    #[error("the key row is wrapped by another version of the domain key")]
    WrongVersion,
    /// The key row has no entry for the category: no such key, or it was destroyed.
    #[error("the record has no key for this category")]
    NoKey,
    /// Replacing a key by itself would keep what was meant to be destroyed.
    #[error("the new key is the old one")]
    SameKey,
    /// Opened, but not UTF-8.
    #[error("the opened value is not text")]
    NotText,
    /// A key of the wrong length or shape.
    #[error("the key material is malformed")]
    BadKey,
    /// An Ed25519 signature that does not verify.
    #[error("the signature does not verify")]
    Signature,
    /// The cryptographic library refused an operation that cannot fail on valid input.
    #[error("the cryptographic library refused the operation")]
    Library,
}
