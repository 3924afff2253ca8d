//! The merge, on facts as SQLite 3.40 and 3.54 report them for the statements given.

use super::*;
use crate::ast::{Deferrability, Direction, Expr, ForeignKeyAction, Literal};
use crate::schema::source::{IndexKey, KeyColumn, RowKey, Table};
use crate::sqlite::raw::{
    RawColumn, RawForeignKey, RawIndexColumn, RawIndexOrigin, RawTrigger, RawView,
};

fn raw_column(name: &str, declared_type: &str, primary_key: i64) -> RawColumn {
    RawColumn {
        name: name.to_owned(),
        declared_type: declared_type.to_owned(),
        not_null: false,
        default_sql: None,
        primary_key,
        hidden: 0,
    }
}

fn raw_table(name: &str, sql: &str, columns: Vec<RawColumn>) -> RawTable {
    RawTable {
        name: name.to_owned(),
        sql: Some(sql.to_owned()),
        kind: RawTableKind::Table,
        without_rowid: false,
        strict: false,
        columns,
        foreign_keys: Vec::new(),
    }
}

fn raw_index(name: &str, origin: RawIndexOrigin, columns: &[(i64, &str)]) -> RawIndex {
    let column = |(cid, collation): &(i64, &str)| RawIndexColumn {
        cid: *cid,
        name: None,
        descending: false,
        collation: (*collation).to_owned(),
    };
    RawIndex {
        name: name.to_owned(),
        table: "t".to_owned(),
        sql: None,
        unique: true,
        origin,
        partial: false,
        columns: columns.iter().map(column).collect(),
    }
}

fn built(table: RawTable, indexes: Vec<RawIndex>) -> (Table, Vec<source::Unreadable>) {
    let raw = RawSchema { tables: vec![table], indexes, ..RawSchema::default() };
    let mut schema = assemble(&raw);
    (schema.tables.remove(0), schema.unreadable)
}

fn clean(table: RawTable, indexes: Vec<RawIndex>) -> Table {
    let (table, problems) = built(table, indexes);
    assert!(problems.is_empty(), "{problems:?}");
    table
}

fn key_index() -> RawIndex {
    raw_index("sqlite_autoindex_t_1", RawIndexOrigin::PrimaryKey, &[(0, "BINARY")])
}

#[test]
fn a_whole_primary_key_of_type_integer_is_the_rowid() {
    for sql in [
        "CREATE TABLE t(a integer PRIMARY KEY)",
        "CREATE TABLE t(a INTEGER, PRIMARY KEY (a DESC))",
        "CREATE TABLE t(a \"INTEGER\" PRIMARY KEY)",
    ] {
        let table = clean(raw_table("t", sql, vec![raw_column("a", "INTEGER", 1)]), vec![]);
        assert_eq!(table.row_key, RowKey::Alias { column: 0 }, "{sql}");
        assert!(table.columns[0].not_null, "{sql}");
    }
}

#[test]
fn a_descending_or_other_primary_key_has_an_index_and_a_hidden_rowid() {
    for (sql, declared) in [
        ("CREATE TABLE t(a INTEGER PRIMARY KEY DESC)", "INTEGER"),
        ("CREATE TABLE t(a INT PRIMARY KEY)", "INT"),
        ("CREATE TABLE t(a INTEGER, PRIMARY KEY (a, a))", "INTEGER"),
    ] {
        let table =
            clean(raw_table("t", sql, vec![raw_column("a", declared, 1)]), vec![key_index()]);
        assert_eq!(table.row_key, RowKey::Hidden { name: "rowid" }, "{sql}");
        assert_eq!(table.primary_key, [0]);
        assert!(!table.columns[0].not_null, "an ordinary primary key may hold NULL");
    }
}

#[test]
fn the_hidden_rowid_is_called_by_a_name_that_no_column_covers() {
    let names = |names: &[&str]| {
        let columns = names.iter().map(|name| raw_column(name, "", 0)).collect();
        clean(raw_table("t", &format!("CREATE TABLE t({})", names.join(",")), columns), vec![])
            .row_key
    };
    assert_eq!(names(&["RowId"]), RowKey::Hidden { name: "_rowid_" });
    assert_eq!(names(&["rowid", "_ROWID_"]), RowKey::Hidden { name: "oid" });
    assert_eq!(names(&["rowid", "_rowid_", "oid"]), RowKey::Unreachable);
}

