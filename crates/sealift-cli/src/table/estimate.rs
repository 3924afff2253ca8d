//! An estimate in two lines: no more digits than it is good for.

use sealift_engine::estimate::Prediction;

/// Returns how long a migration takes, and what it needs on disk.
pub(crate) fn predicted(prediction: &Prediction) -> String {
    format!("{}\n{}", time(prediction), disk(prediction))
}

fn time(prediction: &Prediction) -> String {
    let estimate = &prediction.estimate;
    let rates = if prediction.probed { "" } else { " at the usual rates" };
    if estimate.seconds < 1.0 {
        return format!("under a second{rates}");
    }
    let sum = |names: &[&str]| {
        let phases = estimate.phases.iter().filter(|phase| names.contains(&phase.name));
        phases.map(|phase| phase.seconds).sum()
    };
    let scale = Scale::of_seconds(estimate.seconds);
    let parts = [
        ("census", sum(&["census"])),
        ("copy", sum(&["create", "copy", "backup"])),
        ("keys and indexes", sum(&["finish", "analyze"])),
        ("verify", sum(&["verify"])),
    ];
    let parts = parts.map(|(name, seconds)| scale.part(name, seconds));
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    format!("about {}{rates}: {}", scale.whole(estimate.seconds), parts.join(", "))
}

fn disk(prediction: &Prediction) -> String {
    let disk = &prediction.estimate.disk;
    let scale = Scale::of_bytes(disk.bytes);
    let parts = [("tables", disk.table_bytes), ("indexes", disk.index_bytes)];
    let parts = parts.map(|(name, bytes)| scale.part(name, real(bytes)));
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let backup = disk.backup_bytes.map_or_else(String::new, |bytes| {
        format!("; {} for the backup", Scale::of_bytes(bytes).whole(real(bytes)))
    });
    format!(
        "about {} in the target ({}), and up to {} of write-ahead log{backup}",
        scale.whole(real(disk.bytes)),
        parts.join(", "),
        Scale::of_bytes(disk.wal_bytes).whole(real(disk.wal_bytes)),
    )
}

/// A unit, and how many digits after the point leave two in all.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    unit: &'static str,
    size: f64,
    decimals: usize,
}

impl Scale {
    fn of_seconds(seconds: f64) -> Self {
        let units = [("s", 1.0), ("min", 60.0), ("h", 3600.0)];
        // 85 s reads better than 1.4 min.
        Self::fitting(seconds, 1.5, &units)
    }

    /// Units are powers of 1024, as everywhere.
    fn of_bytes(bytes: u64) -> Self {
        let units = ["kB", "MB", "GB", "TB"];
        let sizes: Vec<(&'static str, f64)> =
            units.into_iter().zip([1_u64 << 10, 1 << 20, 1 << 30, 1 << 40].map(real)).collect();
        Self::fitting(real(bytes), 1.0, &sizes)
    }

    /// Returns the largest unit of which there are so many; the smallest where there is less of each.
    fn fitting(amount: f64, so_many: f64, units: &[(&'static str, f64)]) -> Self {
        let largest = units.iter().rev().find(|(_, size)| amount >= so_many * size);
        let (unit, size) = largest.or(units.first()).copied().unwrap_or(("", 1.0));
        let decimals = usize::from(amount / size < 9.95);
        Self { unit, size, decimals }
    }

    /// Returns `14 s`, `2.5 min`.
    fn whole(self, amount: f64) -> String {
        format!("{} {}", self.rounded(amount), self.unit)
    }

    /// Returns `census 2`; nothing for what does not show in so few digits.
    fn part(self, name: &str, amount: f64) -> Option<String> {
        let rounded = self.rounded(amount);
        let is_seen = rounded.chars().any(|digit| digit.is_ascii_digit() && digit != '0');
        is_seen.then(|| format!("{name} {rounded}"))
    }

    fn rounded(self, amount: f64) -> String {
        let scaled = amount / self.size;
        // 123 has no third digit to be good for.
        let scaled = if scaled >= 99.5 { (scaled / 10.0).round() * 10.0 } else { scaled };
        format!("{scaled:.*}", self.decimals)
    }
}

fn real(bytes: u64) -> f64 {
    // In kilobytes of the smallest file system that is: 4 TB fit.
    u32::try_from(bytes >> 10).map_or(f64::from(u32::MAX), f64::from) * 1024.0
        + u32::try_from(bytes & 1023).map_or(0.0, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::plan::estimate::{Disk, Estimate, PhaseEstimate};

    fn prediction(phases: &[(&'static str, f64)], tables: u64, indexes: u64) -> Prediction {
        let phases: Vec<PhaseEstimate> = phases
            .iter()
            .map(|(name, seconds)| PhaseEstimate { name, seconds: *seconds })
            .collect();
        Prediction {
            estimate: Estimate {
                seconds: phases.iter().map(|phase| phase.seconds).sum(),
                phases,
                disk: Disk {
                    bytes: tables + indexes,
                    table_bytes: tables,
                    index_bytes: indexes,
                    wal_bytes: 1 << 30,
                    backup_bytes: None,
                },
            },
            probed: true,
            rates: None,
            not_probed: None,
        }
    }

    #[test]
    fn an_estimate_is_two_lines_of_two_digits() {
        let phases =
            [("census", 2.2), ("create", 0.1), ("copy", 5.9), ("finish", 5.0), ("verify", 1.1)];
        let text = predicted(&prediction(&phases, 900 << 20, 400 << 20));
        assert_eq!(
            text,
            "about 14 s: census 2, copy 6, keys and indexes 5, verify 1\n\
             about 1.3 GB in the target (tables 0.9, indexes 0.4), and up to 1.0 GB of write-ahead log"
        );
    }

    #[test]
    fn short_and_long_times_have_their_units() {
        let time = |seconds| time(&prediction(&[("copy", seconds)], 0, 0));
        assert_eq!(time(0.3), "under a second");
        assert_eq!(time(1.04), "about 1.0 s: copy 1.0");
        assert_eq!(time(85.0), "about 85 s: copy 85");
        assert_eq!(time(150.0), "about 2.5 min: copy 2.5");
        assert_eq!(time(20_000.0), "about 5.6 h: copy 5.6");
    }

    #[test]
    fn an_estimate_without_a_server_says_so() {
        let mut made = prediction(&[("copy", 3.0)], 0, 0);
        made.probed = false;
        assert!(predicted(&made).starts_with("about 3.0 s at the usual rates: copy 3.0\n"));
    }
}
