//! What `tune` advises.

use super::{indented, left, plain, right, table};
use crate::commands::{Advised, AdvisedOnSqlite};
use crate::printer::{paint, style};
use crate::units;
use sealift_core::tune::connections::Connections;
use sealift_core::tune::pool::{Kind, Pool, PoolAdvice, Verdict};
use sealift_core::tune::settings::{Effect, SettingAdvice, Todo};

/// Returns the advice for an application on SQLite.
pub(crate) fn tuned_on_sqlite(advised: &AdvisedOnSqlite) -> String {
    let mut text = format!("{}\n", heading("SQLite"));
    text.push_str(&format!("  workers  1: {}\n", advised.workers.because));
    text.push_str("  pool     one connection, which the worker keeps\n");
    text.push_str("  before   pragma journal_mode = wal; pragma busy_timeout = 5000;\n");
    text.push_str(&notes(&advised.notes));
    text.push_str("\nWith PostgreSQL several workers write at once: sealift migrate, then sealift tune --to URL");
    text
}

/// Returns the advice for an application on PostgreSQL.
pub(crate) fn tuned(advised: &Advised) -> String {
    let mut text = format!(
        "{}  PostgreSQL {}{}\n\n",
        heading(&plain(&advised.target)),
        plain(advised.server_version.split(' ').next().unwrap_or_default()),
        advised.provider.map_or_else(String::new, |name| format!(" at {name}"))
    );
    text.push_str(&format!(
        "{}\n{}\n",
        heading("Connections"),
        connections(&advised.connections.seen)
    ));
    text.push_str(&pools(&advised.pools, advised.environment.name()));
    text.push_str(&snippet(advised));
    if let Some(ini) = &advised.pgbouncer {
        text.push_str(&format!("\n{}\n{}", heading("pgbouncer.ini"), plain_lines(ini)));
    }
    text.push_str(&settings(advised));
    text.push_str(&notes(&advised.notes));
    text.trim_end().to_owned()
}

fn heading(text: &str) -> String {
    paint(style::HEADING, text)
}

fn connections(seen: &Connections) -> String {
    let mut rows = table(["", ""]);
    let mut row = |number: u64, words: &str| {
        rows.add_row([right(units::count(number)), left(words)]);
    };
    row(seen.max, "max_connections");
    row(
        seen.superuser_reserved.saturating_add(seen.reserved),
        "of these kept by the server for superusers and others",
    );
    row(seen.others, "held by others");
    if let Some(limit) = seen.role_limit {
        row(limit, "at most for the role");
    }
    if let Some(limit) = seen.database_limit {
        row(limit, "at most for the database");
    }
    row(seen.free(), "free");
    row(seen.kept_back(), "of these kept free, for people and backups");
    row(seen.available(), "for the application");
    // The headings are empty.
    indented(&rows).lines().skip(1).map(|line| format!("{line}\n")).collect()
}

fn pools(advice: &PoolAdvice, environment: &str) -> String {
    let workers = &advice.workers;
    let mut text = format!("{} for {environment}\n", heading("Pools"));
    text.push_str(&format!("  workers    {} ({})\n", workers.count, plain(&workers.because)));
    text.push_str(&format!("  instances  {}\n", advice.instances));
    let Some(pool) = advice.pool else {
        let none = paint(style::ERROR, "none: nothing is free");
        text.push_str(&format!("  pool       {none}\n  because    {}\n", plain(&advice.because)));
        return text;
    };
    text.push_str(&format!("  pool       {}\n", each(&pool)));
    let product = format!(
        "{} × {} × {} = {}",
        workers.count,
        advice.instances,
        pool.total(),
        units::count(workers.count.saturating_mul(advice.instances).saturating_mul(pool.total()))
    );
    let available = units::count(advice.available);
    let (style, all) = match (advice.verdict, advice.pooler) {
        (Verdict::Tight, _) => (style::WARNING, format!("{product}, of {available}")),
        (_, None) => (style::GOOD, format!("{product}, of {available}")),
        (_, Some(pooler)) => (
            style::GOOD,
            format!(
                "{product} at the pooler, which has {} at the server",
                units::count(pooler.server_connections)
            ),
        ),
    };
    text.push_str(&format!("  together   {}\n", paint(style, all)));
    text.push_str(&format!("  because    {}\n", plain(&advice.because)));
    text
}

