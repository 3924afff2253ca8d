//! The SQLite file, before and after a move.

use super::super::DoctorOptions;
use super::super::facts::{EarlierMove, Holder, OpenedSource, SourceState, UrlFact, UrlKind};
use super::{failed, mebibytes, named, ok, warning};
use crate::cause::{SOURCE_DAMAGED, SOURCE_UNREADABLE, STILL_ON_SQLITE};
use crate::check::CheckItem;
use crate::sqlite::JournalMode;
use crate::sqlite::known::DAMAGED;
use std::time::Duration;

/// A log that is larger is not brought into the file any more: some reader never ends, and reading slows down.
/// SQLite does that at 4 MB unless told otherwise.
const LARGE_LOG: u64 = 64 << 20;

/// How much later than the report a file may be written to without having been: file systems round times.
const ROUNDING: Duration = Duration::from_secs(2);

/// What makes the application use PostgreSQL; the one place that says so.
const SWITCH: &str = "set DATABASE_URL=postgresql://USER:PASSWORD@HOST:PORT/DATABASE where the application \
                      reads it, restart it, then compare both sides: sealift verify";

/// Returns the lines about the file.
pub(in crate::doctor) fn source(state: &SourceState, options: &DoctorOptions) -> Vec<CheckItem> {
    let path = state.path.display();
    let opened = match &state.opened {
        Ok(opened) => opened,
        Err(error) => {
            let cause = error.cause().unwrap_or(&SOURCE_UNREADABLE);
            let hint = error.hint().unwrap_or(cause.command);
            return vec![failed("source", cause, error.to_string(), hint)];
        }
    };
    let facts = &opened.facts;
    let mut found = format!("{path}: {} MB", mebibytes(facts.file_bytes + facts.wal_bytes));
    if let Some(version) = &facts.written_by {
        found.push_str(&format!(", last written by SQLite {version}"));
    }
    let mut items = vec![ok("source", found), sound(opened), journal(opened), users(opened)];
    items.push(room(opened));
    if let Some(moved) = &options.moved {
        items.push(after_the_move(opened, moved, &options.settings.urls));
    }
    items
}

fn sound(opened: &OpenedSource) -> CheckItem {
    match opened.damage.as_slice() {
        [] => ok("source_sound", "every page was read, and the file is sound"),
        [first, rest @ ..] => {
            let more = if rest.is_empty() {
                String::new()
            } else {
                format!(" ({} more lines: sealift inspect)", rest.len())
            };
            let found = format!("{}: {first}{more}", DAMAGED.says);
            failed("source_sound", &SOURCE_DAMAGED, found, DAMAGED.hint)
        }
    }
}

fn journal(opened: &OpenedSource) -> CheckItem {
    let facts = &opened.facts;
    if let Some(network) = facts.network {
        return warning(
            "source_journal",
            format!(
                "the file lies on a network file system ({network}), where SQLite's locks may not hold"
            ),
            "stop the application while rows are copied, or migrate a copy on a local disk",
        );
    }
    match facts.journal_mode {
        JournalMode::Wal if facts.wal_bytes > LARGE_LOG => warning(
            "source_journal",
            format!("the write-ahead log has grown to {} MB", mebibytes(facts.wal_bytes)),
            format!("sqlite3 {} 'pragma wal_checkpoint(truncate)'", facts.path),
        ),
        JournalMode::Wal => {
            ok("source_journal", "write-ahead log: the application goes on while rows are copied")
        }
        JournalMode::Rollback => ok(
            "source_journal",
            "rollback journal: the application's writes wait while rows are copied",
        ),
    }
}

fn users(opened: &OpenedSource) -> CheckItem {
    if opened.holders.is_empty() {
        return ok("source_users", "no other process has it open, as far as this user may see");
    }
    ok("source_users", format!("open in {}", people(&opened.holders)))
}

fn people(holders: &[Holder]) -> String {
    let all: Vec<String> =
        holders.iter().map(|holder| format!("{} ({})", holder.name, holder.pid)).collect();
    named(&all)
}

fn room(opened: &OpenedSource) -> CheckItem {
    let needed = opened.facts.file_bytes + opened.facts.wal_bytes;
    match opened.free {
        None => ok("source_room", "what is free on its disk is not known"),
        Some(free) if free < needed => warning(
            "source_room",
            format!(
                "its disk has {} MB free, and the backup of a migration needs {}",
                mebibytes(free),
                mebibytes(needed)
            ),
            "make room, or migrate with --no-backup",
        ),
        Some(free) => {
            ok("source_room", format!("{} MB are free for a backup beside it", mebibytes(free)))
        }
    }
}

