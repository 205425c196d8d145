//! The `riserbo` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    riserbo::cli::main()
}
