//! What is refused, with which reason, and what common expressions look like.

use super::*;
use crate::name::fit;
use crate::sqlite::{Affinity, parse_create_view, parse_expression};

fn field(name: &str, data_type: PgType, affinity: Affinity) -> Field {
    Field {
        source_name: name.to_owned(),
        target: fit(name),
        data_type: Some(data_type),
        affinity: Some(affinity),
        reading: crate::convert::Reading::Plain,
        not_null: false,
        collation: None,
        cells: Cells::default(),
    }
}

fn table() -> Relation {
    Relation {
        source_name: "t".to_owned(),
        target: fit("t"),
        columns: vec![
            field("id", PgType::BigInt, Affinity::Integer),
            field("flag", PgType::Boolean, Affinity::Numeric),
            field("name", PgType::Varchar(20), Affinity::Text),
            field("price", PgType::Numeric(None), Affinity::Numeric),
            field("data", PgType::Json, Affinity::Text),
            field("made", PgType::Timestamp, Affinity::Numeric),
            field("code", PgType::Text, Affinity::Integer),
        ],
        primary_key: vec![0],
        row_id: Some(0),
        hides_row_id: false,
    }
}

fn check_of(sql: &str) -> Result<Check, Unsupported> {
    check(&parse_expression(sql).unwrap(), &Scope { table: table() })
}

fn view_of(query: &str) -> Result<TranslatedView, Unsupported> {
    let catalogue = Catalogue { schema: fit("app"), relations: vec![table()] };
    let tree = parse_create_view(&format!("create view v as {query}")).unwrap();
    view(&tree, &[], &catalogue)
}

fn text_of(sql: &str) -> String {
    match check_of(sql) {
        Ok(Check::Condition(condition)) => condition.to_string(),
        other => panic!("{sql}: {other:?}"),
    }
}

#[test]
fn a_table_is_described_by_both_of_its_sides() {
    use crate::convert::Reading;
    use crate::schema::{source, target};
    let left = source::Table {
        name: "t".to_owned(),
        sql: String::new(),
        columns: vec![source::Column {
            name: "Id".to_owned(),
            declared_type: "INTEGER".to_owned(),
            affinity: Affinity::Integer,
            not_null: true,
            default: None,
            collation: None,
            generated: None,
        }],
        primary_key: vec![0],
        primary_key_name: None,
        row_key: source::RowKey::Alias { column: 0 },
        without_rowid: false,
        strict: false,
        autoincrement: false,
        sequence: None,
        unique: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
        conflict_clauses: false,
        module: None,
    };
    let mut right = target::Table {
        name: fit("t"),
        columns: vec![target::Column {
            name: fit("id"),
            data_type: PgType::BigInt,
            not_null: true,
            default: None,
            identity: None,
            generated: None,
        }],
        primary_key: None,
        unique: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
        derived: Vec::new(),
    };
    let relation = Relation::of_table(&left, &right, &[Reading::Plain]).unwrap();
    assert_eq!(relation.columns[0].target, fit("id"));
    assert_eq!((relation.row_id, relation.primary_key.len()), (Some(0), 0));
    right.columns.clear();
    assert_eq!(Relation::of_table(&left, &right, &[Reading::Plain]), None);
}

#[test]
fn what_a_type_already_says_is_guaranteed() {
    for sql in [
        "flag in (0, 1)",
        "json_valid(data)",
        "json_valid(data) or data is null",
        "length(name) <= 20",
        "length(name) <= 255 and flag in (1, 0)",
    ] {
        assert_eq!(check_of(sql), Ok(Check::Guaranteed), "{sql}");
    }
    for sql in ["flag in (1)", "not json_valid(data)", "length(name) <= 19", "flag = 1 or id > 0"] {
        assert!(matches!(check_of(sql), Ok(Check::Condition(_))), "{sql}");
    }
}

#[test]
fn conditions_read_well() {
    let cases = [
        ("id > 0", "(\"id\" > 0)"),
        ("flag = 1", "(\"flag\" = true)"),
        ("name in ('a', 'b')", "(\"name\" in ('a', 'b'))"),
        ("name is null or length(name) > 1", "((\"name\" is null) or (char_length(\"name\") > 1))"),
        ("name <> \"none\"", "(\"name\" <> 'none')"),
        ("name glob '[A-Z]*'", "(\"name\" collate \"C\" ~ '^[A-Z].*$')"),
        ("code = 5", "(\"code\" = '5')"),
        ("made >= '2020-01-01'", "(\"made\" >= ('2020-01-01'::date)::timestamp)"),
    ];
    for (sql, expected) in cases {
        assert_eq!(text_of(sql), expected, "{sql}");
    }
}

#[test]
fn what_only_the_values_decide_is_refused_with_a_reason() {
    let cases = [
        ("made", "truth value"),
        ("name = id", "text is compared"),
        ("price || ''", "fraction"),
        ("made || '' = ''", "how the application wrote it"),
        ("code < '5'", "texts of this column"),
        ("name regexp 'a'", "application's own"),
        ("date(name) is null", "run time"),
        ("date(made, 'localtime') is null", "localtime"),
        ("price / id / 2 > 1", "integers or of reals"),
        ("absent > 1", "no column `absent`"),
        ("name collate german = 'x'", "`german`"),
        ("frob(id)", "function `frob`"),
        ("name glob '[a'", "closing bracket"),
        ("made = 'tomorrow'", "type text"),
    ];
    for (sql, reason) in cases {
        match check_of(sql) {
            Err(error) => assert!(error.reason.contains(reason), "{sql}: {error}"),
            Ok(check) => panic!("{sql}: {check:?}"),
        }
    }
}

