//! A difference written down as revisions: each one transaction, or one statement outside of any.

use super::Difference;
use super::guard::unless_accepted;
use super::step::{Danger, Phase, Statement, Step, Work};
use crate::revision::file::{Direction, FileName, Header, Id, Parents, Script, Transaction, slug};
use crate::revision::way::Way;
use crate::sql::Sql;

/// The two files of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its number.
    pub id: Id,
    /// What its files are called behind the number.
    pub slug: String,
    /// The way up.
    pub up: Script,
    /// The way down.
    pub down: Script,
}

impl Revision {
    /// Returns the names of the two files, up first.
    #[must_use]
    pub fn file_names(&self) -> [String; 2] {
        [Direction::Up, Direction::Down].map(|direction| {
            FileName { id: self.id.clone(), slug: self.slug.clone(), direction }.to_string()
        })
    }
}

impl Difference {
    /// Writes the steps down. The first revision has the number `first` and these parents; each other follows the one
    /// before it. There is none where there is no step.
    #[must_use]
    pub fn revisions(&self, first: &Id, parents: Parents, message: &str) -> Vec<Revision> {
        let parts = parts(&self.steps);
        let several = parts.len() > 1;
        let (mut id, mut parents) = (first.clone(), parents);
        let mut revisions = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let message = match (several, part.as_slice()) {
                (false, _) => message.to_owned(),
                (true, [step]) => format!("{message}: {}", step.title),
                (true, _) => format!("{message} ({} of {})", at + 1, parts.len()),
            };
            let header = Header { message: Some(message), parents, ..Header::default() };
            revisions.push(write(part, id.clone(), header, &[]));
            parents = Parents::These(vec![id.clone()]);
            id = id.next();
        }
        revisions
    }

    /// Writes all steps down as one revision. Meant for a way that begins at an empty schema, where nobody waits for a lock
    /// and nothing has to stand alone. `before` are statements that come first and are not taken back.
    #[must_use]
    pub fn as_one(&self, id: Id, header: Header, before: &[Sql]) -> Revision {
        let steps: Vec<&Step> = self.steps.iter().collect();
        write(&steps, id, header, before)
    }
}

/// Cuts steps into what may be one transaction each.
fn parts(steps: &[Step]) -> Vec<Vec<&Step>> {
    let mut parts: Vec<Vec<&Step>> = Vec::new();
    let mut state = State::Closed;
    let views_go = steps.iter().any(|step| step.phase == Phase::DropViews);
    for step in steps {
        let together =
            views_go && (Phase::DropViewTriggers..=Phase::MakeTriggers).contains(&step.phase);
        if together && state == State::Missing && !stands_alone(step) && !ends_part(step) {
            parts.last_mut().into_iter().for_each(|part| part.push(step));
            continue;
        }
        let next = if together && !stands_alone(step) && !ends_part(step) {
            State::Missing
        } else {
            state.behind(step)
        };
        match (state.takes(step), parts.last_mut()) {
            (true, Some(part)) => part.push(step),
            _ => parts.push(vec![step]),
        }
        state = next;
    }
    parts
}

/// What a transaction that is being put together can still take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
enum State {
    /// Nothing.
    Closed,
    /// Anything.
    Open,
    /// It holds a lock that others wait for, so nothing that takes long.
    Holding,
    /// It has dropped views, and goes on until they are there again: others shall wait for them rather than miss them.
    Missing,
}

impl State {
    fn takes(self, step: &Step) -> bool {
        let begins_long = step.up.first().is_some_and(|statement| statement.work > Work::Brief);
        let long_under_lock = is_long_under_lock(step);
        match self {
            Self::Closed => false,
            Self::Open => !stands_alone(step) && !long_under_lock,
            Self::Holding | Self::Missing => {
                !stands_alone(step) && !begins_long && !long_under_lock
            }
        }
    }

    fn behind(self, step: &Step) -> Self {
        if stands_alone(step) || is_long_under_lock(step) || ends_part(step) {
            return Self::Closed;
        }
        let holds = step.up.iter().any(|statement| statement.lock.holds_writers());
        if holds || (self >= Self::Holding && self.takes(step)) {
            Self::Holding
        } else {
            Self::Open
        }
    }
}

