//! Every cause of the table, provoked for real: by servers, poolers, proxies and strangers of the test's own.

mod login;
mod migrating;
mod reach;
mod strangers;
mod target;
mod tls;
mod world;

use crate::environment::{Output, TestEnvironment};
use sealift_engine::cause::{CAUSES, named};
use serde_json::Value;
use std::collections::BTreeSet;
use world::World;

/// How a cause is brought about, and how the command ends that meets it.
pub(crate) struct Provocation {
    pub(crate) cause: &'static str,
    pub(crate) exit: i32,
    /// Words that must be in the message: of the object, not of the cause.
    pub(crate) says: &'static str,
    pub(crate) provoke: fn(&World) -> Output,
}

/// All of them, in groups that share servers.
const GROUPS: [&[Provocation]; 4] =
    [reach::PROVOCATIONS, tls::PROVOCATIONS, login::PROVOCATIONS, target::PROVOCATIONS];

/// The words in capitals of a command, which stand for the names of objects.
const PLACEHOLDERS: [&str; 11] = [
    "ADDRESS", "DATABASE", "FILE", "HOST", "NAME", "PASSWORD", "PORT", "ROLE", "SECONDS", "URL",
    "USER",
];

#[test]
fn every_cause_of_the_table_is_provoked() {
    let provoked: BTreeSet<&str> =
        GROUPS.iter().flat_map(|group| group.iter().map(|one| one.cause)).collect();
    let all: BTreeSet<&str> = CAUSES.iter().map(|cause| cause.code).collect();
    assert_eq!(provoked, all);
}

#[test]
fn what_is_in_the_way_to_a_server_is_recognised() {
    each_is_recognised(reach::PROVOCATIONS);
}

#[test]
fn what_is_wrong_with_encryption_is_recognised() {
    each_is_recognised(tls::PROVOCATIONS);
}

#[test]
fn what_keeps_a_login_out_is_recognised() {
    each_is_recognised(login::PROVOCATIONS);
}

#[test]
fn what_is_wrong_with_either_side_is_recognised() {
    each_is_recognised(target::PROVOCATIONS);
}

fn each_is_recognised(provocations: &[Provocation]) {
    let world = World::new();
    let wrong: Vec<String> = provocations
        .iter()
        .filter_map(|one| {
            let output = (one.provoke)(&world);
            judge(one, &output).err().map(|why| format!("{}: {why}\n{output}", one.cause))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Compares code, sentence, hint and exit status with the table.
fn judge(provocation: &Provocation, output: &Output) -> Result<(), String> {
    let object: Value = serde_json::from_str(&output.stdout)
        .map_err(|error| format!("stdout is no JSON ({error})"))?;
    let told = Told::of(&object).ok_or("there is no cause")?;
    let cause = named(provocation.cause).ok_or("it is not in the table")?;
    if told.cause != cause.code {
        return Err(format!("taken for {}", told.cause));
    }
    if told.sentence.is_some_and(|sentence| sentence != cause.sentence) {
        return Err("another sentence than in the table".to_owned());
    }
    if !told.message.contains(provocation.says) {
        return Err(format!("the message does not say `{}`", provocation.says));
    }
    if !told.hints.iter().any(|hint| follows(cause.command, hint)) {
        return Err(format!("no hint says `{}`: {:?}", cause.command, told.hints));
    }
    if output.status != provocation.exit {
        return Err(format!("status {} instead of {}", output.status, provocation.exit));
    }
    Ok(())
}

/// What an answer says of a cause: at its top, or in the first line that has one.
pub(crate) struct Told<'a> {
    pub(crate) cause: &'a str,
    pub(crate) sentence: Option<&'a str>,
    pub(crate) message: &'a str,
    pub(crate) hints: Vec<&'a str>,
}

impl<'a> Told<'a> {
    pub(crate) fn of(object: &'a Value) -> Option<Self> {
        if let Some(cause) = object["cause"].as_str() {
            return Some(Self {
                cause,
                sentence: Some(object["sentence"].as_str()?),
                message: object["message"].as_str()?,
                hints: object["hints"].as_array()?.iter().filter_map(Value::as_str).collect(),
            });
        }
        let items = object["items"].as_array()?;
        let item = items.iter().find(|item| item["cause"].is_string())?;
        Some(Self {
            cause: item["cause"].as_str()?,
            sentence: None,
            message: item["found"].as_str()?,
            hints: item["hint"].as_str().into_iter().collect(),
        })
    }
}

/// Returns whether a hint holds the pieces of a command in their order, with anything for its placeholders.
fn follows(command: &str, hint: &str) -> bool {
    let mut pieces = vec![command.to_owned()];
    for placeholder in PLACEHOLDERS {
        let cut = pieces.iter().flat_map(|piece| piece.split(placeholder));
        pieces = cut.map(|piece| piece.trim().to_owned()).collect();
    }
    let mut rest = hint;
    pieces.iter().filter(|piece| !piece.is_empty()).all(|piece| {
        rest.split_once(piece.as_str()).is_some_and(|(_, after)| {
            rest = after;
            true
        })
    })
}

#[test]
fn a_hint_follows_a_command_with_names_in_it() {
    assert!(follows("createdb DATABASE", "make it: createdb shop"));
    assert!(follows("nc -vz HOST PORT", "look: nc -vz db.example.org 5432; or wait"));
    assert!(!follows("create role ROLE login", "create login role app"));
    assert!(!follows("ls -l FILE", "look for the file"));
}

/// Runs `check` with a URL.
pub(crate) fn check(url: &str) -> Output {
    TestEnvironment::new().run(&["check", url, "--json"])
}

/// A failure of any command has the same fields, in which scripts find why.
#[test]
fn every_connecting_command_names_the_cause() {
    let environment = TestEnvironment::new();
    environment.sqlite("app.db", "create table t (id integer primary key)");
    assert_eq!(environment.run(&["revision", "init"]).status, 0);
    let nobody = "postgresql://app@127.0.0.1:1/shop?sslmode=disable";
    for (command, status) in [
        (&["check", nobody][..], "failed"),
        (&["migrate", "app.db", "--to", nobody], "error"),
        (&["rehearse", "app.db", "--to", nobody], "error"),
        (&["verify", "app.db", "--to", nobody], "error"),
        (&["revision", "current", "--to", nobody], "error"),
        (&["revision", "upgrade", "--to", nobody, "--retry-for", "0"], "error"),
        (&["quarantine", "list", "--to", nobody], "error"),
    ] {
        let output = environment.run(&[command, &["--json"]].concat());
        let object = output.json();
        assert_eq!(object["cause"], "refused", "{command:?} {output}");
        assert_eq!(object["status"], status, "{command:?}");
        assert_eq!(object["message"], object["error"]["message"], "{command:?}");
        assert_eq!(object["hints"], object["error"]["hints"], "{command:?}");
        assert_eq!(output.status, 3, "{command:?} {output}");
        assert!(output.stderr.contains("  cause: no program listens"), "{command:?} {output}");
    }
}
