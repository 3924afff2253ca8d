//! Reading the schema that the application made itself on a PostgreSQL server. Nothing is written.

use crate::error::{Error, ErrorKind, Result};
use crate::postgres::{
    ActualColumn, ActualIndexKey, ActualTable, Catalog, ConstraintKind, Endpoint, introspect,
};
use sealift_core::name::Ident;
use sealift_core::plan::like::{Like, LikeCheck, LikeColumn, LikeIndex, LikeReference, LikeTable};

/// Reads a schema's tables; they may be empty, and what they hold is not looked at.
///
/// # Errors
/// When the server cannot be reached or read, or the schema holds no table.
pub async fn read(server: &Endpoint, schema: &str) -> Result<Like> {
    let name = Ident::new(schema).map_err(|error| {
        Error::new(ErrorKind::Usage, "--like-schema is no name that PostgreSQL takes")
            .caused_by(error)
    })?;
    let server = server.clone().for_reading();
    server.probe().await?;
    let session = server.connect("sealift like").await?;
    let catalog = introspect(&session, &name).await?;
    if catalog.tables.is_empty() {
        return Err(Error::new(
            ErrorKind::Target,
            format!("schema {schema} of {server} holds no table to be like"),
        )
        .hinted("let the application make its tables there first, or name another schema with --like-schema"));
    }
    Ok(of(&catalog, &server, schema))
}

/// Returns what was read of a schema as a pattern.
pub(crate) fn of(catalog: &Catalog, server: &Endpoint, schema: &str) -> Like {
    Like {
        address: server.to_string(),
        schema: schema.to_owned(),
        tables: catalog.tables.iter().map(table).collect(),
    }
}

fn table(actual: &ActualTable) -> LikeTable {
    let mut made = LikeTable {
        name: actual.name.clone(),
        columns: actual.columns.iter().map(column).collect(),
        ..LikeTable::default()
    };
    for constraint in &actual.constraints {
        let columns = constraint.columns.clone();
        match &constraint.kind {
            ConstraintKind::PrimaryKey => made.primary_key = columns,
            ConstraintKind::Unique => made.unique.push(columns),
            ConstraintKind::ForeignKey(reference) => made.references.push(LikeReference {
                columns,
                parent: reference.table.clone(),
                parent_columns: reference.columns.clone(),
            }),
            ConstraintKind::Check | ConstraintKind::Exclusion => made.checks.push(LikeCheck {
                name: constraint.name.clone(),
                definition: constraint.definition.clone(),
            }),
        }
    }
    let indexes = actual.indexes.iter().filter(|index| !index.of_constraint);
    made.indexes = indexes
        .map(|index| LikeIndex {
            name: index.name.clone(),
            unique: index.unique,
            keys: index.keys.iter().map(key).collect(),
            partial: index.partial,
            definition: index.definition.clone(),
        })
        .collect();
    made
}

fn key(key: &ActualIndexKey) -> Option<String> {
    key.column.clone()
}

fn column(actual: &ActualColumn) -> LikeColumn {
    let counts = |default: &String| default.contains("nextval(");
    let by_default = actual.default.as_ref().is_some_and(counts);
    LikeColumn {
        name: actual.name.clone(),
        type_name: actual.type_name.clone(),
        not_null: actual.not_null,
        default: actual.default.clone().filter(|default| !counts(default)),
        counts: actual.identity.is_some() || by_default,
        generated: actual.generated.is_some(),
    }
}
