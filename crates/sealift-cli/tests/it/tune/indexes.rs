//! `tune --indexes`: what it prints runs, and is not said again.

use super::tune;
use sealift_testkit::Database;
use serde_json::Value;
use std::time::{Duration, Instant};

/// One of each condition. The unique index cannot be built: two rows have the same key.
const SCHEMA: &str = "
    create table users (id bigint primary key, email text);
    create table shops (id bigint, n bigint, primary key (id, n));
    create table orders (
        id bigint primary key,
        user_id bigint references users,
        shop_id bigint, shop_n bigint,
        placed timestamptz, state text,
        foreign key (shop_id, shop_n) references shops
    );
    create index orders_state on orders (state);
    create index orders_state_again on orders (state);
    create index orders_placed on orders (placed);
    create index orders_placed_state on orders (placed, state);
    create unique index orders_rule on orders (id, placed);
    create index orders_for_nobody on orders (lower(state));
    insert into users values (1, 'a'), (2, 'a');
    insert into orders (id, state, placed)
        select n, 's' || n, timestamptz '2026-01-01' + n * interval '1 day' from generate_series(1, 500) n;
    create table events (id bigint primary key, kind int);
    insert into events select n, n % 100 from generate_series(1, 20000) n;
    analyze";

fn scene() -> Database {
    let database = sealift_testkit::database_blocking();
    database.execute_blocking(SCHEMA);
    let broken = std::panic::catch_unwind(|| {
        database.execute_blocking("create unique index concurrently users_email on users (email)");
    });
    assert!(broken.is_err(), "the index cannot be built");
    database
}

/// Reads a table from end to end, again and again, on one connection, whose counts arrive with its end.
fn scan(database: &Database) {
    let sql: String =
        (0..25).map(|kind| format!("select count(*) from events where kind = {kind};")).collect();
    assert_eq!(database.query_text_blocking(&sql).len(), 25);
}

fn advice(database: &Database) -> Vec<Value> {
    let output = tune(&["--indexes", "--json", "--to", &database.url]);
    assert_eq!(output.status, 0, "{output}");
    output.json()["advice"].as_array().unwrap().clone()
}

/// Waits until the server has counted.
fn advice_with(database: &Database, kind: &str) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let advice = advice(database);
        if advice.iter().any(|one| one["kind"] == kind) {
            return advice;
        }
        assert!(Instant::now() < deadline, "{advice:?}");
    }
}

#[test]
fn each_condition_is_found_and_gone_once_the_script_has_run() {
    let database = scene();
    scan(&database);
    let found: Vec<String> = advice_with(&database, "sequential_scans")
        .iter()
        .map(|one| {
            format!("{} {}", one["kind"], one["index"].as_str().unwrap_or("-")).replace('"', "")
        })
        .collect();
    assert_eq!(
        found,
        [
            "invalid users_email",
            "foreign_key orders_shop_id_shop_n_idx",
            "foreign_key orders_user_id_idx",
            "sequential_scans -",
            "duplicate orders_placed",
            "duplicate orders_state_again",
            "unused orders_for_nobody",
            "unused orders_placed_state",
            "unused orders_state",
        ]
    );
    let output = tune(&["--indexes", "--to", &database.url]);
    assert_eq!(output.status, 0, "{output}");
    insta::assert_snapshot!(steady(&output.stdout));

    // What is behind dashes is for a person to decide: here, to use two of the three indexes.
    database.execute_blocking("delete from users where id = 2; create index on events (kind)");
    for statement in
        output.stdout.lines().filter(|line| !line.starts_with("--") && !line.is_empty())
    {
        database.execute_blocking(statement);
    }
    let dropped = output.stdout.lines().find(|line| line.contains("orders_for_nobody\";")).unwrap();
    database.execute_blocking(dropped.strip_prefix("-- ").unwrap());
    database.execute_blocking("select pg_stat_reset()");
    database.execute_blocking(
        "set enable_seqscan = off;
         select from orders where state = 's7';
         select from orders where placed = '2026-01-07'",
    );
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        // The two new ones were never used either; they serve their foreign keys, so that nothing is said.
        let left = advice(&database);
        if left.iter().all(|one| one["table"] == "events") {
            assert!(left.len() <= 1, "{left:?}");
            break;
        }
        assert!(Instant::now() < deadline, "{left:?}");
    }
}

/// Replaces the moment since which is counted, and what was counted.
fn steady(text: &str) -> String {
    let line = |line: &str| {
        if line.starts_with("-- Schema public. Statistics ") {
            return "-- Schema public. Statistics [since]\n".to_owned();
        }
        if let Some((index, (_, rest))) = line
            .split_once(" (")
            .and_then(|(index, rest)| Some((index, rest.split_once(" bytes)")?)))
        {
            return format!("{index} ([n] bytes){rest}\n");
        }
        let Some(rest) = line.strip_prefix("-- events: read from end to end ") else {
            return format!("{line}\n");
        };
        let (_, rest) = rest.split_once(" rows each").unwrap();
        format!("-- events: read from end to end [n] times, [n] rows each{rest}\n")
    };
    text.lines().map(line).collect()
}

#[test]
fn rules_about_rows_are_never_dropped() {
    let database = sealift_testkit::database_blocking();
    database.execute_blocking(
        "create table t (a int primary key, b int unique, c int not null, d int,
             exclude using btree (d with =));
         create unique index t_c on t (c);
         alter table t replica identity using index t_c;
         create unique index t_b_again on t (b);
         create unique index t_part on t (d) where a > 0;
         create table child (t int references t (b));
         create index child_t on child (t)",
    );
    assert_eq!(advice(&database), [Value::Null; 0]);
}

#[test]
fn partitions_follow_their_table() {
    let database = sealift_testkit::database_blocking();
    database.execute_blocking(
        "create table users (id bigint primary key);
         create table visits (at date not null, user_id bigint references users) partition by range (at);
         create table visits_1 partition of visits for values from ('2026-01-01') to ('2026-02-01');
         create index on visits (at)",
    );
    let found = advice(&database);
    assert_eq!(found.len(), 1, "{found:?}");
    let sql = found[0]["sql"].as_str().unwrap();
    assert!(sql.starts_with("create index \"visits_user_id_idx\" on"), "{sql}");
    database.execute_blocking(sql);
    assert_eq!(advice(&database), [Value::Null; 0]);
}

#[test]
fn a_schema_without_tables_is_an_error() {
    let database = sealift_testkit::database_blocking();
    let output = tune(&["--indexes", "--to", &database.url, "--schema", "nowhere"]);
    assert_eq!(output.status, 1, "{output}");
    assert!(output.stderr.contains("schema nowhere of "), "{output}");
    assert!(output.stderr.contains("hint: name the schema with --schema"), "{output}");
}
