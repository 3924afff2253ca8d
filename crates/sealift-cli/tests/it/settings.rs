//! Where settings come from.

use crate::environment::TestEnvironment;

/// A URL that nobody answers, by which an error tells which setting was taken.
fn nobody(database: &str) -> String {
    format!("postgresql://app@127.0.0.1:1/{database}?sslmode=disable")
}

fn taken(environment: &TestEnvironment, arguments: &[&str]) -> String {
    let output = environment.run(arguments);
    assert_eq!(output.status, 3, "{output}");
    let name = ["typed", "file", "environment", "dotenv", "other"].into_iter().find(|name| {
        output.stderr.contains(&format!("/{name}"))
            || output.stderr.contains(&format!("\"{name}\""))
    });
    name.unwrap_or_else(|| panic!("no setting was named: {output}")).to_owned()
}

#[test]
fn flag_file_environment_and_dotenv_come_in_this_order() {
    let mut environment = TestEnvironment::new();
    environment.write(".env", &format!("export DATABASE_URL=\"{}\" # app\n", nobody("dotenv")));
    assert_eq!(taken(&environment, &["check"]), "dotenv");
    environment.set("DATABASE_URL", &nobody("other")).set("POSTGRES_URL", &nobody("environment"));
    assert_eq!(taken(&environment, &["check"]), "environment");
    environment.write("sealift.toml", &format!("target = '{}'\n", nobody("file")));
    assert_eq!(taken(&environment, &["check"]), "file");
    assert_eq!(taken(&environment, &["check", &nobody("typed")]), "typed");
    assert_eq!(taken(&environment, &["check", "--postgres-url", &nobody("typed")]), "typed");
}

#[test]
fn a_driver_in_the_scheme_is_understood() {
    let environment = TestEnvironment::new();
    let url = nobody("typed").replace("postgresql:", "postgresql+asyncpg:");
    assert_eq!(taken(&environment, &["check", &url]), "typed");
}

#[test]
fn a_broken_sealift_toml_names_its_line_and_shows_nothing() {
    let environment = TestEnvironment::new();
    environment.write("sealift.toml", "jobs = 2\ntarget = \"postgresql://u:hidden@h/d\n");
    let output = environment.run(&["check"]);
    assert_eq!(output.status, 1);
    assert!(output.stderr.starts_with("error: sealift.toml line 2: "), "{output}");
    assert!(!output.stderr.contains("hidden"), "{output}");
}

#[test]
fn a_bad_url_says_where_it_came_from() {
    let environment = TestEnvironment::new();
    environment.write(".env", "DATABASE_URL=mysql://u:hidden@h/d\n");
    let output = environment.run(&["check"]);
    insta::assert_snapshot!(output, @r#"
    --- stderr
    error: DATABASE_URL in .env: the scheme of the URL is not that of PostgreSQL
    hint: write postgresql://USER@HOST:PORT/DATABASE
    --- status 2
    "#);
}
