//! Whether a word that no list knows looks like a name: letter patterns, learned at start from our own lists.
//!
//! A naive Bayes classifier over the three-letter pieces of a word, with the given names and surnames on one side and the ordinary words on the
//! other. It is small (a table of counts), deterministic, and knows nothing but the lists: it tells *karthick* from *aatached*, not
//! *rose* from *rose*.

use crate::words::normal;
use std::sync::LazyLock;

/// Letters, and the border of a word.
const SIGNS: usize = 27;

/// How many hundredths of a natural logarithm each piece speaks for a name.
struct Model {
    weights: Vec<i16>,
    bias: i32,
}

fn code(c: char) -> usize {
    match c {
        'a'..='z' => c as usize - 'a' as usize + 1,
        _ => 0,
    }
}

/// The pieces of a folded word, borders included.
fn pieces(word: &str) -> impl Iterator<Item = usize> {
    let letters: Vec<usize> = std::iter::once(0)
        .chain(word.chars().filter(|c| c.is_ascii_lowercase()).map(code))
        .chain(std::iter::once(0))
        .collect();
    let list: Vec<usize> =
        letters.windows(3).map(|w| w.iter().fold(0, |acc, c| acc * SIGNS + c)).collect();
    list.into_iter()
}

/// Scales a count to hundredths of its logarithm, without floating point, so that every machine agrees.
fn log100(n: u64) -> i32 {
    // log2 in 1/64 steps by repeated squaring, times ln 2.
    let bits = 63 - n.max(1).leading_zeros();
    let mut x = (n.max(1) << 31 >> bits).min(u64::from(u32::MAX));
    let mut frac = 0;
    for _ in 0..6 {
        x = (x * x) >> 31;
        frac <<= 1;
        if x >> 32 != 0 {
            frac |= 1;
            x >>= 1;
        }
    }
    i32::try_from((bits * 64 + frac) * 6931 / 6400).unwrap_or(0)
}

static MODEL: LazyLock<Model> = LazyLock::new(|| {
    let size = SIGNS * SIGNS * SIGNS;
    let (mut names, mut words) = (vec![0_u64; size], vec![0_u64; size]);
    let (mut all_names, mut all_words) = (0_u64, 0_u64);
    let count = |file: &str, counts: &mut Vec<u64>, all: &mut u64| {
        for line in
            file.lines().map(|l| l.split('#').next().unwrap_or("")).filter(|l| !l.starts_with('['))
        {
            for raw in line.split_whitespace() {
                for piece in pieces(&normal(raw)) {
                    if let Some(n) = counts.get_mut(piece) {
                        *n += 1;
                        *all += 1;
                    }
                }
            }
        }
    };
    count(include_str!("../data/names.txt"), &mut names, &mut all_names);
    count(include_str!("../data/common.txt"), &mut words, &mut all_words);
    let base = log100((all_words + 2000) * 4 / (all_names / 64 + 1).max(1)) - log100(256);
    let weights = names
        .iter()
        .zip(&words)
        .map(|(n, w)| {
            let odds = log100((n * 4 + 1) * 64) - log100((w * 4 + 1) * 64);
            i16::try_from(odds).unwrap_or(0)
        })
        .collect();
    Model { weights, bias: base }
});

/// How much a folded word looks like a name, in hundredths of a logarithm per piece: above 0 more like names, below more like words.
pub(crate) fn namelike(word: &str) -> i32 {
    let model = &*MODEL;
    let (mut sum, mut n) = (0_i32, 0_i32);
    for piece in pieces(word) {
        sum += i32::from(model.weights.get(piece).copied().unwrap_or(0));
        n += 1;
    }
    if n == 0 { 0 } else { sum / n + model.bias.min(0) / 8 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_near_enough() {
        for n in [1_u64, 2, 10, 1000, 123_456] {
            let true_log = (n as f64).ln() * 100.0;
            assert!((f64::from(log100(n)) - true_log).abs() < 3.0, "{n}");
        }
    }

    #[test]
    fn unknown_names_look_more_like_names_than_slips_of_words_do() {
        let names = ["karthick", "manikandan", "bernardini", "kowalczyński", "oyelaran"];
        let words = ["aatached", "yesthats", "informtion", "spedizzione", "bestelung"];
        let worst = names.iter().map(|w| namelike(&normal(w))).min().unwrap();
        let best = words.iter().map(|w| namelike(&normal(w))).max().unwrap();
        assert!(worst > best, "{worst} {best}");
    }
}