#[test]
fn keys_of_strict_and_without_rowid_tables_are_not_null() {
    let sql = "CREATE TABLE t(a TEXT, b TEXT, c TEXT, PRIMARY KEY (b, a))";
    let columns =
        vec![raw_column("a", "TEXT", 2), raw_column("b", "TEXT", 1), raw_column("c", "TEXT", 0)];
    let index = raw_index(
        "sqlite_autoindex_t_1",
        RawIndexOrigin::PrimaryKey,
        &[(1, "BINARY"), (0, "BINARY")],
    );
    let strict =
        RawTable { strict: true, ..raw_table("t", &format!("{sql} STRICT"), columns.clone()) };
    let strict = clean(strict, vec![index.clone()]);
    let not_null: Vec<bool> = strict.columns.iter().map(|column| column.not_null).collect();
    assert_eq!(not_null, [true, true, false]);
    assert_eq!(strict.primary_key, [1, 0]);
    let without = RawTable {
        without_rowid: true,
        ..raw_table("t", &format!("{sql} WITHOUT ROWID"), columns)
    };
    let without = clean(without, vec![index]);
    assert_eq!(without.row_key, RowKey::PrimaryKey);
    assert!(without.columns[1].not_null && !without.columns[2].not_null);
}

#[test]
fn the_text_adds_what_no_pragma_reports() {
    let sql = "CREATE TABLE t(id INTEGER CONSTRAINT k PRIMARY KEY AUTOINCREMENT, \
               a TEXT COLLATE nocase DEFAULT (upper('x')) CONSTRAINT long CHECK (length(a) > 1), \
               b AS (a || 'y') STORED, c UNIQUE ON CONFLICT REPLACE, CHECK (a <> c))";
    let columns = vec![
        raw_column("id", "INTEGER", 1),
        RawColumn { default_sql: Some("upper('x')".to_owned()), ..raw_column("a", "TEXT", 0) },
        RawColumn { hidden: 3, ..raw_column("b", "", 0) },
        raw_column("c", "", 0),
    ];
    let index = raw_index("sqlite_autoindex_t_1", RawIndexOrigin::Unique, &[(3, "BINARY")]);
    let raw = RawSchema {
        tables: vec![raw_table("t", sql, columns)],
        indexes: vec![index],
        sequences: vec![("u".to_owned(), 9), ("t".to_owned(), 41)],
        ..RawSchema::default()
    };
    let schema = assemble(&raw);
    assert!(schema.unreadable.is_empty(), "{:?}", schema.unreadable);
    let table = &schema.tables[0];
    assert_eq!(table.primary_key_name.as_deref(), Some("k"));
    assert!(table.autoincrement && table.conflict_clauses);
    assert_eq!(table.sequence, Some(41));
    assert_eq!(table.columns[1].collation.as_deref(), Some("NOCASE"));
    let default = table.columns[1].default.as_ref().unwrap();
    assert_eq!(default.sql, "upper('x')");
    assert!(matches!(default.tree, Expr::Function(_)));
    let generated = table.columns[2].generated.as_ref().unwrap();
    assert_eq!((generated.value.sql.as_str(), generated.stored), ("a || 'y'", true));
    assert_eq!(table.checks[0].name.as_deref(), Some("long"));
    assert_eq!((table.checks[0].column, table.checks[1].column), (Some(1), None));
    assert_eq!(table.checks[1].condition.sql, "a <> c");
    assert_eq!(table.unique[0].columns, [KeyColumn { column: 3, collation: None }]);
}

#[test]
fn unique_constraints_take_name_and_collation_from_text_and_index() {
    let sql = "CREATE TABLE t(a TEXT COLLATE NOCASE CONSTRAINT one UNIQUE, b TEXT, \
               CONSTRAINT two UNIQUE (a, b), CONSTRAINT three UNIQUE (b, a COLLATE rtrim))";
    let columns = vec![raw_column("a", "TEXT", 0), raw_column("b", "TEXT", 0)];
    let unique = RawIndexOrigin::Unique;
    let indexes = vec![
        raw_index("sqlite_autoindex_t_3", unique, &[(1, "BINARY"), (0, "rtrim")]),
        raw_index("sqlite_autoindex_t_2", unique, &[(0, "NOCASE"), (1, "BINARY")]),
        raw_index("sqlite_autoindex_t_1", unique, &[(0, "NOCASE")]),
    ];
    let table = clean(raw_table("t", sql, columns), indexes);
    let names: Vec<_> = table.unique.iter().map(|unique| unique.name.as_deref()).collect();
    assert_eq!(names, [Some("one"), Some("two"), Some("three")]);
    assert_eq!(table.unique[2].columns[1].collation.as_deref(), Some("RTRIM"));
    assert_eq!(table.unique[1].columns[0].collation.as_deref(), Some("NOCASE"));
}

