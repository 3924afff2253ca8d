//! The page in a real browser: beside a migration, beside a server, and in every state that facts can bring
//! it to. The scripts are those of `crates/sealift-serve/tests/browser`; pictures of every state are left in
//! `target/browser/pictures`.

mod migration;
mod script;
mod server;
mod states;
mod terminal;
