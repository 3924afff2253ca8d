//! This machine.

use super::super::facts::{FolderFacts, MachineFacts, ServerFacts, Skew, Tool};
use super::{mebibytes, ok, warning};
use crate::check::CheckItem;
use crate::config::DEFAULT_MEMORY;
use crate::local::LocalStatus;
use std::time::Duration;

/// Below this the log, the report and a quarantine may not fit.
const LEAST_ROOM: u64 = 100 << 20;

/// Below this a run with many jobs may lack files: each has a session and readers of the file, and a thousand
/// is what systems give at least.
const LEAST_OPEN_FILES: u64 = 256;

/// Clocks that are further apart make certificates look out of date, and times in both logs hard to compare.
const TOLERATED_SKEW: Duration = Duration::from_secs(5);

/// Returns the lines about the machine, compared with the server where one was reached.
pub(in crate::doctor) fn machine(
    facts: &MachineFacts,
    server: Option<&ServerFacts>,
) -> Vec<CheckItem> {
    let mut items = vec![folder(&facts.folder), memory(facts.memory), open_files(facts.open_files)];
    items.extend(server.and_then(|server| server.skew).map(clock));
    items.push(local(facts.local.as_ref()));
    items.extend(facts.tools.iter().map(|it| tool(it, server)));
    items
}

fn folder(facts: &FolderFacts) -> CheckItem {
    let path = facts.path.display();
    if !facts.writable {
        return warning(
            "state_folder",
            format!("{path} cannot be written to: there will be no log and no report"),
            format!("ls -ld . {path}; run in a folder of your own"),
        );
    }
    match facts.free {
        Some(free) if free < LEAST_ROOM => warning(
            "state_folder",
            format!("the disk of {path} has {} MB free", mebibytes(free)),
            "make room: the log and the report are written there",
        ),
        Some(free) => ok("state_folder", format!("{path} has {} MB free", mebibytes(free))),
        None => ok("state_folder", format!("{path} can be written to")),
    }
}

fn memory(available: Option<u64>) -> CheckItem {
    match available {
        Some(bytes) if bytes < DEFAULT_MEMORY => warning(
            "memory",
            format!(
                "{} MB are free, and a migration takes {} unless told otherwise",
                mebibytes(bytes),
                mebibytes(DEFAULT_MEMORY)
            ),
            "close other programs, or migrate with --memory 64MB",
        ),
        Some(bytes) => ok("memory", format!("{} MB are free", mebibytes(bytes))),
        None => ok("memory", "what is free is not known"),
    }
}

fn open_files(limit: Option<u64>) -> CheckItem {
    match limit {
        Some(limit) if limit < LEAST_OPEN_FILES => warning(
            "open_files",
            format!("a process may have {limit} files and connections open"),
            "ulimit -n 1024",
        ),
        Some(limit) => {
            ok("open_files", format!("a process may have {limit} files and connections open"))
        }
        None => ok("open_files", "there is no limit that is known"),
    }
}

fn clock(skew: Skew) -> CheckItem {
    let seconds = format!("{:.1} s", skew.apart.as_secs_f64());
    let side = if skew.server_is_ahead { "ahead of" } else { "behind" };
    let found = format!("the server's clock is {seconds} {side} this machine's");
    if skew.apart > TOLERATED_SKEW + skew.within {
        return warning("clock", found, "set both by the network: timedatectl set-ntp true");
    }
    ok("clock", found)
}

fn local(status: Result<&LocalStatus, &String>) -> CheckItem {
    match status {
        Ok(LocalStatus::Absent) => {
            ok("local_server", "there is none; `sealift local start` makes it")
        }
        Ok(LocalStatus::Stopped) => ok("local_server", "stopped; `sealift local start` starts it"),
        Ok(LocalStatus::Running { port, version, .. }) => {
            ok("local_server", format!("PostgreSQL {version} runs on port {port}"))
        }
        Err(message) => warning(
            "local_server",
            message.as_str(),
            "sealift local status; `sealift local reset` makes it anew",
        ),
    }
}

/// `pg_dump` refuses servers that are newer than itself; `psql` only knows less of them.
fn tool(tool: &Tool, server: Option<&ServerFacts>) -> CheckItem {
    let needed = server.map(|server| server.version.major());
    match (&tool.version, needed) {
        (None, _) => ok(
            tool.name,
            "not found; Sealift itself does without (Debian: apt-get install postgresql-client)",
        ),
        (Some((version, major)), Some(needed)) if *major < needed => warning(
            tool.name,
            format!("{version}, older than the server, which is {needed}"),
            format!("apt-get install postgresql-client-{needed}"),
        ),
        (Some((version, _)), _) => ok(tool.name, version.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::CheckStatus;
    use crate::postgres::ServerVersion;
    use std::path::PathBuf;

    fn good() -> MachineFacts {
        let path = PathBuf::from(".sealift");
        MachineFacts {
            folder: FolderFacts { path, writable: true, free: Some(1 << 40) },
            memory: Some(8 << 30),
            open_files: Some(1024),
            local: Ok(LocalStatus::Absent),
            tools: vec![Tool { name: "pg_dump", version: Some(("15.18".to_owned(), 15)) }],
        }
    }

    fn server() -> ServerFacts {
        let skew = Skew {
            apart: Duration::from_millis(3),
            server_is_ahead: true,
            within: Duration::from_millis(1),
        };
        ServerFacts { version: ServerVersion(150_018), skew: Some(skew) }
    }

    fn bad(facts: &MachineFacts, server: &ServerFacts) -> Vec<&'static str> {
        let items = machine(facts, Some(server)).into_iter();
        let items = items.filter(|item| item.status != CheckStatus::Ok);
        items
            .inspect(|item| assert!(item.hint.is_some(), "{item:?}"))
            .map(|item| item.name)
            .collect()
    }

    #[test]
    fn a_machine_in_order_passes() {
        assert_eq!(bad(&good(), &server()), Vec::<&str>::new());
    }

    #[test]
    fn each_lack_is_told() {
        let folder = FolderFacts { free: Some(5), ..good().folder };
        assert_eq!(bad(&MachineFacts { folder, ..good() }, &server()), ["state_folder"]);
        let folder = FolderFacts { writable: false, ..good().folder };
        assert_eq!(bad(&MachineFacts { folder, ..good() }, &server()), ["state_folder"]);
        assert_eq!(bad(&MachineFacts { memory: Some(1 << 20), ..good() }, &server()), ["memory"]);
        let few = MachineFacts { open_files: Some(64), ..good() };
        assert_eq!(bad(&few, &server()), ["open_files"]);
        let unknown = MachineFacts { local: Err("cannot be read".to_owned()), ..good() };
        assert_eq!(bad(&unknown, &server()), ["local_server"]);
        let newer = ServerFacts { version: ServerVersion(170_002), ..server() };
        assert_eq!(bad(&good(), &newer), ["pg_dump"]);
    }

    #[test]
    fn a_clock_is_wrong_only_beyond_what_the_question_took() {
        let skew = |apart, within| Skew {
            apart: Duration::from_secs(apart),
            server_is_ahead: false,
            within: Duration::from_secs(within),
        };
        assert_eq!(clock(skew(60, 0)).status, CheckStatus::Warning);
        assert_eq!(clock(skew(60, 58)).status, CheckStatus::Ok);
        assert!(clock(skew(60, 0)).found.contains("60.0 s behind"));
    }
}
