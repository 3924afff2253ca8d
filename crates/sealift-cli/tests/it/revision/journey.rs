//! Up, down, stamp, merge; what is refused.

use super::{Project, shop};

#[test]
fn revisions_go_up_down_and_up_again() {
    let project = shop();
    let up = project.done(&["upgrade"]);
    assert!(up.stdout.contains("the database stands at 2"), "{up}");
    assert_eq!(project.value("select name from users"), "a;b");
    let down = project.done(&["downgrade", "base", "--yes"]);
    assert!(down.stdout.contains("the database stands at base"), "{down}");
    assert_eq!(project.value("select to_regclass('users')::text"), "null");
    project.done(&["upgrade", "+1"]);
    assert_eq!(project.value("select to_regclass('orders')::text"), "null");
    project.done(&["upgrade", "head"]);
    let again = project.done(&["upgrade"]);
    assert!(again.stdout.contains("nothing to do"), "{again}");
    let history = "select string_agg(id, ',' order by id) from _sealift.revision";
    assert_eq!(project.value(history), "1,2");
}

#[test]
fn a_revision_that_fails_leaves_nothing_and_those_before_it_stay() {
    let project = shop();
    project.revision("3_bad", "create table a ();\nselect 1/0;", "drop table a;");
    let failed = project.run(&["upgrade"]);
    assert_eq!(failed.status, 1, "{failed}");
    assert!(failed.stderr.contains("revisions/3_bad.up.sql:2: division by zero"), "{failed}");
    assert_eq!(project.value("select to_regclass('a')::text"), "null");
    assert_eq!(project.value("select count(*) from _sealift.revision"), "2");
}

#[test]
fn what_destroys_rows_wants_yes() {
    let project = shop();
    project.done(&["upgrade"]);
    let refused = project.run(&["downgrade", "-1"]);
    assert_eq!(refused.status, 2, "{refused}");
    assert!(
        refused.stderr.contains("2_orders.down.sql:1: loses the rows of table orders"),
        "{refused}"
    );
    assert_eq!(project.value("select count(*) from _sealift.revision"), "2");
    project.done(&["downgrade", "-1", "--yes"]);
}

