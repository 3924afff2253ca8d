//! [`Application`]: what is known of the application that connects.

use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// How the application reaches the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Framework {
    /// SQLAlchemy.
    Sqlalchemy,
    /// Flask with Flask-SQLAlchemy.
    Flask,
    /// FastAPI with SQLAlchemy's asyncio extension.
    Fastapi,
    /// Django.
    Django,
    /// asyncpg alone.
    Asyncpg,
    /// psycopg 3 with `psycopg_pool`.
    Psycopg,
    /// Ruby on Rails.
    Rails,
    /// sqlx, in Rust.
    Sqlx,
    /// Spring Boot with HikariCP.
    Spring,
    /// node-postgres.
    Node,
    /// Prisma.
    Prisma,
    /// Go's `database/sql`.
    Go,
    /// Laravel.
    Laravel,
}

/// What one operating system process of an application does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// A worker among several, which waits for the database: more of them than processors.
    Worker,
    /// A worker among several, which serves many requests at once: one for each processor.
    AsyncWorker,
    /// All of an instance: its threads or tasks share one pool.
    Whole,
    /// One request after the other, over one connection, without a pool.
    Request,
}

impl Framework {
    /// All of them, in the order of the help.
    pub const ALL: [Self; 13] = [
        Self::Sqlalchemy,
        Self::Flask,
        Self::Fastapi,
        Self::Django,
        Self::Asyncpg,
        Self::Psycopg,
        Self::Rails,
        Self::Sqlx,
        Self::Spring,
        Self::Node,
        Self::Prisma,
        Self::Go,
        Self::Laravel,
    ];

    /// Returns the name by which it is asked for.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlalchemy => "sqlalchemy",
            Self::Flask => "flask",
            Self::Fastapi => "fastapi",
            Self::Django => "django",
            Self::Asyncpg => "asyncpg",
            Self::Psycopg => "psycopg",
            Self::Rails => "rails",
            Self::Sqlx => "sqlx",
            Self::Spring => "spring",
            Self::Node => "node",
            Self::Prisma => "prisma",
            Self::Go => "go",
            Self::Laravel => "laravel",
        }
    }

    /// Returns what a process of it usually is.
    #[must_use]
    pub fn process(self) -> Process {
        match self {
            Self::Sqlalchemy | Self::Flask | Self::Django | Self::Psycopg | Self::Rails => {
                Process::Worker
            }
            Self::Fastapi | Self::Asyncpg => Process::AsyncWorker,
            Self::Sqlx | Self::Spring | Self::Node | Self::Prisma | Self::Go => Process::Whole,
            Self::Laravel => Process::Request,
        }
    }

    /// Returns the framework whose migration tool keeps a table of this name.
    #[must_use]
    pub fn of_table(name: &str) -> Option<Self> {
        match name {
            "django_migrations" => Some(Self::Django),
            "alembic_version" => Some(Self::Sqlalchemy),
            "ar_internal_metadata" => Some(Self::Rails),
            "_sqlx_migrations" => Some(Self::Sqlx),
            "_prisma_migrations" => Some(Self::Prisma),
            "flyway_schema_history" | "databasechangelog" => Some(Self::Spring),
            "knex_migrations" => Some(Self::Node),
            "goose_db_version" => Some(Self::Go),
            _ => None,
        }
    }
}

impl fmt::Display for Framework {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no framework has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no snippet for `{name}`; there is one for {}", names())]
pub struct UnknownFramework {
    name: String,
}

fn names() -> String {
    Framework::ALL.map(Framework::name).join(", ")
}

impl FromStr for Framework {
    type Err = UnknownFramework;

    /// Reads the name by which it is asked for, or one that people use for the same.
    fn from_str(name: &str) -> Result<Self, UnknownFramework> {
        let lower = name.trim().to_ascii_lowercase();
        let other = match lower.as_str() {
            "alembic" | "sqlmodel" => Some(Self::Sqlalchemy),
            "psycopg_pool" | "psycopg3" => Some(Self::Psycopg),
            "hikari" | "hikaricp" | "java" => Some(Self::Spring),
            "pg" | "node-postgres" | "express" => Some(Self::Node),
            "database/sql" | "pgx" => Some(Self::Go),
            "rust" => Some(Self::Sqlx),
            "php" => Some(Self::Laravel),
            _ => None,
        };
        let known = || Self::ALL.into_iter().find(|one| one.name() == lower);
        other.or_else(known).ok_or_else(|| UnknownFramework { name: name.to_owned() })
    }
}

/// Where the application runs: decides how large a pool is wished for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// A programmer's machine.
    Development,
    /// A trial of the real thing.
    Staging,
    /// The real thing.
    #[default]
    Production,
    /// Functions that come and go: no process lives long enough to keep a pool.
    Serverless,
}

impl Environment {
    /// Returns what `ENVIRONMENT` means; `None` for words that nobody knows.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "development" | "dev" | "local" | "test" | "testing" => Some(Self::Development),
            "staging" | "stage" | "preview" => Some(Self::Staging),
            "production" | "prod" | "live" => Some(Self::Production),
            "serverless" | "lambda" => Some(Self::Serverless),
            _ => None,
        }
    }

    /// Returns the word that means it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
            Self::Serverless => "serverless",
        }
    }
}

/// The application that connects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// How it reaches the database; `None` where that is not known.
    pub framework: Option<Framework>,
    /// Where it runs.
    pub environment: Environment,
    /// Processes of an instance, each with a pool of its own, at least 1; `None`: to be advised.
    pub workers: Option<u64>,
    /// Machines, containers or functions that run at once, at least 1.
    pub instances: u64,
    /// Processors of the machine it runs on, at least 1.
    pub processors: u64,
    /// What its own settings say about the pool.
    pub wish: PoolWish,
}

/// What an application's own settings say about its pool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolWish {
    /// Connections that stay open, `DB_POOL_SIZE`; at least 1.
    pub base: Option<u64>,
    /// Seconds to wait for a connection, `DB_POOL_TIMEOUT`.
    pub timeout: Option<u64>,
    /// Seconds after which a connection is replaced, `DB_POOL_RECYCLE`; never (-1) is no wish that is granted.
    pub recycle: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_framework_is_found_by_its_name() {
        for framework in Framework::ALL {
            assert_eq!(framework.name().parse(), Ok(framework));
            assert_eq!(framework.name().to_uppercase().parse(), Ok(framework));
        }
        assert_eq!("HikariCP".parse(), Ok(Framework::Spring));
        let error = "cobol".parse::<Framework>().unwrap_err().to_string();
        assert!(error.starts_with("there is no snippet for `cobol`; there is one for sqlalchemy"));
    }

    #[test]
    fn environments_go_by_several_words() {
        assert_eq!(Environment::of(" Dev "), Some(Environment::Development));
        assert_eq!(Environment::of("PROD"), Some(Environment::Production));
        assert_eq!(Environment::of("qa"), None);
        for environment in [
            Environment::Development,
            Environment::Staging,
            Environment::Production,
            Environment::Serverless,
        ] {
            assert_eq!(Environment::of(environment.name()), Some(environment));
        }
    }
}
