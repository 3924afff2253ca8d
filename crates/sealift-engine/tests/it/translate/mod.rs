//! Translated expressions and views, with both databases as oracles: SQLite evaluates the source,
//! PostgreSQL the translation, and every value must be the same.

mod constraints;
mod expressions;
mod forms;
mod oracle;
mod views;
