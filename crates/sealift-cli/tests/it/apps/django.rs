//! A Django project with accounts, sessions, the admin, tokens, tags and a history.

use super::App;

const MANAGE: &str = "manage.py";

/// Lets the project have fields of types that are PostgreSQL's own.
const VISITS: &[(&str, &str)] = &[("APP_VISITS", "1")];

fn filled(variables: &'static [(&'static str, &'static str)]) -> App {
    let app = App::new("django", variables);
    app.python(&[MANAGE, "migrate", "-v0"], &app.sqlite());
    app.python(&["fill.py"], &app.sqlite());
    app
}

/// Lets Django look for anything that it would change.
fn django_is_content(app: &App) {
    let postgres = app.postgres();
    app.python(&[MANAGE, "migrate", "--check"], &postgres);
    app.python(&[MANAGE, "makemigrations", "--check", "--dry-run"], &postgres);
    app.python(&[MANAGE, "check", "--database", "default"], &postgres);
}

#[test]
fn into_the_tables_that_django_has_made_and_filled() {
    let app = filled(VISITS);
    app.python(&[MANAGE, "migrate", "-v0"], &app.postgres());
    let existing = ["--into", "existing"];
    let refused = app.migrate(&existing);
    assert_eq!(refused.status, 1, "{refused}");
    for table in ["auth_permission", "django_content_type"] {
        let told = format!("error: {table}: holds rows in the target already [table-not-empty]");
        assert!(refused.stdout.contains(&told), "{refused}");
    }
    assert!(refused.stdout.contains("Django writes these rows itself"), "{refused}");
    app.migrates(&[&existing[..], &["--truncate"]].concat());
    django_is_content(&app);
    app.answers_alike_and_grows();
}

#[test]
fn into_the_tables_that_django_has_made_over_its_own_rows() {
    let app = filled(VISITS);
    app.python(&[MANAGE, "migrate", "-v0"], &app.postgres());
    app.migrates(&["--into", "existing", "--on-conflict", "update"]);
    django_is_content(&app);
    app.answers_alike_and_grows();
}

#[test]
fn into_tables_that_sealift_makes() {
    let app = filled(&[]);
    app.migrates(&[]);
    django_is_content(&app);
    app.answers_alike_and_grows();
}
