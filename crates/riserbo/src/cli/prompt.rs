//! Asking for a password at the terminal, unseen.
//!
//! The terminal itself is asked, not standard input, so that a pipe can carry data meanwhile.
//! Echo is off while it is typed and comes back whatever happens; Ctrl-C is read as a character,
//! because a process that dies by it would leave the terminal blind.

use std::fs::File;
use std::io::Write as _;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::exit::Failure;

/// Longest password that is read, in bytes.
const LONGEST: usize = 1024;

/// The terminal with its echo off; on again when it is dropped.
struct Blind {
    tty: File,
    before: Termios,
}

impl Blind {
    fn open() -> Option<Blind> {
        let tty = File::options().read(true).write(true).open("/dev/tty").ok()?;
        let before = tcgetattr(&tty).ok()?;
        let mut blind = before.clone();
        blind.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(&tty, OptionalActions::Flush, &blind).ok()?;
        Some(Blind { tty, before })
    }
}

impl Drop for Blind {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.tty, OptionalActions::Flush, &self.before);
    }
}

/// Asks for a password; none if there is no terminal.
///
/// # Errors
/// It was cancelled, or is no text.
pub(super) fn password(question: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(mut blind) = Blind::open() else { return Ok(None) };
    let _ = write!(blind.tty, "{question}: ");
    let typed = read_line(&mut blind.tty);
    let _ = writeln!(blind.tty);
    drop(blind);
    let typed = typed?;
    let text = std::str::from_utf8(&typed)
        .map_err(|_| Failure::usage("the password is not UTF-8: check the terminal's language"))?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

fn read_line(tty: &mut impl std::io::Read) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut byte = [0u8; 1];
    loop {
        let n = tty.by_ref().read(&mut byte).map_err(|_| cancelled())?;
        match byte {
            _ if n == 0 => return Err(cancelled()),
            [b'\n' | b'\r'] => return Ok(line),
            // Ctrl-C, Ctrl-D.
            [3 | 4] => return Err(cancelled()),
            [8 | 127] => rub_out(&mut line),
            [b] if line.len() < LONGEST => line.push(b),
            _ => {}
        }
    }
}

/// Takes the last character away, however many bytes it has.
fn rub_out(line: &mut Vec<u8>) {
    while let Some(byte) = line.pop() {
        if byte & 0xc0 != 0x80 {
            break;
        }
    }
}

fn cancelled() -> Failure {
    Failure::usage("cancelled: nothing was done")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_at_return_and_can_be_corrected() {
        let typed = |keys: &[u8]| read_line(&mut &keys[..]).map(|l| l.to_vec());
        assert_eq!(typed(b"secret\rrest").unwrap(), b"secret");
        assert_eq!(typed("caffè\u{7f}e\n".as_bytes()).unwrap(), b"caffe");
        assert!(typed(b"sec\x03\n").is_err());
        assert!(typed(b"cut off").is_err());
    }
}
