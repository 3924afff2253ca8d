//! Generated expressions over a table of awkward values evaluate to the same on both sides.

use super::oracle::{ask_postgres, ask_sqlite, copy_tables, postgres, translate};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rusqlite::Connection;
use sealift_core::translate::Catalogue;
use std::cell::Cell;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

const TABLE: &str = "create table t (
    id integer primary key, i integer, j integer, r real, n numeric, s text, u text,
    b boolean, c boolean, d date, m datetime, doc json)";

const INTEGERS: [&str; 9] =
    ["null", "0", "1", "-1", "7", "-12", "5000000000", "2147483647", "-2147483648"];
const REALS: [&str; 8] = ["null", "0.0", "0.5", "-2.5", "3.25", "1e10", "-0.1", "12345.678"];
const NUMERICS: [&str; 7] = ["null", "0", "3", "-7", "4.99", "-0.5", "100000"];
const TEXTS: [&str; 14] = [
    "null",
    "''",
    "'a'",
    "'A'",
    "'aB c'",
    "'É'",
    "'é'",
    "' 12abc'",
    "'-3.5e2x'",
    "'100%'",
    "'a_b'",
    "'  pad  '",
    "'it''s \\'",
    "'.5'",
];
const TRUTHS: [&str; 3] = ["null", "0", "1"];
const DATES: [&str; 5] = ["null", "'2020-02-29'", "'1999-12-31'", "'2024-01-01'", "'0999-06-15'"];
const MOMENTS: [&str; 5] = [
    "null",
    "'2020-02-29 23:59:59'",
    "'1999-12-31 00:00:00'",
    "'2024-07-01 12:34:56'",
    "'1969-12-31 23:59:58'",
];

const DOCUMENTS: [&str; 8] = [
    "null",
    r#"'{"n": 7, "s": "a", "list": [1, 2.5, null]}'"#,
    r#"'{ "n" : "12", "s" : null, "list" : [ ] }'"#,
    r#"'{"n": -0.5, "s": "aB c", "list": {"k": [true]}}'"#,
    r#"'{"n": true, "s": "7", "list": ["x", "y z"]}'"#,
    r#"'[5, {"n": 1}]'"#,
    r#"'{"n": 1e3, "s": "é \" \n", "list": "[1]"}'"#,
    r#"'"text"'"#,
];

fn fill(sqlite: &Connection) {
    sqlite.execute_batch(TABLE).unwrap();
    let pick = |values: &[&'static str], n: usize| values[n % values.len()];
    for row in 0..60_usize {
        let values = [
            pick(&INTEGERS, row),
            pick(&INTEGERS, row * 5 + 3),
            pick(&REALS, row * 3 + 1),
            pick(&NUMERICS, row + 2),
            pick(&TEXTS, row),
            pick(&TEXTS, row * 5 + 1),
            pick(&TRUTHS, row),
            pick(&TRUTHS, row / 3),
            pick(&DATES, row),
            pick(&MOMENTS, row * 2),
            pick(&DOCUMENTS, row * 3 + row / 8),
        ];
        let insert = format!("insert into t values ({row}, {})", values.join(", "));
        sqlite.execute_batch(&insert).unwrap();
    }
}

/// A choice of ready texts.
fn one_of(texts: &'static [&'static str]) -> BoxedStrategy<String> {
    proptest::sample::select(texts).prop_map(str::to_owned).boxed()
}

/// Replaces the letters `X`, `Y`, `Z` of a template.
fn template(
    templates: &'static [&'static str],
    parts: [BoxedStrategy<String>; 3],
) -> BoxedStrategy<String> {
    let [x, y, z] = parts;
    (proptest::sample::select(templates), x, y, z)
        .prop_map(|(template, x, y, z)| {
            let mut text = String::new();
            for letter in template.chars() {
                match letter {
                    'X' => text.push_str(&x),
                    'Y' => text.push_str(&y),
                    'Z' => text.push_str(&z),
                    other => text.push(other),
                }
            }
            text
        })
        .boxed()
}

