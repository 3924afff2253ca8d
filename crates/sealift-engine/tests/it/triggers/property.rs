//! Statements by chance, on triggers of several shapes.
//!
//! Each run of statements is a transaction that is rolled back, with a savepoint around each
//! statement, so that the next begins with the same rows. What fails names the seed and the run.

use super::Both;
use crate::support::moved;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// Another one gives other statements.
const SEED: u64 = 20_261;

/// How many runs of statements a shape gets: 80 take some seconds.
const RUNS: usize = 80;

/// Tables that all shapes have.
const TABLES: &str = "
    create table t (id integer primary key, a int, b text, n int not null default 0);
    create table u (id integer primary key, a int, b text, n int not null default 0);
    create table log (what text, id int, a int, b text);
    create table best (b text unique, a int, times int not null default 1 check (times < 6));
    insert into t (id, a, b) values (1, 1, 'x'), (2, 2, 'y'); insert into u (id, a, b) values (1, 0, 'x');";

const LOGGED: &str = "
    create trigger t_ins after insert on t when new.a is not null begin
        insert into log values ('ins', new.id, new.a, new.b); end;
    create trigger t_upd after update of a, b on t begin
        update t set n = n + 1 where id = new.id;
        insert into log select 'upd', old.id, old.a, new.b where old.a is not new.a; end;
    create trigger t_del before delete on t begin
        insert into log (what, id) values ('del', old.id);
        update u set n = n - 1 where b = old.b; end;";

const CHAINED: &str = "
    create trigger t_to_u after insert on t when new.a > 0 begin
        insert into u (id, a, b) values (new.id + 10, new.a - 1, new.b); end;
    create trigger u_to_t after insert on u when new.a > 0 begin
        insert into t (id, a, b) values (new.id + 10, new.a - 1, 'u' || ifnull(new.b, '-')); end;
    create trigger t_upd after update on t begin update u set a = new.a where id = new.id; end;
    create trigger u_upd after update on u when new.a < 5 begin
        update t set a = new.a + 1, n = n + 1 where id = new.id; end;
    create trigger u_upd2 after update of a on u begin insert into log values ('u', new.id, new.a, null); end;
    create trigger t_gone after delete on t begin delete from u where id = old.id; end;
    create trigger u_gone after delete on u begin delete from t where id = old.id + 10; end;";

const RAISING: &str = "
    create trigger t_check before insert on t begin
        select case when new.a < 0 then raise(abort, 'negative')
                    when new.b = '' then raise(ignore)
                    when new.a = (select max(a) from u) then raise(abort, 'as u') end;
        insert into log values ('t', new.id, new.a, new.b);
        select raise(abort, 'too many') where new.a = 4 and exists (select 1 from u where b = new.b);
    end;
    create trigger t_stay before update on t when new.b = '5' begin select raise(ignore); end;
    create trigger u_refused after update on u begin
        select raise(abort, 'both') from t where t.a = new.a and t.b = new.b;
    end;
    create trigger u_keeps before delete on u begin
        select iif(old.n > 0, raise(ignore), iif(old.a = 3, raise(abort, 'three'), 0));
        insert into log values ('gone', old.id, old.a, old.b);
    end;
    create trigger into_u after insert on u begin
        insert into t (id, a, b) select new.id, new.a, new.b where new.b <> 'y'; end;";

const CONFLICTS: &str = "
    create trigger t_best after insert on t begin
        insert into best (b, a) values (new.b, new.a)
            on conflict (b) do update set times = times + 1, a = max(a, excluded.a)
            where excluded.a is not null; end;
    create trigger t_best2 after update on t begin
        insert or ignore into best values (new.b, new.a, new.n + new.a); end;
    create trigger u_best after insert on u begin
        insert or replace into best (b, a) values (new.b, new.a); end;
    create trigger u_best2 after update on u begin
        insert or ignore into best select b || new.b, new.a, new.a from best where a = new.a; end;
    create trigger u_best3 after delete on u begin
        update best set a = u.a from u where u.b = best.b and u.id < old.id; end;";

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just("null".to_owned()), 8 => (-1..6).prop_map(|value: i32| value.to_string())]
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["null", "''", "'x'", "'y'", "'5'"].prop_map(|value: String| value)
}

/// `several` is whether a statement may mean several rows.
fn filter(several: bool) -> impl Strategy<Value = String> {
    let rarely = u32::from(several);
    prop_oneof![
        5 => (1..5).prop_map(|id: i32| format!("id = {id}")),
        rarely => (0..5).prop_map(|a: i32| format!("a > {a}")),
        rarely => Just("b = 'x'".to_owned()),
        rarely => Just("true".to_owned()),
    ]
}

fn statement(several: bool) -> impl Strategy<Value = String> {
    let table = prop_oneof!["t", "u"];
    let row = (1..9, literal(), text()).prop_map(|(id, a, b)| format!("({id}, {a}, {b})"));
    let insert = (table.clone(), proptest::collection::vec(row, 1..=if several { 3 } else { 1 }))
        .prop_map(|(table, rows)| {
            format!("insert into {table} (id, a, b) values {}", rows.join(", "))
        });
    let value = prop_oneof![
        literal().prop_map(|a| format!("a = {a}")),
        Just("a = a + 1".to_owned()),
        text().prop_map(|b| format!("b = {b}")),
        (literal(), text()).prop_map(|(a, b)| format!("a = {a}, b = {b}")),
    ];
    let update = (table.clone(), value, filter(several))
        .prop_map(|(table, value, filter)| format!("update {table} set {value} where {filter}"));
    let delete = (table, filter(several))
        .prop_map(|(table, filter)| format!("delete from {table} where {filter}"));
    prop_oneof![3 => insert, 3 => update, 1 => delete]
}

async fn agrees(shape: &str) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&SEED.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let both = Both::on(moved(&format!("{TABLES} {shape}")).await).await;
    assert_eq!(both.tried.findings(), Vec::<String>::new());
    // What a note says of statements with several rows is so; everything else is as in SQLite.
    let findings = &both.tried.report().findings;
    let several = !findings.iter().any(|finding| finding.code == "trigger-sees-statement");
    eprintln!("several rows: {several}");
    let runs = proptest::collection::vec(statement(several), 3..8);
    let mut taken = 0;
    for run in 0..RUNS {
        let statements = runs.new_tree(&mut runner).unwrap().current();
        eprintln!("seed {SEED}, run {run}: {statements:#?}");
        taken += both.runs_undone(&statements).await;
    }
    assert!(taken > RUNS, "only {taken} statements were taken");
}

#[tokio::test]
async fn triggers_that_log_and_count_agree() {
    agrees(LOGGED).await;
}

#[tokio::test]
async fn triggers_that_start_each_other_agree() {
    agrees(CHAINED).await;
}

#[tokio::test]
async fn triggers_that_raise_agree() {
    agrees(RAISING).await;
}

#[tokio::test]
async fn triggers_that_meet_conflicts_agree() {
    agrees(CONFLICTS).await;
}
