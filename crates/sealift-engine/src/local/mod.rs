//! A PostgreSQL server of the user's own, found or installed, started on demand.
