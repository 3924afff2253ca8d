use super::full_text::Declared;
use super::*;
use crate::schema::source::{Configuration, Words};
use crate::sqlite::{RawColumn, assemble};

fn column(name: &str) -> RawColumn {
    RawColumn {
        name: name.to_owned(),
        declared_type: String::new(),
        not_null: false,
        default_sql: None,
        primary_key: 0,
        hidden: 0,
    }
}

fn raw(name: &str, sql: &str, kind: RawTableKind, columns: &[&str]) -> RawTable {
    RawTable {
        name: name.to_owned(),
        sql: Some(sql.to_owned()),
        kind,
        without_rowid: false,
        strict: false,
        columns: columns.iter().map(|name| column(name)).collect(),
        foreign_keys: Vec::new(),
    }
}

/// A schema of one virtual table `t` and the table it keeps its texts in.
fn schema(sql: &str, content: &[&str]) -> source::Schema {
    let mut tables = vec![raw("t", sql, RawTableKind::Virtual, &[])];
    if !content.is_empty() {
        tables.push(raw("t_content", "", RawTableKind::Shadow, content));
    }
    assemble(&RawSchema { tables, ..RawSchema::default() })
}

fn names(table: &source::Table) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

#[test]
fn arguments_are_cut_at_commas_outside_of_quotes_and_parentheses() {
    assert_eq!(arguments::split("a, 'b,c', d(e, f) , [x,y]"), ["a", "'b,c'", "d(e, f)", "[x,y]"]);
    assert_eq!(arguments::option("content = 'my ''t'"), Some(("content".into(), "my 't".into())));
    assert_eq!(arguments::option("title TEXT"), None);
}

#[test]
fn a_table_with_texts_of_its_own_has_its_columns_and_then_its_key() {
    let found = schema(
        "CREATE VIRTUAL TABLE t USING fts5(title, body, owner UNINDEXED, tokenize = 'porter ascii', prefix='2 3', detail=none)",
        &["id", "c0", "c1", "c2"],
    );
    let table = &found.tables[0];
    assert_eq!(names(table), ["title", "body", "owner", "rowid"]);
    assert_eq!(table.row_key, RowKey::Alias { column: 3 });
    let words =
        Words { tokenizer: "porter ascii".to_owned(), configuration: Configuration::English };
    assert_eq!(table.module, Some(Module::FullText { words, indexed: vec![0, 1] }));
    assert_eq!(found.virtual_tables[0].contents, Contents::Rows);
}

#[test]
fn the_view_on_the_content_gives_its_columns_their_names() {
    let sql = "CREATE VIRTUAL TABLE t USING fts4(\"My Title\" TEXT, rowid, languageid=\"lid\", notindexed=rowid)";
    let tables = vec![
        raw("t", sql, RawTableKind::Virtual, &[]),
        raw("t_content", "", RawTableKind::Shadow, &["docid", "c0My Title", "c1rowid", "langid"]),
    ];
    let views = content_views(&RawSchema { tables, ..RawSchema::default() });
    let pairs: Vec<(&str, &str)> =
        views[0].columns.iter().map(|(stored, name)| (stored.as_str(), name.as_str())).collect();
    assert_eq!(
        pairs,
        [("c0My Title", "My Title"), ("c1rowid", "rowid"), ("langid", "lid"), ("docid", "docid")]
    );
}

#[test]
fn fts3_without_columns_has_one_called_content() {
    let found =
        schema("CREATE VIRTUAL TABLE t USING fts3(tokenize=porter)", &["docid", "c0content"]);
    assert_eq!(names(&found.tables[0]), ["content", "rowid"]);
}

#[test]
fn what_has_no_texts_of_its_own_says_where_they_are() {
    let found = schema(
        "CREATE VIRTUAL TABLE t USING fts5(a, b UNINDEXED, content='notes', content_rowid='id')",
        &[],
    );
    assert!(found.tables.is_empty());
    let over = found.index_over("T").unwrap();
    assert_eq!((over.table.as_str(), over.columns.as_slice()), ("notes", &["a".to_owned()][..]));
    for (sql, contents) in [
        ("fts5(a, content='', contentless_delete=1)", Contents::None),
        ("fts4(content=\"\", a)", Contents::None),
        ("fts4(a, compress=zip, uncompress=unzip)", Contents::Compressed),
        ("vec0(a float[3])", Contents::Unknown),
    ] {
        let found = schema(&format!("CREATE VIRTUAL TABLE t USING {sql}"), &[]);
        assert_eq!(found.virtual_tables[0].contents, contents, "{sql}");
    }
}

#[test]
fn a_content_table_that_lacks_a_column_is_not_guessed_at() {
    let found = schema("CREATE VIRTUAL TABLE t USING fts5(a, b)", &["id", "c0"]);
    assert_eq!(found.virtual_tables[0].contents, Contents::Unknown);
    assert!(found.tables.is_empty());
}

#[test]
fn an_rtree_has_its_key_its_ends_and_whatever_else() {
    let sql = "CREATE VIRTUAL TABLE t USING rtree_i32(id, x0, x1, y0, y1, +label TEXT)";
    let columns = ["id", "x0", "x1", "y0", "y1", "label"];
    let tables = vec![raw("t", sql, RawTableKind::Virtual, &columns)];
    let found = assemble(&RawSchema { tables, ..RawSchema::default() });
    let table = &found.tables[0];
    let types: Vec<&str> = table.columns.iter().map(|it| it.declared_type.as_str()).collect();
    assert_eq!(types, ["INTEGER", "INT4", "INT4", "INT4", "INT4", "TEXT"]);
    assert_eq!(table.module, Some(Module::RTree { dimensions: 2 }));
}

#[test]
fn options_of_other_versions_are_columns() {
    let declared = Declared::of("fts3", "content=x").unwrap();
    assert_eq!(full_text::elsewhere(&declared), None);
}

#[test]
fn a_trigger_only_feeds_an_index_when_all_its_statements_do() {
    let feeds = |body: &str| {
        let sql =
            format!("CREATE TRIGGER x AFTER UPDATE ON t WHEN new.a <> 'begin' BEGIN {body} END");
        writes_only_into(&sql, |name| name == "fts")
    };
    assert!(feeds(
        "INSERT INTO fts(fts, rowid, a) VALUES('delete', old.id, old.a); INSERT INTO \"fts\" VALUES (1);"
    ));
    assert!(feeds(
        "delete from main.fts where rowid = case when 1 then 2 end; -- insert into t\n update or ignore fts set a = 1;"
    ));
    assert!(!feeds("INSERT INTO fts VALUES (1); UPDATE t SET a = 1;"));
    assert!(!feeds("SELECT 1;"));
}
