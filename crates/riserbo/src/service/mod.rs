//! The use cases. Services alone join policy, keys and store; what leaves them
//! is already masked and already logged.

pub mod access_log;
pub mod accounts;
pub mod catalog;
pub mod cursor;
pub mod detect;
pub mod directory;
pub mod doctor;
pub mod export;
pub mod fields;
pub mod handle;
pub mod import;
pub mod ingest;
pub mod keyring;
pub mod log_signer;
pub mod lookup;
pub mod operation;
pub mod outbox;
pub mod people;
pub mod plain;
pub mod policy;
pub mod profile;
pub mod recovery;
pub mod replace;
pub mod reveal;
pub mod root_key;
pub mod search;
pub mod text;
pub mod tokens;
pub mod users;
pub mod view;
