//! SQLite expressions and queries → PostgreSQL text, or the reason why not.
