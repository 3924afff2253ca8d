//! The snippets for Python, carried out as they stand by as many processes as promised.

use super::Small;
use crate::apps::python_with;
use std::path::Path;
use std::process::Command;

fn is_carried_out(framework: &str) {
    let pools = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pools");
    let python = python_with(&pools.join("requirements.txt"), "pools-python");
    let small = Small::start();
    let advice = small.tune(&["--framework", framework, "--workers", "2", "--instances", "2"]);
    let folder = tempfile::tempdir().unwrap();
    let text = advice["snippet"]["text"].as_str().expect("a snippet");
    std::fs::write(folder.path().join("database.py"), text).unwrap();
    small.bears(&advice, |connections| {
        let mut command = Command::new(&python);
        command.arg(pools.join("worker.py")).args([framework, &connections.to_string()]);
        command.env("DATABASE_URL", small.url()).env("PYTHONPATH", folder.path());
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command
    });
}

#[test]
fn every_worker_of_sqlalchemy_gets_its_connections() {
    is_carried_out("sqlalchemy");
}

#[test]
fn every_worker_of_flask_gets_its_connections() {
    is_carried_out("flask");
}

#[test]
fn every_worker_of_fastapi_gets_its_connections() {
    is_carried_out("fastapi");
}

#[test]
fn every_worker_of_django_gets_its_connections() {
    is_carried_out("django");
}

#[test]
fn every_worker_of_asyncpg_gets_its_connections() {
    is_carried_out("asyncpg");
}

#[test]
fn every_worker_of_psycopg_gets_its_connections() {
    is_carried_out("psycopg");
}
