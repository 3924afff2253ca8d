//! The model as a whole: more work is never less time, and nothing is nothing.

use super::*;
use crate::mapping::{ColumnCensus, PgType};
use crate::name::Ident;
use crate::plan::{PLAN_VERSION, TablePlan};
use crate::schema::target;
use proptest::prelude::*;

fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

fn column(name: &str, data_type: PgType) -> target::Column {
    target::Column {
        name: ident(name),
        data_type,
        not_null: false,
        default: None,
        identity: None,
        generated: None,
    }
}

/// A table of a key, a number and a text, with an index on the text.
fn table(rows: u64, bytes: u64) -> TablePlan {
    TablePlan {
        source: "t".to_owned(),
        rows,
        bytes,
        columns: Vec::new(),
        target: target::Table {
            name: ident("t"),
            columns: vec![
                column("id", PgType::BigInt),
                column("n", PgType::Integer),
                column("name", PgType::Text),
            ],
            primary_key: Some(target::Key { name: ident("t_pkey"), columns: vec![ident("id")] }),
            unique: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: vec![target::Index {
                name: ident("t_name"),
                unique: false,
                method: target::IndexMethod::Btree,
                keys: vec![target::IndexKey {
                    expression: crate::sql::Sql::raw("\"name\""),
                    direction: crate::ast::Direction::Ascending,
                }],
                filter: None,
            }],
            derived: Vec::new(),
        },
        filling: crate::plan::Filling::default(),
        orphans: Vec::new(),
        quarantine_checks: Vec::new(),
        quarantine_nulls: false,
    }
}

fn plan(tables: Vec<TablePlan>) -> Plan {
    Plan {
        version: PLAN_VERSION,
        made_by: String::new(),
        fingerprint: String::new(),
        schema: ident("public"),
        profile: None,
        like: None,
        tables,
        views: Vec::new(),
        triggers: Vec::new(),
        aside: Vec::new(),
        findings: Vec::new(),
    }
}

fn census(rows: u64, length: u64) -> [ColumnCensus; 3] {
    let integers = ColumnCensus { integers: rows, bytes: 8 * rows, ..ColumnCensus::default() };
    let texts = ColumnCensus {
        texts: rows,
        bytes: length * rows,
        longest: length,
        ..ColumnCensus::default()
    };
    [integers.clone(), integers, texts]
}

fn facts(rows: u64, length: u64) -> TableFacts {
    let census = census(rows, length);
    let types = [PgType::BigInt, PgType::Integer, PgType::Text];
    let shape = RowShape::of_census(types.into_iter().zip(census.iter().map(Some)));
    TableFacts { shape, read_seconds: None, ranges: 1 }
}

fn given(tables: Vec<TableFacts>, workers: Workers) -> Given {
    Given {
        tables,
        rates: Rates::USUAL,
        workers,
        census_seconds: 0.0,
        compares_rows: true,
        backup_bytes: None,
        wal_limit: None,
    }
}

const TWO: Workers = Workers { jobs: 2, processors: 2, same_machine: true };

fn of(rows: u64, length: u64, workers: Workers) -> Estimate {
    let plan = plan(vec![table(rows, rows * (16 + length))]);
    estimate(&plan, &given(vec![facts(rows, length)], workers))
}

#[test]
fn nothing_takes_next_to_nothing() {
    let made = estimate(&plan(Vec::new()), &given(Vec::new(), TWO));
    assert!(made.seconds < 0.1, "{made:?}");
    assert_eq!(made.disk.bytes, 0);
}

#[test]
fn what_is_not_done_takes_no_time() {
    let plan = plan(vec![table(1000, 26_000)]);
    let mut given = given(vec![facts(1000, 10)], TWO);
    given.compares_rows = false;
    let made = estimate(&plan, &given);
    let of = |name: &str| made.phases.iter().find(|phase| phase.name == name).unwrap().seconds;
    assert_eq!((of("verify"), of("backup")), (0.0, 0.0));
    assert!(of("copy") > 0.0 && of("finish") > 0.0);
}

#[test]
fn a_server_elsewhere_does_not_take_our_processors() {
    let here = of(1_000_000, 20, TWO).seconds;
    let there = of(1_000_000, 20, Workers { same_machine: false, ..TWO }).seconds;
    assert!(there <= here, "{there} {here}");
}

