//! How SQL text for PostgreSQL comes about: from constants, quoted names and quoted literals only.

mod text;

pub use text::Sql;
