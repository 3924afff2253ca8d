//! What the numbers belong to: the machine.

use super::Machine;

/// Looks at the machine. `processors` is how many threads it runs at once.
pub(super) fn look(processors: usize) -> Machine {
    Machine {
        system: std::env::consts::OS,
        processors,
        processor: processor(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default()),
    }
}

/// Returns the processor's name as Linux tells it on most machines.
fn processor(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    let name = line.split_once(':')?.1.split_whitespace().collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_without_its_gaps() {
        let text = "processor\t: 0\nmodel name\t: Some CPU   @ 3.00GHz\nflags\t: fpu\n";
        assert_eq!(processor(text).as_deref(), Some("Some CPU @ 3.00GHz"));
        assert_eq!(processor("Hardware: x"), None);
    }
}
