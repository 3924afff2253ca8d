//! Moments, which SQLite compares as texts. `moved` compares the rows of each view.

use crate::support::moved;

const NONE: Vec<String> = Vec::new();

/// A table of moments at and beside midnight, in the form that `separator` and `end` give.
fn table(name: &str, separator: &str, end: &str) -> String {
    let at = |day: u32, time: &str| format!("'2024-01-0{day}{separator}{time}{end}'");
    format!(
        "create table {name} (id integer primary key, at datetime);
         insert into {name} values (1, {}), (2, {}), (3, {}), (4, null);",
        at(1, "00:00:00"),
        at(2, "00:00:00"),
        at(2, "12:30:00")
    )
}

#[tokio::test]
async fn a_moment_beside_a_text_of_another_form_is_compared_as_sqlite_does() {
    let mut script = String::new();
    let forms = [("a", " ", ""), ("b", "T", ""), ("c", " ", ".000"), ("d", "T", ".000000")];
    let texts = [
        "2024-01-02",
        "2024-01-02 00:00",
        "2024-01-02T00:00",
        "2024-01-02 00:00:00",
        "2024-01-02T00:00:00",
        "2024-01-02 00:00:00.0",
        "2024-01-02T00:00:00.000000",
        "2024-01-02 12:30:00.5",
    ];
    for (name, separator, end) in forms {
        script += &table(name, separator, end);
        for (number, text) in texts.iter().enumerate() {
            script += &format!(
                "create view {name}{number} as select id, at < '{text}' as lt, at <= '{text}' as le,
                    at = '{text}' as eq, at <> '{text}' as ne, at > '{text}' as gt, at >= '{text}' as ge,
                    '{text}' < at as tl, at is '{text}' as i, at is not '{text}' as n,
                    at in ('{text}', '2024-01-01{separator}00:00:00{end}') as m,
                    at between '{text}' and '2024-01-09' as b,
                    case at when '{text}' then 1 else 0 end as c from {name};"
            );
        }
    }
    let moved = moved(&script).await;
    assert_eq!(moved.findings(), NONE);
    // As texts, midnight is greater than its day.
    let rows = moved.rows("select id, gt, le, eq from a0 order by id").await;
    assert_eq!(rows, ["1 | 0 | 1 | 0", "2 | 1 | 0 | 0", "3 | 1 | 0 | 0", "4 | ∅ | ∅ | ∅"]);
}

#[tokio::test]
async fn a_check_and_an_index_take_midnight_for_greater_than_its_day() {
    let moved = moved(
        "create table t (id integer primary key, at datetime check (at > '2024-01-01'));
         create unique index once on t (id > 0) where at <= '2024-01-02';
         insert into t values (1, '2024-01-01 00:00:00'), (2, '2024-01-02 00:00:00'),
             (3, '2024-01-02 10:00:00');",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(
        moved.refusal("insert into t values (4, '2023-12-31 23:00:00')").await,
        "23514 t_at_check"
    );
}

#[tokio::test]
async fn moments_in_several_forms_are_compared_with_days_only() {
    let moved = moved(
        "create table t (id integer primary key, at datetime);
         insert into t values (1, '2024-01-01 10:00:00'), (2, '2024-01-01T09:00:00'), (3, '2024-01-02 00:00:00');
         create view by_day as select id from t where at > '2024-01-02' or at < '2024-01-01';
         create view by_moment as select id from t where at > '2024-01-01 09:30:00';
         create view latest as select max(at) as at from t;
         create view first as select id from t order by at limit 1;
         create view counted as select at, count(*) as n from t group by at;
         create view ordered as select id from t order by at;",
    )
    .await;
    let left = ["by_moment", "counted", "first", "latest"];
    assert_eq!(moved.findings(), left.map(|it| format!("warning view-not-carried view {it}")));
    assert_eq!(moved.rows("select id from by_day").await, ["3"]);
}

#[tokio::test]
async fn a_whole_second_may_lack_its_fraction() {
    let moved = moved(
        "create table t (id integer primary key, at datetime);
         insert into t values (1, '2024-01-01 10:00:00'), (2, '2024-01-01 10:00:00.500000'), (3, '2024-01-02 00:00:00');
         create view late as select id, at > '2024-01-01 10:00:00' as g, at < '2024-01-01 10:00:00.5' as l,
             at = '2024-01-02' as e from t;
         create view latest as select max(at) as at from t;",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
}

#[tokio::test]
async fn texts_among_truth_values_are_no_truth_in_views_and_triggers() {
    let moved = moved(
        "create table t (id integer primary key, f boolean); create table log (id int);
         insert into t values (1, 't'), (2, 1), (3, null);
         create view truth as select id from t where f;
         create view groups as select f, count(*) as n from t group by f;
         create view shown as select id, f from t where f is not null;
         create view of_shown as select id from shown where not f;
         create trigger watch after update on t when new.f begin insert into log values (new.id); end;",
    )
    .await;
    assert_eq!(
        moved.findings(),
        [
            "warning trigger-not-carried trigger watch",
            "warning view-not-carried view groups",
            "warning view-not-carried view of_shown",
            "warning view-not-carried view truth"
        ]
    );
    let finding = moved.finding("trigger-not-carried");
    assert!(finding.message.contains("t.f holds texts in SQLite"), "{}", finding.message);
}

#[tokio::test]
async fn a_real_beyond_bigint_is_cut_as_in_sqlite() {
    let moved = moved(
        "create table t (id integer primary key, r real);
         insert into t values (1, 1e300), (2, -1e300), (3, -2.9), (4, 9223372036854775807.0), (5, null);
         create view v as select id, cast(r as integer) as i, r % 7 as m from t;",
    )
    .await;
    assert_eq!(moved.findings(), NONE);
    assert_eq!(moved.row("select i from v where id = 1").await, "9223372036854775807");
}

#[tokio::test]
async fn a_key_that_an_object_has_twice_is_not_looked_up() {
    let moved = moved(
        r#"create table t (id integer primary key, j json, w text);
           create index by_w on t (json_extract(w, '$.a'));
           insert into t values (1, '{"a": 1}', '{"a": 1, "a": 2}');
           create view of_j as select j ->> 'a' as a from t;
           create view of_w as select w ->> 'a' as a from t;"#,
    )
    .await;
    assert_eq!(
        moved.findings(),
        ["warning index-not-carried index by_w on t", "warning view-not-carried view of_w"]
    );
}

#[tokio::test]
async fn what_a_trigger_sees_or_does_later_is_noted() {
    let moved = moved(
        "create table p (id integer primary key); create table log (m text);
         create table c (id integer primary key, p int references p on delete cascade);
         create table u (e text not null);
         create view v as select id from p;
         create trigger p_gone after delete on p begin insert into log values ('p'); end;
         create trigger c_gone after delete on c begin insert into log values ('c'); end;
         create trigger u_first before insert on u when new.e is null begin select raise(abort, 'none'); end;
         create trigger c_new after insert on c begin insert or ignore into u values (new.p); end;
         create trigger v_new instead of insert on v begin insert into p values (new.id); end;",
    )
    .await;
    assert_eq!(moved.finding("trigger-after-parent").object, "trigger c_gone");
    assert_eq!(moved.finding("trigger-skips-row").object, "trigger c_new");
    assert_eq!(moved.finding("trigger-view-values").object, "trigger v_new");
    moved.execute("insert into public.p values (1)").await;
    moved.execute("insert into public.c values (1, 1)").await;
    moved.execute("delete from public.p").await;
    assert_eq!(moved.rows("select m from public.log").await, ["p", "c"]);
}
