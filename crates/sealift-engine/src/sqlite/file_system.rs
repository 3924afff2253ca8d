//! Which kind of file system a file lies on, where that matters to SQLite.

use std::path::Path;

/// Returns the name of a network's file system (or of one that may be, as those in user space), where the
/// file lies on one.
///
/// SQLite's locks depend on those of the file system, which networks often get wrong, and a write-ahead
/// log needs memory that is shared by all who use it (`sqlite.org/wal.html`, "it does not work over a
/// network file system"; `sqlite.org/howtocorrupt.html`, section 2).
#[cfg(target_os = "linux")]
pub(super) fn network(path: &Path) -> Option<&'static str> {
    let found = rustix::fs::statfs(path).ok()?;
    // The type of the field depends on the machine; the numbers fit into 32 bits.
    let magic = u64::try_from(found.f_type).ok()?;
    name(magic & 0xFFFF_FFFF)
}

/// Elsewhere nothing is known.
#[cfg(not(target_os = "linux"))]
pub(super) fn network(_: &Path) -> Option<&'static str> {
    None
}

/// Returns whether the file lies in memory: a commit costs no disk there.
#[cfg(target_os = "linux")]
pub(super) fn in_memory(path: &Path) -> bool {
    let found = rustix::fs::statfs(path).ok().and_then(|found| u64::try_from(found.f_type).ok());
    found.is_some_and(|magic| matches!(magic & 0xFFFF_FFFF, 0x0102_1994 | 0x8584_58F6))
}

/// Elsewhere nothing is known.
#[cfg(not(target_os = "linux"))]
pub(super) fn in_memory(_: &Path) -> bool {
    false
}

/// The numbers of `statfs(2)` and of Linux's `magic.h`.
#[cfg(target_os = "linux")]
fn name(magic: u64) -> Option<&'static str> {
    Some(match magic {
        0x6969 => "NFS",
        0x517B | 0xFE53_4D42 => "SMB",
        0xFF53_4D42 => "CIFS",
        0x0102_1997 => "9p",
        0x6573_5546 => "FUSE",
        0x00C3_6400 => "Ceph",
        0x5346_414F | 0x6B41_4653 => "AFS",
        0x7375_7245 => "Coda",
        0x0BD0_0BD0 => "Lustre",
        0x786F_4256 => "vboxsf",
        _ => return None,
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn networks_are_told_from_disks() {
        for (magic, expected) in [
            (0x6969, Some("NFS")),
            (0xFF53_4D42, Some("CIFS")),
            (0xEF53, None),
            (0x0102_1994, None),
            (0x5846_5342, None),
        ] {
            assert_eq!(name(magic), expected, "{magic:x}");
        }
    }

    #[test]
    fn the_file_system_of_a_file_is_asked() {
        assert_eq!(network(Path::new("/proc/self/status")), None);
        assert_eq!(network(Path::new("/nowhere/at/all")), None);
        assert!(!in_memory(Path::new("/proc/self/status")) && !in_memory(Path::new("/nowhere")));
    }
}
