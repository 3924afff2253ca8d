//! An application of SQLAlchemy whose schema Alembic makes.

use super::App;

const ALEMBIC: [&str; 2] = ["-m", "alembic"];

/// Moments without an offset are UTC: so this application keeps them.
const UTC: &str = "*.*=timestamptz using naive-utc";

fn alembic(app: &App, command: &[&str], database: &str) -> String {
    app.python(&[&ALEMBIC[..], command].concat(), database)
}

fn filled(variables: &'static [(&'static str, &'static str)]) -> App {
    let app = App::new("sqlalchemy", variables);
    alembic(&app, &["upgrade", "head"], &app.sqlite());
    app.python(&["fill.py"], &app.sqlite());
    app
}

/// Lets Alembic look for anything that it would change.
fn alembic_is_content(app: &App) {
    let current = alembic(app, &["current"], &app.postgres());
    assert_eq!(current.trim(), "0001 (head)");
    let check = alembic(app, &["check"], &app.postgres());
    assert!(check.contains("No new upgrade operations detected"), "{check}");
}

#[test]
fn into_the_tables_that_alembic_has_made() {
    let app = filled(&[]);
    alembic(&app, &["upgrade", "head"], &app.postgres());
    app.migrates(&["--into", "existing", "--cast", UTC]);
    alembic_is_content(&app);
    app.answers_alike_and_grows();
}

/// A file of SQLite tells neither that an enum is a type of its own nor that a moment has an offset: the first
/// is left out here, the second is what `--like` is for.
#[test]
fn into_tables_that_sealift_makes_like_those_of_alembic() {
    let app = filled(&[("APP_TEXT_ENUM", "1")]);
    let pattern = sealift_testkit::database_blocking();
    alembic(&app, &["upgrade", "head"], &pattern.url);
    app.migrates(&["--like", &pattern.url, "--cast", "users.joined=timestamptz using naive-utc"]);
    alembic_is_content(&app);
    app.answers_alike_and_grows();
}
