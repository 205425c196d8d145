//! Where a command writes: data to standard output, messages to standard error.
//!
//! The one place that prints. Colours only on a terminal, and never when `NO_COLOR` is set or
//! `TERM` is `dumb`; a reader that goes away (`| head`) ends the command quietly.

use std::io::{self, IsTerminal as _, Write};

use serde::Serialize;

use super::exit::Failure;

/// Standard output and standard error.
pub(super) struct Out {
    out: io::BufWriter<Box<dyn Write + Send>>,
    err: Box<dyn Write + Send>,
    /// Whether colours may be written to standard output.
    pub(super) color: bool,
    /// Whether somebody looks at standard output.
    pub(super) tty: bool,
    /// Whether somebody looks at standard error: there progress may move.
    pub(super) err_tty: bool,
}

impl Out {
    /// The process's own.
    pub(super) fn standard() -> Out {
        let tty = io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
            || std::env::var_os("TERM").is_some_and(|v| v == "dumb");
        Out {
            out: io::BufWriter::with_capacity(64 << 10, Box::new(io::stdout())),
            err: Box::new(io::stderr()),
            color: tty && !plain,
            tty,
            err_tty: io::stderr().is_terminal(),
        }
    }

    /// Standard output, for writers of their own form.
    pub(super) fn data(&mut self) -> &mut (dyn Write + Send) {
        &mut self.out
    }

    /// A line of data.
    pub(super) fn line(&mut self, text: impl AsRef<str>) -> Result<(), Failure> {
        self.out.write_all(text.as_ref().as_bytes())?;
        self.out.write_all(b"\n")?;
        Ok(())
    }

    /// A value as JSON: on a terminal with line breaks, else on one line.
    pub(super) fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let done = if self.tty {
            serde_json::to_writer_pretty(&mut self.out, value)
        } else {
            serde_json::to_writer(&mut self.out, value)
        };
        done.map_err(io::Error::from)?;
        self.out.write_all(b"\n")?;
        Ok(())
    }

    /// A message. That it can't be written stops nothing.
    pub(super) fn say(&mut self, text: impl AsRef<str>) {
        // What was written before it must stand before it on a terminal too.
        let _ = self.out.flush();
        let _ = writeln!(self.err, "{}", text.as_ref());
    }

    /// Writes out what is buffered.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.out.flush()?)
    }

    /// Columns of the terminal; 80 if there is none.
    pub(super) fn width(&self) -> usize {
        if !self.tty {
            return 80;
        }
        rustix::termios::tcgetwinsize(io::stdout())
            .ok()
            .map(|size| usize::from(size.ws_col))
            .filter(|columns| *columns >= 20)
            .unwrap_or(80)
    }
}

/// A text from outside, safe for a terminal: control characters (which could move the cursor,
/// change colours or answer for the user) become U+FFFD; tabs and line ends stay.
pub(super) fn safe(text: &str) -> String {
    text.chars().map(|c| if is_unsafe(c) { '\u{fffd}' } else { c }).collect()
}

/// Control characters, and those that turn the direction of what follows.
pub(super) fn is_unsafe(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        assert_eq!(
            safe("a\u{1b}[2Jb\u{9b}c\u{202e}d\te\n"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\te\n"
        );
    }
}