#[test]
fn one_table_of_one_range_is_copied_by_one_session() {
    let copy = |jobs| {
        let made = of(1_000_000, 20, Workers { jobs, processors: 16, same_machine: false });
        made.phases.iter().find(|phase| phase.name == "copy").unwrap().seconds
    };
    assert_eq!(copy(1), copy(8));
}

#[test]
fn ten_times_the_rows_take_about_ten_times_as_long() {
    let (small, large) = (of(1_000_000, 20, TWO).seconds, of(10_000_000, 20, TWO).seconds);
    let ratio = large / small;
    assert!((9.5..12.0).contains(&ratio), "{ratio}");
}

proptest! {
    #[test]
    fn more_rows_take_no_less(rows in 0_u64..50_000_000, more in 0_u64..1_000_000, length in 0_u64..5000) {
        let (few, many) = (of(rows, length, TWO), of(rows + more, length, TWO));
        prop_assert!(many.seconds >= few.seconds);
        prop_assert!(many.disk.bytes >= few.disk.bytes);
    }

    #[test]
    fn longer_texts_take_no_less_disk(rows in 0_u64..1_000_000, length in 0_u64..1500, more in 0_u64..100) {
        // Rounded to pages: so many rows fit, or one less.
        let (short, long) = (of(rows, length, TWO).disk, of(rows, length + more, TWO).disk);
        prop_assert!(long.bytes >= short.bytes);
    }

    #[test]
    fn more_sessions_take_no_longer(rows in 0_u64..5_000_000, jobs in 1_u64..16, processors in 1_u64..16) {
        let workers = Workers { jobs, processors, same_machine: true };
        let fewer = of(rows, 20, workers).seconds;
        let more = of(rows, 20, Workers { jobs: jobs + 1, ..workers }).seconds;
        prop_assert!(more <= fewer + 1e-9);
    }

    #[test]
    fn the_whole_is_its_parts(rows in 0_u64..5_000_000, length in 0_u64..100_000) {
        let made = of(rows, length, TWO);
        let parts: f64 = made.phases.iter().map(|phase| phase.seconds).sum();
        prop_assert!((made.seconds - parts).abs() < 1e-9);
        prop_assert_eq!(made.disk.bytes, made.disk.table_bytes + made.disk.index_bytes);
        prop_assert!(made.seconds.is_finite());
    }
}

/// A row of a key and a text, as the copy sends it.
fn row(key: u64, text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    crate::copyfmt::write_field(Some(&key.to_be_bytes()), &mut bytes).unwrap();
    crate::copyfmt::write_field(Some(&7_u32.to_be_bytes()), &mut bytes).unwrap();
    crate::copyfmt::write_field(Some(text.as_bytes()), &mut bytes).unwrap();
    bytes
}

fn sampled(rows: impl Iterator<Item = String>, all: u64, length: u64) -> RowShape {
    let types = vec![PgType::BigInt, PgType::Integer, PgType::Text];
    let mut sample = RowSample::new(types, |at| at == 2);
    for (key, text) in (0..).zip(rows) {
        sample.add(crate::copyfmt::Fields::of(&row(key, &text)));
    }
    let census = census(all, length);
    let counted: Vec<Option<&ColumnCensus>> = census.iter().map(Some).collect();
    sample.shape(&counted, all).unwrap()
}

#[test]
fn values_that_come_again_are_told_from_those_that_do_not() {
    let few = sampled((0..2000).map(|at| format!("state {}", at % 5)), 1_000_000, 7);
    let many = sampled((0..2000).map(|at| format!("n {at:05}")), 1_000_000, 7);
    assert!(few.columns[2].distinct < 10.0, "{few:?}");
    assert!(many.columns[2].distinct > 100_000.0, "{many:?}");
    let plan = plan(vec![table(1_000_000, 23_000_000)]);
    let index = |shape: RowShape| space(&plan, &[shape]).indexes;
    assert!(index(few) * 3 < index(many) * 2);
}

#[test]
fn what_the_sample_has_not_met_counts_by_the_census() {
    let short = sampled((0..500).map(|_| "x".repeat(10)), 1000, 10);
    let with_huge = sampled((0..500).map(|_| "x".repeat(10)), 1000, 100_000);
    assert!(short.toast == 0.0 && with_huge.toast > 90_000.0, "{with_huge:?}");
}
