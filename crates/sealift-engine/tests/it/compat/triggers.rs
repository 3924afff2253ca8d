//! Triggers: the same statements on both sides leave the same rows.

use crate::support::{moved, tried};
use crate::triggers::Both;

#[tokio::test]
async fn statements_of_triggers_leave_the_same_rows() {
    let both = Both::of(
        "create table item (id integer primary key, name text not null, price real, n int default 3);
         create table log (what text, item int, old text, new text);
         create table total (id integer primary key check (id = 1), n int not null, worth real);
         insert into total values (1, 0, 0.0);
         create trigger added after insert on item begin
             insert into log values ('added', new.id, null, new.name);
             update total set n = n + 1, worth = worth + ifnull(new.price, 0) where id = 1;
         end;
         create trigger removed after delete on item begin
             insert into log (what, item, old) select 'removed', old.id, old.name;
             update total set (n, worth) = (select count(*), ifnull(sum(price), 0.0) from item);
         end;
         create trigger named after update of name on item when new.name is not old.name begin
             insert into log values ('named', old.id, old.name, upper(new.name));
             delete from log where what = 'added' and item = new.id;
         end;",
    )
    .await;
    both.takes(&[
        "insert into item (id, name, price) values (1, 'a', 1.5)",
        "insert into item (id, name, price) values (2, 'b', 2.25), (3, 'c', null)",
        "update item set name = name where id = 1",
        "update item set name = 'A' where id = 1",
        "update item set price = 7 where id = 2",
        "update item set name = name || '!' where id > 1",
        "delete from item where id = 2",
    ])
    .await;
    assert_eq!(both.rows("select * from total"), ["1 | 2 | 1.5"]);
}

#[tokio::test]
async fn raise_refuses_a_statement_with_the_same_message() {
    let both = Both::of(
        "create table kind (name text primary key, most int);
         create table thing (id integer primary key, kind text, size int, note text);
         insert into kind values ('small', 3), ('big', 100);
         create trigger known before insert on thing begin
             select raise(abort, 'no such kind') where not exists (select 1 from kind where name = new.kind);
             select case when new.size is null then raise(abort, 'no size')
                         when new.size < 0 then raise(rollback, 'below zero')
                         when new.size > (select most from kind where name = new.kind)
                         then raise(fail, 'it''s too big') end;
         end;
         create trigger kept before delete on thing when old.note = 'keep' begin
             select raise(abort, 'kept');
         end;
         create trigger alone after insert on thing begin
             select raise(abort, 'twice') from thing where kind = new.kind and size = new.size and id <> new.id;
         end;
         create trigger few before update on thing begin
             select case when count(*) > 1 then raise(abort, 'too many') else ifnull(null, 1) end
             from thing where note = new.note and id <> new.id;
             select iif(new.size = 50, raise(abort, 'fifty'), 0), coalesce((select 1 where new.kind <> 'x'), raise(abort, 'x'));
         end;",
    )
    .await;
    both.takes(&[
        "insert into thing values (1, 'small', 1, 'keep')",
        "insert into thing values (2, 'big', 70, 'a'), (3, 'big', 71, 'a')",
        "delete from thing where id = 3",
        "insert into thing values (4, 'big', 72, 'a')",
        "update thing set size = 5 where id = 2",
    ])
    .await;
    both.refuses(&[
        "insert into thing values (9, 'huge', 1, null)",
        "insert into thing values (9, 'small', null, null)",
        "insert into thing values (9, 'small', -1, null)",
        "insert into thing values (9, 'small', 4, null)",
        "insert into thing values (9, 'small', 1, null)",
        "delete from thing",
        "update thing set note = 'a' where id = 1",
        "update thing set size = 50 where id = 2",
        "update thing set kind = 'x' where id = 2",
    ])
    .await;
}

#[tokio::test]
async fn raise_ignore_leaves_the_row_out() {
    let both = Both::of(
        "create table t (id integer primary key, a int); create table log (m text);
         create trigger odd before insert on t begin
             insert into log values ('before ' || new.id);
             select raise(ignore) where new.a % 2 = 1;
             insert into log values ('even ' || new.id);
         end;
         create trigger after_it after insert on t begin insert into log values ('after ' || new.id); end;
         create trigger kept before delete on t begin
             select case when old.a = 2 then raise(ignore) end from t where id = old.id;
         end;",
    )
    .await;
    both.takes(&[
        "insert into t values (1, 1), (2, 2), (3, 3), (4, 4)",
        "insert into t values (5, 7)",
        "delete from t",
    ])
    .await;
    assert_eq!(both.rows("select * from t"), ["2 | 2"]);
}