struct Kinds {
    number: BoxedStrategy<String>,
    text: BoxedStrategy<String>,
    truth: BoxedStrategy<String>,
}

const NUMBER_LEAVES: &[&str] = &["i", "j", "r", "n", "b", "0", "1", "-3", "2.5", "10", "null"];
const TEXT_LEAVES: &[&str] =
    &["s", "u", "'a'", "'aB c'", "''", "'%'", "\"b c\"", "d", "'12'", "null"];
const TRUTH_LEAVES: &[&str] = &["b", "c", "i = 1", "s = 'a'", "d > '2000-01-01'", "true", "null"];

const NUMBERS: &[&str] = &[
    "(X + Y)",
    "(X - Y)",
    "(X * Y)",
    "(X / Y)",
    "(X / 3)",
    "(i % j)",
    "(i / j)",
    "(-X)",
    "abs(X)",
    "(X > Y)",
    "coalesce(X, Y)",
    "max(X, Y)",
    "min(X, Y, 5)",
    "nullif(X, Y)",
    "round(X)",
    "round(X, 2)",
    "round(r, 1)",
    "round(n, 3)",
    "iif(X > Y, X, Y)",
    "round(X / 3.0, 4)",
    "case X when Y then 1 when 0 then 2 else 3 end",
    "cast(X as integer)",
    "cast(X as real)",
    "sign(i)",
    "(i & 255)",
    "(i | j)",
    "(i << 3)",
    "(j >> 2)",
    "(~i)",
    "ifnull(X, 0)",
    "(n / i)",
    "(n / 4)",
    "mod(i, 7)",
    "sqrt(abs(r))",
    "pow(r, 2)",
    "(X is not distinct from Y)",
    "((X, i) < (Y, j))",
    "((X, Y) = (Y, Z))",
    "json_array_length(doc)",
    "json_array_length(doc, '$.list')",
    "cast(doc ->> 'n' as integer)",
    "(json_extract(doc, '$.n') + X)",
    "(X in (i, j, Y))",
    "ceil(r)",
    "floor(X)",
];
const TEXT_TO_NUMBER: &[&str] = &[
    "length(X)",
    "instr(X, Y)",
    "cast(X as integer)",
    "cast(X as real)",
    "(s + u)",
    "(X = Y)",
    "(X like Y)",
    "unicode(X)",
    "unixepoch(m)",
    "(julianday(m) - julianday(d))",
    "cast(strftime('%Y', m) as integer)",
    "octet_length(X)",
    "(X glob '*a*')",
    "unixepoch(m, '+36 hours')",
    "((X, Y) >= (Y, 'a'))",
];
const TEXTS_OF: &[&str] = &[
    "(X || Y)",
    "lower(X)",
    "upper(X)",
    "trim(X)",
    "ltrim(X, 'a ')",
    "rtrim(X, Y)",
    "replace(X, Y, '-')",
    "substr(X, 2)",
    "substr(X, -2)",
    "substr(X, 0, 2)",
    "substr(X, 2, 3)",
    "substr(X, -3, 2)",
    "substr(X, 1, length(Y))",
    "coalesce(X, Y)",
    "hex(X)",
    "typeof(i)",
    "typeof(s)",
    "min(X, Y)",
    "max(X, Y)",
    "concat(X, Y, i)",
    "concat_ws('-', X, Y)",
    "nullif(X, Y)",
    "iif(b, X, Y)",
    "(X || i)",
    "date(m)",
    "time(m)",
    "datetime(m)",
    "date(d)",
    "date(m, 'start of month')",
    "date(m, '+3 days')",
    "datetime(m, '-90 minutes')",
    "datetime(m, '+1 month')",
    "date(d, '-13 months', '+1 day')",
    "date(m, '+1 year')",
    "strftime('%Y-%m', m)",
    "strftime('%H:%M %j %w %u', m)",
    "strftime('%s', m)",
    "strftime('%G week %V', d)",
    "date(i, 'unixepoch')",
    "cast(i as text)",
    "case when X < Y then X else Y end",
    "printf('%d|%5s|%-4s|', i, X, Y)",
    "printf('%.2f %7.1f %+d', r, n, j)",
    "printf('%05d,%x,%q', i, j, X)",
    "substr(X, i % 5)",
    "substr(X, i % 5, j % 4)",
    "substr(X, -1, i % 3)",
    "quote(X)",
    "strftime('%f %p %U %W %k', m)",
    "date(m, 'weekday 2')",
    "datetime(m, '+1.5 hours', 'start of month')",
    "datetime(m, '-00:45')",
    "datetime(r + 2451545, '+1 day')",
    "datetime(j, 'unixepoch')",
    "datetime(m, 'subsec')",
    "json_quote(X)",
    "json_array(X, i, Y, null)",
    "json_object('k', X, 'n', i, 'd', doc -> 'n')",
    "(doc -> 'list')",
    "json_type(doc, '$.n')",
    "typeof(n)",
    "typeof(doc ->> 'n')",
    "upper(doc ->> 's')",
    "(X || coalesce(doc ->> '$.list[0]', '-'))",
];
const TRUTHS_OF: &[&str] = &[
    "(X and Y)",
    "(X or Y)",
    "(not X)",
    "(X is Y)",
    "(X is not Y)",
    "(X = Y)",
    "(X is null)",
    "(X is true)",
    "(X is not false)",
    "(X = 1)",
    "coalesce(X, Y)",
    "(b in (0, 1))",
    "(b <> c)",
];
const NUMBER_TRUTHS: &[&str] = &[
    "(X = Y)",
    "(X <> Y)",
    "(X < Y)",
    "(X >= Y)",
    "(X between Y and Z)",
    "(X not between Y and 5)",
    "(X in (1, 2, Y))",
    "(X not in (0, Z))",
    "(X is Y)",
    "(X notnull)",
    "(i = '7')",
    "(n > '3')",
    "(b = 1)",
    "(b + c > 1)",
];
const TEXT_TRUTHS: &[&str] = &[
    "(X = Y)",
    "(X <> Y)",
    "(X < Y)",
    "(X <= Y)",
    "(X > Y)",
    "(X between Y and Z)",
    "(X in ('a', Y))",
    "(X like 'A%')",
    "(X like '%b_c')",
    "(X like Y)",
    "(X not like '%\\%')",
    "(X like '100!%' escape '!')",
    "(X glob 'a*')",
    "(X glob '[a-z]?*')",
    "(X glob '*[^0-9]')",
    "(X glob '[]A-]*')",
    "(X glob '*.*')",
    "(X collate nocase = Y)",
    "(X collate nocase < Y)",
    "(X collate rtrim = Y)",
    "(X is Y)",
    "(s = 12)",
    "(m > '2000-01-01')",
    "(m between '1999-12-31 00:00:00' and datetime('2021-01-01'))",
    "(m > '1999-12-31')",
    "(m <= date(m))",
    "('2000-02-29T00:00:00' >= m)",
    "(m in ('1999-12-31', '1999-12-31 00:00:00'))",
    "(d = date(m))",
    "(d <= Y)",
    "(exists (select 1 from t as o where o.i = t.i and o.s > Y))",
    "(i in (select j from t where s < 'b'))",
    "((s, i) in (select u, j from t))",
    "((X, i) > (Y, j))",
    "((X, Y) is (Y, X))",
    "(doc ->> 's' = X)",
    "(doc ->> 's' < 'b')",
    "(json_extract(doc, '$.n') >= 7)",
    "(doc ->> 'n' in (7, '12', 1))",
    "(doc ->> 'n' is null)",
    "(exists (select 1 from json_each(t.doc, '$.list') as e where e.value = 'x'))",
    "(2.5 in (select value from json_each(t.doc, '$.list')))",
];

