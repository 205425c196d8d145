//! INVARIANT I4: no oracle. Two databases that are alike for a principal answer
//! every request of that principal byte for byte alike, hidden values or not;
//! and views, lists, counts and exports agree on which records exist at all.

mod alike;
mod classes;

mod export;
mod log_first;
mod lookups;
mod requests;
mod values;
mod world;