/// Judges whether the application has left the file after it was moved.
fn after_the_move(opened: &OpenedSource, moved: &EarlierMove, urls: &[UrlFact]) -> CheckItem {
    let target = &moved.target;
    let later = opened
        .written
        .and_then(|written| written.checked_sub(moved.at))
        .filter(|later| *later > ROUNDING);
    if let Some(later) = later {
        let by = match opened.holders.as_slice() {
            [] => String::new(),
            holders => format!(", and is open in {}", people(holders)),
        };
        let found = format!(
            "the file was written to {} after it was moved to {target}{by}: those rows are missing there",
            words(later)
        );
        return failed("still_on_sqlite", &STILL_ON_SQLITE, found, SWITCH);
    }
    let named = urls.iter().find(|url| url.kind == UrlKind::Source);
    let found = match (named, opened.holders.as_slice()) {
        (Some(url), _) => {
            let place = if url.in_dotenv { " in .env" } else { "" };
            format!("{}{place} still names the file that was moved to {target}", url.variable)
        }
        (None, [_, ..]) => format!(
            "the file was moved to {target}, and is still open in {}",
            people(&opened.holders)
        ),
        (None, []) => {
            return ok(
                "still_on_sqlite",
                format!("nobody has written to the file since it was moved to {target}"),
            );
        }
    };
    warning("still_on_sqlite", found, SWITCH).because(&STILL_ON_SQLITE)
}

fn words(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ 120..7200 => format!("{} minutes", seconds / 60),
        seconds @ 7200..172_800 => format!("{} hours", seconds / 3600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::CheckStatus;
    use crate::sqlite::{Encoding, SourceFacts};

    fn opened() -> OpenedSource {
        OpenedSource {
            facts: SourceFacts {
                path: "app.db".to_owned(),
                written_by: Some("3.45.1".to_owned()),
                journal_mode: JournalMode::Wal,
                network: None,
                encoding: Encoding::Utf8,
                page_size: 4096,
                page_count: 256,
                file_bytes: 1 << 20,
                wal_bytes: 0,
                free_pages: 0,
                user_version: 0,
                application_id: 0,
                schema_version: 1,
                auto_vacuum: 0,
            },
            damage: Vec::new(),
            holders: Vec::new(),
            free: Some(1 << 30),
            written: Some(Duration::from_secs(1000)),
        }
    }

    fn moved(at: u64) -> EarlierMove {
        EarlierMove { target: "postgresql://db/app".to_owned(), at: Duration::from_secs(at) }
    }

    #[test]
    fn a_file_that_is_written_to_after_the_move_fails() {
        let item = after_the_move(&opened(), &moved(400), &[]);
        assert_eq!((item.status, item.cause), (CheckStatus::Failed, Some(&STILL_ON_SQLITE)));
        assert!(item.found.contains("10 minutes after"), "{item:?}");
        assert_eq!(after_the_move(&opened(), &moved(999), &[]).status, CheckStatus::Ok);
    }

    #[test]
    fn a_file_that_is_still_named_or_open_warns() {
        let url = |kind| UrlFact { variable: "DATABASE_URL".to_owned(), in_dotenv: true, kind };
        let item = after_the_move(&opened(), &moved(1000), &[url(UrlKind::Source)]);
        assert_eq!(item.status, CheckStatus::Warning);
        assert!(item.found.starts_with("DATABASE_URL in .env still names"), "{item:?}");
        let other = [url(UrlKind::Postgres), url(UrlKind::OtherSqlite)];
        assert_eq!(after_the_move(&opened(), &moved(1000), &other).status, CheckStatus::Ok);
        let holders = vec![Holder { pid: 7, name: "gunicorn".to_owned() }];
        let open = OpenedSource { holders, ..opened() };
        let item = after_the_move(&open, &moved(1000), &[]);
        assert_eq!(item.status, CheckStatus::Warning);
        assert!(item.found.contains("gunicorn (7)"), "{item:?}");
    }

    #[test]
    fn damage_a_large_log_and_a_full_disk_are_told() {
        let damage = vec!["page 3 is never used".to_owned(), "more".to_owned()];
        let item = sound(&OpenedSource { damage, ..opened() });
        assert_eq!(item.cause, Some(&SOURCE_DAMAGED));
        assert!(item.found.contains("page 3 is never used (1 more lines"), "{item:?}");
        let facts = SourceFacts { wal_bytes: LARGE_LOG + 1, ..opened().facts };
        assert_eq!(journal(&OpenedSource { facts, ..opened() }).status, CheckStatus::Warning);
        let facts = SourceFacts { network: Some("NFS"), ..opened().facts };
        assert_eq!(journal(&OpenedSource { facts, ..opened() }).status, CheckStatus::Warning);
        assert_eq!(room(&OpenedSource { free: Some(1), ..opened() }).status, CheckStatus::Warning);
        assert_eq!(room(&opened()).status, CheckStatus::Ok);
    }

    #[test]
    fn times_read_well() {
        let read = |seconds| words(Duration::from_secs(seconds));
        assert_eq!(
            [read(5), read(125), read(7200), read(200_000)],
            ["5 s", "2 minutes", "2 hours", "2 days"]
        );
    }
}
