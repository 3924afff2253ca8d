//! The restricted role: what it can do afterwards, and what it cannot.

use super::connect;
use crate::environment::{Output, TestEnvironment};
use sealift_testkit::Database;

/// A database with an owner of tables and an application's role. Roles belong to the whole server, so that they
/// are named after the database, and dropped before it.
struct Scene {
    database: Database,
    owner: String,
    app: String,
}

impl Scene {
    fn new() -> Self {
        let database = sealift_testkit::database_blocking();
        let (owner, app) = (format!("{}_owner", database.name), format!("{}_app", database.name));
        let scene = Self { database, owner, app };
        for role in [&scene.owner, &scene.app] {
            scene.database.execute_blocking(&format!(
                "do $$ begin if exists (select from pg_roles where rolname = '{role}') then
                     execute 'drop owned by {role} cascade'; execute 'drop role {role}'; end if; end $$;
                 create role {role} login"
            ));
        }
        // Up to PostgreSQL 14 everybody may make tables in `public`.
        scene.database.execute_blocking(&format!(
            "grant create on schema public to public;
             create schema other authorization {owner};
             grant usage on schema public to {owner};
             set role {owner};
             create table users (id bigint generated always as identity primary key, name text);
             create table notes (id serial primary key, user_id bigint references users, body text);
             create view names as select name from users;
             create function shout(text) returns text language sql as 'select upper($1)';
             revoke execute on function shout(text) from public;
             create table other.secret (id int);
             insert into users (name) values ('ann')",
            owner = scene.owner
        ));
        scene
    }

    fn url_of(&self, role: &str) -> String {
        self.database.url.replacen("postgres@", &format!("{role}@"), 1)
    }

    fn tune(&self, role: &str, arguments: &[&str]) -> Output {
        let url = self.url_of(role);
        let grants = ["tune", "--to", &url, "--grants", &self.app];
        TestEnvironment::new().run(&[&grants[..], arguments].concat())
    }

    /// Runs a statement as a role; returns the SQLSTATE of its refusal.
    fn refusal(&self, role: &str, sql: &str) -> Option<String> {
        let url = self.url_of(role);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = match connect(&url).await {
                Ok(client) => client,
                Err(error) => return error.code().map(|code| code.code().to_owned()),
            };
            let error = client.batch_execute(sql).await.err()?;
            Some(error.code().expect("the server's word").code().to_owned())
        })
    }

    fn may(&self, sql: &str) {
        assert_eq!(self.refusal(&self.app, sql), None, "{sql}");
    }

    fn may_not(&self, sql: &str) {
        assert_eq!(self.refusal(&self.app, sql).as_deref(), Some("42501"), "{sql}");
    }

    fn works_with_rows_only(&self) {
        for allowed in [
            "insert into users (name) values ('bob')",
            "select * from names",
            "update users set name = 'eve' where name = 'bob'",
            "insert into notes (user_id, body) values (1, 'a')",
            "select nextval('notes_id_seq')",
            "delete from notes",
            "select shout('a')",
        ] {
            self.may(allowed);
        }
        for forbidden in [
            "create table mine (id int)",
            "create view mine as select 1",
            "create function mine() returns int language sql as 'select 1'",
            "create index on users (name)",
            "create schema mine",
            "alter table users add column x int",
            "alter table users disable row level security",
            "drop table notes",
            "truncate notes",
            "drop view names",
            "drop schema public",
            "alter sequence notes_id_seq restart",
            "create trigger t before insert on users execute function shout('a')",
            "create table mine (id bigint references users)",
            "select * from other.secret",
            "insert into other.secret values (1)",
            "grant select on users to public_or_anybody",
        ] {
            let refused = self.refusal(&self.app, forbidden);
            assert!(refused.is_some(), "{forbidden} was carried out");
            if !forbidden.starts_with("grant") && !forbidden.starts_with("create trigger") {
                assert_eq!(refused.as_deref(), Some("42501"), "{forbidden}");
            }
        }
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The next run of the test drops them.
            return;
        }
        self.database.execute_blocking(&format!(
            "drop owned by {0}, {1} cascade; drop role {0}; drop role {1}",
            self.app, self.owner
        ));
    }
}