fn each(pool: &Pool) -> String {
    match pool.kind {
        Kind::PerRequest => "none: a connection for each request, closed with it".to_owned(),
        Kind::One => "one connection for each process".to_owned(),
        Kind::Sized => format!(
            "{} + {} connections each; {} s to wait for one; replaced after {} s; tried before use",
            pool.base, pool.overflow, pool.timeout_seconds, pool.recycle_seconds
        ),
    }
}

fn snippet(advised: &Advised) -> String {
    let Some(snippet) = &advised.snippet else {
        if advised.framework.is_some() {
            return String::new();
        }
        let hint = paint(style::HINT, "hint:");
        return format!("  {hint} --framework NAME prints the lines for it\n");
    };
    let mut text = format!(
        "\n{} for {} ({})\n{}",
        heading(snippet.file),
        snippet.framework,
        snippet.needs,
        snippet.text
    );
    if let Some(start) = &snippet.start {
        text.push_str(&format!("\nstart: {start}\n"));
    }
    text
}

fn settings(advised: &Advised) -> String {
    let mut text = format!("\n{}", heading("Server settings"));
    if let Some(memory) = advised.server_memory {
        text.push_str(&format!(" for {} of memory", units::bytes(memory)));
    }
    text.push('\n');
    let open: Vec<&SettingAdvice> =
        advised.settings.iter().filter(|one| one.todo != Todo::Keep).collect();
    if !open.is_empty() {
        let mut rows = table(["setting", "now", "advised", "takes effect", "because"]);
        for one in &open {
            let advised = match one.todo {
                Todo::Unknown => "?",
                Todo::Change | Todo::Keep | Todo::RestartIsPending => one.advised.as_str(),
            };
            rows.add_row([
                left(one.name),
                left(&one.now),
                left(advised),
                left(effect(one)),
                left(&one.because),
            ]);
        }
        text.push_str(&indented(&rows));
    }
    let kept = advised.settings.len() - open.len();
    text.push_str(&format!("  {} as advised\n", units::counted_len(kept, "other setting")));
    text.push_str(&statements(advised, &open));
    text
}

fn effect(one: &SettingAdvice) -> &'static str {
    match one.effect {
        Effect::Reload => "after a reload",
        Effect::Restart => "after a restart",
        Effect::NewSessions => "in new sessions",
    }
}

fn statements(advised: &Advised, open: &[&SettingAdvice]) -> String {
    let mut text = String::new();
    for one in open {
        if let Some(sql) = &one.sql {
            text.push_str(&format!("{};\n", plain(sql.as_str())));
        }
    }
    let mut statements = open.iter().filter_map(|one| one.sql.as_ref());
    if statements.any(|sql| sql.as_str().starts_with("alter system")) {
        text.push_str("select pg_reload_conf();\n");
    }
    for one in &advised.tables {
        text.push_str(&format!("-- {}\n{};\n", one.because, plain(one.sql.as_str())));
    }
    if !text.is_empty() {
        text.insert(0, '\n');
    }
    for one in open {
        if let Some(by) = one.by {
            text.push_str(&format!("  {} = {}: {by}\n", one.name, one.advised));
        }
    }
    text
}

fn notes(notes: &[String]) -> String {
    let lines =
        notes.iter().map(|note| format!("{} {}\n", paint(style::HINT, "note:"), plain(note)));
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// Returns lines without control characters but the line breaks between them.
fn plain_lines(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", plain(line))).collect()
}
