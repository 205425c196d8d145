//! Who may do what, and what the log says of it: rules that hold whoever asks.

#[cfg(test)]
mod desk;
#[cfg(test)]
mod large;
#[cfg(test)]
mod people;
#[cfg(test)]
mod tokens;
