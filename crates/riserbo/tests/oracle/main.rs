//! INVARIANT I4: no oracle. Two databases that are alike for a principal answer
//! every request of that principal byte for byte alike, hidden values or not;
//! and views, lists, counts and exports agree on which records exist at all.

#[cfg(test)]
mod alike;
#[cfg(test)]
mod classes;

#[cfg(test)]
mod export;
#[cfg(test)]
mod log_first;
#[cfg(test)]
mod lookups;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod values;
#[cfg(test)]
mod world;
