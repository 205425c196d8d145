//! The `riserbo` command.

fn main() {}
