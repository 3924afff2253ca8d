//! Users of SQLite: a thread and a connection each.

use super::tally::Tally;
use super::window::{Settings, Turn, Window};
use crate::error::{Error, ErrorKind, Result};
use crate::sqlite::{Application, Interrupt};
use sealift_core::bench::Lot;
use std::path::Path;
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
    let window = Window::begin(settings);
    thread::scope(|scope| {
        let window = &window;
        let users: Vec<_> = (0_u64..)
            .zip(applications)
            .map(|(number, application)| {
                scope.spawn(move || {
                    let done = user(number, &application, settings, window);
                    if done.is_err() {
                        window.abandon();
                    }
                    done
                })
            })
            .collect();
        watch(&users, &interrupts, window);
        let mut tally = Tally::new();
        for user in users {
            let panicked = |_| Error::new(ErrorKind::Bug, "a user of SQLite panicked");
            tally.add(user.join().map_err(panicked)??);
        }
        Ok(tally)
    })
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
    window: &Window,
) -> Result<Tally> {
    let operations = &settings.ready.operations;
    let mut statements = Vec::with_capacity(operations.len());
    for operation in operations.iter() {
        statements.push(application.prepare(&operation.sqlite.statement)?);
    }
    let mut lot = Lot::of(settings.seed, settings.step.number, number);
    let (mut tally, mut settled) = (Tally::new(), false);
    loop {
        let Some(position) = settings.choices.draw(settings.step.load, &mut lot) else { break };
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
