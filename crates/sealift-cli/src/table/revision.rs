//! Revisions: what they would take, what was done, where a database stands.

use super::{indented, left, plain, table};
use crate::commands::{Current, Diffed, Listed};
use crate::units;
use sealift_core::revision::diff::{Danger, Lock, Work};
use sealift_core::revision::file::Id;
use sealift_core::revision::way::Way;
use sealift_engine::revision::run::{Cost, Report, StatementCost};
use sealift_engine::revision::state::DangerAt;

/// The longest part of a statement that is shown, in letters.
const STATEMENT_SHOWN: usize = 100;

/// Returns what a statement destroys, and where it stands.
pub(crate) fn danger(one: &DangerAt) -> String {
    format!("  {}: {}", one.at, what(&one.danger))
}

fn what(danger: &Danger) -> String {
    match danger {
        Danger::Loses(what) => format!("loses {}", plain(what)),
        Danger::Narrows(what) => format!("fails on {}, or cuts them", plain(what)),
    }
}

/// Returns what a comparison has written, and what that does.
pub(crate) fn diffed(diffed: &Diffed) -> String {
    if diffed.revisions.is_empty() {
        return match diffed.not_covered.is_empty() {
            true => "nothing differs".to_owned(),
            false => "nothing differs that can be written down".to_owned(),
        };
    }
    let mut text = String::new();
    for file in diffed.revisions.iter().flat_map(|one| &one.files) {
        text.push_str(&format!("{}\n", file.display()));
    }
    text.push('\n');
    for step in &diffed.steps {
        text.push_str(&format!("  {}\n", plain(step)));
    }
    if !diffed.dangers.is_empty() {
        text.push_str("\nread before you carry it out:\n");
    }
    for one in &diffed.dangers {
        text.push_str(&format!("  {}\n", what(one)));
    }
    text.trim_end().to_owned()
}

/// Returns what carrying revisions out would take.
pub(crate) fn revision_cost(cost: &Cost) -> String {
    if cost.revisions.is_empty() {
        return "nothing to do".to_owned();
    }
    let mut text = String::new();
    for revision in &cost.revisions {
        let manner = match revision.transaction {
            true => "one transaction: each lock is held to its end",
            false => "without a transaction",
        };
        text.push_str(&format!("{}  {}\n  {manner}\n", revision.id, plain(&revision.message)));
        for statement in &revision.statements {
            text.push_str(&format!(
                "\n  {}  {}\n{}",
                statement.at,
                first_line(&statement.sql),
                details(statement)
            ));
        }
        text.push('\n');
    }
    text.trim_end().to_owned()
}

fn first_line(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= STATEMENT_SHOWN {
        return plain(&line).into_owned();
    }
    let cut: String = line.chars().take(STATEMENT_SHOWN).collect();
    format!("{}…", plain(&cut))
}

fn details(statement: &StatementCost) -> String {
    let effect = &statement.effect;
    let on = match effect.on.is_empty() {
        true => String::new(),
        false => format!(" on {}", plain(&effect.on.join(", "))),
    };
    let mut text = match effect.lock {
        Some(Lock::None) => String::new(),
        Some(lock) => {
            let (name, others) = lock_name(lock);
            format!("    lock   {name}{on}: {others}\n")
        }
        None => "    lock   cannot be told from its text\n".to_owned(),
    };
    let work = match effect.work {
        Work::Brief => None,
        Work::Scan => Some("reads all rows"),
        Work::Rewrite => Some("writes all rows anew"),
    };
    if let Some(work) = work {
        let time = statement.seconds.filter(|_| !statement.tables.is_empty());
        let time =
            time.map_or_else(String::new, |seconds| format!(", about {}", units::seconds(seconds)));
        text.push_str(&format!("    work   {work}{time}\n"));
    }
    for table in &statement.tables {
        text.push_str(&format!(
            "    table  {}: {}, {}\n",
            plain(&table.name),
            units::counted(table.rows, "row"),
            units::bytes(table.bytes)
        ));
    }
    match &effect.danger {
        Some(Danger::Loses(what)) => text.push_str(&format!("    loses  {}\n", plain(what))),
        Some(Danger::Narrows(what)) => text.push_str(&format!("    fails  on {}\n", plain(what))),
        None => {}
    }
    text
}

/// Returns each statement that writes all rows of a table anew: with its size, what it locks and how long.
pub(crate) fn rewrites(cost: &Cost) -> Vec<String> {
    let statements = cost.revisions.iter().flat_map(|revision| &revision.statements);
    let rewrites = statements.filter(|one| one.effect.work == Work::Rewrite);
    let with_rows = rewrites.filter(|one| one.tables.iter().any(|table| table.rows > 0));
    with_rows.map(rewrite).collect()
}

