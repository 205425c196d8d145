//! What a scan says: lines for people, or one JSON document. Values stand as masks unless asked.

use std::collections::BTreeMap;

use pii::{Kind, Lang, MaskForm};
use serde_json::json;

use super::text::Hit;
use crate::cli::exit::{Exit, Failure};
use crate::cli::out::{Out, safe};

/// How findings are told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `path:line:column: kind mask`.
    Lines,
    /// One JSON document, written as it comes.
    Json,
    /// Not at all.
    Quiet,
}

/// Tells findings as they come, and counts them.
pub(super) struct Report {
    form: Form,
    show: bool,
    lang: Lang,
    today: pii::Today,
    kinds: BTreeMap<&'static str, u64>,
    found: u64,
    files: u64,
    with: u64,
    last: String,
    bytes: u64,
    not_read: Vec<(String, String)>,
    failed: bool,
}

impl Report {
    /// Begins.
    pub(super) fn begin(
        form: Form,
        show: bool,
        lang: Lang,
        today: pii::Today,
        out: &mut Out,
    ) -> Result<Report, Failure> {
        if form == Form::Json {
            out.data().write_all(b"{\"findings\":[")?;
        }
        Ok(Report {
            form,
            show,
            lang,
            today,
            kinds: BTreeMap::new(),
            found: 0,
            files: 0,
            with: 0,
            last: String::new(),
            bytes: 0,
            not_read: Vec::new(),
            failed: false,
        })
    }

    /// A file is begun.
    pub(super) fn file(&mut self) {
        self.last.clear();
    }

    /// The value itself if asked for, else its mask.
    fn shown(&self, hit: &Hit<'_>) -> String {
        if self.show {
            return hit.value.to_owned();
        }
        let facets = pii::facets(hit.kind, hit.value);
        pii::mask(hit.kind, MaskForm::Partial, &facets, self.lang, self.today)
    }

    /// A value was found.
    pub(super) fn hit(&mut self, label: &str, hit: &Hit<'_>, out: &mut Out) -> Result<(), Failure> {
        if self.last != label {
            label.clone_into(&mut self.last);
            self.with += 1;
        }
        self.found += 1;
        *self.kinds.entry(hit.kind.name()).or_default() += 1;
        match self.form {
            Form::Quiet => Ok(()),
            Form::Lines => self.line(label, hit, out),
            Form::Json => self.element(label, hit, out),
        }
    }

    fn line(&self, label: &str, hit: &Hit<'_>, out: &mut Out) -> Result<(), Failure> {
        let place = format!("{label}:{}:{}", hit.line, hit.column);
        let shown = safe(&self.shown(hit)).replace(['\n', '\t'], " ");
        let name = hit.kind.name();
        out.line(if out.color {
            format!(
                "\x1b[2m{place}\x1b[0m  \x1b[35m{name}\x1b[0m  {shown}  \x1b[2m{}%\x1b[0m",
                hit.score
            )
        } else {
            format!("{place}  {name}  {shown}  {}%", hit.score)
        })
    }

    fn element(&self, label: &str, hit: &Hit<'_>, out: &mut Out) -> Result<(), Failure> {
        let key = if self.show { "value" } else { "mask" };
        let element = json!({
            "file": label, "line": hit.line, "column": hit.column,
            "length": hit.value.chars().count(), "kind": hit.kind.name(),
            "category": Kind::category(hit.kind).name(),
            "score": f64::from(hit.score) / 100.0, key: self.shown(hit),
        });
        if self.found > 1 {
            out.data().write_all(b",")?;
        }
        out.data().write_all(b"\n")?;
        serde_json::to_writer(out.data(), &element).map_err(std::io::Error::from)?;
        Ok(())
    }

    /// A file was read to its end.
    pub(super) fn read(
        &mut self,
        label: &str,
        bytes: u64,
        legacy: bool,
        out: &mut Out,
    ) -> Result<(), Failure> {
        self.files += 1;
        self.bytes += bytes;
        if legacy && self.form == Form::Lines {
            out.say(format!("{label}: partly no UTF-8; those bytes were read as Latin-1"));
        }
        Ok(())
    }

    /// Something that a scan does not read.
    pub(super) fn not_read(
        &mut self,
        label: &str,
        why: &str,
        out: &mut Out,
    ) -> Result<(), Failure> {
        if self.form == Form::Lines {
            out.say(format!("{label}: not read ({why})"));
        }
        self.not_read.push((label.to_owned(), why.to_owned()));
        Ok(())
    }

    /// Something that should be read and can't.
    pub(super) fn unreadable(
        &mut self,
        label: &str,
        error: &std::io::Error,
        out: &mut Out,
    ) -> Result<(), Failure> {
        self.failed = true;
        let why = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "cut off or damaged".to_owned(),
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput => {
                "damaged".to_owned()
            }
            kind => kind.to_string(),
        };
        // Said even when quiet: the exit code is then not about what was found.
        out.say(format!("{label}: can't be read ({why})"));
        self.not_read.push((label.to_owned(), why));
        Ok(())
    }

    /// Ends, and gives the exit code.
    pub(super) fn end(&mut self, out: &mut Out) -> Result<Exit, Failure> {
        match self.form {
            Form::Quiet => {}
            Form::Json => self.close(out)?,
            Form::Lines => {
                out.flush()?;
                out.say(self.summary());
            }
        }
        Ok(if self.failed {
            Exit::Usage
        } else if self.found > 0 {
            Exit::Found
        } else {
            Exit::Done
        })
    }

    fn close(&self, out: &mut Out) -> Result<(), Failure> {
        let not_read: Vec<_> =
            self.not_read.iter().map(|(file, why)| json!({"file": file, "reason": why})).collect();
        let summary = json!({
            "found": self.found, "kinds": self.kinds, "files": self.files,
            "files_with_findings": self.with, "bytes": self.bytes,
        });
        out.line(format!("\n],\"not_read\":{},\"summary\":{summary}}}", json!(not_read)))
    }

    fn summary(&self) -> String {
        let files = if self.files == 1 { "file" } else { "files" };
        let mut text = match self.found {
            0 => format!("nothing found in {} {files}", self.files),
            n => {
                let mut kinds: Vec<_> = self.kinds.iter().collect();
                kinds.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
                let kinds: Vec<String> = kinds.iter().map(|(k, n)| format!("{n} {k}")).collect();
                format!(
                    "{n} found in {} of {} {files}: {}",
                    self.with,
                    self.files,
                    kinds.join(", ")
                )
            }
        };
        if !self.not_read.is_empty() {
            text.push_str(&format!("; {} not read", self.not_read.len()));
        }
        text
    }
}
