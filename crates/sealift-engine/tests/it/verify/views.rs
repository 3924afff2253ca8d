//! The rows of views, and the text of definitions.

use crate::support::{Tried, endpoint, moved};
use sealift_engine::compare::{CompareOptions, compare};
use sealift_engine::config::{PlanOptions, VerifyLevel};
use sealift_engine::ops::{Cancel, Events};
use sealift_engine::report::{MatchStatus, VerifyReport};

async fn verified_as(moved: &Tried, level: VerifyLevel, url: &str) -> VerifyReport {
    let options = CompareOptions {
        source: moved.file.path().to_path_buf(),
        target: endpoint(url),
        plan_options: PlanOptions::default(),
        plan: Some(moved.report().plan.clone()),
        remembered: None,
        level,
    };
    compare(&options, &Events::silent(), &Cancel::new()).await.unwrap()
}

async fn verified(moved: &Tried, level: VerifyLevel) -> VerifyReport {
    verified_as(moved, level, &moved.database.url).await
}

/// Returns the cells of views that differ.
fn cells(report: &VerifyReport) -> Vec<String> {
    let views = report.tables.iter().filter(|table| table.name.starts_with("view "));
    let lines = views.flat_map(|view| {
        view.differences.iter().map(move |d| format!("{} {} / {}", view.name, d.source, d.target))
    });
    lines.collect()
}

fn structure(report: &VerifyReport) -> Vec<String> {
    let line = |d: &sealift_engine::report::StructureDifference| {
        format!("{}: {} / {}", d.object, d.expected, d.actual)
    };
    report.structure.iter().map(line).collect()
}

