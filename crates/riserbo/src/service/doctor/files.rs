//! What the file system and the system tell.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::Finding;
use crate::clock::{Clock, DAY, SECOND, iso};
use crate::config::Config;
use crate::service::root_key;

/// Below this the next import or log entry may find the disk full.
const TIGHT: u64 = 2 << 30;
/// Below this it will.
const FULL: u64 = 256 << 20;

/// The data directory belongs to us, and to nobody else.
pub(super) fn directory(dir: &Path) -> Finding {
    const CHECK: &str = "data directory";
    let meta = match std::fs::metadata(dir) {
        Ok(meta) => meta,
        Err(error) => {
            let mend = "run as the user that the server runs as";
            return Finding::bad(CHECK, format!("can't be looked at ({})", error.kind()), mend);
        }
    };
    let mode = meta.mode() & 0o777;
    if mode & 0o077 != 0 {
        let says = format!("{} is open to others (mode {mode:03o})", dir.display());
        return Finding::bad(CHECK, says, format!("chmod 700 {}", dir.display()));
    }
    if meta.uid() != rustix::process::geteuid().as_raw() {
        let says = format!("{} belongs to another user", dir.display());
        return Finding::note(CHECK, says, "run as the user that the server runs as");
    }
    Finding::good(CHECK, format!("{}, for its owner only", dir.display()))
}

/// Core dumps would hold keys.
pub(super) fn core_dumps() -> Finding {
    use rustix::process::{Resource, getrlimit};
    const CHECK: &str = "core dumps";
    match getrlimit(Resource::Core).maximum {
        Some(0) => Finding::good(CHECK, "off for this program"),
        _ => Finding::bad(
            CHECK,
            "they can't be switched off here: a crash would write keys to the disk",
            "set `ulimit -H -c 0` (systemd: LimitCORE=0) for the service",
        ),
    }
}

/// The clock is plausible, and has not gone back behind the log.
pub(super) fn clock(dir: &Path, clock: &dyn Clock) -> Finding {
    const CHECK: &str = "clock";
    /// 2026-01-01: this program did not exist before.
    const EARLIEST: i64 = 1_767_225_600 * SECOND;
    let now = clock.now();
    let mend = "set the clock (timedatectl set-ntp true): times in the log can't be mended later";
    if !(EARLIEST..EARLIEST + 50 * 366 * DAY).contains(&now) {
        return Finding::bad(CHECK, format!("it says {}, which can't be", iso(now)), mend);
    }
    let written = std::fs::metadata(dir.join("log").join("checkpoint"))
        .map_or(0, |meta| meta.mtime().saturating_mul(SECOND));
    if now + DAY < written {
        let says = format!("it says {}, but the log was written at {}", iso(now), iso(written));
        return Finding::bad(CHECK, says, mend);
    }
    Finding::good(CHECK, iso(now))
}

/// There is room to write.
pub(super) fn space(dir: &Path) -> Finding {
    const CHECK: &str = "free space";
    let Ok(stat) = rustix::fs::statvfs(dir) else {
        return Finding::note(CHECK, "can't be asked for", "look with `df` yourself");
    };
    let free = stat.f_bavail.saturating_mul(stat.f_frsize);
    let says = format!("{:.1} GB", free as f64 / 1e9);
    let mend = "free some space, or move the data directory; a full disk stops every answer, \
                because nothing is shown that can't be logged";
    match free {
        0..FULL => Finding::bad(CHECK, says, mend),
        FULL..TIGHT => Finding::note(CHECK, says, mend),
        _ => Finding::good(CHECK, says),
    }
}

/// The configuration could be read; does it say something dangerous?
pub(super) fn configuration(config: &Config) -> Finding {
    const CHECK: &str = "configuration";
    if config.server.listen.ip().is_loopback() {
        return Finding::good(CHECK, "read");
    }
    Finding::bad(
        CHECK,
        format!("server.listen is {}, open to the network without TLS", config.server.listen),
        "listen at 127.0.0.1 and put a proxy that ends TLS before it; the server refuses to start so",
    )
}

/// The root key: there, whole (its check value holds), for its owner only, and elsewhere.
pub(super) fn key_file(config: &Config, dir: &Path) -> Vec<Finding> {
    const CHECK: &str = "root key";
    let file = root_key::path(config, dir);
    if let Err(error) = root_key::look(config, dir) {
        let mend = "the message says how; without this file nothing opens, so keep a copy of it \
                    apart from the backups of the data";
        return vec![Finding::bad(CHECK, error.to_string(), mend)];
    }
    let mut found = vec![Finding::good(CHECK, format!("{} is whole", file.display()))];
    let device = |path: &Path| std::fs::metadata(path).map(|meta| meta.dev()).ok();
    if device(&file) == device(dir) {
        found.push(Finding::note(
            CHECK,
            "it lies on the same disk as the data: whoever copies the disk has both",
            "move it to another volume and set keys.root_key_file, or protect it by \
             keys.passphrase_file",
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::service::doctor::Mark;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_directory_open_to_others_is_bad_and_says_how_to_close_it() {
        let tmp = tempfile::tempdir().unwrap();
        let mode = |m| std::fs::set_permissions(tmp.path(), PermissionsExt::from_mode(m)).unwrap();
        mode(0o755);
        let found = directory(tmp.path());
        assert_eq!(found.mark, Mark::Bad);
        assert!(found.mend.unwrap().starts_with("chmod 700"));
        mode(0o700);
        assert_eq!(directory(tmp.path()).mark, Mark::Good);
    }

    #[test]
    fn a_clock_that_went_back_is_bad() {
        let tmp = tempfile::tempdir().unwrap();
        std::fs::create_dir(tmp.path().join("log")).unwrap();
        std::fs::write(tmp.path().join("log/checkpoint"), "x").unwrap();
        let meta = std::fs::metadata(tmp.path().join("log/checkpoint")).unwrap();
        let written = meta.mtime() * SECOND;
        let mark = |now| clock(tmp.path(), &ManualClock::at(now)).mark;
        assert_eq!(mark(0), Mark::Bad);
        assert_eq!(mark(written - 2 * DAY), Mark::Bad);
        assert_eq!(mark(i64::MAX / 2), Mark::Bad);
    }
}
