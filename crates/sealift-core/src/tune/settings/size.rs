//! Amounts of memory as PostgreSQL's configuration writes them: units are powers of 1024 (manual 20.1.1).

pub(super) const KB: u64 = 1 << 10;
pub(super) const MB: u64 = 1 << 20;
pub(super) const GB: u64 = 1 << 30;

/// Returns bytes in the largest unit that needs no fraction: `256MB`.
pub(super) fn shown(bytes: u64) -> String {
    for (unit, name) in [(GB, "GB"), (MB, "MB"), (KB, "kB")] {
        if bytes > 0 && bytes.is_multiple_of(unit) {
            return format!("{}{name}", bytes / unit);
        }
    }
    format!("{bytes}B")
}

/// Returns the same without what is below a megabyte, which nobody would type.
pub(super) fn rounded(bytes: u64) -> u64 {
    std::cmp::max(1, bytes / MB) * MB
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_unit_without_a_fraction_is_taken() {
        assert_eq!(shown(2 * GB), "2GB");
        assert_eq!(shown(1536 * MB), "1536MB");
        assert_eq!(shown(64 * KB), "64kB");
        assert_eq!(shown(0), "0B");
        assert_eq!(shown(rounded(5 * MB + 17)), "5MB");
        assert_eq!(shown(rounded(3)), "1MB");
    }
}