fn kinds(depth: u32) -> Kinds {
    if depth == 0 {
        return Kinds {
            number: one_of(NUMBER_LEAVES),
            text: one_of(TEXT_LEAVES),
            truth: one_of(TRUTH_LEAVES),
        };
    }
    let inner = kinds(depth - 1);
    let three = |part: &BoxedStrategy<String>| [part.clone(), part.clone(), part.clone()];
    Kinds {
        number: prop_oneof![
            2 => inner.number.clone(),
            4 => template(NUMBERS, three(&inner.number)),
            2 => template(TEXT_TO_NUMBER, three(&inner.text)),
        ]
        .boxed(),
        text: prop_oneof![
            1 => inner.text.clone(),
            4 => template(TEXTS_OF, three(&inner.text)),
        ]
        .boxed(),
        truth: prop_oneof![
            1 => inner.truth.clone(),
            3 => template(TRUTHS_OF, three(&inner.truth)),
            3 => template(NUMBER_TRUTHS, three(&inner.number)),
            3 => template(TEXT_TRUTHS, three(&inner.text)),
        ]
        .boxed(),
    }
}

struct Both<'t> {
    runtime: &'t tokio::runtime::Runtime,
    sqlite: &'t Connection,
    client: &'t Client,
    catalogue: &'t Catalogue,
}

