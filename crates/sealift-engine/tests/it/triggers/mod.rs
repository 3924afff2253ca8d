//! Triggers: SQLite and PostgreSQL run the same statements after the same migration.

mod both;
mod making;
mod property;
mod real;

pub(crate) use both::Both;
