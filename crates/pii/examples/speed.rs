//! How fast the engine reads: `cargo run --release -p pii --example speed -- FILE [structured]` scans the file ten times on one core, in
//! texts of one line each (`--whole`: as one text), and prints megabytes per second. Reported in `docs/detection.md`; asserted nowhere.

use pii::{Context, Scanner, ScannerConfig};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut path = None;
    let mut config = ScannerConfig::default();
    let mut whole = false;
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "--structured" => config.names = false,
            "--whole" => whole = true,
            _ => path = Some(arg),
        }
    }
    let text = std::fs::read_to_string(path.ok_or("which file?")?)?;
    let scanner = Scanner::new(config);
    let cx = Context::default();
    let mut found = scanner.scan("warm up 4111 1111 1111 1111", &cx).len();
    let start = Instant::now();
    let rounds = 10;
    for _ in 0..rounds {
        if whole {
            found += scanner.scan(&text, &cx).len();
        } else {
            found += text.lines().map(|l| scanner.scan(l, &cx).len()).sum::<usize>();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let megabytes = text.len() as f64 * f64::from(rounds) / 1e6;
    use std::io::Write;
    writeln!(std::io::stdout(), "{:.1} MB/s ({found} findings)", megabytes / seconds)?;
    Ok(())
}
