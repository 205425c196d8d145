//! Envelope encryption: root, domain and record keys, sealed values, blind tokens.