#[tokio::test]
async fn triggers_instead_of_writing_a_view_write_its_tables() {
    let both = Both::of(
        "create table person (id integer primary key, name text); create table phone (person int, number text);
         create view entry as select p.id as id, p.name as name, f.number as number
             from person p left join phone f on f.person = p.id;
         create trigger entry_add instead of insert on entry when new.name is not null begin
             insert into person values (new.id, new.name);
             insert into phone select new.id, new.number where new.number is not null;
         end;
         create trigger entry_change instead of update on entry begin
             update person set name = new.name where id = old.id;
             update phone set number = new.number where person = old.id;
         end;
         create trigger entry_remove instead of delete on entry begin
             delete from phone where person = old.id; delete from person where id = old.id;
         end;",
    )
    .await;
    both.takes(&[
        "insert into entry values (1, 'a', '12')",
        "insert into entry (id, name) values (2, 'b'), (3, null)",
        "update entry set name = 'c', number = '13' where id = 1",
        "delete from entry where name = 'b'",
    ])
    .await;
    assert_eq!(both.rows("select * from entry"), ["1 | c | 13"]);
}

#[tokio::test]
async fn a_trigger_does_not_fire_for_what_it_does_itself() {
    let both = Both::of(
        "create table t (id integer primary key, a int, changes int default 0);
         create table other (id integer primary key, a int);
         create trigger touch after update on t begin
             update t set changes = changes + 1 where id = new.id;
         end;
         create trigger there after insert on t begin insert into other (a) values (new.a); end;
         create trigger back after insert on other when new.a > 0 begin
             insert into t (a) values (new.a - 1);
         end;",
    )
    .await;
    both.takes(&[
        "insert into t (a) values (5)",
        "update t set a = a + 1",
        "update t set a = 9 where id = 1",
    ])
    .await;
    assert_eq!(both.rows("select id, a, changes from t"), ["1 | 9 | 2", "2 | 5 | 1"]);
    let notes = both.tried.report().findings.iter();
    let notes = notes.filter(|finding| finding.code == "trigger-not-recursive");
    assert_eq!(notes.count(), 3);
    // A statement that is refused leaves no trace of the one that was running.
    both.refuses(&["insert into t (id, a) values (1, 1)"]).await;
    both.takes(&["update t set a = 10 where id = 1"]).await;
}

#[tokio::test]
async fn triggers_of_one_event_fire_newest_first() {
    let both = Both::of(
        "create table t (a int); create table log (id integer primary key, m text);
         create trigger a after insert on t begin insert into log (m) values ('a'); end;
         create trigger c after insert on t begin insert into log (m) values ('c'); end;
         create trigger b after insert on t begin insert into log (m) values ('b'); end;
         create trigger z before insert on t begin insert into log (m) values ('z'); end;
         create trigger y before insert on t begin insert into log (m) values ('y'); end;",
    )
    .await;
    both.takes(&["insert into t values (1)", "insert into t values (2)"]).await;
    assert_eq!(both.rows("select m from log order by id limit 5"), ["y", "z", "b", "c", "a"]);
    let renamed = both.tried.report().findings.iter();
    let renamed = renamed.filter(|finding| finding.code == "trigger-renamed");
    assert_eq!(renamed.count(), 3);
}

#[tokio::test]
async fn conflicts_in_triggers_end_the_same_way() {
    let both = Both::of(
        "create table t (k text, v int, w int);
         create table seen (k text primary key, v int not null default 7, w int check (w < 100));
         create table last (k text primary key, v int);
         create table sums (k text unique, n int default 1, v int);
         create trigger go after insert on t begin
             insert or ignore into seen values (new.k, new.v, new.w);
             insert or ignore into seen select new.k || '+', v, new.w from sums;
             replace into last values (new.k, new.v);
             insert into sums (k, v) values (new.k, new.v)
                 on conflict (k) do update set n = n + 1, v = excluded.v + sums.v where excluded.v is not null;
             insert into sums (k) values ('all') on conflict do nothing;
         end;",
    )
    .await;
    both.takes(&[
        "insert into t values ('a', 1, 1)",
        "insert into t values ('a', 2, 2), ('b', null, 3), ('c', 4, 200)",
        "insert into t values ('a', null, null), ('b', 5, 5)",
    ])
    .await;
    assert_eq!(both.rows("select n, v from sums where k = 'a'"), ["2 | 3"]);
}

