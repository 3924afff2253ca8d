//! Forms of SQLite's language, each on both sides.

use super::expressions::{refused, same_rows};

const TABLES: &str = "create table doc (id integer primary key, j json, k text, w text); \
    insert into doc values \
    (1, '{\"a\": 1, \"b\": {\"c\": [1, 2.50, \"x\", null, true]}, \"s\": \"text\"}', 'a', '[1,2,3]'), \
    (2, '{\"a\": \"1\", \"b\": null, \"s\": \"é \\\" \\n\"}', 'b', '{\"x\" : 1.0, \"y\": [ ]}'), \
    (3, '{\"a\": 2.0, \"b\": {\"c\": \"word\"}, \"s\": \"12\"}', 'c', '\"text\"'), \
    (4, '[10, 20, {\"a\": false}]', null, '5'), (5, null, 'e', null), \
    (6, '{\"a\": true, \"s\": \"TEXT\", \"n\": 1e3}', 'f', '[]'); \
    create table l (id integer primary key, a integer, b text); \
    insert into l values (1, 1, 'x'), (2, 2, 'y'), (3, null, 'z'), (4, 7, 'x'); \
    create table q (id integer primary key, a integer, c text); \
    insert into q values (1, 1, 'p'), (5, 2, 'q'), (6, 9, 'r'), (7, null, 's');";

fn same(schema: &str, queries: &[&str]) {
    same_rows(schema, TABLES, |_| {}, queries);
}

#[test]
fn parts_of_json_documents() {
    same(
        "forms_json",
        &[
            "select id, json_extract(j, '$.a') from doc order by id",
            "select id, j ->> '$.a', j ->> 'a', j -> 'a', j -> '$.b' from doc order by id",
            "select id, json_extract(j, '$.b.c[1]'), json_extract(j, '$.b.c[#-1]') from doc order by id",
            "select id, json_extract(j, '$.b') from doc order by id",
            "select id, json_extract(j, '$.n'), json_extract(j, '$[1]'), j -> 2 ->> 'a' from doc order by id",
            "select id from doc where json_extract(j, '$.a') = 1 order by id",
            "select id from doc where json_extract(j, '$.a') = '1' order by id",
            "select id, json_extract(j, '$.a') > 1 from doc order by id",
            "select id, json_extract(j, '$.s') < 'u' from doc order by id",
            "select id, 1 < (j ->> 'a') from doc order by id",
            "select id, json_extract(j, '$.s') in ('text', 'TEXT', 12) from doc order by id",
            "select id, json_extract(j, '$.a') is null, (j ->> 'a') is not 1 from doc order by id",
            "select id, (j ->> 'a') + 1, cast(j ->> 's' as integer), cast(j ->> 'a' as real) from doc order by id",
            "select id, coalesce(j ->> 'a', 'none'), coalesce(j ->> 'a', 0) from doc order by id",
            "select id, lower(j ->> 's'), length(j ->> 's'), (j ->> 's') like 'TE%' from doc order by id",
            "select id, typeof(j ->> 'a') from doc order by id",
            "select (j ->> 'a') as a, count(*) from doc group by j ->> 'a' order by count(*), min(id)",
            "select id from doc order by j ->> 'a', id",
            "select id from doc order by j ->> 'a' desc, id",
            "select id, json_array_length(w), json_array_length(j, '$.b.c'), json_type(w), json_type(j, '$.a') from doc order by id",
            "select id, json(w) from doc order by id",
            "select id, json_array(id, k, null, json(w)), json_object('k', k, 'id', id, 'j', j -> 'a') from doc order by id",
            "select id, json_quote(k), json_extract(w, '$.x', '$.y') from doc order by id",
            "select json_group_array(id) from (select id from doc order by id)",
            "select json_group_array(k), json_group_object(w, id) from doc where w is not null",
            "select d.id, e.key, e.value, e.type, e.atom from doc as d, json_each(d.j) as e order by 1, e.key",
            "select d.id, value from doc as d join json_each(d.w) on json_each.value = d.id order by 1",
            "select d.id, (select count(*) from json_each(d.j, '$.b.c')) from doc as d order by 1",
            "select id from doc where exists (select 1 from json_each(w) where value = 2) order by id",
            "select id from doc where j ->> 'a' = id order by id",
            "select id, case when j ->> 'a' then 'y' else 'n' end from doc order by id",
            "select sum(json_extract(j, '$.a')), max(id) from doc",
        ],
    );
}

