//! How much memory this machine has, or the container that we are in. `None` where the system does not tell.

use std::fs;

/// Where Linux says how much memory the machine has.
const MACHINE: &str = "/proc/meminfo";

/// Where it says how much of it a container may use, and how much it uses: cgroup version 2, then version 1.
const CONTAINERS: [(&str, &str); 2] = [
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
    ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
];

/// Returns all bytes that there are.
pub(crate) fn total() -> Option<u64> {
    let machine = line(&read(MACHINE)?, "MemTotal:")?;
    let limits = CONTAINERS.iter().filter_map(|(limit, _)| number(limit));
    Some(limits.fold(machine, std::cmp::min))
}

/// Returns the bytes that programs may still take.
pub(crate) fn available() -> Option<u64> {
    let machine = read(MACHINE).and_then(|text| line(&text, "MemAvailable:"));
    let containers = CONTAINERS.iter().filter_map(|(limit, used)| {
        Some(number(limit)?.saturating_sub(number(used).unwrap_or_default()))
    });
    machine.into_iter().chain(containers).reduce(std::cmp::min)
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// Returns the bytes that a file of one number holds; `max` is no limit.
fn number(path: &str) -> Option<u64> {
    bytes(&read(path)?)
}

fn bytes(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

/// Returns the bytes of a line like `MemTotal:   16303412 kB`.
fn line(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_words_are_understood() {
        let text = "MemTotal:       16303412 kB\nMemFree:   1 kB\nMemAvailable:   2048 kB\n";
        assert_eq!(line(text, "MemTotal:"), Some(16_303_412 * 1024));
        assert_eq!(line(text, "MemAvailable:"), Some(2048 * 1024));
        assert_eq!(line("MemFree: 1 kB", "MemTotal:"), None);
        assert_eq!((bytes("max\n"), bytes("536870912\n")), (None, Some(512 << 20)));
    }

    #[test]
    fn what_is_available_is_no_more_than_there_is() {
        if let (Some(total), Some(available)) = (total(), available()) {
            assert!(0 < available && available <= total, "{available} of {total}");
        }
    }
}
