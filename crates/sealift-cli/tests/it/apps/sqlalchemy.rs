//! An application of SQLAlchemy whose schema Alembic makes.

use super::App;

const ALEMBIC: [&str; 2] = ["-m", "alembic"];

/// Moments without an offset are UTC: so this application keeps them.
const UTC: &str = "*.*=timestamptz using naive-utc";

fn alembic(app: &App, command: &[&str], database: &str) -> String {
    app.python(&[&ALEMBIC[..], command].concat(), database)
}

fn filled() -> App {
    let app = App::new("sqlalchemy");
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
    let app = filled();
    alembic(&app, &["upgrade", "head"], &app.postgres());
    app.migrates(&["--into", "existing", "--cast", UTC]);
    alembic_is_content(&app);
    app.answers_alike_and_grows();
}

#[test]
fn into_tables_that_sealift_makes() {
    let app = filled();
    app.migrates(&[]);
    alembic_is_content(&app);
    app.answers_alike_and_grows();
}