#[test]
fn printf_of_literal_formats() {
    same(
        "forms_printf",
        &[
            "select id, printf('%d|%5d|%-5d|%05d|%+d|% d|%,d', i, i, i, i, i, i, i) from t order by id",
            "select id, printf('%s|%8s|%-8s|', s, s, s), format('%d%%', j) from t order by id",
            "select id, printf('%.2f|%8.1f|%-9.3f|%08.2f|%+.1f', r, r, r, r, r) from t order by id",
            "select id, printf('%.2f', n), printf('%f', r), printf('%.0f', r) from t order by id",
            "select id, printf('%x %X', i, i), printf('%q %Q %w', s, s, s) from t order by id",
            "select id, printf('%d', s), printf('%d', r), printf('%s') from t order by id",
            "select printf('%.2f|%.15f|%.2f|%.10f|%.1f|%f', 12345678901234567.0, 123.456, 1e22, 1234567.891, 9007199254740993.0, 1e15 / 3)",
            "with k(i) as (select 1 union all select i + 1 from k where i < 60) select i, printf('%.3f', 1.37 * (1 << i) * 7 / 3.0) from k",
            "with k(i) as (select 1 union all select i + 1 from k where i < 4000) \
         select i, printf('%.2f|%.6f|%.9f', 123456789012.345 * i / 7, 1234567.891 * i / 3, i * 0.37) from k",
            "with k(i) as (select 0 union all select i + 1 from k where i < 2000) \
         select i, printf('%.2f', i * 0.005), printf('%.3f', i * 12345.67 / 16) from k",
        ],
    );
}

#[test]
fn functions_of_text() {
    same(
        "forms_text",
        &[
            "select id, substr(s, i), substr(s, id - 3, 2), substr(s, 3, -2), substr(s, -2, -1), substr(s, 0, -1) from t where i between -100 and 100 order by id",
            "select id, substr(s, j, id - 30) from t where j between -100 and 100 order by id",
            "select id, quote(s), quote(i), quote(x'00ff'), char(65, 233, 8364), unicode(s) from t order by id",
            "select id, instr(s, 'b'), hex(s), hex(x'0aff'), hex(i), zeroblob(3) from t order by id",
            "select id, typeof(n), typeof(d), typeof(m), typeof(r), typeof(null) from t order by id",
            "select id, like('a%', s), glob('a*', s), like('a!%', s, '!') from t order by id",
            "select id, s collate nocase = u, s = u collate nocase, s collate rtrim < u from t order by id",
            "select id, iif(i > 0, 'p'), nullif(s, 'a'), ifnull(s, u) from t order by id",
            "select id, i == j, i <> j, i is distinct from j, i is not distinct from j, i isnull from t order by id",
            "select id, s || i || 'x', b || c from t order by id",
        ],
    );
}

