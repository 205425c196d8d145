//! Text in, findings out: finds personal values in support text and builds their masks.
//!
//! ```
//! use pii::{Context, Kind, MaskForm, Lang, Scanner, facets, mask};
//!
//! let text = "My card 4111 1111 1111 1111 was charged twice";
//! let found = Scanner::default().scan(text, &Context::default());
//! assert_eq!(found[0].kind, Kind::CreditCard);
//! let value = &text[found[0].range.clone()];
//! let facets = facets(found[0].kind, value);
//! assert_eq!(mask(Kind::CreditCard, MaskForm::Partial, &facets, Lang::En, (2026, 1, 1)), "•••• 1111");
//! ```
//!
//! **How it works.** One pass cuts the text into tokens and looks each word up in one table ([`Scanner`]; modules `token`, `lexicon`). Cue words and
//! phrases of eight languages are found on the tokens (`cue`). Then small detectors look at candidates only: numbers, codes, links, secrets,
//! names, addresses, health, and values that a cue, the question of the turn before ([`Context`]) or the known customer ([`Profile`]) announces. Checksums
//! ([`check`]) move confidence and decide nothing alone: people mistype. Overlaps become one finding of the strictest category.
//!
//! **What it is not.** No I/O, no async, no regular expressions, no model files, no network. It doesn't decide who may see what: that is policy.
//! It doesn't store values: a [`Finding`] holds a place, never a text. It misses things, and `docs/detection.md` says how many.

pub mod check;
mod context;
mod cue;
mod date;
mod detect;
mod facet;
mod finding;
mod kind;
mod kind_table;
mod lang;
mod lexicon;
mod mask;
mod namelike;
mod normalise;
mod phone;
mod profile;
mod resolve;
mod scan;
mod token;
mod words;

pub use context::{Context, Role, Turn};
pub use facet::{FacetKey, Facets, facets};
pub use finding::{Anchor, Band, Check, Evidence, Finding, ScanReport};
pub use kind::{Category, Kind, KindDoc};
pub use lang::Lang;
pub use mask::{MaskForm, Today, mask};
pub use normalise::{normalise, normalise_with_country};
pub use profile::{Profile, ProfileBuilder};
pub use scan::{Preset, Scanner, ScannerConfig};
pub use words::{MAX_WORD, normal, words};