fn rewrite(statement: &StatementCost) -> String {
    let tables: Vec<String> = statement
        .tables
        .iter()
        .map(|table| {
            let (rows, bytes) = (units::counted(table.rows, "row"), units::bytes(table.bytes));
            format!("{} ({rows}, {bytes})", plain(&table.name))
        })
        .collect();
    let time = statement
        .seconds
        .map_or_else(String::new, |seconds| format!(", for about {}", units::seconds(seconds)));
    let lock = statement.effect.lock.map_or_else(String::new, |lock| {
        let (name, others) = lock_name(lock);
        format!(", under {name}: {others}")
    });
    format!("{} writes all rows of {} anew{time}{lock}", statement.at, tables.join(", "))
}

/// Returns the lock's name, and what others do meanwhile.
fn lock_name(lock: Lock) -> (&'static str, &'static str) {
    match lock {
        Lock::None => ("none", "others read and write"),
        Lock::ShareUpdateExclusive => ("share update exclusive", "others read and write"),
        Lock::Share => ("share", "others read, and wait to write"),
        Lock::ShareRowExclusive => ("share row exclusive", "others read, and wait to write"),
        Lock::AccessExclusive => ("access exclusive", "others wait"),
    }
}

/// Returns what was carried out.
pub(crate) fn revisions_done(way: Way, report: &Report) -> String {
    let verb = match way {
        Way::Up => "up  ",
        Way::Down => "down",
    };
    let line = |one: &sealift_engine::revision::run::Done| {
        format!("{verb} {}  {}  {}\n", one.id, plain(&one.message), units::seconds(one.seconds))
    };
    let mut text: String = report.revisions.iter().map(line).collect();
    if report.revisions.is_empty() {
        text.push_str("nothing to do\n");
    }
    let current: Vec<String> = report.current.iter().map(ToString::to_string).collect();
    let current = if current.is_empty() { "base".to_owned() } else { current.join(", ") };
    format!("{text}the database stands at {current}")
}

/// Returns where a database stands, for other tools too.
pub(crate) fn revision_current(current: &Current) -> String {
    let mut rows = table(["tool", "stands at", "since", ""]);
    let heads = current.heads.clone().unwrap_or_default();
    if current.current.is_empty() {
        rows.add_row([left("Sealift"), left("base"), left(""), left("")]);
    }
    for one in &current.current {
        let mark = if heads.contains(&one.id) { " (head)" } else { "" };
        let stands = format!("{}{mark}", one.id);
        rows.add_row([left("Sealift"), left(&stands), left(&one.since), left(&one.message)]);
    }
    let in_source = current.source.iter().flatten().map(|one| (one, "in the file"));
    for (other, side) in current.neighbours.iter().map(|one| (one, "")).chain(in_source) {
        let counted = other.applied.map(|number| units::counted(number, "migration"));
        let failed = if other.unfinished { "one has failed half way" } else { "" };
        let note = [side, counted.as_deref().unwrap_or_default(), failed];
        let note: Vec<&str> = note.into_iter().filter(|part| !part.is_empty()).collect();
        let stands =
            if other.current.is_empty() { "base".to_owned() } else { other.current.join(", ") };
        rows.add_row([left(other.tool), left(&stands), left(""), left(&note.join("; "))]);
    }
    let mut text = indented(&rows);
    if let Some(applied) = &current.unfinished {
        let far = applied.unfinished.as_ref().map_or(0, |unfinished| unfinished.done);
        text.push_str(&format!(
            "\nrevision {} ({}) is unfinished: {} of it done\n",
            applied.id,
            plain(&applied.message),
            units::counted_len(far, "statement")
        ));
    }
    match current.pending {
        Some(0) | None => {}
        Some(pending) => text.push_str(&format!(
            "\n{} still to be carried out\n",
            units::counted_len(pending, "revision")
        )),
    }
    text.trim_end().to_owned()
}

/// Returns the list of all revisions.
pub(crate) fn revision_history(revisions: &[Listed], looked: bool) -> String {
    if revisions.is_empty() {
        return "no revision yet".to_owned();
    }
    let mut rows = table(["revision", "follows", if looked { "carried out" } else { "" }, ""]);
    for one in revisions {
        let parents: Vec<&str> = one.parents.iter().map(Id::as_str).collect();
        let parents = if parents.is_empty() { "-".to_owned() } else { parents.join(", ") };
        let applied = match &one.applied {
            Some(applied) if applied.unfinished.is_some() => "unfinished",
            Some(applied) => applied.at.as_str(),
            None if looked => "-",
            None => "",
        };
        let mark = if one.head { " (head)" } else { "" };
        let id = format!("{}{mark}", one.id);
        rows.add_row([left(&id), left(&parents), left(applied), left(&one.message)]);
    }
    indented(&rows).trim_end().to_owned()
}