#[test]
fn functions_of_time() {
    same(
        "forms_time",
        &[
            "select id, date(d, 'weekday 0'), datetime(m, 'weekday 3'), date(d, 'start of year', '+1 month', '-1 day') from t order by id",
            "select id, datetime(m, '+1.5 hours'), datetime(m, '-00:30'), datetime(m, '+01:15:30.500'), time(m, '90 seconds') from t order by id",
            "select id, strftime('%e|%f|%k|%l|%p|%P|%U|%W|%g|%I', m) from t order by id",
            "select id, strftime('%U %W %V %G %j', d, '+' || '3 days') from t where id < 0",
            "with k(i) as (select 0 union all select i + 1 from k where i < 800) \
         select i, strftime('%Y-%m-%d %U %W %V %G %g %j %u %w', date('2019-12-20', '+1 day')) from k",
            "with k(i) as (select 0 union all select i + 1 from k where i < 1200) \
         select i, strftime('%F %U %W %V %G %g %j %u %w', i * 86400 + 1576800000, 'unixepoch') from k",
            "select id, datetime(2451545 + id), date(2451545.25), datetime(id * 1000000, 'unixepoch'), datetime(id * 1000000.5, 'unixepoch') from t order by id",
            "select id, datetime(id * 50000 + 1800000, 'auto'), date(2460000.5, 'julianday') from t order by id",
            "select id, datetime(m, 'subsec'), time(m, 'subsec'), unixepoch(m, 'subsec'), unixepoch(m) from t order by id",
            "select id, julianday(m), julianday(d) - 2451545, unixepoch('2020-01-02 03:04:05') from t order by id",
            "select date('2024-01-31', '+1 month'), date('2024-02-29', '+1 year'), datetime('2024-01-01 10:00', '-1 month')",
            "select strftime('%Y-%m-%dT%H:%M:%fZ', '2024-05-06 07:08:09.1234'), datetime('2020-01-01 12:00:59.9996', '+1 day')",
        ],
    );
}

#[test]
fn mathematics() {
    same(
        "forms_math",
        &[
            "select id, sqrt(r), exp(i / 1e10), ln(r), log(r), log10(i), log(2, r), pow(r, 2), power(2, 0.5) from t where r < 1000 order by id",
            "select id, sin(r), cos(r), tan(r), asin(r), acos(r), atan(r), atan2(r, 2), sinh(r / 10), cosh(r / 1e4), tanh(r), asinh(r), acosh(r), atanh(r) from t where abs(r) < 1000 order by id",
            "select id, pi(), radians(r), degrees(r), mod(i, 5), ceil(r), floor(n), trunc(r), sign(j) from t order by id",
            "select id, i / 2, i / 2.0, i % 3, 7 / j, 7.5 / j, i % 0, -i % 3 from t order by id",
        ],
    );
}

#[test]
fn aggregates_with_clauses() {
    same(
        "forms_aggregate",
        &[
            "select group_concat(b, ',' order by id desc), string_agg(b, '-' order by b, id) from l",
            "select group_concat(distinct b order by b) from l",
            "select b, group_concat(a, ';' order by a) from l group by b order by b",
            "select count(distinct b), count(*) filter (where a > 1), sum(a) filter (where b = 'x'), total(a), avg(a) from l",
            "select b, count(*) as many from l group by b having many > 1",
            "select count(*) from l having count(*) > 1",
            "select count(*), min(id) from t group by s collate nocase order by 2",
            "select max(a, 3), min(a, id), max(a) over (), min(b) over (partition by a) from l order by id",
            "select sum(i) / count(i), avg(b) from t",
        ],
    );
}

#[test]
fn windows_and_frames() {
    same(
        "forms_window",
        &[
            "select id, sum(a) over w, count(*) over (w rows 1 preceding) from l window w as (order by id)",
            "select id, sum(a) over (order by id groups between 1 preceding and 1 following exclude ties) from l order by id",
            "select id, count(*) over (order by a range between 1 preceding and 1 following exclude current row) from l order by id",
            "select id, sum(a) over (partition by b order by id rows between unbounded preceding and current row exclude group) from l order by id",
            "select id, first_value(b) over (order by id), last_value(b) over (order by id), nth_value(b, 2) over (order by id) from l order by id",
            "select id, lag(a, 1, 0) over (order by id), lead(a, 2) over (order by id), ntile(2) over (order by id), percent_rank() over (order by a), cume_dist() over (order by a) from l order by id",
            "select id, group_concat(b, '') over (order by id), row_number() over (order by a desc nulls last, id) from l order by id",
            "select id, avg(r) over (order by r range between 1 preceding and 0.5 following) from t order by id",
        ],
    );
}

