//! Names of the finished parts of a log: full hash tiles and full entry bundles.
//!
//! Paths are those of C2SP tlog-tiles, so that a static file server over the log's directory is a
//! C2SP log. Only *full* tiles are objects: what is not full yet lives in the journal, and
//! [`crate::Snapshot::partials`] makes the partial tiles of a checkpoint for whoever publishes it.

/// Hashes in a full tile, and entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;

/// Levels that a tree of less than 2^53 entries can have (8 · 7 > 53).
pub(crate) const MAX_LEVELS: usize = 7;

/// The largest tree that is accepted; sizes stay exact in JSON numbers.
pub const MAX_SIZE: u64 = 1 << 53;

/// A finished, immutable part of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Object {
    /// 256 hashes of tree level `8 · level`, starting with the node `256 · index`.
    Tile {
        /// Tile level: 0 holds leaf hashes.
        level: u8,
        /// Number of the tile within its level.
        index: u64,
    },
    /// The 256 entries from `256 · index` on, each with a big-endian u16 length before it.
    Bundle {
        /// Number of the bundle.
        index: u64,
    },
}

impl Object {
    /// Where the object lies, relative to the log's folder: `tile/0/x001/234`,
    /// `tile/entries/000` (C2SP tlog-tiles).
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Tile { level, index } => format!("tile/{level}/{}", index_path(*index)),
            Self::Bundle { index } => format!("tile/entries/{}", index_path(*index)),
        }
    }

    /// The object that lies at `path`; `None` for any other spelling, and for partial tiles.
    #[must_use]
    pub fn from_path(path: &str) -> Option<Self> {
        let (kind, digits) = path.strip_prefix("tile/")?.split_once('/')?;
        let index = parse_index(digits)?;
        let object = if kind == "entries" {
            Self::Bundle { index }
        } else {
            Self::Tile { level: kind.parse().ok()?, index }
        };
        // One spelling for each object: `007`, `+7` or `x000/007` name nothing.
        let known = matches!(object, Self::Bundle { .. })
            || matches!(object, Self::Tile { level, .. } if usize::from(level) < MAX_LEVELS);
        (known && object.path() == path).then_some(object)
    }

    /// The first entry that the object speaks of.
    #[must_use]
    pub fn first_entry(&self) -> u64 {
        match self {
            Self::Tile { level, index } => {
                let shift = 8 * (u32::from(*level) + 1);
                index.checked_shl(shift).unwrap_or(u64::MAX)
            }
            Self::Bundle { index } => index.saturating_mul(TILE_WIDTH),
        }
    }
}

/// `1234067` → `x001/x234/067`: three digits a path element, so that no folder grows large.
fn index_path(index: u64) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    path
}

fn parse_index(path: &str) -> Option<u64> {
    path.split('/').try_fold(0_u64, |n, part| {
        let digits = part.strip_prefix('x').unwrap_or(part);
        let value: u64 = (digits.len() == 3).then(|| digits.parse().ok())??;
        n.checked_mul(1000)?.checked_add(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let tile = Object::Tile { level: 0, index: 1_234_067 };
        assert_eq!(tile.path(), "tile/0/x001/x234/067");
        assert_eq!(Object::Bundle { index: 0 }.path(), "tile/entries/000");
    }

    #[test]
    fn odd_spellings_name_nothing() {
        for path in [
            "",
            "tile/0/7",
            "tile/0/0007",
            "tile/00/007",
            "tile/0/x000/007",
            "tile/0/007.p/3",
            "tile/64/007",
            "tile/200/000",
            "tile/entries/+07",
            "tile/8/0/007",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
            "../checkpoint",
        ] {
            assert_eq!(Object::from_path(path), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn a_path_leads_back_to_its_object(level in 0_u8..7, index in 0_u64..MAX_SIZE, data: bool) {
            let object =
                if data { Object::Bundle { index } } else { Object::Tile { level, index } };
            prop_assert_eq!(Object::from_path(&object.path()), Some(object));
            let theirs = tlog_tiles::Tile::new(8, if data { 0 } else { level }, index, 256, data);
            let theirs = theirs.path().replacen("tile/8/", "tile/", 1).replacen("data", "entries", 1);
            prop_assert_eq!(object.path(), theirs);
        }
    }
}
