//! The tables in which frameworks note their migrations: compared first, never copied.

use super::{Case, done, told};

/// Returns a file and a database with one table of rows and the framework's own.
async fn case(framework: &str, source: &str, target: &str) -> Case {
    let rows = "create table t (a text); insert into t values ('x');";
    Case::new(
        &format!("{rows} {framework} {source}"),
        &format!("create table t (a text); {framework} {target}"),
    )
    .await
}

#[tokio::test]
async fn d6_alembic_with_several_heads_is_compared_as_a_whole() {
    let table = "create table alembic_version (version_num varchar(32) not null primary key);";
    let both = "insert into alembic_version values ('a1'), ('b2');";
    let one = "insert into alembic_version values ('a1');";
    done(case(table, both, both).await.run().await);
    let behind = case(table, both, one).await;
    let findings = behind.refusal().await;
    assert!(
        findings[0].message.starts_with("the target is behind: 1 migration (b2)"),
        "{}",
        findings[0].message
    );
    let ahead = case(table, one, both).await;
    let findings = ahead.refusal().await;
    assert!(
        findings[0].message.starts_with("SQLite is behind: 1 migration (b2)"),
        "{}",
        findings[0].message
    );
    assert_eq!(ahead.value("select count(*) from alembic_version").await, "2");
}

#[tokio::test]
async fn d6_rails_keeps_its_environment_and_its_versions() {
    let tables = "create table schema_migrations (version varchar(40) primary key);
         create table ar_internal_metadata (\"key\" varchar(40) primary key, value varchar(40));";
    let versions = "insert into schema_migrations values ('20240101000000'), ('20240202000000');";
    let source = format!(
        "{versions} insert into ar_internal_metadata values ('environment', 'development');"
    );
    let target = format!(
        "{versions} insert into ar_internal_metadata values ('environment', 'production');"
    );
    let case = case(tables, &source, &target).await;
    done(case.run().await);
    assert_eq!(case.value("select value from ar_internal_metadata").await, "production");
    case.database
        .execute("truncate t; delete from schema_migrations where version like '202402%'")
        .await;
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("migrations-differ", "schema_migrations", None)]);
    assert!(findings[0].message.contains("the target is behind"), "{}", findings[0].message);
}

#[tokio::test]
async fn d6_n8n_and_others_of_typeorm_go_by_the_names_of_their_migrations() {
    let table = "create table migrations (id integer primary key, timestamp bigint not null, name varchar(99) not null);";
    let first = "insert into migrations values (1, 1588102412422, 'InitialMigration1588102412422')";
    let source = format!("{first}, (2, 1592445003908, 'WebhookModel1592445003908');");
    // Numbers are each database's own.
    let target =
        "insert into migrations values (7, 1588102412422, 'InitialMigration1588102412422'),
         (9, 1592445003908, 'WebhookModel1592445003908');";
    let case = case(table, &source, target).await;
    done(case.run().await);
    assert_eq!(case.value("select max(id) from migrations").await, "9");
}

#[tokio::test]
async fn d16_prismas_history_is_begun_anew_for_another_provider() {
    let table =
        "create table _prisma_migrations (id text primary key, migration_name text not null);";
    let source = "insert into _prisma_migrations values ('1', '20240101000000_init'), ('2', '20240202000000_more');";
    let target = "insert into _prisma_migrations values ('x', '20240303000000_init');";
    let mut case = case(table, source, target).await;
    let findings = case.refusal().await;
    assert_eq!(told(&findings), [("migrations-differ", "_prisma_migrations", None)]);
    let hint = findings[0].hint.as_deref().unwrap();
    assert!(hint.contains("P3014") && hint.contains("set the provider to postgresql"), "{hint}");
    assert!(hint.ends_with("--exclude _prisma_migrations"), "{hint}");
    case.exclude = vec!["_prisma_migrations".to_owned()];
    done(case.run().await);
    assert_eq!(
        case.value("select migration_name from _prisma_migrations").await,
        "20240303000000_init"
    );
}