#[test]
fn row_values_and_lists() {
    same(
        "forms_rows",
        &[
            "select id, (a, b) = (1, 'x'), (a, b) <> (1, 'x'), (a, b) < (2, 'a'), (a, b) >= (1, 'x'), (a, b) is (null, 'z'), (a, b) is not (1, 'x') from l order by id",
            "select id from l where (id, a) in (select id, a from q) order by id",
            "select id from l where (id, a) in (values (1, 1), (4, 7)) order by id",
            "select id from l where (a, b) = (select a, 'x' from q where id = 1) order by id",
            "select id from l where (a, b) not in (select a, c from q where a is not null) order by id",
        ],
    );
}

#[test]
fn joins_that_merge_columns() {
    same(
        "forms_joins",
        &[
            "select id, b, c from l full join q using (id) order by id",
            "select * from l full join q using (id) order by 1",
            "select id, b, c from l right join q using (id) order by id",
            "select * from l natural left join (select id, c from q) order by 1",
            "select * from l natural full join (select id, c from q) order by 1",
            "select id, b, x.c, z.c as d from l full join q as x using (id) full join q as z using (id) order by id",
            "select l.id, q.id from l right join q on l.a = q.a order by q.id, l.id",
            "select l.id, q.id from l cross join q where l.a < q.a order by 1, 2",
            "select id, count(*) from l full join q using (id) group by id order by id",
            "select id, (select count(*) from t where t.id < id + 0) as n from l full join q using (id) order by id",
            "select l.b, (select count(*) from t where t.i = q.a) as n, (select max(c) from q as o where o.a = id) as m from l full join q using (id) order by 1, 2, 3",
        ],
    );
}

#[test]
fn limits_orders_and_compounds() {
    same(
        "forms_select",
        &[
            "select id from l order by id limit 2, 1",
            "select id from l order by id limit -1 offset 2",
            "select id from l order by id limit 1 + 1 offset -5",
            "select id from l order by id limit (select count(*) from q) - 2",
            "select id, a from l order by a limit 2",
            "select id, a from l order by a desc limit 3",
            "select id, a from l order by a nulls last limit 2",
            "select id, (select a from q order by a limit 1) from l order by id",
            "select a from l union select a from q order by a",
            "select a from l except select a from q order by 1",
            "select a, b from l union all select a, c from q order by 2, 1 limit 5",
            "select * from (select a from l order by a limit 2) order by a",
            "values (1, 2), (3, 4)",
            "with x as materialized (select * from l), y as not materialized (select * from x) select * from y order by id",
            "with recursive n(i) as (values (1) union select i * 2 from n where i < 50) select i from n order by i desc",
            "select id, a in (1, 7), a not in (1), a in () from l order by id",
            "select id from l where id in (select id from q union select 2) order by id",
            "select distinct b from l order by b collate nocase desc",
            "select id, \"text\", 'x' as \"a b\" from l order by id",
            "select +a as p, ~a, a << 2 | 1, a & 3 from l order by id",
        ],
    );
}

#[test]
fn text_where_numbers_are_wanted() {
    same(
        "forms_numbers",
        &[
            "select id, s and 1, not s, case when s then 1 else 0 end from t order by id",
            "select id from t where s order by id",
            "select i << j, i >> j, 1 << i, -5 >> id, i << -2, id << 3 from t order by id",
            "select octet_length(s), octet_length(i), octet_length('é') from t order by id",
            "select i + s, s + 1, s * 2, -s, i + b, b = 1, not b, b is true, i is true, s is true from t order by id",
            "select i / j, i % j, i / r, n / 2, n % 2, 5 / 2, -5 / 2, -5 % 3, 5.5 % 2 from t order by id",
            "select cast(i as text), cast(s as integer), cast(s as real), cast(r as integer), cast(n as integer), cast(b as text) from t order by id",
            "select 0x1F, 1_000, .5, 5., 1e-3, -9223372036854775808",
            "select total(r), sum(n), avg(n), sum(s) from t",
            "select max(d), min(m), d = '2020-02-29' from t group by d order by 1, 2",
        ],
    );
}