#[test]
fn a_time_that_was_a_number_is_not_taken_for_text() {
    use crate::convert::Reading;
    let mut table = table();
    table.columns[5].reading = Reading::UnixSeconds;
    let scope = Scope { table };
    let check = |sql: &str| check(&parse_expression(sql).unwrap(), &scope);
    for sql in [
        "made > '2020-01-01'",
        "made > 1600000000",
        "date(made) > ''",
        "made + 1 > 0",
        "coalesce(made, made) > '2020-01-01'",
    ] {
        assert!(check(sql).is_err(), "{sql}");
    }
    assert!(check("date(made, 'unixepoch') >= '2020-01-01'").is_ok());
    assert!(check("made is not null").is_ok());
}

#[test]
fn a_query_that_postgresql_cannot_mirror_is_refused_with_a_reason() {
    let cases = [
        ("select name, count(*) from t group by flag", "neither grouped"),
        ("select name, count(*) from t", "neither grouped"),
        ("select group_concat(distinct name, ';') from t", "refuses DISTINCT"),
        ("select * from missing", "no table or translated view `missing`"),
        ("select id from t union select name from t", "sometimes of type"),
        ("select id, name from t union select id from t", "widths"),
        ("select id from t order by 3", "position"),
        ("select value from json_tree('[1]')", "table-valued"),
        (
            "select count(*), (select max(o.id) from t as o where o.name = t.name) from t group by flag",
            "a subquery reads `name`",
        ),
    ];
    for (sql, reason) in cases {
        match view_of(sql) {
            Err(error) => assert!(error.reason.contains(reason), "{sql}: {error}"),
            Ok(view) => panic!("{sql}: {}", view.query),
        }
    }
}

#[test]
fn a_view_names_its_columns_as_sqlite_does_and_says_what_it_reads() {
    let view = view_of("select a.id, b.id, a.flag, a.id > 1 as big from t as a, t as b").unwrap();
    let names: Vec<&str> = view.columns.iter().map(|field| field.source_name.as_str()).collect();
    assert_eq!(names, ["id", "id:1", "flag", "big"]);
    let types: Vec<Option<PgType>> = view.columns.iter().map(|field| field.data_type).collect();
    let expected = [PgType::BigInt, PgType::BigInt, PgType::Boolean, PgType::Integer].map(Some);
    assert_eq!(types, expected);
    assert_eq!(view.uses, ["t"]);
}

#[test]
fn a_generated_column_is_of_its_own_type_and_immutable() {
    let scope = Scope { table: table() };
    let value =
        |sql: &str, data_type| generated(&parse_expression(sql).unwrap(), &scope, data_type);
    assert_eq!(value("id * 2", PgType::BigInt).unwrap().as_str(), "((\"id\")::bigint * 2)");
    assert_eq!(
        value("lower(name)", PgType::Text).unwrap().as_str(),
        "lower(\"name\" collate \"C\")"
    );
    assert!(value("date(made)", PgType::Text).unwrap_err().reason.contains("immutable"));
    assert!(value("name", PgType::BigInt).is_err());
}

#[test]
fn an_index_key_keeps_the_meaning_of_its_collation() {
    let mut scope = Scope { table: table() };
    let key = |sql: &str, collation, scope: &Scope| {
        index_expression(&parse_expression(sql).unwrap(), collation, scope).unwrap().to_string()
    };
    assert_eq!(key("name", None, &scope), "\"name\"");
    assert_eq!(key("name", Some("NOCASE"), &scope), "(lower(\"name\" collate \"C\"))");
    assert_eq!(key("name collate rtrim", None, &scope), "(rtrim(\"name\", ' '))");
    assert_eq!(key("id", Some("NOCASE"), &scope), "\"id\"");
    assert_eq!(key("id + 1", None, &scope), "(((\"id\")::bigint + 1))");
    scope.table.columns[2].collation = Some("NOCASE".to_owned());
    assert_eq!(key("name", None, &scope), "(lower(\"name\" collate \"C\"))");
    assert_eq!(key("name", Some("BINARY"), &scope), "\"name\"");
}

#[test]
fn a_default_that_does_not_fit_its_column_is_refused() {
    use crate::convert::Reading;
    let cases = [
        ("'abc'", PgType::BigInt),
        ("2", PgType::Boolean),
        ("70000", PgType::SmallInt),
        ("1.5", PgType::Integer),
        ("'not a date'", PgType::Timestamp),
        ("'2020-02-30'", PgType::Date),
        ("'{'", PgType::Json),
        ("'toolong'", PgType::Varchar(3)),
        ("datetime('now', 'localtime')", PgType::Timestamp),
        ("datetime('now')", PgType::BigInt),
        ("hex(randomblob(64))", PgType::Text),
        ("0", PgType::Timestamp),
    ];
    for (sql, data_type) in cases {
        let tree = parse_expression(sql).unwrap();
        let result = default(&tree, data_type, Reading::Plain);
        assert!(result.is_err(), "{sql} {data_type}: {result:?}");
    }
}
