//! What was typed, for the access log: the categories that it falls into in
//! clear, keyed tokens of its words, and the text itself, which the log seals.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::app::Ctx;
use crate::error::Result;
use crate::service::access_log::Typed;

/// Words of a query that get a token; a query holds fewer.
const MAX_WORDS: usize = 200;

/// Months since 2020-01, as the log counts them.
fn month(now: i64) -> u32 {
    let (year, month, _) = crate::clock::date(now);
    u32::try_from((i32::from(year) - 2020) * 12 + i32::from(month) - 1).unwrap_or(0)
}

/// Describes a typed query. It is looked at in memory alone.
pub(super) async fn describe(ctx: &Ctx, text: &str) -> Result<Typed> {
    let key = ctx.app.keys.log_token_key(month(ctx.now())).await?;
    let words: BTreeSet<String> =
        pii::words(text).take(MAX_WORDS).map(|(_, word)| word.into_owned()).collect();
    let tokens: BTreeSet<String> = words
        .iter()
        .map(|word| hex::encode(key.log_token(month(ctx.now()), word).0.to_be_bytes()))
        .collect();
    Ok(Typed {
        text: text.to_owned(),
        categories: categories(ctx, text),
        tokens: tokens.into_iter().collect(),
    })
}

/// The categories of what a scan finds in the text, and `content` for what it
/// leaves. A scan that fails says `unknown`.
fn categories(ctx: &Ctx, text: &str) -> Vec<String> {
    let scan = || ctx.app.scanner.report(text, &pii::Context::default());
    let Ok(report) = catch_unwind(AssertUnwindSafe(scan)) else {
        return vec![pii::Category::UNKNOWN.name().to_owned()];
    };
    let mut out: BTreeSet<&'static str> =
        report.findings.iter().map(|f| f.kind.category().name()).collect();
    let covered = |at: usize| report.findings.iter().any(|f| f.range.contains(&at));
    if pii::words(text).any(|(range, _)| !covered(range.start)) {
        out.insert(pii::Category::CONTENT.name());
    }
    out.into_iter().map(str::to_owned).collect()
}
