//! Writes `docs/kinds.md` from the table of kinds: `cargo run -p pii --example kinds_md > docs/kinds.md`. A test holds file and table together.

use pii::{Kind, Lang};
use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(table().as_bytes())
}

fn table() -> String {
    let mut out = String::from(
        "# Kinds of personal values\n\n\
         Generated from the table in `crates/pii/src/kind_table.rs` by `cargo run -p pii --example kinds_md > docs/kinds.md`; do not edit. \
         Ids are stored for years and never used again. What is measured for them: `docs/detection.md`.\n\n\
         | id | kind | category | label (en, it) | countries | validation | source |\n|---|---|---|---|---|---|---|\n",
    );
    for kind in Kind::all() {
        let doc = kind.doc();
        out.push_str(&format!(
            "| {} | `{}` | {} | {}, {} | {} | {} | {} |\n",
            kind.id(),
            kind.name(),
            kind.category().name(),
            kind.label(Lang::En),
            kind.label(Lang::It),
            doc.countries,
            doc.validation,
            doc.source
        ));
    }
    out.push_str(
        "\nCues of each kind, in eight languages: `crates/pii/data/cues.txt`. Order of strictness where findings overlap: credential, health, payment, \
         government_id, contact, location, identity, online.\n",
    );
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_written_table_is_the_one_of_the_code() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/kinds.md");
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(
            written,
            super::table(),
            "run: cargo run -p pii --example kinds_md > docs/kinds.md"
        );
    }
}
