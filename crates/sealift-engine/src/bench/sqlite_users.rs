//! Users of SQLite: a thread and a connection each.

use super::tally::Tally;
use super::window::{Settings, Turn, Window};
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{Application, Interrupt, Ready};
use sealift_core::bench::Lot;
use std::path::Path;
use std::sync::{Barrier, OnceLock};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// How often it is looked whether users are to be interrupted.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Measures one step on a file. Blocks.
///
/// # Errors
/// When the file cannot be opened, or a statement not be prepared.
pub(super) fn measure(path: &Path, busy_timeout: Duration, settings: &Settings) -> Result<Tally> {
    let opened = (0..settings.step.users).map(|_| Application::open(path, busy_timeout));
    let applications: Vec<Application> = opened.collect::<Result<_>>()?;
    let interrupts: Vec<Interrupt> = applications.iter().map(Application::interrupt).collect();
    let start = Start { gate: Barrier::new(settings.step.users + 1), window: OnceLock::new() };
    thread::scope(|scope| {
        let start = &start;
        let users: Vec<_> = (0_u64..)
            .zip(applications)
            .map(|(number, application)| {
                scope.spawn(move || user(number, &application, settings, start))
            })
            .collect();
        start.gate.wait();
        let window = start.window.get_or_init(|| Window::begin(settings));
        start.gate.wait();
        watch(&users, &interrupts, window);
        let mut tally = Tally::new();
        for user in users {
            let panicked = |_| Error::new(ErrorKind::Bug, "a user of SQLite panicked");
            tally.add(user.join().map_err(panicked)??);
        }
        Ok(tally)
    })
}

/// Where users wait for one another: who prepares beside others that write already may not get its turn for seconds.
///
/// ```text
/// users   prepare ──┤            ├── work
/// step              ├── begins ──┤
/// ```
struct Start {
    gate: Barrier,
    window: OnceLock<Window>,
}

/// Waits for the users, and interrupts them when that is asked for or takes too long.
fn watch(users: &[ScopedJoinHandle<'_, Result<Tally>>], interrupts: &[Interrupt], window: &Window) {
    while !users.iter().all(ScopedJoinHandle::is_finished) {
        if window.is_overdue() {
            interrupts.iter().for_each(Interrupt::now);
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// Does what one user does until the step is over.
fn user(
    number: u64,
    application: &Application,
    settings: &Settings,
    start: &Start,
) -> Result<Tally> {
    let operations = settings.ready.operations.iter();
    let prepared: Result<Vec<Ready<'_>>> =
        operations.map(|operation| application.prepare(&operation.sqlite.statement)).collect();
    // Also who cannot go on: the others would wait for ever.
    start.gate.wait();
    start.gate.wait();
    let window = start.window.get();
    let window = window.ok_or_else(|| Error::new(ErrorKind::Bug, "the step did not begin"))?;
    let mut statements = prepared.inspect_err(|_| window.abandon())?;
    let mut lot = Lot::of(settings.seed, settings.step.number, number);
    let (mut tally, mut settled) = (Tally::new(), false);
    while let Some(position) = settings.ready.choices.draw(settings.step.load, &mut lot) {
        let (Some(statement), Some(pool)) =
            (statements.get_mut(position), settings.ready.sqlite.get(position))
        else {
            break;
        };
        let parameters = pool.draw(&mut lot, || settings.ready.number(settings.database));
        let began = Instant::now();
        match window.turn(began, &mut settled) {
            Turn::Over => break,
            Turn::Idle => drop(statement.run(&parameters)),
            Turn::Counted => tally.count(began, window.end(), statement.run(&parameters)),
        }
    }
    Ok(tally)
}