/// What a difference writes begins so where the way back is without the rows.
#[test]
fn what_cannot_be_brought_back_wants_a_word_of_its_own() {
    let project = shop();
    let refuses = "do $$\nbegin\n  if current_setting('sealift.accept_loss', true) is distinct from 'on' then\n    \
        raise exception using message = 'this cannot bring back column users.age';\n  end if;\nend\n$$;";
    let down = format!("{refuses}\nalter table users add column age int;");
    project.revision("3_gone", "alter table users drop column if exists age;", &down);
    project.done(&["upgrade", "--yes"]);
    let refused = project.run(&["downgrade", "-1", "--yes"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("this cannot bring back column users.age"), "{refused}");
    assert!(refused.stderr.contains("--accept-loss"), "{refused}");
    assert_eq!(project.value("select count(*) from _sealift.revision"), "3");
    project.done(&["downgrade", "-1", "--yes", "--accept-loss"]);
    assert_eq!(project.value("select count(*) from _sealift.revision"), "2");
    assert_eq!(project.value("select count(age) from users"), "0");
}

#[test]
fn a_file_that_was_changed_is_shown() {
    let project = shop();
    project.done(&["upgrade"]);
    let text = "create table users (id bigint primary key, name varchar(9));";
    project.environment.write("revisions/1_users.up.sql", text);
    let refused = project.run(&["upgrade"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("-create table users (id bigint primary key, name text);"));
    assert!(refused.stderr.contains(&format!("+{text}")), "{refused}");
    assert_eq!(project.run(&["check"]).status, 1);
    project.done(&["stamp", "head"]);
    project.done(&["check", "--history-only"]);
    let drift = project.run(&["check"]);
    assert_eq!(drift.status, 1, "{drift}");
    assert!(drift.stdout.contains("the schema is not what its revisions make"), "{drift}");
}

#[test]
fn two_heads_are_refused_until_they_are_merged() {
    let project = shop();
    project.revision("3_left", "-- sealift: parents=2\ncreate table l ();", "drop table l;");
    project.revision("4_right", "-- sealift: parents=2\ncreate table r ();", "drop table r;");
    let refused = project.run(&["upgrade"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("there are 2 heads: 3, 4"), "{refused}");
    let merged = project.environment.run(&["revision", "merge", "-m", "join"]);
    assert_eq!(merged.status, 0, "{merged}");
    project.done(&["upgrade"]);
    assert_eq!(project.value("select count(*) from _sealift.revision"), "5");
    project.done(&["downgrade", "2", "--yes"]);
    assert_eq!(project.value("select count(*) from _sealift.revision"), "2");
}

#[test]
fn new_files_follow_the_newest_revision_and_can_be_carried_out() {
    let project = Project::new();
    let new = |message: &str| project.environment.run(&["revision", "new", "-m", message]);
    let first = new("Add orders, & more");
    assert_eq!(first.status, 0, "{first}");
    assert!(first.stdout.contains("_add_orders_more.up.sql"), "{first}");
    assert_eq!(new("second").status, 0);
    project.done(&["upgrade"]);
    let history = project.done(&["history", "--json"]).json();
    assert_eq!(history["revisions"][1]["message"], "Add orders, & more");
    assert_eq!(history["revisions"][0]["parents"][0], history["revisions"][1]["id"]);
    project.done(&["downgrade", "base"]);
}

#[test]
fn the_script_for_psql_does_what_upgrade_does() {
    let project = shop();
    let script = project.environment.run(&["revision", "upgrade", "base:head", "--sql"]);
    assert_eq!(script.status, 0, "{script}");
    let sql: String = script
        .stdout
        .lines()
        .filter(|line| !line.starts_with('\\'))
        .map(|l| format!("{l}\n"))
        .collect();
    project.database.execute_blocking(&sql);
    project.done(&["check"]);
    let down = project.environment.run(&["revision", "downgrade", "head:base", "--sql"]);
    assert!(down.stdout.contains("drop table users;"), "{down}");
    let unknown = project.environment.run(&["revision", "downgrade", "-1", "--sql"]);
    assert_eq!(unknown.status, 2, "{unknown}");
}

#[test]
fn names_are_looked_up_in_the_schema_that_was_given() {
    let project = shop();
    let missing = project.run(&["upgrade", "--schema", "app"]);
    assert_eq!(missing.status, 1, "{missing}");
    assert!(missing.stderr.contains("create schema \"app\""), "{missing}");
    project.database.execute_blocking("create schema app");
    project.done(&["upgrade", "--schema", "app"]);
    project.done(&["upgrade"]);
    let tables = "select string_agg(schemaname, ',' order by schemaname) from pg_tables where tablename = 'users'";
    assert_eq!(project.value(tables), "app,public");
    project.done(&["downgrade", "base", "--yes", "--schema", "app"]);
    project.done(&["check"]);
}

#[test]
fn a_migration_into_another_schema_leaves_the_history_alone() {
    let project = shop();
    project.done(&["upgrade"]);
    project.environment.sqlite("app.db", "create table t (a integer primary key)");
    let url = project.database.url.as_str();
    let migrate = ["migrate", "app.db", "--no-backup", "--schema", "moved", "--to", url];
    let migrated = project.environment.run(&migrate);
    assert_eq!(migrated.status, 0, "{migrated}");
    project.done(&["check"]);
}

/// A role that may make nothing but tables in one schema keeps the history there.
#[test]
fn a_role_without_a_schema_of_its_own_keeps_the_history_beside_the_tables() {
    let project = shop();
    let role = format!("{}_owner", project.database.name);
    project.database.execute_blocking(&format!(
        "drop role if exists {role}; create role {role} login; grant create, usage on schema public to {role}"
    ));
    let url = project.database.url.replace("postgres@", &format!("{role}@"));
    let upgraded = project.environment.run(&["revision", "upgrade", "--to", &url]);
    assert_eq!(upgraded.status, 0, "{upgraded}");
    assert_eq!(project.value("select count(*) from public._sealift_revision"), "2");
    let refused = project.environment.run(&["revision", "check", "--to", &url]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("--history-only"), "{refused}");
    for aside in [&["--history-only"][..], &["--scratch", &project.database.url]] {
        let typed = [&["revision", "check", "--to", &url], aside].concat();
        let checked = project.environment.run(&typed);
        assert_eq!(checked.status, 0, "{checked}");
    }
    // Whoever may make a schema finds the same history.
    project.done(&["check"]);
    project.done(&["downgrade", "-1", "--yes"]);
    assert_eq!(project.value("select count(*) from public._sealift_revision"), "1");
    project.database.execute_blocking(&format!("drop owned by {role}; drop role {role}"));
}

#[test]
fn migrations_of_other_tools_are_imported() {
    let project = Project::new();
    let folder = project.environment.folder().join("db");
    std::fs::create_dir(&folder).unwrap();
    project.environment.write(
        "db/001_users.sql",
        "-- +goose Up\ncreate table users ();\n-- +goose Down\ndrop table users;\n",
    );
    project.environment.write("db/002_more.up.sql", "create table more ();");
    project.environment.write("db/002_more.down.sql", "drop table more;");
    let imported = project.environment.run(&["revision", "import", "db"]);
    assert_eq!(imported.status, 0, "{imported}");
    project.done(&["upgrade"]);
    project.done(&["downgrade", "base", "--yes"]);
    let again = project.environment.run(&["revision", "import", "db"]);
    assert_eq!(again.status, 1, "{again}");
    assert!(again.stderr.contains("has revisions already"), "{again}");
}

/// Something that prints what Alembic would stands for it.
#[test]
fn what_alembic_prints_is_imported() {
    let project = Project::new();
    project.environment.write(
        "alembic",
        "case \"$3\" in\n\
         upgrade) printf '%s\\n' 'BEGIN;' 'CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, \
         CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));' \
         '-- Running upgrade  -> aa' 'CREATE TABLE t (a INTEGER);' \
         \"INSERT INTO alembic_version (version_num) VALUES ('aa');\" \
         '-- Running upgrade aa -> bb' 'ALTER TABLE t ADD COLUMN b INTEGER;' \
         \"UPDATE alembic_version SET version_num='bb';\" 'COMMIT;' ;;\n\
         downgrade) printf '%s\\n' 'BEGIN;' '-- Running downgrade bb -> aa' 'ALTER TABLE t DROP COLUMN b;' \
         \"UPDATE alembic_version SET version_num='aa';\" '-- Running downgrade aa -> ' 'DROP TABLE t;' \
         'DELETE FROM alembic_version;' 'COMMIT;' ;;\n\
         history) echo 'aa -> bb (head), more'; echo '<base> -> aa, first' ;;\nesac\n",
    );
    project.environment.write("alembic.ini", "");
    let import = ["revision", "import", "alembic.ini", "--alembic", "sh alembic"];
    let imported = project.environment.run(&import);
    assert_eq!(imported.status, 0, "{imported}");
    assert!(imported.stdout.contains("revisions/0001_aa_first.up.sql"), "{imported}");
    project.done(&["upgrade"]);
    assert_eq!(project.value("select version_num from alembic_version"), "bb");
    project.done(&["downgrade", "base", "--yes"]);
    project.done(&["upgrade"]);
    project.done(&["check"]);
}