#[test]
fn a_primary_key_with_a_collation_of_its_own_is_unique_under_it() {
    let nocase =
        vec![raw_index("sqlite_autoindex_t_1", RawIndexOrigin::PrimaryKey, &[(0, "NOCASE")])];
    let sql = "CREATE TABLE t(a TEXT, PRIMARY KEY (a COLLATE NOCASE))";
    let table = clean(raw_table("t", sql, vec![raw_column("a", "TEXT", 1)]), nocase);
    assert_eq!(table.unique[0].columns[0].collation.as_deref(), Some("NOCASE"));
    let sql = "CREATE TABLE t(a TEXT COLLATE NOCASE, PRIMARY KEY (a COLLATE BINARY))";
    let (table, problems) =
        built(raw_table("t", sql, vec![raw_column("a", "TEXT", 1)]), vec![key_index()]);
    assert_eq!(table.unique[0].columns[0].collation, None);
    assert_eq!(problems[0].kind, "primary key");
}

#[test]
fn foreign_keys_keep_their_order_and_clauses() {
    let sql = "CREATE TABLE t(a INT REFERENCES p ON DELETE CASCADE, b INT, CONSTRAINT f FOREIGN KEY \
               (B, a) REFERENCES q(x, y) DEFERRABLE INITIALLY DEFERRED)";
    let columns = vec![raw_column("a", "INT", 0), raw_column("b", "INT", 0)];
    let keys = clean(raw_table("t", sql, columns), vec![]).foreign_keys;
    assert_eq!((keys[0].columns.as_slice(), keys[0].parent.as_str()), ([0].as_slice(), "p"));
    assert_eq!(keys[0].on_delete, ForeignKeyAction::Cascade);
    assert!(keys[0].parent_columns.is_empty());
    assert_eq!(keys[1].name.as_deref(), Some("f"));
    assert_eq!(keys[1].columns, [1, 0]);
    assert_eq!(keys[1].parent_columns, ["x", "y"]);
    assert_eq!(keys[1].deferrability, Deferrability::InitiallyDeferred);
}

#[test]
fn indexes_take_columns_from_the_pragma_and_expressions_from_the_text() {
    let sql = "CREATE UNIQUE INDEX i ON t(b DESC, lower(a) COLLATE NOCASE) WHERE b IS NOT NULL";
    let mut index = raw_index("i", RawIndexOrigin::Created, &[(1, "RTRIM"), (-2, "NOCASE")]);
    index.sql = Some(sql.to_owned());
    index.partial = true;
    index.columns[0].descending = true;
    let columns = vec![raw_column("a", "TEXT", 0), raw_column("b", "TEXT", 0)];
    let table = raw_table("t", "CREATE TABLE t(a TEXT, b TEXT COLLATE RTRIM)", columns);
    let table = clean(table, vec![index]);
    let index = &table.indexes[0];
    assert!(index.unique);
    assert!(matches!(index.columns[0].key, IndexKey::Column(1)));
    assert_eq!(index.columns[0].direction, Direction::Descending);
    assert_eq!(index.columns[0].collation.as_deref(), Some("RTRIM"));
    let IndexKey::Expression(expression) = &index.columns[1].key else { panic!("no expression") };
    assert!(matches!(expression.tree, Expr::Function(_)));
    assert_eq!(index.columns[1].collation.as_deref(), Some("NOCASE"));
    assert_eq!(index.filter.as_ref().unwrap().sql, "b IS NOT NULL");
}

