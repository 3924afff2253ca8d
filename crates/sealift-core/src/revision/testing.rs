//! Small models for the tests of this folder.

use super::model::{
    Column, Constraint, ConstraintKind, Deferral, Index, Model, Reference, Table, View, ViewKind,
};
use crate::name::Ident;
use crate::sql::Sql;

pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name).unwrap()
}

pub(super) fn sql(text: &str) -> Sql {
    Sql::printed_by_server(text.to_owned())
}

pub(super) fn model(tables: Vec<Table>) -> Model {
    Model { tables, ..Model::default() }
}

pub(super) fn plain_column(name: &str) -> Column {
    column(name, "integer")
}

pub(super) fn column(name: &str, type_name: &str) -> Column {
    Column {
        name: ident(name),
        type_name: sql(type_name),
        collation: None,
        not_null: false,
        default: None,
        identity: None,
        generated: None,
        comment: None,
    }
}

pub(super) fn table(name: &str, columns: &[&str]) -> Table {
    Table {
        name: ident(name),
        columns: columns.iter().map(|name| plain_column(name)).collect(),
        constraints: Vec::new(),
        indexes: Vec::new(),
        triggers: Vec::new(),
        comment: None,
    }
}

pub(super) fn constraint(
    name: &str,
    kind: ConstraintKind,
    text: &str,
    columns: &[&str],
) -> Constraint {
    Constraint {
        name: ident(name),
        kind,
        definition: sql(text),
        columns: columns.iter().map(|name| ident(name)).collect(),
        references: None,
        deferral: Deferral::No,
        validated: true,
        index: None,
        comment: None,
    }
}

pub(super) fn key(name: &str, kind: ConstraintKind, column: &str) -> Constraint {
    let word = if kind == ConstraintKind::Primary { "PRIMARY KEY" } else { "UNIQUE" };
    let mut key = constraint(name, kind, &format!("{word} ({column})"), &[column]);
    key.index = Some(sql(&format!("USING btree ({column})")));
    key
}

pub(super) fn foreign(name: &str, column: &str, to: &str, to_column: &str) -> Constraint {
    let text = format!("FOREIGN KEY ({column}) REFERENCES {to}({to_column})");
    let mut key = constraint(name, ConstraintKind::Foreign, &text, &[column]);
    key.references = Some(Reference { table: ident(to), columns: vec![ident(to_column)] });
    key
}

pub(super) fn index(name: &str, column: &str) -> Index {
    Index {
        name: ident(name),
        unique: false,
        tail: sql(&format!("USING btree ({column})")),
        columns: vec![ident(column)],
        valid: true,
        comment: None,
    }
}

pub(super) fn view(name: &str, definition: &str, on: &str) -> View {
    View {
        name: ident(name),
        kind: ViewKind::Plain,
        options: None,
        definition: sql(definition),
        depends_on: vec![super::model::Dependency::Relation { name: ident(on), column: None }],
        indexes: Vec::new(),
        triggers: Vec::new(),
        comment: None,
    }
}
