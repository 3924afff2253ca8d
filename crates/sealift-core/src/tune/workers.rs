//! How many processes an instance of the application runs.

use super::application::{Application, Environment, Framework, Process};
use serde::Serialize;

/// What the guides run on PostgreSQL, of applications that wait for it most of the time.
const FEWEST: u64 = 4;
const MOST: u64 = 12;

/// A pool of fewer connections makes the requests of a process wait for each other.
pub const SMALL_POOL: u64 = 5;

/// Processes of an instance, each with a pool of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Workers {
    /// How many, at least 1.
    pub count: u64,
    /// Why so many.
    pub because: String,
}

/// Returns how many workers an instance has: as many as it says, else as the machine bears, but no more
/// than there are connections for pools that deserve the name. `available` is what all of them may hold.
#[must_use]
pub fn workers(application: &Application, available: u64) -> Workers {
    if let Some(count) = application.workers {
        return Workers { count, because: "as given".to_owned() };
    }
    if application.environment == Environment::Serverless {
        return one("a function serves one request at a time");
    }
    let processors = application.processors;
    let process = application.framework.map_or(Process::Worker, Framework::process);
    let (count, because) = match process {
        Process::Whole => {
            return one("one process serves all requests of an instance, over one pool");
        }
        Process::Worker | Process::Request => {
            let count = processors.saturating_mul(2).saturating_add(1).clamp(FEWEST, MOST);
            let because = format!(
                "2 × {processors} + 1 for the processors here, between {FEWEST} and {MOST}"
            );
            (count, because)
        }
        Process::AsyncWorker => {
            let count = processors.clamp(FEWEST, MOST);
            (count, format!("one for each processor here, between {FEWEST} and {MOST}"))
        }
    };
    let least = if process == Process::Request { 1 } else { SMALL_POOL };
    let affordable = available / least.saturating_mul(application.instances);
    if affordable < count {
        let count = std::cmp::max(1, affordable);
        let because = match affordable {
            0 => "no more, since there are too few connections".to_owned(),
            _ => format!("no more, so that each can have {least} connections"),
        };
        return Workers { count, because };
    }
    Workers { count, because }
}

/// Returns what runs on SQLite: one process, as only one writer gets in at a time, and others would meet
/// "database is locked".
#[must_use]
pub fn on_sqlite() -> Workers {
    one("SQLite lets one connection write at a time; others meet \"database is locked\"")
}

fn one(because: &str) -> Workers {
    Workers { count: 1, because: because.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::application::PoolWish;
    use super::*;

    fn count(framework: Framework, processors: u64, available: u64) -> u64 {
        let application = Application {
            framework: Some(framework),
            environment: Environment::Production,
            workers: None,
            instances: 1,
            processors,
            wish: PoolWish::default(),
        };
        workers(&application, available).count
    }

    #[test]
    fn processors_decide_between_four_and_twelve() {
        assert_eq!(count(Framework::Django, 1, 1000), 4);
        assert_eq!(count(Framework::Django, 4, 1000), 9);
        assert_eq!(count(Framework::Django, 64, 1000), 12);
        assert_eq!(count(Framework::Fastapi, 8, 1000), 8);
        assert_eq!(count(Framework::Sqlx, 8, 1000), 1);
    }

    #[test]
    fn few_connections_make_few_workers() {
        assert_eq!(count(Framework::Django, 4, 26), 5);
        assert_eq!(count(Framework::Django, 4, 4), 1);
        assert_eq!(count(Framework::Django, 4, 0), 1);
        assert_eq!(count(Framework::Laravel, 4, 6), 6);
    }

    #[test]
    fn who_says_how_many_gets_as_many() {
        let application = Application {
            framework: None,
            environment: Environment::Serverless,
            workers: Some(40),
            instances: 3,
            processors: 2,
            wish: PoolWish::default(),
        };
        assert_eq!(workers(&application, 10).count, 40);
        assert_eq!(workers(&Application { workers: None, ..application }, 10).count, 1);
        assert_eq!(on_sqlite().count, 1);
    }
}
