//! The stream of `COPY … (format binary)` (PostgreSQL manual, COPY, "Binary Format").
