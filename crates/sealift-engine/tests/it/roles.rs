//! Roles with few rights: what they need, and nothing more.

use crate::support::{assert_equal, check_options, endpoint, run};
use sealift_engine::check::{CheckOptions, CheckStatus, check};
use sealift_engine::config::Into;
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::postgres::Endpoint;
use sealift_engine::report::MigrateReport;
use sealift_engine::{Error, ErrorKind};
use sealift_testkit::{Database, database, sqlite_file};

const SOURCE: &str = "
    create table parent (id integer primary key autoincrement, name text not null unique);
    create table child (id integer primary key, parent_id integer not null references parent,
        amount numeric check (amount > 0));
    create index child_parent on child (parent_id);
    create view families as select p.name, count(*) as children
        from parent p join child c on c.parent_id = p.id group by p.name;
    insert into parent (name) values ('a'), ('b');
    insert into child values (1, 1, 1.5), (2, 1, 2), (3, 2, 99);";

/// A role of the test's own, dropped before its database is.
struct Role {
    name: String,
}

/// Makes a role without rights in a database in which nobody else has any either.
async fn role(database: &Database) -> Role {
    let name = format!("{}_role", database.name);
    database
        .execute(&format!(
            "do $$ begin if exists (select from pg_roles where rolname = '{name}') then
                 execute 'drop owned by {name}'; execute 'drop role {name}'; end if; end $$;
             create role {name} login nosuperuser nocreatedb nocreaterole;
             revoke create on schema public from public;
             revoke temporary on database {} from public",
            database.name
        ))
        .await;
    Role { name }
}

impl Role {
    fn endpoint(&self, database: &Database) -> Endpoint {
        let url = database.url.replacen("postgres@", &format!("{}@", self.name), 1);
        endpoint(&url)
    }

    async fn migrate(
        &self,
        database: &Database,
        schema: &str,
        into: Into,
    ) -> Result<MigrateReport, Error> {
        let file = sqlite_file(SOURCE);
        let mut options = crate::support::options(file.path(), database);
        options.target = self.endpoint(database);
        options.plan_options.schema = schema.to_owned();
        options.into = into;
        run(options).await
    }

    async fn failed_checks(&self, database: &Database, schema: &str) -> Vec<&'static str> {
        let options =
            CheckOptions { schema: schema.to_owned(), ..check_options(self.endpoint(database)) };
        let report = check(&options, &Events::silent(), &Cancel::new()).await.unwrap();
        let failed = report.items.iter().filter(|item| item.status == CheckStatus::Failed);
        failed.map(|item| item.name).collect()
    }

    async fn drop(self, database: &Database) {
        database.execute(&format!("drop owned by {0} cascade; drop role {0}", self.name)).await;
    }
}

#[tokio::test]
async fn a_schema_of_its_own_is_enough() {
    let database = database().await;
    let role = role(&database).await;
    database.execute(&format!("create schema app authorization {}", role.name)).await;
    assert_eq!(role.failed_checks(&database, "app").await, Vec::<&str>::new());
    assert_equal(&role.migrate(&database, "app", Into::Create).await.unwrap());
    // Again, over what it made.
    assert_equal(&role.migrate(&database, "app", Into::Recreate).await.unwrap());
    let left = "select count(*) from pg_class where relname like '\\_sealift%'";
    assert_eq!(database.query_value(left).await.as_deref(), Some("0"));
    role.drop(&database).await;
}

#[tokio::test]
async fn the_right_to_make_schemas_is_enough() {
    let database = database().await;
    let role = role(&database).await;
    database.execute(&format!("grant create on database {} to {}", database.name, role.name)).await;
    assert_eq!(role.failed_checks(&database, "fresh").await, Vec::<&str>::new());
    assert_equal(&role.migrate(&database, "fresh", Into::Create).await.unwrap());
    role.drop(&database).await;
}

#[tokio::test]
async fn rights_in_a_schema_of_somebody_else_are_enough() {
    let database = database().await;
    let role = role(&database).await;
    database.execute(&format!("grant create, usage on schema public to {}", role.name)).await;
    assert_equal(&role.migrate(&database, "public", Into::Create).await.unwrap());
    role.drop(&database).await;
}

#[tokio::test]
async fn who_has_no_rights_is_refused_at_once_with_the_statement_that_helps() {
    let database = database().await;
    let role = role(&database).await;
    for (schema, check, statement) in [
        (
            "public",
            "create_table",
            format!("grant create, usage on schema \"public\" to \"{}\"", role.name),
        ),
        (
            "fresh",
            "create_schema",
            format!("grant create on database \"{}\" to \"{}\"", database.name, role.name),
        ),
    ] {
        let error = role.migrate(&database, schema, Into::Create).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission, "{error}");
        assert!(error.to_string().contains("may not create"), "{error}");
        assert_eq!(error.hint().unwrap(), format!("as owner: {statement}"));
        assert_eq!(role.failed_checks(&database, schema).await, [check]);
        // It does help.
        database.execute(&statement).await;
        assert_equal(&role.migrate(&database, schema, Into::Create).await.unwrap());
    }
    role.drop(&database).await;
}

#[tokio::test]
async fn who_may_only_write_into_tables_can_fill_them() {
    let database = database().await;
    let role = role(&database).await;
    database
        .execute(&format!(
            "create table public.parent (id bigint generated by default as identity primary key,
                 name text not null unique);
             create table public.child (id bigint primary key,
                 parent_id bigint not null references public.parent, amount numeric);
             grant usage, create on schema public to {0};
             grant all on all tables in schema public to {0};
             grant all on all sequences in schema public to {0}",
            role.name
        ))
        .await;
    assert_equal(&role.migrate(&database, "public", Into::Existing).await.unwrap());
    role.drop(&database).await;
}

#[tokio::test]
async fn the_state_of_another_role_is_in_nobodys_way() {
    let database = database().await;
    let role = role(&database).await;
    database
        .execute(&format!(
            "create schema _sealift; create table _sealift.run (target_schema text);
             create schema app authorization {}",
            role.name
        ))
        .await;
    assert_equal(&role.migrate(&database, "app", Into::Create).await.unwrap());
    database.execute(&format!("grant create on database {} to {}", database.name, role.name)).await;
    assert_equal(&role.migrate(&database, "fresh", Into::Create).await.unwrap());
    role.drop(&database).await;
}

#[tokio::test]
async fn a_schema_for_the_state_that_somebody_else_made_is_used_and_stays() {
    let database = database().await;
    let role = role(&database).await;
    database
        .execute(&format!(
            "create schema _sealift; grant create, usage on schema _sealift to {0};
             create schema app authorization {0}",
            role.name
        ))
        .await;
    assert_equal(&role.migrate(&database, "app", Into::Create).await.unwrap());
    let left = "select count(*) from pg_class where relname like '\\_sealift%'
                or relnamespace = '_sealift'::regnamespace";
    assert_eq!(database.query_value(left).await.as_deref(), Some("0"));
    role.drop(&database).await;
}