fn stands_alone(step: &Step) -> bool {
    step.up.iter().chain(&step.down).any(|statement| statement.alone)
}

/// Returns whether others wait for a lock while it reads or writes rows.
fn is_long_under_lock(step: &Step) -> bool {
    step.up.iter().enumerate().any(|(at, statement)| {
        let held = step.up.iter().take(at + 1).any(|earlier| earlier.lock.holds_writers());
        statement.work > Work::Brief && held
    })
}

/// A new value of an enumerated type can be used once its transaction is over (the page of `ALTER TYPE`).
fn ends_part(step: &Step) -> bool {
    step.up.iter().any(|statement| {
        let sql = statement.sql.as_str();
        sql.starts_with("alter type ") && sql.contains(" add value ")
    })
}

/// Functions are printed by the server, which writes so.
fn makes_routine(statements: &[Statement]) -> bool {
    let begins = |statement: &Statement, words: &str| statement.sql.as_str().starts_with(words);
    statements.iter().any(|statement| {
        begins(statement, "CREATE OR REPLACE FUNCTION")
            || begins(statement, "CREATE OR REPLACE PROCEDURE")
    })
}

fn write(steps: &[&Step], id: Id, header: Header, before: &[Sql]) -> Revision {
    let alone = steps.iter().any(|step| stands_alone(step));
    let transaction = if alone { Transaction::Off } else { Transaction::On };
    let header = Header { transaction, ..header };
    let unchecked = Sql::raw("set local check_function_bodies = off");
    let bodies = || {
        let remark = "the server has seen the bodies; what they name may come later".to_owned();
        (remark, &unchecked)
    };
    let mut up: Vec<(String, &Sql)> = before.iter().map(|sql| (String::new(), sql)).collect();
    if steps.iter().any(|step| makes_routine(&step.up)) {
        up.push(bodies());
    }
    up.extend(steps.iter().flat_map(|step| remarked(step, Way::Up)));
    let losses: Vec<&str> = steps.iter().flat_map(|step| step.losses()).collect();
    let guard = unless_accepted(&format!("this cannot bring back {}", losses.join(", ")), None);
    let mut down: Vec<(String, &Sql)> = Vec::new();
    if !losses.is_empty() {
        let remark = format!("Going back cannot bring back {}.", losses.join(", "));
        down.push((remark, &guard));
    }
    if steps.iter().any(|step| makes_routine(&step.down)) {
        down.push(bodies());
    }
    for step in steps.iter().rev() {
        down.extend(remarked(step, Way::Down));
    }
    let slug = slug(header.message.as_deref().unwrap_or_default());
    let down_header = Header {
        parents: Parents::Before,
        replaces: Vec::new(),
        replaces_earlier: Vec::new(),
        ..header.clone()
    };
    let script = |header: Header, all: &[(String, &Sql)]| {
        Script::write(header, all.iter().map(|(remark, sql)| (remark.as_str(), *sql)))
    };
    Revision { id, slug, up: script(header, &up), down: script(down_header, &down) }
}

/// The title above the first statement, with its note and what is lost.
fn remarked(step: &Step, way: Way) -> Vec<(String, &Sql)> {
    let (statements, title) = match way {
        Way::Up => (&step.up, step.title.clone()),
        Way::Down => (&step.down, format!("take back: {}", step.title)),
    };
    statements
        .iter()
        .enumerate()
        .map(|(at, statement)| {
            let mut remark = if at == 0 { title.clone() } else { String::new() };
            let mut say = |words: &str| {
                if !remark.is_empty() {
                    remark.push('\n');
                }
                remark.push_str(words);
            };
            if at == 0
                && way == Way::Up
                && let Some(note) = &step.note
            {
                say(note);
            }
            match &statement.danger {
                Some(Danger::Loses(what)) => say(&format!("loses {what}")),
                Some(Danger::Narrows(what)) => say(&format!("fails where there are {what}")),
                None => {}
            }
            (remark, &statement.sql)
        })
        .collect()
}