enum Outcome {
    Same,
    Refused,
    OutOfRange,
}

/// Evaluates an expression on both sides.
fn evaluate(both: &Both<'_>, query: &str) -> Result<Outcome, TestCaseError> {
    let fail = |text: String| TestCaseError::fail(format!("{query}\n{text}"));
    let view = format!("create view x as {query}");
    let Ok(translated) = translate(&view, &[], both.catalogue) else {
        return Ok(Outcome::Refused);
    };
    let expected = ask_sqlite(both.sqlite, query);
    let target = translated.query.as_str();
    let found = both.runtime.block_on(ask_postgres(both.client, target, &translated.columns));
    let found = match found {
        Ok(found) => found,
        Err(error) if error.code() == Some(&SqlState::NUMERIC_VALUE_OUT_OF_RANGE) => {
            return Ok(Outcome::OutOfRange);
        }
        Err(error) => return Err(fail(format!("{target}\n{error:?}"))),
    };
    let expected = expected.map_err(|error| fail(format!("SQLite: {error}")))?;
    if expected.len() != found.len() {
        return Err(fail(format!("{target}\n{} rows, {} rows", expected.len(), found.len())));
    }
    for (left, right) in expected.iter().zip(&found) {
        for (a, b) in left.iter().zip(right) {
            if !a.agrees(b) {
                return Err(fail(format!("{target}\n{left:?}\n{right:?}")));
            }
        }
    }
    Ok(Outcome::Same)
}

/// Returns a number that a variable of the environment says.
fn environment(name: &str) -> Option<u32> {
    std::env::var_os(name)?.into_string().ok()?.parse().ok()
}

