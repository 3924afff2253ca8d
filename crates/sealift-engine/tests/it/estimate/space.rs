//! Estimated bytes against `pg_total_relation_size` of what a migration made.

use super::predict_alone;
use crate::support::{options, run};
use sealift_testkit::{Database, database, shared_data, sqlite_file};
use std::path::Path;

const SIZES: &str = "
    select sum(pg_table_size(oid))::text, sum(pg_indexes_size(oid))::text from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace";

/// What each estimate is allowed to be off by.
const ALLOWED: f64 = 0.15;

async fn made(file: &Path, database: &Database) -> (f64, f64) {
    let mut options = options(file, database);
    options.plan_options.policies.orphan =
        sealift_core::plan::Rules::all(sealift_core::plan::OrphanPolicy::NotValid);
    run(options).await.unwrap();
    let rows = database.query_text(SIZES).await;
    let number = |at: usize| rows[0][at].as_ref().unwrap().parse::<f64>().unwrap();
    (number(0), number(1))
}

async fn assert_near(name: &str, file: &Path) {
    let said = predict_alone(file).await.estimate.disk;
    let database = database().await;
    let (tables, indexes) = made(file, &database).await;
    let number = |bytes: u64| bytes.to_string().parse::<f64>().unwrap();
    for (what, said, is) in [
        ("tables", number(said.table_bytes), tables),
        ("indexes", number(said.index_bytes), indexes),
        ("both", number(said.bytes), tables + indexes),
    ] {
        println!("{name} {what}: {said} said, {is} made, {:.3}", said / is);
    }
    let (said, is) = (number(said.bytes), tables + indexes);
    assert!((said / is - 1.0).abs() < ALLOWED, "{name}: {said} said, {is} made");
}

async fn assert_near_script(name: &str, sql: &str) {
    let file = sqlite_file(sql);
    assert_near(name, file.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shared_databases_take_what_was_said() {
    for name in ["chinook.db", "northwind_small.db", "sakila.db", "mlflow.db", "wagtail.db"] {
        if let Some(file) = shared_data(name) {
            assert_near(name, &file).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_narrow_rows_take_what_was_said() {
    assert_near_script(
        "narrow",
        "create table n (id integer primary key, a integer, b integer, c real);
         with recursive t(i) as (select 1 union all select i + 1 from t where i < 60000)
         insert into n select i, i * 7919 % 500, abs(random()) % 2000000000, i / 7.0 from t;
         create index n_a on n (a); create index n_b on n (b); create unique index n_ib on n (b, id);",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wide_rows_with_nulls_take_what_was_said() {
    let columns: Vec<String> = (0..40)
        .map(|at| format!("c{at} {}", ["integer", "text", "real", "decimal(10,2)"][at % 4]))
        .collect();
    let values: Vec<String> = (0..40)
        .map(|at| match at % 4 {
            0 => "nullif(abs(random()) % 10, 3)".to_owned(),
            1 => "substr('the quick brown fox jumps', 1, abs(random()) % 25)".to_owned(),
            2 => "random() / 3.7".to_owned(),
            _ => "abs(random()) % 100000 / 100.0".to_owned(),
        })
        .collect();
    assert_near_script(
        "wide",
        &format!(
            "create table w (id integer primary key, {});
             with recursive t(i) as (select 1 union all select i + 1 from t where i < 8000)
             insert into w select i, {} from t;
             create index w_c1 on w (c1);",
            columns.join(", "),
            values.join(", ")
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_and_blobs_take_what_was_said() {
    assert_near_script(
        "long",
        "create table d (id integer primary key, title varchar(80) not null, body text, file blob);
         with recursive t(i) as (select 1 union all select i + 1 from t where i < 3000)
         insert into d select i, 'title ' || i, replace(hex(zeroblob(i % 400)), '00', i * 7919 % 1000 || ' words '),
             case when i % 10 = 0 then randomblob(i * 17 % 30000) end from t;
         create index d_title on d (title);",
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_small_and_empty_tables_take_what_was_said() {
    let tables: String = (0..60)
        .map(|at| {
            format!(
                "create table t{at} (id integer primary key, name text unique, v integer);
                 create index t{at}_v on t{at} (v);
                 with recursive t(i) as (select 1 union all select i + 1 from t where i < 200)
                 insert into t{at} select i, 'name ' || i, i % 7 from t where {at} % 3 > 0;"
            )
        })
        .collect();
    assert_near_script("many", &tables).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_few_huge_values_count_by_their_bytes() {
    assert_near_script(
        "huge",
        "create table f (id integer primary key, file blob);
         with recursive t(i) as (select 1 union all select i + 1 from t where i < 200)
         insert into f select i, randomblob(case when i % 40 = 7 then 6000000 else 50 end) from t;",
    )
    .await;
}
