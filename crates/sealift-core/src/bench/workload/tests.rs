//! From declared tables to statements for both sides.

use super::*;
use crate::ast::{Deferrability, Direction, ForeignKeyAction};
use crate::bench::{Fresh, Given};
use crate::mapping::PgType;
use crate::name::{Ident, fit};
use crate::plan::{ColumnPlan, Filling, MisfitRule, PLAN_VERSION, TablePlan};
use crate::schema::source::{
    ForeignKey, Index, IndexColumn, IndexKey, KeyColumn, RowKey, Table, Unique,
};
use crate::schema::target;
use crate::sqlite::Affinity;

/// A table of both sides: the first column is its key, which numbers itself where it is `bigint`.
struct Made {
    source: Table,
    plan: TablePlan,
}

fn made(name: &str, rows: u64, columns: &[(&str, PgType)]) -> Made {
    let numbered = columns.first().is_some_and(|(_, data_type)| *data_type == PgType::BigInt);
    let identity = target::Identity { next: 1, sequence: None };
    let target_columns =
        columns.iter().enumerate().map(|(position, (name, data_type))| target::Column {
            name: fit(name),
            data_type: *data_type,
            not_null: position == 0,
            default: None,
            identity: (numbered && position == 0).then(|| identity.clone()),
            generated: None,
        });
    let target = target::Table {
        name: fit(name),
        columns: target_columns.collect(),
        primary_key: None,
        unique: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
        derived: Vec::new(),
    };
    let planned = columns.iter().map(|(name, _)| ColumnPlan {
        source: (*name).to_owned(),
        target: fit(name),
        declared: String::new(),
        reading: crate::convert::Reading::default(),
        misfit: MisfitRule::Refuse,
        because: String::new(),
    });
    let plan = TablePlan {
        source: name.to_owned(),
        rows,
        bytes: 0,
        columns: planned.collect(),
        target,
        filling: Filling::default(),
        orphans: Vec::new(),
        quarantine_checks: Vec::new(),
        quarantine_nulls: false,
    };
    let declared = columns.iter().enumerate().map(|(position, (name, _))| source::Column {
        name: (*name).to_owned(),
        declared_type: String::new(),
        affinity: Affinity::Blob,
        not_null: position == 0,
        default: None,
        collation: None,
        generated: None,
    });
    let source = Table {
        name: name.to_owned(),
        sql: String::new(),
        columns: declared.collect(),
        primary_key: vec![0],
        primary_key_name: None,
        row_key: if numbered { RowKey::Alias { column: 0 } } else { RowKey::PrimaryKey },
        without_rowid: !numbered,
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
    Made { source, plan }
}

impl Made {
    fn unique(mut self, columns: &[usize]) -> Self {
        let columns = columns.iter().map(|column| KeyColumn { column: *column, collation: None });
        self.source.unique.push(Unique { name: None, columns: columns.collect() });
        self
    }

    fn referring(mut self, columns: &[usize]) -> Self {
        self.source.foreign_keys.push(ForeignKey {
            name: None,
            columns: columns.to_vec(),
            parent: "parent".to_owned(),
            parent_columns: Vec::new(),
            on_delete: ForeignKeyAction::NoAction,
            on_update: ForeignKeyAction::NoAction,
            deferrability: Deferrability::Immediate,
        });
        self
    }

    fn index(mut self, column: usize) -> Self {
        let column = IndexColumn {
            key: IndexKey::Column(column),
            collation: None,
            direction: Direction::Ascending,
        };
        self.source.indexes.push(Index {
            name: "i".to_owned(),
            sql: String::new(),
            unique: false,
            columns: vec![column],
            filter: None,
        });
        self
    }

    fn not_null(mut self, column: usize) -> Self {
        self.source.columns[column].not_null = true;
        self
    }
}

fn of(tables: Vec<Made>) -> Workload {
    let (source, plans): (Vec<Table>, Vec<TablePlan>) =
        tables.into_iter().map(|made| (made.source, made.plan)).unzip();
    let schema = source::Schema { tables: source, ..source::Schema::default() };
    let plan = Plan {
        version: PLAN_VERSION,
        made_by: String::new(),
        fingerprint: String::new(),
        schema: Ident::new("stage").unwrap(),
        profile: None,
        like: None,
        tables: plans,
        views: Vec::new(),
        triggers: Vec::new(),
        aside: Vec::new(),
        findings: Vec::new(),
    };
    workload(&schema, &plan)
}

fn first(workload: &Workload, kind: Kind) -> &Operation {
    let mut firsts = workload.candidates.iter().map(|forms| &forms[0]);
    firsts.find(|form| form.kind == kind).expect("there is one")
}

fn reasons(workload: &Workload) -> Vec<String> {
    let said = |left: &Left| {
        let kind = left.operation.map_or("table", Kind::name);
        format!("{} {kind}: {}", left.table, left.reason)
    };
    workload.left.iter().map(said).collect()
}

const ITEM: [(&str, PgType); 4] = [
    ("id", PgType::BigInt),
    ("owner", PgType::BigInt),
    ("code", PgType::Varchar(20)),
    ("note", PgType::Text),
];

#[test]
fn both_sides_get_the_same_statements_with_their_own_names_and_marks() {
    let workload = of(vec![made("it\"em", 20_000, &ITEM).referring(&[1])]);
    let read = first(&workload, Kind::ReadByKey);
    assert_eq!(
        read.sqlite.statement.as_str(),
        "select \"id\", \"owner\", \"code\", \"note\" from \"it\"\"em\" where \"id\" = ?1"
    );
    assert_eq!(
        read.postgres.statement.as_str(),
        "select \"id\", \"owner\", \"code\", \"note\" from \"stage\".\"it\"\"em\" where \"id\" = $1"
    );
    assert_eq!(
        read.postgres.samples.as_str(),
        "select c1 from (select \"id\" as c1, row_number() over () as n from \"stage\".\"it\"\"em\" \
         where \"id\" is not null) as s where (n - 1) % 2 = 0 limit 10000"
    );
    let children = first(&workload, Kind::ReadChildren);
    assert!(children.sqlite.statement.as_str().ends_with("where \"owner\" = ?1 limit 50"));
}

#[test]
fn an_index_that_begins_like_the_key_or_a_reference_is_no_other_way() {
    let workload = of(vec![made("item", 9, &ITEM).referring(&[1]).index(1).index(0).index(3)]);
    let forms = workload.candidates.iter().flatten();
    let by_index: Vec<&Operation> = forms.filter(|it| it.kind == Kind::ReadByIndex).collect();
    assert_eq!(by_index.len(), 1);
    assert_eq!(by_index[0].columns, ["note"]);
}

#[test]
fn a_number_that_the_database_gives_is_left_out_and_unique_columns_are_renewed() {
    let workload = of(vec![made("item", 9, &ITEM).unique(&[2]).not_null(2)]);
    let insert = first(&workload, Kind::Insert);
    assert_eq!(
        insert.postgres.statement.as_str(),
        "insert into \"stage\".\"item\" (\"owner\", \"code\", \"note\") values ($1, $2, $3)"
    );
    let given = [Given::Sampled, Given::Fresh(Fresh::Text), Given::Sampled];
    assert_eq!(insert.arrangement, Arrangement::Renewed(given.to_vec()));
    assert_eq!(
        (insert.columns.as_slice(), insert.sqlite.greatest.is_none()),
        (["id".to_owned(), "code".to_owned()].as_slice(), true)
    );
}

#[test]
fn a_table_of_nothing_but_its_number_is_inserted_into_too() {
    let workload = of(vec![made("ticket", 3, &ITEM[..1])]);
    let insert = first(&workload, Kind::Insert);
    assert_eq!(insert.sqlite.statement.as_str(), "insert into \"ticket\" default values");
    assert_eq!(
        reasons(&workload),
        ["ticket update: every column is part of a key, a reference or a check of several"]
    );
}

#[test]
fn one_column_of_each_unique_set_is_renewed_and_never_a_reference() {
    let columns = [("kind", PgType::Text), ("number", PgType::Integer), ("owner", PgType::BigInt)];
    let mut table = made("place", 5, &columns).referring(&[2]);
    table.source.primary_key = vec![0, 1];
    let workload = of(vec![table.unique(&[2, 1])]);
    let insert = first(&workload, Kind::Insert);
    assert_eq!(insert.columns, ["number"]);
    assert_eq!(
        insert.sqlite.greatest.as_ref().unwrap().as_str(),
        "select cast(coalesce(max(\"number\"), 0) as bigint) from \"place\""
    );
}

#[test]
fn a_key_of_references_only_cannot_be_new_unless_it_may_be_null() {
    let columns = [("kit", PgType::Integer), ("tool", PgType::Integer), ("much", PgType::Integer)];
    let mut table = made("kit_tools", 5, &columns).referring(&[0]).referring(&[1]);
    table.source.primary_key = vec![0, 1];
    let workload = of(vec![table]);
    assert_eq!(
        reasons(&workload),
        [
            "kit_tools insert: its key (kit, tool) is made of references: a new row would need a new parent"
        ]
    );
    let table = made("seat", 5, &ITEM).referring(&[1]).unique(&[1]);
    let given = [Given::Fresh(Fresh::Null), Given::Sampled, Given::Sampled];
    let insert = first(&of(vec![table]), Kind::Insert).clone();
    assert_eq!(insert.arrangement, Arrangement::Renewed(given.to_vec()));
}

#[test]
fn an_update_changes_what_nothing_stands_on_first_and_never_a_key() {
    let workload = of(vec![made("item", 9, &ITEM).unique(&[2]).index(1)]);
    let forms = workload.candidates.iter().flatten();
    let updates: Vec<&Operation> = forms.filter(|it| it.kind == Kind::Update).collect();
    let columns: Vec<_> = updates.iter().map(|form| form.columns[0].as_str()).collect();
    assert_eq!(columns, ["note", "owner"]);
    assert_eq!(
        updates[0].sqlite.statement.as_str(),
        "update \"item\" set \"note\" = ?1 where \"id\" = ?2"
    );
    assert_eq!(updates[0].arrangement, Arrangement::FirstOfAnother);
}

#[test]
fn empty_tables_and_those_beyond_the_largest_are_left_with_a_reason() {
    let mut tables: Vec<Made> =
        (1..=9).map(|rows| made(&format!("t{rows}"), rows, &ITEM)).collect();
    tables.push(made("empty", 0, &ITEM));
    let workload = of(tables);
    assert_eq!(
        reasons(&workload),
        ["t1 table: the 8 largest tables are measured", "empty table: it is empty"]
    );
    assert_eq!(workload.candidates[0][0].table, "t9");
}

#[test]
fn without_a_key_rows_are_neither_looked_up_nor_changed() {
    let mut table = made("log", 9, &ITEM[1..]);
    table.source.primary_key.clear();
    table.source.row_key = RowKey::Hidden { name: "rowid" };
    let workload = of(vec![table]);
    assert_eq!(reasons(&workload), ["log read_by_key: it has no key", "log update: it has no key"]);
    let insert = first(&workload, Kind::Insert);
    assert_eq!(insert.arrangement, Arrangement::Renewed(vec![Given::Sampled; 3]));
}

#[test]
fn columns_are_found_in_expressions_by_whole_names() {
    let table = made("t", 1, &[("a", PgType::Text), ("ab", PgType::Text), ("a b", PgType::Text)]);
    assert_eq!(named_in(&table.source, "AB > 1"), [1]);
    assert_eq!(named_in(&table.source, "[a b] > ab"), [0, 1, 2]);
}