/// Runs `cases` generated queries, more with `SEALIFT_TRANSLATE_TIMES`; at least half must be translated, or the test says nothing.
fn holds(schema: &str, cases: u32, queries: &BoxedStrategy<String>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sqlite = Connection::open_in_memory().unwrap();
    fill(&sqlite);
    let (client, catalogue) = runtime.block_on(async {
        let client = postgres(schema).await;
        let catalogue = copy_tables(&sqlite, &client, schema).await;
        (client, catalogue)
    });
    let both = Both { runtime: &runtime, sqlite: &sqlite, client: &client, catalogue: &catalogue };
    let cases = cases * environment("SEALIFT_TRANSLATE_TIMES").unwrap_or(1);
    let seed = environment("SEALIFT_TRANSLATE_SEED").unwrap_or(1);
    println!("{schema}: {cases} cases from SEALIFT_TRANSLATE_SEED={seed}");
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let same = Cell::new(0);
    let result = runner.run(queries, |query| {
        if matches!(evaluate(&both, &query)?, Outcome::Same) {
            same.set(same.get() + 1);
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("SEALIFT_TRANSLATE_SEED={seed}: {error}");
    }
    assert!(same.get() * 2 > cases, "only {} of {cases} were compared", same.get());
    let drop = format!("drop schema {schema} cascade");
    runtime.block_on(client.batch_execute(&drop)).unwrap();
}

fn value_query(value: BoxedStrategy<String>) -> BoxedStrategy<String> {
    value.prop_map(|value| format!("select id, {value} as v from t order by id")).boxed()
}

#[test]
fn a_number_has_the_same_value_on_both_sides() {
    holds("translate_number", 500, &value_query(kinds(2).number));
}

#[test]
fn a_text_has_the_same_value_on_both_sides() {
    holds("translate_text", 500, &value_query(kinds(2).text));
}

#[test]
fn a_condition_has_the_same_value_on_both_sides() {
    holds("translate_condition", 500, &value_query(kinds(2).truth));
}

#[test]
fn a_condition_selects_the_same_rows_on_both_sides() {
    let queries = kinds(2)
        .truth
        .prop_map(|truth| format!("select id, i from t where {truth} order by id"))
        .boxed();
    holds("translate_filter", 300, &queries);
}

const AGGREGATES: &[&str] = &[
    "count(*)",
    "count(X)",
    "count(distinct s)",
    "sum(i)",
    "sum(X)",
    "total(X)",
    "avg(X)",
    "min(X)",
    "max(X)",
    "min(s)",
    "max(u)",
    "sum(X > Y)",
    "max(d)",
    "min(m)",
    "sum(X) filter (where b)",
    "count(*) * 2 + coalesce(sum(X), 0)",
    "max(s) || '-' || min(u)",
    "(select max(o.i) from t as o where o.b = 1)",
    "group_concat(s, '|' order by id)",
    "group_concat(s, '|' order by u desc, id)",
    "group_concat(distinct u order by u)",
    "json_group_array(i order by id)",
    "json_group_object(coalesce(s, '-'), j order by id)",
    "count(distinct X)",
    "count(distinct lower(s))",
    "sum(distinct i)",
    "max(length(s)) filter (where X > 0)",
    "total(doc ->> 'n')",
];
const KEYS: &[&str] = &[
    "doc ->> 'n'",
    "s collate nocase",
    "strftime('%Y', m)",
    "b",
    "s",
    "i % 3",
    "coalesce(d, 'none')",
    "lower(s)",
    "b, c",
    "2 * id",
];

#[test]
fn a_group_has_the_same_aggregates_on_both_sides() {
    let number = kinds(1).number;
    let aggregate = template(AGGREGATES, [number.clone(), number.clone(), number]);
    let queries = (aggregate, proptest::sample::select(KEYS))
        .prop_map(|(aggregate, key)| {
            format!(
                "select min(id) as first, {aggregate} as v from t group by {key} \
                 having count(*) > 0 order by first"
            )
        })
        .boxed();
    holds("translate_group", 200, &queries);
}

const WINDOWS: &[&str] = &[
    "row_number() over (order by id)",
    "rank() over (order by s)",
    "sum(i) over (order by id)",
    "lag(i) over (order by id)",
    "lead(s, 2, 'none') over (order by id)",
    "dense_rank() over (partition by b order by u desc)",
    "count(*) over (partition by s)",
    "first_value(s) over (partition by b order by id desc)",
    "ntile(4) over (order by id)",
    "avg(X) over (order by id rows between 2 preceding and current row)",
    "max(X) over (partition by c)",
    "sum(X) over (order by id groups between 2 preceding and 1 following exclude current row)",
    "count(X) over (order by i range between 5 preceding and 5 following exclude ties)",
    "group_concat(s, '') over (order by id rows 3 preceding)",
    "nth_value(s, 2) over (partition by b order by id)",
    "percent_rank() over (order by s collate nocase)",
    "cume_dist() over (partition by c order by X)",
    "sum(i) filter (where X > 0) over (order by id desc)",
    "lag(X, 2, 0) over (order by id)",
    "last_value(i) over (order by s, id rows between 1 following and unbounded following)",
];

#[test]
fn a_window_function_has_the_same_value_on_both_sides() {
    let number = kinds(1).number;
    let window = template(WINDOWS, [number.clone(), number.clone(), number]);
    holds("translate_window", 100, &value_query(window));
}

const SHAPES: &[&str] = &[
    "select id, X as a, Y as b from t where Z order by a, id limit 20 offset 3",
    "select id, X as a from t where Z union all select id + 100, X from t where not Z order by 1",
    "select id, a from (select id, X as a, Y as s from t where Z order by id desc limit 9) \
     where s is not null order by id",
    "with c as (select id, X as a, Y as s from t) \
     select c.id, t.i, c.s from c join t on c.a = t.id where Z order by c.id, t.id",
    "select x.id, y.id from (select id, X as a from t where Z) as x \
     left join (select id, Y as s from t) as y on y.id = x.id + 1 order by x.id",
    "select count(*), sum(id), max(X) from t where Z",
    "select b, count(*), group_concat(id, '-' order by id) from t where Z group by b order by b",
    "select id, (select count(*) from t as o where o.id < t.id and o.s = Y) from t where Z order by id",
    "select id, case when Z then Y else 'other' end as v from t order by v desc, id",
    "select t.id, e.key, e.value from t, json_each(t.doc, '$.list') as e order by t.id, e.key",
    "select id from t where (id, Y) in (select id, s from t) and Z order by id",
];

#[test]
fn a_generated_query_gives_the_same_rows_on_both_sides() {
    let kinds = kinds(1);
    let queries = template(SHAPES, [kinds.number, kinds.text, kinds.truth]);
    holds("translate_shape", 200, &queries);
}

const QUERIES: &[&str] = &[
    "select id, i from t where b union select id, j from t where not b order by 1, 2",
    "select i, s from t order by s desc, i nulls last, id limit 7 offset 2",
    "select distinct b, c from t order by b desc, c",
    "with recursive n(a, b) as (select 1, 1 union all select a + 1, b * 2 from n where a < 40) \
     select a, b from n",
    "with n as (select 1 as a, 'x' as b union all select a + 1, b || 'y' from n where a < 5) \
     select a, b from n order by a desc",
    "select x.id, y.s from t as x left join t as y on x.i = y.j and y.b = 1 order by x.id, y.id",
    "select x.id, y.u from t as x, t as y where x.id = y.id + 1 order by x.id",
    "select id, s from t natural join (select id from t where i > 0) order by id",
    "with k(i) as (select 0 union all select i + 1 from k where i < 3000) \
     select i, round(i / 1000.0 - 1, 2) from k",
    "with k(i) as (select 0 union all select i + 1 from k where i < 2000) \
     select i, round(i * 12345.67 / 16, 3) from k",
    "with k(i) as (select 0 union all select i + 1 from k where i < 2000) \
     select i, round(i * 0.005, 2) from k",
    "with k(i) as (select 0 union all select i + 1 from k where i < 40) \
     select i, round((1 << 40) * 1.0 * i + 0.45, 1) from k",
    "select id, i from t join (select id, j from t) using (id) order by id",
    "select q.id, q.v from (select id, i + 1 as v from t) as q where v > 0 order by id",
    "values (1, 'a'), (2, 'b'), (3, null)",
    "select 1, 2 union all select id, i from t intersect select id, i from t order by 1",
    "select id, i from t except select id, i from t where i is null order by id",
    "select i, count(*) as many from t group by 1 having many > 1 order by 2 desc, 1",
    "select i as k, sum(j) from t group by k order by k desc",
    "select id, (select count(*) from t as o where o.i = t.i) from t order by id",
    "select id, sum(o.j) from t join t as o using (id) group by t.id order by t.id",
    "select x.s, count(y.id) from t as x join t as y on y.id = x.i group by x.id order by x.id",
    "select count(*), max(i) from t where id < 0",
    "select i, (select count(*) from t as o where o.j = t.i) from t group by i order by i",
    "select id, rowid from t order by rowid desc",
    "select id, case when b then 'yes' when not b then 'no' else \"unknown\" end from t order by id",
    "select y.u, x.id from t as x left join t as y on x.j = y.id group by x.id order by x.id",
];

/// Runs ready queries over tables of their own; `adjust` completes what the oracle leaves out.
pub(super) fn same_rows(schema: &str, tables: &str, adjust: fn(&mut Catalogue), queries: &[&str]) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sqlite = Connection::open_in_memory().unwrap();
    fill(&sqlite);
    sqlite.execute_batch(tables).unwrap();
    let (client, mut catalogue) = runtime.block_on(async {
        let client = postgres(schema).await;
        let catalogue = copy_tables(&sqlite, &client, schema).await;
        (client, catalogue)
    });
    adjust(&mut catalogue);
    let both = Both { runtime: &runtime, sqlite: &sqlite, client: &client, catalogue: &catalogue };
    let mut failures = Vec::new();
    for query in queries {
        match evaluate(&both, query) {
            Ok(Outcome::Same) => {}
            Ok(Outcome::Refused | Outcome::OutOfRange) => {
                let why = translate(&format!("create view x as {query}"), &[], &catalogue);
                let why = why.map(|_| "out of range").map_err(|error| error.reason);
                failures.push(format!("{query}: {why:?}"));
            }
            Err(error) => failures.push(error.to_string()),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
    runtime.block_on(client.batch_execute(&format!("drop schema {schema} cascade"))).unwrap();
}

/// Translates queries that must be refused, each for a reason that contains the text beside it.
pub(super) fn refused(schema: &str, tables: &str, queries: &[(&str, &str)]) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sqlite = Connection::open_in_memory().unwrap();
    fill(&sqlite);
    sqlite.execute_batch(tables).unwrap();
    let catalogue = runtime.block_on(async {
        let client = postgres(schema).await;
        let catalogue = copy_tables(&sqlite, &client, schema).await;
        client.batch_execute(&format!("drop schema {schema} cascade")).await.unwrap();
        catalogue
    });
    let mut failures = Vec::new();
    for (query, reason) in queries {
        match translate(&format!("create view x as {query}"), &[], &catalogue) {
            Err(error) if error.reason.contains(reason) => {}
            other => failures.push(format!("{query}: {:?}", other.map(|view| view.query))),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn whole_queries_give_the_same_rows_on_both_sides() {
    let row_id = |catalogue: &mut Catalogue| catalogue.relations[0].row_id = Some(0);
    same_rows("translate_query", "", row_id, QUERIES);
}

const COLLATED: &str = "create table c (id integer primary key, k text collate nocase, \
    r text collate rtrim, mixed integer); \
    insert into c values (1, 'Abc', 'x', 5), (2, 'aBC', 'x  ', 'word'), (3, 'abd', 'X', 12), \
    (4, null, null, null), (5, 'É', 'é', '-7')";

const COLLATED_QUERIES: &[&str] = &[
    "select id, k = 'ABC' from c order by id",
    "select id, 'ABC' = k from c order by id",
    "select id, k = 'ABC' collate binary from c order by id",
    "select id, k < 'ABD' from c order by id",
    "select id, k in ('ABC', 'é') from c order by id",
    "select id, r = 'x ' from c order by id",
    "select id, k is not 'abd' from c order by id",
    "select x.id, y.id from c as x join c as y on x.k = y.k order by 1, 2",
    "select id, k between 'ABC' and 'ABD' from c order by id",
    "select id, case k when 'ABC' then 1 else 2 end from c order by id",
    "select k, id from c order by k desc, id",
    "select upper(r) as k, id from c order by k collate nocase, id",
    "select k as name, \"name\" from c where name = 'ABC'",
    "select id, mixed = 5 from c order by id",
    "select id, mixed = '12' from c order by id",
    "select id, mixed in (5, 12, -7) from c order by id",
    "select x.id, t.id from c as x join t on x.mixed = t.i order by 1, 2",
    "select id, length(mixed) from c order by id",
];

#[test]
fn a_column_compares_by_its_collation_and_affinity() {
    let collations = |catalogue: &mut Catalogue| {
        for relation in &mut catalogue.relations {
            for field in &mut relation.columns {
                field.collation = match (relation.source_name.as_str(), &*field.source_name) {
                    ("c", "k") => Some("NOCASE".to_owned()),
                    ("c", "r") => Some("RTRIM".to_owned()),
                    _ => None,
                };
            }
        }
    };
    same_rows("translate_collation", COLLATED, collations, COLLATED_QUERIES);
}