#[tokio::test]
async fn values_become_what_their_columns_hold() {
    let both = Both::of(
        "create table t (id integer primary key, i int, x text, r real, d numeric(8, 2));
         create table u (id integer primary key, i int, x text, r real, d numeric(8, 2));
         insert into t values (1, 1, 'x', 0.5, 1.25); insert into u values (1, 1, 'x', 0.5, 1.25);
         create trigger go after insert on t begin
             insert into u values (null, new.x, new.i, new.i, new.i);
             insert into u (id, i, r) values (-new.id, new.r, new.i / 2);
             insert into u (i, x, d) select count(*), max(x), new.d from t;
         end;",
    )
    .await;
    both.takes(&[
        "insert into t values (2, 7, '42', 3.0, 8.5)",
        "insert into t (id, i, x, r) values (3, -1, ' 8 ', 2.0)",
    ])
    .await;
    // SQLite keeps them as they are; PostgreSQL has no place for them and says so.
    for statement in ["values (8, 1, 'no number', 1.0, 1)", "values (8, 1, '1', 1.5, 1)"] {
        assert_eq!(both.tried.refusal(&format!("insert into public.t {statement}")).await, "22P02");
    }
}

#[tokio::test]
async fn columns_of_the_row_convert_nothing_they_are_compared_with() {
    let both = Both::of(
        "create table t (a int, b text collate nocase, m int); create table log (m text); create table n (a int, b text);
         insert into t values (1, 'x', 1), (1, 'x', 'text'); insert into n values (5, '5');
         create trigger w1 after insert on t when new.a = '5' begin insert into log values ('w1'); end;
         create trigger w2 after insert on t when new.b = 'ABC' begin insert into log values ('w2'); end;
         create trigger w3 after insert on t when new.m = '5' or new.m = 'text' begin insert into log values ('w3'); end;
         create trigger w4 after insert on t begin
             insert into log select 'n.a' from n where n.a = new.a;
             insert into log select 'n.b' from n where n.b = new.a;
             insert into log select 'not' where new.a <> '5';
         end;",
    )
    .await;
    both.takes(&[
        "insert into t values (5, 'abc', 5)",
        "insert into t values (6, 'abd', 6)",
        "insert into t values (null, null, null)",
    ])
    .await;
    assert_eq!(both.rows("select distinct m from log order by m"), ["n.a", "n.b", "not", "w2"]);
}

#[tokio::test]
async fn foreign_keys_do_their_work_before_triggers_after_the_change() {
    let both = Both::of(
        "create table p (id integer primary key);
         create table c (id integer primary key, p int references p on delete cascade);
         create table log (m text);
         insert into p values (1), (2); insert into c values (1, 1), (2, 1), (3, 2);
         create trigger A after delete on p begin
             insert into log select 'p ' || count(*) from c where p = old.id;
         end;
         create trigger c_gone after delete on c begin insert into log values ('c ' || old.id); end;",
    )
    .await;
    both.takes(&["delete from p where id = 1"]).await;
    assert_eq!(both.rows("select m from log order by m"), ["c 1", "c 2", "p 0"]);
}

#[tokio::test]
async fn a_statement_of_several_rows_is_seen_whole_with_a_note() {
    let moved = moved(
        "create table t (id integer primary key, a int); create table log (n int);
         create trigger count_them after insert on t begin insert into log select count(*) from t; end;",
    )
    .await;
    assert_eq!(moved.findings(), Vec::<String>::new());
    assert_eq!(moved.finding("trigger-sees-statement").object, "trigger count_them");
    moved.execute("insert into public.t (a) values (1), (2), (3)").await;
    assert_eq!(moved.rows("select n from log").await, ["3", "3", "3"]);
    let sqlite = moved.file.open();
    sqlite.execute_batch("insert into t (a) values (1), (2), (3)").unwrap();
    let sum: i64 = sqlite.query_row("select sum(n) from log", [], |row| row.get(0)).unwrap();
    assert_eq!(sum, 1 + 2 + 3);
}

#[tokio::test]
async fn raise_fail_undoes_the_whole_statement_with_a_note() {
    let moved = moved(
        "create table t (a int);
         create trigger no before insert on t when new.a = 2 begin select raise(fail, 'two'); end;",
    )
    .await;
    assert_eq!(moved.finding("trigger-fail-undoes").object, "trigger no");
    assert_eq!(moved.refusal("insert into public.t values (1), (2)").await, "23000");
    assert_eq!(moved.row("select count(*) from t").await, "0");
}

