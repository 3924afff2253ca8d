//! What reads writes nothing, and tells what there is.

use super::{Project, shop};

#[test]
fn reading_commands_write_nothing() {
    let project = shop();
    for command in [&["current"][..], &["history"], &["check"], &["upgrade", "--dry-run"]] {
        project.run(command);
    }
    let made = "select count(*) from pg_class where relname ~ 'revision' or relname = 'users'";
    assert_eq!(project.value(made), "0");
    assert_eq!(project.value("select to_regnamespace('_sealift')::text"), "null");
}

#[test]
fn the_dry_run_tells_locks_and_losses() {
    let project = shop();
    project.done(&["upgrade"]);
    project.revision(
        "3_more",
        "alter table users add column born date;\n\
         alter table orders drop column user_id;\n\
         alter table users alter column name set not null;",
        "",
    );
    project.revision(
        "4_index",
        "-- no-transaction\ncreate index concurrently users_name on users (name);",
        "-- no-transaction\ndrop index concurrently users_name;",
    );
    project.database.execute_blocking("analyze");
    let shown = project.done(&["upgrade", "--dry-run"]);
    insta::assert_snapshot!(shown, @r"
    3  more
      one transaction: each lock is held to its end

      revisions/3_more.up.sql:1  alter table users add column born date
        lock   access exclusive on users: others wait
        table  users: 1 row, 32.0 kB

      revisions/3_more.up.sql:2  alter table orders drop column user_id
        lock   access exclusive on orders: others wait
        table  orders: 0 rows, 8.0 kB
        loses  column orders.user_id

      revisions/3_more.up.sql:3  alter table users alter column name set not null
        lock   access exclusive on users: others wait
        work   reads all rows, about [time]
        table  users: 1 row, 32.0 kB

    4  index
      without a transaction

      revisions/4_index.up.sql:2  create index concurrently users_name on users (name)
        lock   share update exclusive on users: others read and write
        work   reads all rows, about [time]
        table  users: 1 row, 32.0 kB
    --- status 0
    ");
    let cost = project.done(&["upgrade", "--dry-run", "--json"]).json();
    let first = &cost["revisions"][0]["statements"][0];
    assert_eq!(first["lock"], "access_exclusive");
    assert_eq!(first["work"], "brief");
    assert_eq!(cost["revisions"][0]["statements"][1]["danger"]["loses"], "column orders.user_id");
}

#[test]
fn check_says_what_does_not_agree() {
    let project = shop();
    let missing = project.run(&["check"]);
    assert_eq!(missing.status, 1, "{missing}");
    assert!(missing.stdout.contains("2 revisions still to be carried out"), "{missing}");
    project.done(&["upgrade"]);
    let agree = project.done(&["check"]);
    assert!(agree.stdout.contains("files and database agree"), "{agree}");
    std::fs::remove_file(project.environment.folder().join("revisions/2_orders.up.sql")).unwrap();
    std::fs::remove_file(project.environment.folder().join("revisions/2_orders.down.sql")).unwrap();
    let gone = project.run(&["check"]);
    assert_eq!(gone.status, 1, "{gone}");
    assert!(gone.stdout.contains("revision 2 was carried out"), "{gone}");
}

#[test]
fn histories_of_other_tools_stand_beside_ours() {
    let project = shop();
    project.done(&["upgrade"]);
    project.database.execute_blocking(
        "create table alembic_version (version_num varchar(32) primary key);
         insert into alembic_version values ('3f1c');
         create table django_migrations (id int, app text, name text, applied timestamptz);
         insert into django_migrations values (1, 'shop', '0001_initial', now()), (2, 'shop', '0002_x', now());
         create table schema_migrations (version bigint primary key, dirty boolean not null);
         insert into schema_migrations values (7, true);
         create table _prisma_migrations (migration_name text, finished_at timestamptz, rolled_back_at timestamptz);
         insert into _prisma_migrations values ('2024_init', now(), null);
         create table flyway_schema_history (installed_rank int, version text, success boolean);
         insert into flyway_schema_history values (1, '1', true), (2, '2', true);
         create table _sqlx_migrations (version bigint, success boolean, checksum bytea);
         insert into _sqlx_migrations values (1, true, ''), (3, true, '');
         create table goose_db_version (version_id bigint, is_applied boolean);
         insert into goose_db_version values (0, true), (5, true);",
    );
    project.environment.write("alembic.ini", "");
    let shown = project.done(&["current"]);
    insta::assert_snapshot!(shown.stdout.replace(&since(&project), "[moment]"), @r"
    tool            stands at    since
    Sealift         2 (head)     [moment]  orders
    Alembic         3f1c
    Django          shop.0002_x                       2 migrations
    golang-migrate  7                                 one has failed half way
    Prisma          2024_init                         1 migration
    Flyway          2                                 2 migrations
    sqlx            3                                 2 migrations
    goose           5                                 2 migrations
    ");
    assert!(shown.stderr.contains("alembic upgrade head"), "{shown}");
    project.database.execute_blocking(
        "drop table schema_migrations; create table schema_migrations (version varchar primary key);
         insert into schema_migrations values ('20240101'), ('20240102')",
    );
    let current = project.done(&["current", "--json"]).json();
    let rails = current["neighbours"].as_array().unwrap().iter().find(|one| one["tool"] == "Rails");
    assert_eq!(rails.unwrap()["current"][0], "20240102");
}

fn since(project: &Project) -> String {
    let current = project.done(&["current", "--json"]).json();
    current["current"][0]["since"].as_str().unwrap().to_owned()
}

#[test]
fn a_revision_is_shown_with_what_it_locks() {
    let project = shop();
    let shown = project.environment.run(&["revision", "show", "2", "--json"]).json();
    assert_eq!(shown["parents"][0], "1");
    assert_eq!(shown["down"]["statements"][0]["danger"]["loses"], "the rows of table orders");
    let text = project.environment.run(&["revision", "show"]);
    assert!(text.stdout.contains("revisions/2_orders.down.sql"), "{text}");
}

/// golang-migrate has run the same files: they are not run a second time.
#[test]
fn files_that_another_tool_has_carried_out_are_taken_over() {
    let project = shop();
    project.database.execute_blocking(
        "create table schema_migrations (version bigint primary key, dirty boolean not null);
         insert into schema_migrations values (1, false);
         create table users (id bigint primary key, name text)",
    );
    let current = project.done(&["current"]);
    assert!(current.stderr.contains("sealift revision stamp 1"), "{current}");
    let refused = project.run(&["upgrade"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("golang-migrate has carried out these files"), "{refused}");
    project.done(&["stamp", "1"]);
    project.done(&["upgrade"]);
    project.done(&["check"]);
}

#[test]
fn where_alembic_is_at_home_its_own_command_is_named() {
    let project = Project::new();
    std::fs::remove_dir(project.environment.folder().join("revisions")).unwrap();
    project.environment.write("alembic.ini", "");
    for (typed, meant) in [
        (&["upgrade", "+1"][..], "alembic upgrade +1"),
        (&["downgrade", "-1"], "alembic downgrade -1"),
        (&["new", "-m", "it's new"], r"alembic revision -m 'it'\''s new'"),
        (&["history", "--offline"], "alembic history"),
    ] {
        let refused = project.environment.run(&[&["revision"], typed].concat());
        assert_eq!(refused.status, 1, "{refused}");
        assert!(
            refused.stderr.contains(&format!("this project has alembic.ini: {meant}")),
            "{refused}"
        );
    }
}

#[test]
fn a_table_that_is_written_anew_is_told_before_it_is() {
    let project = shop();
    project.done(&["upgrade"]);
    project.database.execute_blocking("analyze");
    project.revision(
        "3_small",
        "alter table users alter column id type integer;",
        "alter table users alter column id type bigint;",
    );
    let done = project.done(&["upgrade", "--yes"]);
    let told = "3_small.up.sql:1 writes all rows of users (1 row, 32.0 kB) anew";
    assert!(done.stderr.contains(told), "{done}");
    assert!(done.stderr.contains("under access exclusive: others wait"), "{done}");
}

/// What an application has made itself, or brought from SQLite without types.
#[test]
fn a_table_that_is_only_named_like_a_tools_is_in_nobodys_way() {
    let project = shop();
    project.database.execute_blocking(
        "create table schema_migrations (version text, dirty text);
         insert into schema_migrations values ('7', '0');
         create table _sqlx_migrations (version bigint, success bigint, checksum bytea)",
    );
    project.done(&["upgrade"]);
    let current = project.done(&["current", "--json"]).json();
    assert_eq!(current["neighbours"][0]["current"][0], "7");
    assert_eq!(current["neighbours"].as_array().unwrap().len(), 1, "{current}");
}