#[test]
fn an_unreadable_text_is_listed_and_the_pragmas_still_count() {
    let columns = vec![
        RawColumn { default_sql: Some("word".to_owned()), ..raw_column("a", "TEXT", 0) },
        RawColumn { default_sql: Some("upper('x')".to_owned()), ..raw_column("b", "TEXT", 0) },
        RawColumn { hidden: 2, ..raw_column("c", "TEXT", 0) },
        RawColumn { default_sql: Some("1 NOT NULL".to_owned()), ..raw_column("d", "", 0) },
    ];
    let table = RawTable {
        foreign_keys: vec![RawForeignKey {
            parent: "p".to_owned(),
            columns: vec!["b".to_owned()],
            parent_columns: vec!["x".to_owned()],
            on_update: "NO ACTION".to_owned(),
            on_delete: "SET NULL".to_owned(),
        }],
        ..raw_table("t", "CREATE TABLE t(a TEXT ???", columns)
    };
    let plain = RawIndex {
        sql: Some("CREATE INDEX ???".to_owned()),
        ..raw_index("i", RawIndexOrigin::Created, &[(1, "BINARY")])
    };
    let partial = RawIndex { partial: true, ..plain.clone() };
    let (table, problems) = built(table, vec![plain, partial]);
    let text = Expr::Literal(Literal::Text("word".to_owned()));
    assert_eq!(table.columns[0].default.as_ref().unwrap().tree, text);
    assert!(matches!(table.columns[1].default.as_ref().unwrap().tree, Expr::Function(_)));
    assert!(matches!(table.columns[3].default.as_ref().unwrap().tree, Expr::IsNull { .. }));
    assert_eq!(table.foreign_keys[0].on_delete, ForeignKeyAction::SetNull);
    assert_eq!(table.indexes.len(), 1, "the partial one cannot be built without its condition");
    let kinds: Vec<_> = problems.iter().map(|problem| problem.kind.as_str()).collect();
    assert_eq!(kinds, ["table", "generated column", "index", "index"]);
}

#[test]
fn shadow_and_internal_tables_are_not_the_applications() {
    let virtual_table = |name: &str, sql: &str| RawTable {
        kind: RawTableKind::Virtual,
        ..raw_table(name, sql, vec![])
    };
    let shadow =
        |name: &str| RawTable { kind: RawTableKind::Shadow, ..raw_table(name, "", vec![]) };
    let plain = |name: &str| {
        raw_table(name, &format!("CREATE TABLE {name}(a)"), vec![raw_column("a", "", 0)])
    };
    let raw = RawSchema {
        tables: vec![
            virtual_table("ft", "CREATE VIRTUAL TABLE ft USING fts5(a)"),
            shadow("ft_data"),
            virtual_table("ft_x", "CREATE VIRTUAL TABLE ft_x USING fts4(a)"),
            shadow("FT_X_content"),
            plain("ft_x_stat"),
            plain("ft_notes"),
            plain("sqlite_stat1"),
            plain("SQLITE_sequence"),
            plain("_litestream_seq"),
            plain("sqlitebrowser"),
        ],
        ..RawSchema::default()
    };
    let schema = assemble(&raw);
    assert!(schema.unreadable.is_empty(), "{:?}", schema.unreadable);
    assert_eq!(schema.virtual_tables[0].shadow_tables, ["ft_data"]);
    assert_eq!(schema.virtual_tables[1].shadow_tables, ["FT_X_content", "ft_x_stat"]);
    assert_eq!(schema.internal_tables, ["sqlite_stat1", "SQLITE_sequence", "_litestream_seq"]);
    let names: Vec<_> = schema.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["ft_notes", "sqlitebrowser"]);
}

#[test]
fn views_and_triggers_keep_text_and_tree_or_are_listed() {
    let view = |name: &str, sql: &str| RawView {
        name: name.to_owned(),
        sql: sql.to_owned(),
        columns: vec!["a".to_owned()],
        broken: Some("no such table: t".to_owned()),
    };
    let trigger = |name: &str, sql: &str| RawTrigger {
        name: name.to_owned(),
        table: "t".to_owned(),
        sql: sql.to_owned(),
    };
    let raw = RawSchema {
        views: vec![view("v", "CREATE VIEW v AS SELECT a FROM t"), view("w", "CREATE VIEW ???")],
        triggers: vec![
            trigger("x", "CREATE TRIGGER x AFTER DELETE ON t BEGIN SELECT 1; END"),
            trigger("y", "CREATE TRIGGER y"),
        ],
        ..RawSchema::default()
    };
    let schema = assemble(&raw);
    assert_eq!((schema.views.len(), schema.triggers.len()), (1, 1));
    assert_eq!(schema.views[0].broken.as_deref(), Some("no such table: t"));
    assert!(schema.triggers[0].tree.table.is("T"));
    let unreadable: Vec<_> =
        schema.unreadable.iter().map(|item| (item.kind.as_str(), item.name.as_str())).collect();
    assert_eq!(unreadable, [("view", "w"), ("trigger", "y")]);
}