#[tokio::test]
async fn a_computed_number_is_rounded_to_the_columns_digits_with_a_note() {
    let moved = moved(
        "create table t (a int); create table s (total decimal(8, 2)); insert into s values (1.25);
         create trigger add_up after insert on t begin update s set total = total + new.a / 8.0; end;",
    )
    .await;
    assert_eq!(moved.finding("trigger-rounds").object, "trigger add_up");
    moved.execute("insert into public.t values (1)").await;
    assert_eq!(moved.row("select total from s").await, "1.38");
}

#[tokio::test]
async fn the_key_of_a_row_that_is_not_there_yet_is_noted() {
    let moved = moved(
        "create table t (id integer primary key, a int); create table log (m int);
         create trigger early before insert on t begin insert into log values (new.id); end;",
    )
    .await;
    assert_eq!(moved.finding("trigger-new-rowid").object, "trigger early");
}

/// Returns why the only trigger of a script is not carried.
async fn reason(script: &str) -> String {
    let tried = tried(script).await;
    tried.finding("trigger-not-carried").message.clone()
}

#[tokio::test]
async fn a_trigger_that_cannot_be_translated_is_named_with_the_reason() {
    let table =
        "create table t (id integer primary key, a int, g int as (a + 1)); create table log (m);";
    for (trigger, why) in [
        (
            "after insert on t begin insert into log values (last_insert_rowid()); end",
            "a count that SQLite keeps",
        ),
        (
            "after insert on t begin insert into log values (changes()); end",
            "a count that SQLite keeps",
        ),
        ("after insert on t begin insert into log values (printf('%08.3e', new.a)); end", "printf"),
        ("after insert on t begin insert into nowhere values (1); end", "there is no table"),
        ("before insert on t begin insert into log values (new.g); end", "generated column NEW.g"),
        ("before update on t begin update t set a = 1 where id = old.id; end", "the very row"),
        (
            "after insert on t begin select 1 where new.a and raise(abort, 'x'); end",
            "RAISE at a place",
        ),
        ("after update of gone on t begin delete from log; end", "columns that are not there"),
    ] {
        let message = reason(&format!("{table} create trigger tr {trigger};")).await;
        assert!(message.contains(why), "{trigger}: {message}");
    }
}

#[tokio::test]
async fn triggers_that_depend_on_each_other_in_sqlites_way_are_named() {
    let message = reason(
        "create table t (a int); create table log (m int);
         create trigger first after insert on t begin insert into log values (1); end;
         create trigger second after insert on t begin select raise(ignore) where new.a = 1; end;",
    )
    .await;
    assert!(message.contains("keeps first from firing"), "{message}");
    let message = reason(
        "create table t (a int); create table b (k int primary key); create table c (k int primary key);
         create trigger one after insert on t begin insert or ignore into b values (new.a); end;
         create trigger two after insert on b begin insert into c values (new.k / 2); end;",
    )
    .await;
    assert!(message.contains("starts two"), "{message}");
    let message = reason(
        "create table p (id integer primary key); create table c (p int references p on delete cascade);
         create trigger stay before delete on c begin select raise(ignore); end;",
    )
    .await;
    assert!(message.contains("foreign key"), "{message}");
    let message = reason(
        "create table t (a int); create view v as select a from t;
         create trigger of_column instead of update of a on v begin delete from t; end;",
    )
    .await;
    assert!(message.contains("UPDATE OF"), "{message}");
    let message = reason(
        "create table t (a int); create table u (k int primary key on conflict replace);
         create trigger tr after insert on t begin insert into u values (new.a); end;",
    )
    .await;
    assert!(message.contains("ON CONFLICT clauses"), "{message}");
}

#[tokio::test]
async fn a_translation_that_postgresql_refuses_is_named_before_any_row_is_copied() {
    let moved = moved(
        "create table t (a int, b int); create table log (m int); insert into t values (1, 2);
         create trigger twice after insert on t begin update log set m = 1, m = 2; end;
         create trigger fine after insert on t begin insert into log values (new.a); end;",
    )
    .await;
    assert_eq!(moved.findings(), ["warning trigger-not-carried trigger twice"]);
    let message = &moved.finding("trigger-not-carried").message;
    assert!(message.contains("multiple assignments to same column"), "{message}");
    assert_eq!(moved.rows("select tgname from pg_trigger where not tgisinternal").await, ["fine"]);
}
