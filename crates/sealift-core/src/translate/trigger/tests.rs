//! What each construct becomes.

use super::*;
use crate::mapping::PgType;
use crate::sqlite::parse_create_trigger;

fn field(name: &str, data_type: PgType, affinity: Affinity) -> Field {
    Field {
        source_name: name.to_owned(),
        target: fit(name),
        data_type: Some(data_type),
        affinity: Some(affinity),
        reading: crate::convert::Reading::Plain,
        not_null: false,
        collation: None,
        cells: crate::translate::Cells::default(),
    }
}

/// `t(id, a, b, made)` and `log(m, k)`, whose `m` is a key.
fn catalogue() -> Catalogue {
    let table = |name: &str, columns: Vec<Field>, row_id: Option<usize>| Relation {
        source_name: name.to_owned(),
        target: fit(name),
        columns,
        primary_key: row_id.into_iter().collect(),
        row_id,
        hides_row_id: false,
    };
    let mut id = field("id", PgType::BigInt, Affinity::Integer);
    id.not_null = true;
    let t = vec![
        id,
        field("a", PgType::BigInt, Affinity::Integer),
        field("b", PgType::Text, Affinity::Text),
        field("made", PgType::Timestamp, Affinity::Numeric),
    ];
    let mut k = field("k", PgType::Integer, Affinity::Integer);
    k.not_null = true;
    let log = vec![field("m", PgType::Text, Affinity::Text), k];
    let full_text = vec![
        field("title", PgType::Text, Affinity::Blob),
        field("rowid", PgType::BigInt, Affinity::Integer),
    ];
    Catalogue {
        schema: fit("app"),
        relations: vec![
            table("t", t, Some(0)),
            table("log", log, None),
            table("search", full_text, None),
        ],
    }
}

fn written() -> Vec<Written> {
    let column = WrittenColumn::default();
    let identity = WrittenColumn { identity: true, ..WrittenColumn::default() };
    let of = |name: &str, columns: Vec<WrittenColumn>, keys: Vec<Vec<usize>>| Written {
        source_name: name.to_owned(),
        columns,
        keys,
        ..Written::default()
    };
    vec![
        of("t", vec![identity, column.clone(), column.clone(), column.clone()], vec![vec![0]]),
        of("log", vec![column.clone(), column.clone()], vec![vec![0]]),
        of("search", vec![column.clone(), column], vec![]),
    ]
}

fn translated(trigger_text: &str) -> Result<TranslatedTrigger, Unsupported> {
    let tree = parse_create_trigger(&format!("create trigger tr {trigger_text}")).unwrap();
    let (catalogue, written) = (catalogue(), written());
    let context = TriggerContext { catalogue: &catalogue, written: &written };
    trigger(&tree, catalogue.relation("t").unwrap(), &context)
}

/// Returns the steps of a trigger after an insert whose body is `statements`.
fn steps(statements: &str) -> Vec<Step> {
    translated(&format!("after insert on t begin {statements}; end")).unwrap().body
}

/// Returns the only statement that a trigger's statement becomes.
fn statement(text: &str) -> String {
    match steps(text).as_slice() {
        [Step::Run(sql)] => sql.to_string(),
        other => panic!("{text}: {other:?}"),
    }
}

fn refusal(trigger_text: &str) -> String {
    translated(trigger_text).unwrap_err().reason
}

#[test]
fn an_insert_names_its_columns_and_leaves_the_rest() {
    assert_eq!(
        statement("insert into log values (new.b, 5)"),
        r#"insert into "app"."log" as "log" ("m", "k") values ("new"."b", 5)"#
    );
    assert_eq!(
        statement("insert into log (k, m) select a, 'x' from t where id = new.id"),
        r#"insert into "app"."log" as "log" ("k", "m") select "t"."a" as "c1", 'x' as "c2" from "app"."t" as "t" where ("t"."id" = "new"."id")"#
    );
}

#[test]
fn a_key_that_numbers_itself_does_so_for_null() {
    assert_eq!(
        statement("insert into t (id, a) values (null, 1)"),
        r#"insert into "app"."t" as "t" ("id", "a") values (default, 1)"#
    );
    assert_eq!(
        statement("insert into t (id, a) values (new.id, new.a)"),
        r#"insert into "app"."t" as "t" ("id", "a") values ("new"."id", "new"."a")"#
    );
    assert_eq!(
        statement("insert into t (id) values (new.a)"),
        r#"insert into "app"."t" as "t" ("id") values (coalesce("new"."a", nextval(pg_get_serial_sequence('"app"."t"', 'id'))))"#
    );
}

#[test]
fn values_take_the_type_of_their_column() {
    assert_eq!(
        statement("update t set a = new.b, b = new.a, made = current_timestamp where id = new.id"),
        r#"update "app"."t" as "t" set "a" = ("new"."b")::bigint, "b" = ("new"."a")::text, "made" = date_trunc('second', now() at time zone 'utc') where ("t"."id" = "new"."id")"#
    );
    assert!(
        refusal("after insert on t begin update t set made = new.b; end")
            .starts_with("a text whose form is only known at run time is written into `made`")
    );
}

#[test]
fn conflicts_become_on_conflict() {
    let start = r#"insert into "app"."log" as "log" ("m", "k") values ("new"."b", 1)"#;
    assert_eq!(
        statement("insert or ignore into log values (new.b, 1)"),
        format!("{start} on conflict do nothing")
    );
    assert_eq!(
        statement("replace into log values (new.b, 1)"),
        format!(
            r#"{start} on conflict ("m") do update set "m" = "excluded"."m", "k" = "excluded"."k""#
        )
    );
    assert_eq!(
        statement(
            "insert into log values (new.b, 1) on conflict (m) do update set k = k + excluded.k where k < 9"
        ),
        format!(
            r#"{start} on conflict ("m") do update set "k" = (("log"."k")::bigint + "excluded"."k") where ("log"."k" < 9)"#
        )
    );
}

