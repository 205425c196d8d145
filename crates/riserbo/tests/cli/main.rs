//! The command line: the program itself, run as somebody at a terminal or a script would.

#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod scan;