#[test]
fn the_role_works_with_rows_and_changes_nothing_else() {
    let scene = Scene::new();
    assert_eq!(scene.refusal(&scene.app, "select * from users").as_deref(), Some("42501"));
    assert_eq!(scene.refusal(&scene.app, "create table before (id int); drop table before"), None);
    let output = scene.tune("postgres", &["--apply", "--yes"]);
    assert_eq!(output.status, 0, "{output}");
    assert!(output.stdout.starts_with("granted: role "), "{output}");
    scene.works_with_rows_only();
    // What the owner makes later is for the role as well.
    scene.database.execute_blocking(&format!(
        "grant create on schema public to {owner}; set role {owner};
         create table later (id serial primary key);
         create function later() returns int language sql as 'select 2';",
        owner = scene.owner
    ));
    scene.may("insert into later default values");
    scene.may("select later()");
    scene.may_not("truncate later");
    // Once more changes nothing.
    assert_eq!(scene.tune("postgres", &["--apply", "--yes"]).status, 0);
    scene.works_with_rows_only();
}

#[test]
fn the_printed_script_does_the_same() {
    let scene = Scene::new();
    let output = scene.tune("postgres", &[]);
    assert_eq!(output.status, 0, "{output}");
    assert!(output.stdout.starts_with("begin;\nrevoke create on schema \"public\" from public;\n"));
    assert_eq!(output.stderr, "", "{output}");
    scene.database.execute_blocking(&output.stdout);
    scene.works_with_rows_only();
}

#[test]
fn nothing_is_granted_unless_it_is_meant() {
    let scene = Scene::new();
    let output = scene.tune("postgres", &["--apply"]);
    assert_eq!(output.status, 2, "{output}");
    assert!(output.stderr.contains("add --yes"), "{output}");
    scene.may_not("select * from users");
}

/// The owner of the tables may grant on them, but takes nothing away from `public`, of which the server only warns.
#[test]
fn who_may_not_grant_it_all_grants_nothing() {
    let scene = Scene::new();
    let owner = scene.owner.clone();
    let output = scene.tune(&owner, &["--apply", "--yes"]);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("nothing was changed"), "{output}");
    assert!(output.stderr.contains("hint: log in as a superuser, or as the owner"), "{output}");
    scene.may_not("select * from users");
}

#[test]
fn a_role_that_is_not_there_is_not_made() {
    let scene = Scene::new();
    let url = &scene.database.url;
    let output = TestEnvironment::new().run(&["tune", "--to", url, "--grants", "no\"body"]);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("error: there is no role no\"body on "), "{output}");
    assert!(output.stderr.contains("create role \"no\"\"body\" login"), "{output}");
    let output = scene.tune("postgres", &["--schema", "nowhere"]);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("there is no schema nowhere"), "{output}");
}

#[test]
fn a_role_that_no_grant_restricts_is_refused() {
    let scene = Scene::new();
    scene.database.execute_blocking(&format!("grant {} to {}", scene.owner, scene.app));
    let shown = scene.tune("postgres", &[]);
    assert_eq!(shown.status, 0, "{shown}");
    assert!(shown.stderr.contains(" is a member of "), "{shown}");
    let refused = scene.tune("postgres", &["--apply", "--yes"]);
    assert_eq!(refused.status, 1, "{refused}");
    assert!(refused.stderr.contains("grants would not restrict it"), "{refused}");
    assert!(
        refused.stderr.contains(&format!("hint: revoke \"{}\" from", scene.owner)),
        "{refused}"
    );
    let object = scene.tune("postgres", &["--json"]).json();
    assert_eq!(object["status"], "ok");
    assert_eq!(object["role"], scene.app);
    assert_eq!(object["obstacles"].as_array().unwrap().len(), 1);
    assert!(object["statements"].as_array().unwrap().len() > 8, "{object}");
}