#[test]
fn insert_or_ignore_leaves_out_what_takes_no_null() {
    let made = steps("insert or ignore into log values ('x', new.a)");
    let [Step::Choose(branches)] = made.as_slice() else { panic!("{made:?}") };
    assert_eq!(branches[0].condition.as_str(), r#"("new"."a") is not null"#);
    assert!(matches!(branches[0].steps.as_slice(), [Step::Run(_)]));
    let made = steps("insert or ignore into log select b, a from t");
    let [Step::ForEach { steps, .. }] = made.as_slice() else { panic!("{made:?}") };
    let [Step::Choose(branches)] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!(branches[0].condition.as_str(), r#"("sealift_row"."c2") is not null"#);
}

#[test]
fn updates_take_rows_and_other_tables() {
    assert_eq!(
        statement("update log set (m, k) = (select b, a from t where id = new.id)"),
        r#"update "app"."log" as "log" set ("m", "k") = (select "picked"."b", "picked"."a" from (select "t"."b" as "b", "t"."a" as "a" from "app"."t" as "t" where ("t"."id" = "new"."id") limit 1) as "picked")"#
    );
    assert_eq!(
        statement("update log set (k, m) = (1, 'x') from t where t.b = log.m"),
        r#"update "app"."log" as "log" set "k" = 1, "m" = 'x' from "app"."t" as "t" where ("t"."b" = "log"."m")"#
    );
}

#[test]
fn raise_becomes_branches() {
    let made = steps("select raise(abort, 'no') where new.a > 3");
    let [Step::Choose(branches)] = made.as_slice() else { panic!("{made:?}") };
    assert_eq!(branches[0].condition.as_str(), r#"("new"."a" > 3)"#);
    assert_eq!(branches[0].steps, [Step::Raise(Sql::raw("'no'"))]);
    let made = steps(
        "select case when new.a = 1 then raise(abort, 'one') when new.a = 2 then 0 else raise(ignore) end",
    );
    let [Step::Choose(branches)] = made.as_slice() else { panic!("{made:?}") };
    let conditions: Vec<&str> = branches.iter().map(|branch| branch.condition.as_str()).collect();
    assert_eq!(conditions, [r#"("new"."a" = 1)"#, r#"("new"."a" = 2)"#, "true"]);
    assert_eq!(branches[1].steps, []);
    assert_eq!(branches[2].steps, [Step::Leave]);
    let made = steps("select raise(abort, \"no\") from log where m = new.b");
    let [Step::Choose(branches)] = made.as_slice() else { panic!("{made:?}") };
    assert!(branches[0].condition.as_str().starts_with("exists (select "));
    let made = steps("select case when count(*) > 1 then raise(abort, 'x') end from log");
    let [Step::Pick { number, branches }] = made.as_slice() else { panic!("{made:?}") };
    assert!(number.as_str().contains("(case when (count(*) > 1) then 1 else 0 end)"), "{number}");
    assert_eq!(branches.len(), 1);
    assert_eq!(steps("select 1 from log"), []);
}

#[test]
fn a_condition_with_a_query_is_part_of_the_program() {
    let plain = translated("after update on t when new.a is not old.a begin delete from log; end");
    let plain = plain.unwrap();
    assert_eq!(plain.when.unwrap().as_str(), r#"("new"."a" is distinct from "old"."a")"#);
    let asking =
        translated("after update on t when exists (select 1 from log) begin delete from log; end");
    let asking = asking.unwrap();
    assert_eq!(asking.when, None);
    assert!(matches!(asking.body.as_slice(), [Step::Choose(_)]));
}

#[test]
fn only_a_whole_key_of_the_row_means_the_row_itself() {
    let own = |filter: &str| {
        let text = format!("after update on t begin update t set a = 1 where {filter}; end");
        translated(&text).unwrap().effects[0].own_row
    };
    assert!(own("id = new.id"));
    assert!(own("old.rowid = t.id and a > 2"));
    assert!(!own("a = new.a"));
    assert!(!own("id = new.a"));
    assert!(!own("id = new.id or a = 1"));
}

#[test]
fn a_column_called_rowid_is_meant_by_that_name() {
    assert_eq!(
        statement("insert into search (title, rowid) values (new.b, new.rowid)"),
        r#"insert into "app"."search" as "search" ("title", "rowid") values ("new"."b", "new"."id")"#
    );
    assert_eq!(
        statement("delete from search where rowid = new.id"),
        r#"delete from "app"."search" as "search" where ("search"."rowid" = "new"."id")"#
    );
}

#[test]
fn a_number_of_the_row_never_equals_a_text() {
    assert_eq!(
        translated("after insert on t when new.a = '5' begin delete from log; end")
            .unwrap()
            .when
            .unwrap()
            .as_str(),
        r#"(case when "new"."a" is not null then false end)"#
    );
}

#[test]
fn what_has_no_translation_has_a_reason() {
    let of = |statement: &str| refusal(&format!("after insert on t begin {statement}; end"));
    assert!(of("insert into log values (changes(), 1)").contains("a count that SQLite keeps"));
    assert!(of("insert into log values (1)").contains("1 values for 2 columns"));
    assert!(of("delete from nowhere").contains("`nowhere`"));
    assert!(of("update or replace log set m = 'x'").contains("UPDATE OR IGNORE or OR REPLACE"));
    assert!(of("select max(a, raise(abort, 'x')) from t").contains("RAISE"));
    assert!(of("update log set z = 1").contains("no column `z`"));
}
