//! Lines of `/proc`.

/// What `/proc/PID/stat` says of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) parent: u32,
    /// Clock ticks on a processor, in user and system mode.
    pub(super) own: u64,
    /// The same of its children that have ended and were waited for, and of theirs.
    pub(super) ended_children: u64,
}

impl Stat {
    /// Reads a process, or `self` for our own.
    pub(super) fn of(process: &str) -> Option<Self> {
        Self::parse(&std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
    }

    /// The fields are those of proc(5). The second is the command's name in parentheses, which may hold
    /// parentheses and spaces itself.
    fn parse(line: &str) -> Option<Self> {
        let (_, fields) = line.rsplit_once(") ")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        // Counted from the third field.
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self {
            parent: fields.get(1)?.parse().ok()?,
            own: number(14)? + number(15)?,
            ended_children: number(16)? + number(17)?,
        })
    }
}

/// Returns all processes with their parents.
pub(super) fn all() -> Vec<(u32, Stat)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter_map(|process| Some((process, Stat::of(&process.to_string())?))).collect()
}

/// Returns the most memory that a process ever held, in bytes, mapped files included.
pub(super) fn high_water(process: u32) -> Option<u64> {
    parse_high_water(&std::fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

fn parse_high_water(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Returns clock ticks as seconds.
pub(super) fn seconds(ticks: u64) -> f64 {
    ticks as f64 / rustix::param::clock_ticks_per_second() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_parentheses_in_its_name_is_read() {
        let line = "42 (a) b) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 4 20 0 1 0 5 6 7";
        assert_eq!(Stat::parse(line), Some(Stat { parent: 7, own: 120, ended_children: 7 }));
    }

    #[test]
    fn the_high_water_mark_is_bytes() {
        let status = "Name:\tsealift\nVmPeak:\t 9 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(parse_high_water(status), Some(2 << 20));
    }

    #[test]
    fn we_are_among_all_processes() {
        let own = std::process::id();
        assert!(all().iter().any(|(process, _)| *process == own));
    }
}