#[test]
fn members_of_a_document_in_a_list() {
    same(
        "forms_members",
        &[
            "select id, i from t where i in (select value from json_each('[1,7,\"-12\"]')) order by id",
            "select id, s from t where s in (select value from json_each('[\"a\",\"A\",1]')) order by id",
            "select id, doc ->> 'n' in (select i from t), doc ->> 's' in (select s from t) from t order by id",
            "select id, doc ->> 'n' in (select value from json_each('[7,\"12\",1]')) from t order by id",
        ],
    );
}

#[test]
fn amounts_of_time_put_together() {
    same(
        "forms_amounts",
        &[
            "select date(d, '+' || id || ' days'), date(d, '-' || id || ' months'), \
         datetime(m, i || ' seconds'), date(m, '+' || (i % 5) || ' years') \
         from t where i between -100 and 100 order by id",
            "select substr(m, 1, 10), substr(m, 1, 7), substr(m, 6, 2), substr(m, 1, 10) = '2020-02-29' from t order by id",
            "select substr(d, 1, 4) as y, count(*) from t group by y order by y",
            "select cast((julianday(m) - julianday(d)) * 24 as int), round(julianday(m) - julianday(d), 2) from t order by id",
        ],
    );
}

/// What SQLite decides at run time, or PostgreSQL would answer in another way without a word.
const REFUSED: &[(&str, &str)] = &[
    ("select changes()", "a count that SQLite keeps for each connection"),
    ("select soundex(s) from t", "the function `soundex`"),
    ("select sqlite_version()", "the function `sqlite_version`"),
    ("select log2(r) from t", "log2()"),
    ("select mod(r, 2) from t", "mod() of numbers with a fraction"),
    ("select sqrt(s) from t", "a mathematical function of a text"),
    ("select median(i) from t", "the aggregate `median`"),
    ("select timediff(d, m) from t", "the function `timediff`"),
    ("select date(s) from t", "whose form is only known at run time"),
    ("select date(m, 'localtime') from t", "depends on the machine's time zone"),
    ("select date(m, s) from t", "a modifier that is not fixed"),
    ("select strftime('%J', m) from t", "the conversion %J"),
    ("select strftime(s, m) from t", "a format that is not a literal"),
    ("select printf(s, i) from t", "a format that is not a literal"),
    ("select printf('%e %g', r, r) from t", "the conversion %e"),
    ("select printf('%*d', 5, i) from t", "`*` after %"),
    ("select printf('%.3s', s) from t", "cuts a text to bytes"),
    ("select r || 'x' from t", "the text of a number with a fraction"),
    ("select quote(r) from t", "quote() of a value of type double precision"),
    ("select json_set(doc, '$.a', 1) from t", "changes a document in place"),
    ("select json_extract(doc, s) from t", "a JSON path that is not a literal"),
    ("select doc ->> '$[#]' from t", "the JSON path"),
    ("select json_valid(s) from t", "json_valid() of a column that is not json"),
    ("select value from json_tree('[1]')", "the table-valued function `json_tree`"),
    ("select * from json_each('[1]')", "all columns of a table-valued function"),
    ("select fullkey from json_each('[1]')", "the column `fullkey`"),
    ("select distinct doc ->> 'n' from t", "equal rows of parts of JSON documents"),
    ("select distinct s collate nocase from t", "equal rows of a column with a collation"),
    ("select max(s collate nocase) from t", "an order of its own"),
    ("select b, i from t group by b", "`i` is neither grouped nor inside an aggregate"),
    ("select b, max(i), s from t group by b", "`s` is neither grouped"),
    ("select i = s from t", "text is compared with"),
    ("select s regexp 'x' from t", "REGEXP"),
    ("select s match 'x' from t", "MATCH"),
    ("select s glob u from t", "GLOB with a pattern that is not a literal"),
    ("select s like u escape '!' from t", "an ESCAPE with a pattern"),
    (
        "with recursive c(i) as (select 1 union all select i + 1 from c limit 4) select i from c",
        "a recursive query with LIMIT",
    ),
    ("select group_concat(distinct s order by i) from t", "ordered by something else"),
    ("select nope(i) from t", "the function `nope`"),
];

#[test]
fn what_cannot_be_said_faithfully_is_refused_with_its_reason() {
    refused("forms_refused", TABLES, REFUSED);
}
