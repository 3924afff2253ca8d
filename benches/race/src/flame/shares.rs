//! Stacks → what was done in them.

use crate::report::Share;
use std::collections::BTreeMap;

/// What a process does, by functions that are somewhere on its stack; the first that fits counts.
struct Work {
    what: &'static str,
    functions: &'static [&'static str],
}

const fn work(what: &'static str, functions: &'static [&'static str]) -> Work {
    Work { what, functions }
}

const POSTGRESQL: &[Work] = &[
    work("compresses long values", &["pglz_compress", "LZ4_compress", "toast_compress_datum"]),
    work("hashes rows, to compare them", &["hash_record_extended"]),
    work("sorts keys and builds indexes", &["index_build", "_bt_parallel_build_main"]),
    work("looks foreign keys up", &["RI_Initial_Check"]),
    work("gathers statistics", &["analyze_rel"]),
    work("writes its log", &["XLogInsert", "XLogWrite", "XLogFlush", "WalWriterMain"]),
    work("takes bytes off the connection", &["CopyGetData", "secure_read"]),
    work("turns fields into values", &["NextCopyFrom"]),
    work("places rows on pages", &["multi_insert", "CopyFrom"]),
    work("writes pages", &["CheckpointerMain", "BackgroundWriterMain"]),
];

const SEALIFT: &[Work] = &[
    work("looks whether the file is sound", &["sqlite::integrity"]),
    work("looks at every cell", &["sqlite::census"]),
    work("reads rows and makes fields of them", &["sqlite::reader"]),
    work("sends", &["postgres::session", "tcp_sendmsg"]),
];

const REST: &str = "the rest";

/// The threads of Sealift, by name.
const THREADS: [&str; 2] = ["sealift", "tokio-rt-worker"];

/// Returns whether nothing ran.
pub(super) fn is_idle(stack: &str) -> bool {
    stack.starts_with("swapper")
}

/// Returns the shares of folded stacks, whose weights are in units of so many seconds; the largest first.
pub(super) fn of(folded: &str, unit: f64) -> Vec<Share> {
    let mut sums: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for (stack, weight) in folded.lines().filter_map(|line| line.rsplit_once(' ')) {
        let Ok(weight) = weight.parse::<f64>() else { continue };
        *sums.entry(kind(stack)).or_default() += weight * unit;
    }
    let shares = sums.into_iter().map(|((who, what), seconds)| Share {
        who: who.to_owned(),
        what: what.to_owned(),
        seconds,
    });
    let mut shares: Vec<Share> = shares.collect();
    shares.sort_by(|left, right| right.seconds.total_cmp(&left.seconds));
    shares
}

/// Returns who it was and what he did.
fn kind(stack: &str) -> (&'static str, &'static str) {
    let process = stack.split(';').next().unwrap_or_default();
    let (who, works) = if is_idle(stack) {
        return ("nobody", "idle");
    } else if process.starts_with("postgres") {
        ("PostgreSQL", POSTGRESQL)
    } else if THREADS.contains(&process) {
        ("Sealift", SEALIFT)
    } else {
        return ("the system and others", REST);
    };
    let does = |work: &&Work| work.functions.iter().any(|function| stack.contains(function));
    (who, works.iter().find(does).map_or(REST, |work| work.what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_is_what_the_first_rule_says_of_it() {
        let folded = "postgres;main;CopyFrom;NextCopyFrom;CopyGetData;recv 3\n\
                      postgres;main;CopyFrom;heap_multi_insert;XLogInsert 2\n\
                      postgres;main;CopyFrom;heap_multi_insert;XLogInsert;crc 2\n\
                      postgres;main;PlannerMain 1\n\
                      tokio-rt-worker;sealift_engine::sqlite::census::run;memmove 5\n\
                      swapper;cpu_idle 9\n\
                      kworker/0:1;flush 1\n";
        let shares = of(folded, 0.5);
        let found: Vec<(&str, &str, f64)> =
            shares.iter().map(|it| (it.who.as_str(), it.what.as_str(), it.seconds)).collect();
        assert_eq!(
            found,
            [
                ("nobody", "idle", 4.5),
                ("Sealift", "looks at every cell", 2.5),
                ("PostgreSQL", "writes its log", 2.0),
                ("PostgreSQL", "takes bytes off the connection", 1.5),
                ("PostgreSQL", "the rest", 0.5),
                ("the system and others", "the rest", 0.5),
            ]
        );
    }
}
