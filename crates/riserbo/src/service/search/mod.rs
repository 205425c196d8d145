//! Search: a query matches a text exactly if it matches the searcher's
//! rendering of it, where every slot not shown is an opaque separator.

pub mod tokens;
