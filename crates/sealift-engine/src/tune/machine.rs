//! The memory of the server's machine, where that is this one.

use crate::postgres::{Endpoint, Session};
use std::fs;
use std::path::Path;

/// Where Linux says how much memory there is, and how much of it this container may use.
const MEMORY: &str = "/proc/meminfo";
const LIMITS: [&str; 2] =
    ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/// Returns the bytes of memory that the server's machine has; `None` where the server is elsewhere or in another
/// container: its process is not to be seen then, though its port may be.
pub(super) fn memory(target: &Endpoint, session: &Session) -> Option<u64> {
    if !target.is_on_this_machine() {
        return None;
    }
    let process = Path::new("/proc").join(session.backend_pid().to_string()).join("comm");
    let name = fs::read_to_string(process).ok()?;
    if !name.trim().starts_with("postgres") {
        return None;
    }
    let all = total(&fs::read_to_string(MEMORY).ok()?)?;
    let limits = LIMITS.iter().filter_map(|file| limit(&fs::read_to_string(file).ok()?));
    Some(limits.fold(all, std::cmp::min))
}

/// Returns the bytes of `MemTotal: 16303412 kB`.
fn total(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// Returns the bytes of a limit; `max` is none.
fn limit(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_understood() {
        let text = "MemTotal:       16303412 kB\nMemFree:         1000 kB\n";
        assert_eq!(total(text), Some(16_303_412 * 1024));
        assert_eq!(total("MemFree: 1 kB"), None);
        assert_eq!(limit("max\n"), None);
        assert_eq!(limit("536870912\n"), Some(512 << 20));
    }
}
