//! [`snippet`]: the lines by which a framework opens the advised pool.
//!
//! Every snippet reads the address, and with it the password, from the environment. Those of SQLAlchemy, Flask,
//! FastAPI, Django, asyncpg, psycopg and sqlx are carried out by tests as they stand.

mod asyncpg;
mod django;
mod fastapi;
mod flask;
mod go;
mod laravel;
mod node;
mod prisma;
mod psycopg;
mod rails;
mod spring;
mod sqlalchemy;
mod sqlx;

use super::application::{Environment, Framework};
use super::pool::{Pool, PoolAdvice, Route};
use serde::Serialize;

/// Lines for an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Snippet {
    /// Which framework's.
    pub framework: Framework,
    /// Where they usually stand, such as `settings.py`.
    pub file: &'static str,
    /// What has to be installed, with the oldest version that takes them.
    pub needs: &'static str,
    /// The lines, ending in a line break.
    pub text: String,
    /// How the advised number of processes is started; `None` where the platform does it.
    pub start: Option<String>,
}

/// What a snippet says.
struct Situation {
    pool: Pool,
    workers: u64,
    environment: Environment,
    /// A pooler gives each transaction another session, so that prepared statements are lost.
    loses_sessions: bool,
}

/// Returns the snippet for advice; `None` where the advice has no pool.
#[must_use]
pub fn snippet(
    framework: Framework,
    advice: &PoolAdvice,
    environment: Environment,
    route: Route,
) -> Option<Snippet> {
    let loses_sessions = match route {
        Route::TransactionPooler | Route::NewPooler => true,
        Route::Direct | Route::SessionPooler => advice.pooler.is_some(),
    };
    let workers = advice.workers.count;
    let situation = Situation { pool: advice.pool?, workers, environment, loses_sessions };
    let made = match framework {
        Framework::Sqlalchemy => sqlalchemy::snippet(&situation),
        Framework::Flask => flask::snippet(&situation),
        Framework::Fastapi => fastapi::snippet(&situation),
        Framework::Django => django::snippet(&situation),
        Framework::Asyncpg => asyncpg::snippet(&situation),
        Framework::Psycopg => psycopg::snippet(&situation),
        Framework::Rails => rails::snippet(&situation),
        Framework::Sqlx => sqlx::snippet(&situation),
        Framework::Spring => spring::snippet(&situation),
        Framework::Node => node::snippet(&situation),
        Framework::Prisma => prisma::snippet(&situation),
        Framework::Go => go::snippet(&situation),
        Framework::Laravel => laravel::snippet(&situation),
    };
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::super::application::{Application, PoolWish};
    use super::super::connections::Connections;
    use super::super::pool::advise;
    use super::*;
    use std::fmt::Write;

    const SERVER: Connections = Connections {
        max: 100,
        superuser_reserved: 3,
        reserved: 0,
        role_limit: None,
        database_limit: None,
        own: 0,
        others: 0,
        others_of_role: 0,
        others_in_database: 0,
    };

    fn of(framework: Framework, environment: Environment, route: Route) -> Snippet {
        let application = Application {
            framework: Some(framework),
            environment,
            workers: Some(4),
            instances: 1,
            processors: 2,
            wish: PoolWish::default(),
        };
        snippet(framework, &advise(&application, &SERVER, route), environment, route).unwrap()
    }

    #[test]
    fn every_snippet_reads_as_it_did() {
        let mut all = String::new();
        for framework in Framework::ALL {
            for (environment, route) in [
                (Environment::Production, Route::Direct),
                (Environment::Serverless, Route::Direct),
                (Environment::Production, Route::TransactionPooler),
            ] {
                let Snippet { file, needs, text, start, .. } = of(framework, environment, route);
                let start = start.unwrap_or_else(|| "the platform starts it".to_owned());
                write!(
                    all,
                    "=== {framework}, {environment:?}, {route:?}: {file}; {needs}; {start}\n{text}\n"
                )
                .unwrap();
            }
        }
        insta::assert_snapshot!(all);
    }

    /// The password stays where the application has it.
    #[test]
    fn every_snippet_reads_the_address_from_the_environment() {
        for framework in Framework::ALL {
            let text = of(framework, Environment::Production, Route::Direct).text;
            let reads =
                ["environ[", "ENV[", "env::var(", "${", "process.env.", "os.Getenv(", "env('"];
            assert!(reads.iter().any(|word| text.contains(word)), "{framework}: {text}");
            assert!(text.ends_with('\n') && !text.contains("\n\n\n\n"), "{framework}: {text}");
        }
    }

    #[test]
    fn every_snippet_says_how_large_the_pool_is() {
        for framework in Framework::ALL {
            let Snippet { text, .. } = of(framework, Environment::Production, Route::Direct);
            let total = if framework == Framework::Laravel { "4" } else { "23" };
            // SQLAlchemy counts what comes beyond the base.
            let says = text.contains(total) || text.contains("16");
            assert!(says, "{framework}: {text}");
        }
    }
}
