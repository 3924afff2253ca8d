//! What is typed about tables that the application made.

use crate::environment::TestEnvironment;
use sealift_testkit::Database;

const SOURCE: &str = "
    create table roles (id integer primary key, name text, old text);
    insert into roles values (1, 'admin', 'x'), (2, 'member', 'y');";
const TARGET: &str = "
    create table roles (id int primary key, name text, level int not null);
    insert into roles values (2, 'guest', 3), (9, 'bot', 9);";

fn made() -> (TestEnvironment, Database) {
    let environment = TestEnvironment::new();
    environment.sqlite("app.db", SOURCE);
    let database = sealift_testkit::database_blocking();
    database.execute_blocking(TARGET);
    (environment, database)
}

fn roles(database: &Database) -> String {
    let sql = "select string_agg(concat_ws(' ', id, name, level), ', ' order by id) from roles";
    database.query_text_blocking(sql)[0][0].clone().unwrap()
}

#[test]
fn rows_that_are_kept_are_shown_with_their_values() {
    let (environment, database) = made();
    let migrate = ["migrate", "app.db", "--no-backup", "--into", "existing", "--to", &database.url];
    let refused = environment.run(&migrate);
    assert_eq!(refused.status, 1, "{refused}");
    for hint in
        ["--exclude 'roles.old'", "--fill 'roles.level=VALUE'", "--on-conflict 'roles=skip'"]
    {
        assert!(refused.stdout.contains(hint), "{hint}: {refused}");
    }
    let more = ["--exclude", "roles.old", "--fill", "roles.level=1", "--on-conflict", "roles=skip"];
    let output = environment.run(&[&migrate[..], &more].concat());
    assert_eq!(output.status, 0, "{output}");
    assert_eq!(roles(&database), "1 admin 1, 2 guest 3, 9 bot 9");
    assert!(
        output
            .stdout
            .contains("roles: 1 row is PostgreSQL's own, 1 row was kept with other values"),
        "{output}"
    );
    assert!(output.stdout.contains("'member'"), "{output}");
    let verified = environment.run(&["verify", "app.db", "--json", "--to", &database.url]);
    assert_eq!(verified.status, 0, "{verified}");
    let table = &verified.json()["tables"][0];
    assert_eq!((table["extra_rows"].as_u64(), table["kept_rows"].as_u64()), (Some(1), Some(1)));
}

#[test]
fn the_same_may_stand_in_the_settings_file() {
    let (environment, database) = made();
    environment.write(
        "sealift.toml",
        "into = 'existing'\nexclude = ['roles.old']\nfill = ['roles.level=7']\non-conflict = ['update']\n",
    );
    let output = environment.run(&["migrate", "app.db", "--no-backup", "--to", &database.url]);
    assert_eq!(output.status, 0, "{output}");
    // What only the target has is left alone where the row was there.
    assert_eq!(roles(&database), "1 admin 7, 2 member 3, 9 bot 9");
}

#[test]
fn what_is_about_existing_tables_is_refused_without_them() {
    let (environment, database) = made();
    let migrate = ["migrate", "app.db", "--no-backup", "--to", &database.url];
    for more in [&["--fill", "roles.level=1"][..], &["--on-conflict", "skip"]] {
        let output = environment.run(&[&migrate[..], more].concat());
        assert_eq!(output.status, 2, "{output}");
        assert!(output.stderr.contains("add --into existing"), "{output}");
    }
    let both = ["--into", "existing", "--truncate", "--on-conflict", "skip"];
    assert_eq!(environment.run(&[&migrate[..], &both].concat()).status, 2);
}