const SALES: &str = "create table sale (id integer primary key, shop text, amount real, at text);
    insert into sale values (1, 'a', 0.1, '2024-01-01'), (2, 'a', 0.2, '2024-01-02'),
        (3, 'a', 0.3, '2024-01-02'), (4, 'b', 1e20, '2024-01-03'), (5, 'b', 5.0, null),
        (6, 'c', -0.0, '2024-01-05');
    create view per_shop as select shop, sum(amount) as total, avg(amount) as mean, count(*) as many
        from sale group by shop;
    create view names as select group_concat(shop) as all_shops from sale;
    create view plain as select id, upper(shop) as shop from sale where amount < 1;";

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_views_are_compared_after_a_migration() {
    let moved = moved(SALES).await;
    for level in [VerifyLevel::Digest, VerifyLevel::Cells] {
        let report = verified(&moved, level).await;
        assert_eq!(report.status, MatchStatus::Match, "{report:#?}");
        let views: Vec<(&str, u64, u64)> = report
            .tables
            .iter()
            .filter(|table| table.name.starts_with("view "))
            .map(|view| (view.name.as_str(), view.source_rows, view.target_rows))
            .collect();
        let expected = [("view names", 1, 1), ("view per_shop", 3, 3), ("view plain", 4, 4)];
        let mut sorted = views.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        assert_eq!(report.notes, Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_gives_another_row_is_named_and_shown_by_cells_only() {
    let moved = moved(SALES).await;
    moved
        .execute(
            "create or replace view plain as
             select id, case when id = 2 then 'B' else upper(shop) end as shop
             from sale where amount < 1",
        )
        .await;
    let report = verified(&moved, VerifyLevel::Cells).await;
    assert_eq!(
        cells(&report),
        ["view plain (2, 'A') / (no row)", "view plain (no row) / (2, 'B')"]
    );
    let report = verified(&moved, VerifyLevel::Digest).await;
    assert_eq!(report.status, MatchStatus::Differ);
    assert_eq!(cells(&report), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sum_that_differs_in_its_last_digits_is_equal_and_another_one_is_not() {
    let moved = moved(SALES).await;
    let replace = |added: &str| {
        format!(
            "create or replace view per_shop as
             select shop, sum(amount) + {added} as total, avg(amount) as mean, count(*) as many
             from sale group by shop"
        )
    };
    moved.execute(&replace("1e-16")).await;
    let report = verified(&moved, VerifyLevel::Digest).await;
    let view = report.tables.iter().find(|table| table.name == "view per_shop").unwrap();
    assert_eq!(view.status, MatchStatus::Match);
    moved.execute(&replace("0.001")).await;
    let report = verified(&moved, VerifyLevel::Digest).await;
    let view = report.tables.iter().find(|table| table.name == "view per_shop").unwrap();
    assert_eq!((view.status, view.differing_rows), (MatchStatus::Differ, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_that_reads_the_clock_is_compared_by_its_columns_and_says_so() {
    let moved = moved(
        "create table t (id integer primary key, at text); insert into t values (1, '2024-01-01');
         create view age as select id, datetime('now') as seen from t;
         create view uses_it as select seen from age;
         create view coin as select random() as r from t;",
    )
    .await;
    let report = verified(&moved, VerifyLevel::Cells).await;
    assert_eq!(report.status, MatchStatus::Match);
    let tail = "it reads the clock or makes random values, so only its columns are compared";
    let mut notes = report.notes.clone();
    notes.sort_unstable();
    assert_eq!(notes, ["age", "coin", "uses_it"].map(|name| format!("view {name}: {tail}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn which_rows_a_limit_takes_of_equal_ones_is_a_note() {
    let moved = moved(
        "create table t (id integer primary key, a int); insert into t values (1, 5), (2, 5), (3, 5);
         create view top as select id from t order by a limit 1;",
    )
    .await;
    moved
        .execute("create or replace view top as select id from t order by a, id desc limit 1")
        .await;
    let report = verified(&moved, VerifyLevel::Digest).await;
    assert!(report.tables.iter().all(|table| table.name != "view top"), "{:?}", report.tables);
    assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
    assert!(report.notes[0].starts_with("view top: 2 of its rows differ, and its LIMIT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_in_an_order_without_ties_leaves_nothing_open() {
    let moved = moved(
        "create table t (id integer primary key, a int); insert into t values (1, 5), (2, 5), (3, 5);
         create view top as select id from t order by a, id limit 1;",
    )
    .await;
    moved
        .execute("create or replace view top as select id from t order by a, id desc limit 1")
        .await;
    let report = verified(&moved, VerifyLevel::Digest).await;
    let view = report.tables.iter().find(|table| table.name == "view top").unwrap();
    assert_eq!((view.status, report.notes), (MatchStatus::Differ, vec![]));
}

const DEFINED: &str = "create table t (
        id integer primary key, a int default 7 check (a > 0), b text default 'x',
        c int generated always as (a * 2) stored);
    create index t_lower on t (lower(b)) where a > 1;
    create view v as select id, a + 1 as next from t;
    insert into t (a) values (3);";

#[tokio::test(flavor = "multi_thread")]
async fn definitions_that_say_something_else_are_named() {
    let moved = moved(DEFINED).await;
    let report = verified(&moved, VerifyLevel::Structure).await;
    assert_eq!((structure(&report), report.notes), (vec![], vec![]));
    moved
        .execute(
            "alter table t alter column a set default 8;
             alter table t drop constraint t_a_check;
             alter table t add constraint t_a_check check (a >= 0);
             alter table t drop column c;
             alter table t add column c bigint generated always as (a * 3) stored;
             drop index t_lower; create index t_lower on t (upper(b)) where a > 2;
             create or replace view v as select id, a + 2 as next from t",
        )
        .await;
    let report = verified(&moved, VerifyLevel::Structure).await;
    let found = structure(&report);
    let objects: Vec<&str> = found.iter().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        objects,
        [
            "check t_a_check on t",
            "default of column t.a",
            "default of column t.c",
            "index t_lower on t",
            "view v"
        ],
        "{found:#?}"
    );
    assert!(found.contains(&"default of column t.a: 7 / 8".to_owned()), "{found:#?}");
    let left = moved.relations().await;
    assert_eq!(left, ["public.t", "public.t_id_seq", "public.v"]);
}

/// Compares as a role that may read everything and make nothing, not even a temporary table.
async fn verified_by_a_reader(moved: &Tried) -> VerifyReport {
    let name = &moved.database.name;
    let role = format!("reader_{name}");
    let role = role.get(..std::cmp::min(role.len(), 60)).unwrap();
    moved
        .execute(&format!(
            "drop role if exists {role}; create role {role} login;
             revoke temporary on database {name} from public;
             grant usage on schema public to {role};
             grant select on all tables in schema public to {role};
             grant select on all sequences in schema public to {role}"
        ))
        .await;
    let url = moved.database.url.replacen("postgres@", &format!("{role}@"), 1);
    let report = verified_as(moved, VerifyLevel::Digest, &url).await;
    moved.execute(&format!("drop owned by {role}; drop role {role}")).await;
    assert_eq!(report.status, MatchStatus::Match, "{report:#?}");
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_temporary_tables_is_told_that_definitions_are_not_compared() {
    let report = verified_by_a_reader(&moved(DEFINED).await).await;
    assert_eq!(report.notes.len(), 1);
    assert!(
        report.notes[0]
            .starts_with("the definitions of defaults, checks, indexes and views are not compared"),
        "{:?}",
        report.notes
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn indexes_of_bare_columns_need_no_temporary_tables() {
    let moved = moved(
        "create table t (id integer primary key, a int, \"the \"\"b\"\"\" text);
         create index t_a on t (a desc); create unique index t_b on t (\"the \"\"b\"\"\", a);
         insert into t (a) values (3);",
    )
    .await;
    assert_eq!(verified_by_a_reader(&moved).await.notes, Vec::<String>::new());
    moved.execute("drop index t_a; create index t_a on t (abs(a))").await;
    let report = verified(&moved, VerifyLevel::Structure).await;
    assert_eq!(structure(&report), ["index t_a on t: on a / on (expression)"]);
}
