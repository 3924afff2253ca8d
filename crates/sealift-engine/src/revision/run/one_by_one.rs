//! A revision without a transaction: statement by statement.
//!
//! The history says beforehand that it has begun, and then how far it got. A statement that may stand in a transaction
//! does, with the note that it is done; so does a block that the file itself makes one (`begin; … commit;`). Only a
//! statement that must stand alone can be done without its note, when the process is killed in between.

use super::super::folder::ScriptFile;
use super::super::history::Unfinished;
use super::super::known;
use super::attempt::Running;
use super::doubt::{self, Doubt};
use crate::error::{Error, Result};
use crate::ops::{Moment, RevisionStep};
use sealift_core::revision::split::{Statement, split};
use sealift_core::revision::way::Way;
use std::time::Instant;

/// Carries it out, or goes on with it.
///
/// # Errors
/// When a statement is refused, it is not clear where to go on, or on request: what is done stays then, and the
/// history says how far it got.
pub(super) async fn run(running: &Running<'_>, file: &ScriptFile) -> Result<()> {
    let began = Instant::now();
    let (history, revision) = (running.history, running.revision);
    let session = running.sending.session;
    let statements = file.script.statements();
    let unfinished = history.applied().get(&revision.id).and_then(|one| one.unfinished.as_ref());
    let first = match unfinished {
        Some(unfinished) => go_on(running, file, &statements, unfinished).await?,
        None => {
            let begun = history.begun(revision, &running.parents, running.way, file);
            RevisionStep::Mark.reach(Moment::Before)?;
            session.batch(&begun).await?;
            RevisionStep::Mark.reach(Moment::After)?;
            0
        }
    };
    let mut block = Block::Closed;
    for (at, statement) in statements.iter().enumerate().skip(first) {
        running.sending.cancel.check()?;
        RevisionStep::Statement.reach(Moment::Before)?;
        let outcome = one(running, statement, at + 1, &mut block).await;
        if let Err(error) = outcome {
            return Err(stopped_at(running, file, statement, at, error).await);
        }
        RevisionStep::Statement.reach(Moment::After)?;
    }
    let last = match running.way {
        Way::Up => history.ended(&revision.id, began.elapsed().as_secs_f64()),
        Way::Down => history.forgotten(&revision.id),
    };
    RevisionStep::Record.reach(Moment::Before)?;
    session.batch(&last).await?;
    RevisionStep::Record.reach(Moment::After)
}

/// Whether the file has a transaction open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Closed,
    Open,
}

/// Carries one statement out, and notes that `done` of them are.
async fn one(
    running: &Running<'_>,
    statement: &Statement<'_>,
    done: usize,
    block: &mut Block,
) -> Result<()> {
    let sending = &running.sending;
    let session = sending.session;
    let note = running.history.advanced(&running.revision.id, done);
    if statement.controls_transaction() {
        match statement.words(1).first().map(String::as_str) {
            Some("begin" | "start") => *block = Block::Open,
            Some("commit" | "end") => {
                // Within the transaction that ends here.
                session.batch(&note).await?;
                *block = Block::Closed;
            }
            _ => {
                session.batch(&statement.sql()).await?;
                *block = Block::Closed;
                return session.batch(&note).await;
            }
        }
        return session.batch(&statement.sql()).await;
    }
    if *block == Block::Open {
        return sending.send_holding(statement).await;
    }
    if must_stand_alone(statement) {
        RevisionStep::Alone.reach(Moment::Before)?;
        sending.send(statement).await?;
        RevisionStep::Alone.reach(Moment::After)?;
        return session.batch(&note).await;
    }
    session.begin().await?;
    sending.send(statement).await?;
    session.commit_with(&note).await
}

/// A procedure or a block may end transactions itself, which it may not do within one of ours.
fn must_stand_alone(statement: &Statement<'_>) -> bool {
    let first = statement.words(1).pop();
    statement.stands_alone() || matches!(first.as_deref(), Some("call" | "do"))
}

