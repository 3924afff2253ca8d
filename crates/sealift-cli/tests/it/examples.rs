//! The examples: every command of their READMEs runs, in order, and prints what stands there.
//!
//! A block ` ```sh ` is a script that succeeds (` ```sh exit=1 ` ends with that status). A block
//! ` ```text ` after it has lines of its standard output in their order; times may differ.

use crate::environment::{TestEnvironment, times};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How the READMEs make their file. The tests do it without SQLite's shell.
const MAKE: &str = "cat schema.sql data.sql | sqlite3 ";

/// Where the READMEs have their server; the name of the database follows.
const SERVER: &str = "postgresql://app:secret@localhost:5432/";

enum Block {
    Script { text: String, status: i32 },
    Output(Vec<String>),
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// Follows the README of an example and returns the database that it filled.
fn follow(name: &str) -> sealift_testkit::Database {
    let environment = TestEnvironment::new();
    let read = |file| std::fs::read_to_string(example(name).join(file)).unwrap();
    for file in ["schema.sql", "data.sql"] {
        environment.write(file, &read(file));
    }
    let database = sealift_testkit::database_blocking();
    let mut exports = String::new();
    let mut printed = String::new();
    for block in blocks(&read("README.md")) {
        match block {
            Block::Script { text, status } => {
                let script = prepare(&environment, &text, &database.url);
                let output = command(&environment, &format!("{exports}{script}"));
                printed = String::from_utf8(output.stdout).unwrap();
                let told = String::from_utf8(output.stderr).unwrap();
                assert_eq!(output.status.code(), Some(status), "{text}\n{printed}\n{told}");
                let exported = script.lines().filter(|line| line.starts_with("export "));
                exports.extend(exported.map(|line| format!("{line}\n")));
            }
            Block::Output(expected) => assert_prints(&printed, &expected),
        }
    }
    database
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: Vec<String> =
            lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
        let status = info.strip_prefix("sh exit=").map(|status| status.parse().unwrap());
        match (info, status) {
            ("text", _) => blocks.push(Block::Output(body)),
            ("sh", _) => blocks.push(Block::Script { text: body.join("\n"), status: 0 }),
            (_, Some(status)) => blocks.push(Block::Script { text: body.join("\n"), status }),
            (other, None) => panic!("a block of an unknown kind: {other}"),
        }
    }
    blocks
}

/// Makes the file that the script would make, and puts the test's server in its place.
fn prepare(environment: &TestEnvironment, script: &str, url: &str) -> String {
    let mut lines = Vec::new();
    for line in script.lines() {
        if let Some(file) = line.strip_prefix(MAKE) {
            for part in ["schema.sql", "data.sql"] {
                let sql = std::fs::read_to_string(environment.folder().join(part)).unwrap();
                environment.sqlite(file, &sql);
            }
            continue;
        }
        match line.split_once(SERVER) {
            Some((before, after)) => {
                let after = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
                lines.push(format!("{before}{url}{after}"));
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

fn command(environment: &TestEnvironment, script: &str) -> std::process::Output {
    let program = Path::new(env!("CARGO_BIN_EXE_sealift")).parent().unwrap();
    let mut path = program.as_os_str().to_owned();
    path.push(":/usr/bin:/bin");
    let mut command = Command::new("sh");
    command.args(["-e", "-c", script]).current_dir(environment.folder());
    command.env_clear().env("PATH", path).env("HOME", environment.folder()).env("USER", "tester");
    command.stdin(std::process::Stdio::null()).output().expect("run sh")
}

#[track_caller]
fn assert_prints(printed: &str, expected: &[String]) {
    let plain = |text: &str| times(&text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut lines = printed.lines().map(plain);
    for wanted in expected {
        let wanted = plain(wanted);
        assert!(lines.any(|line| line == wanted), "not printed: {wanted}\n{printed}");
    }
}

#[track_caller]
fn assert_holds(database: &sealift_testkit::Database, query: &str, expected: &[&str]) {
    let found: Vec<String> = database
        .query_text_blocking(query)
        .concat()
        .into_iter()
        .map(|cell| cell.unwrap_or_else(|| "null".to_owned()))
        .collect();
    assert_eq!(found, expected, "{query}");
}

#[test]
fn the_tool_checkout_moves_as_its_readme_says() {
    let database = follow("tool-checkout");
    assert_holds(&database, "select version_num from alembic_version", &["9f2c41d07ab3"]);
    let people = "select count(*), count(*) filter (where is_active) from users where not is_admin";
    assert_holds(&database, people, &["39", "34"]);
    let open = "select pg_get_expr(indpred, indrelid) from pg_index
                where indexrelid = 'ix_checkouts_open'::regclass";
    assert_holds(&database, open, &["(returned_at IS NULL)"]);
    let moment = "select last_login::text, preferences ->> 'rows' from users where id = 1";
    assert_holds(&database, moment, &["2025-10-30 06:58:11.402113", "50"]);
    database.execute_blocking(
        "insert into tools (tool_number, requires_calibration, created_at) values ('T', false, now())",
    );
    assert_holds(&database, "select max(id) from tools", &["121"]);
}

#[test]
fn the_chatbot_moves_as_its_readme_says() {
    let database = follow("chatbot");
    let text = "select content from messages where id = 3";
    assert_holds(&database, text, &[r"C:\tmp\new"]);
    database.execute_blocking(
        "insert into messages (bot_id, chat_id, role, content, sent_at)
         select bot_id, id, 'user', 'x', now() from chats limit 1",
    );
    // 600 was given out and deleted.
    assert_holds(&database, "select max(id) from messages", &["601"]);
    let busy = "select max(messages) from chat_activity";
    assert_holds(&database, busy, &["21"]);
}

#[test]
fn the_tasks_move_as_their_readme_says() {
    let database = follow("tasks");
    let moment = "select created_at at time zone 'UTC' from users order by id limit 1";
    assert_holds(&database, moment, &["2025-01-02 09:00:00"]);
    let done = "select count(*) from tasks where completed and tags ->> 0 = 'home'";
    assert_holds(&database, done, &["80"]);
}

#[test]
fn the_trading_helper_moves_as_its_readme_says() {
    let database = follow("tradehub");
    let dear =
        "select max(price), sum(octet_length(icon)) from trades, items where item_id = items.id";
    assert_holds(&database, dear, &["4294967294", "1528"]);
    assert_holds(&database, "select count(*) from trial.watchlist where is_active", &["64"]);
}