/// Returns at which statement, from 0, to go on.
async fn go_on(
    running: &Running<'_>,
    file: &ScriptFile,
    statements: &[Statement<'_>],
    unfinished: &Unfinished,
) -> Result<usize> {
    let session = running.sending.session;
    let mut first = unfinished.done;
    let mut failed = unfinished.failure.is_some();
    if file.script.text() != unfinished.text {
        require_same_beginning(statements, unfinished, running.resume_at)?;
        session.batch(&running.history.goes_on(running.revision, file)).await?;
        failed |= next_reads_otherwise(statements, unfinished);
    }
    if let Some(number) = running.resume_at {
        if number == 0 || number > statements.len() + 1 {
            return Err(Error::new(
                crate::ErrorKind::Usage,
                format!("--resume-at {number}: the file has {} statements", statements.len()),
            ));
        }
        first = number - 1;
        session.batch(&running.history.advanced(&running.revision.id, first)).await?;
    } else if let Some(statement) = statements.get(first).filter(|one| must_stand_alone(one)) {
        match doubt::settle(&running.sending, statement, failed).await? {
            Doubt::NotDone => {}
            Doubt::Done => {
                first += 1;
                session.batch(&running.history.advanced(&running.revision.id, first)).await?;
            }
            Doubt::Open => {
                let (at, says) = (file.at(statement.line), known::IN_DOUBT.says);
                let number = first + 1;
                return Err(known::IN_DOUBT
                    .saying(format!("{at}: statement {number} {says}"))
                    .hinted(format!(
                        "look whether it was done; then --resume-at {number} if it was not, --resume-at {} if it was",
                        number + 1
                    )));
            }
        }
    }
    // What the file has set for its session went away with that session.
    for statement in statements.iter().take(first) {
        let words = statement.words(2);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if matches!(words.as_slice(), ["set", second] if *second != "local") {
            session.batch(&statement.sql()).await?;
        }
    }
    Ok(first)
}

/// A file that was mended goes on where the old one stopped, if what is done of it reads the same.
fn require_same_beginning(
    statements: &[Statement<'_>],
    unfinished: &Unfinished,
    resume_at: Option<usize>,
) -> Result<()> {
    let before = split(&unfinished.text).unwrap_or_default();
    let done = before.iter().take(unfinished.done).map(|statement| statement.text);
    let same = done.eq(statements.iter().take(unfinished.done).map(|statement| statement.text));
    if same || resume_at.is_some() {
        return Ok(());
    }
    let (says, done) = (known::UNFINISHED.says, unfinished.done);
    Err(known::UNFINISHED
        .saying(format!(
            "it {says}, and those of its statements that are done ({done}) read otherwise now"
        ))
        .hinted(format!(
            "bring them back as they were, or say where to go on: --resume-at {}",
            done + 1
        )))
}

/// Returns whether the statement at which it stopped is another one by now, which was not carried out for certain.
fn next_reads_otherwise(statements: &[Statement<'_>], unfinished: &Unfinished) -> bool {
    let before = split(&unfinished.text).unwrap_or_default();
    let at = unfinished.done;
    before.get(at).map(|one| one.text) != statements.get(at).map(|one| one.text)
}

/// Notes what the server said, and says how to go on.
async fn stopped_at(
    running: &Running<'_>,
    file: &ScriptFile,
    statement: &Statement<'_>,
    at: usize,
    error: Error,
) -> Error {
    let session = running.sending.session;
    if error.is_refusal() {
        // Outside of a transaction this does nothing.
        let noted = match session.rollback().await {
            Ok(()) => {
                let failed = running.history.failed(&running.revision.id, &error.to_string());
                session.batch(&failed).await
            }
            Err(error) => Err(error),
        };
        if let Err(lost) = noted {
            tracing::warn!(error = %lost, "could not note why the statement was refused");
        }
    }
    let place = file.at(statement.line);
    let refused = error.is_refusal();
    let error = error.context(place.clone());
    if !refused {
        return error;
    }
    let (number, command) = (at + 1, running.way.command());
    let id = &running.revision.id;
    error.hinted(format!(
        "statement {number} failed, those before it are done. Mend the file from {place} on, or what it stumbled over, and run `sealift revision {command}` again: it goes on with statement {number}. If you do the rest by hand, `sealift revision stamp {id}` says so"
    ))
}
