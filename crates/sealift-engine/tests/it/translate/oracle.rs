//! The two databases, and a form in which their values compare.

use rusqlite::types::ValueRef;
use sealift_core::convert::Reading;
use sealift_core::mapping::{MomentForms, PgType};
use sealift_core::name::fit;
use sealift_core::sqlite::{Affinity, parse_create_view};
use sealift_core::translate::{
    Catalogue, Cells, Field, Relation, TranslatedView, Unsupported, view,
};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// A value of either database.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Cell {
    Null,
    Number(f64),
    /// An integer that a double does not hold exactly.
    Long(i64),
    Text(String),
    Bytes(String),
}

impl Cell {
    /// Reads a number.
    fn number(text: &str) -> Self {
        match text.parse::<i64>() {
            Ok(value) if value.unsigned_abs() > 1 << 53 => Self::Long(value),
            _ => Self::Number(text.parse().expect("a number")),
        }
    }

    /// Whether the two are the same; doubles may differ in their last digits, where a sum was made
    /// in another order.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => {
                a == b || (a - b).abs() <= 1e-11 * a.abs().max(b.abs())
            }
            (Self::Number(a), Self::Long(b)) | (Self::Long(b), Self::Number(a)) => {
                *a == b.to_string().parse::<f64>().unwrap()
            }
            // A column of texts and numbers is text.
            (Self::Number(a), Self::Text(b)) => b.parse() == Ok(*a),
            (a, b) => a == b,
        }
    }
}

/// Connects to the server that tests use, with a schema of the test's own as search path.
pub(super) async fn postgres(schema: &str) -> Client {
    let url = sealift_testkit::server_url();
    let (client, connection) =
        tokio_postgres::connect(&url, NoTls).await.expect("connect to the test server");
    tokio::spawn(async move {
        connection.await.expect("the connection lasts as long as the test");
    });
    let setup = format!(
        "set client_min_messages = warning; set timezone = 'UTC'; set datestyle = 'ISO'; \
         drop schema if exists {schema} cascade; create schema {schema}"
    );
    client.batch_execute(&setup).await.expect("make the schema");
    client
}

/// Runs a query on PostgreSQL; each column comes as its type says.
pub(super) async fn ask_postgres(
    client: &Client,
    query: &str,
    columns: &[Field],
) -> Result<Vec<Vec<Cell>>, tokio_postgres::Error> {
    let mut rows = Vec::new();
    for message in client.simple_query(query).await? {
        if let SimpleQueryMessage::Row(row) = message {
            let cells = columns.iter().enumerate();
            rows.push(cells.map(|(i, field)| postgres_cell(row.get(i), field)).collect());
        }
    }
    Ok(rows)
}

fn postgres_cell(text: Option<&str>, field: &Field) -> Cell {
    let Some(text) = text else { return Cell::Null };
    match field.data_type {
        Some(PgType::Boolean) => Cell::Number(if text == "t" { 1.0 } else { 0.0 }),
        Some(
            PgType::SmallInt
            | PgType::Integer
            | PgType::BigInt
            | PgType::Double
            | PgType::Numeric(_),
        ) => Cell::number(text),
        Some(PgType::Bytea) => Cell::Bytes(text.trim_start_matches("\\x").to_owned()),
        _ => Cell::Text(text.to_owned()),
    }
}

/// Runs a query on SQLite.
pub(super) fn ask_sqlite(
    sqlite: &rusqlite::Connection,
    query: &str,
) -> rusqlite::Result<Vec<Vec<Cell>>> {
    let mut statement = sqlite.prepare(query)?;
    let width = statement.column_count();
    let mut rows = Vec::new();
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let mut cells = Vec::new();
        for index in 0..width {
            cells.push(match row.get_ref(index)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(value) => Cell::number(&value.to_string()),
                ValueRef::Real(value) => Cell::Number(value),
                ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => {
                    Cell::Bytes(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
                }
            });
        }
        rows.push(cells);
    }
    Ok(rows)
}

/// Translates `select …` as if it were a view.
pub(super) fn translate(
    sql: &str,
    names: &[String],
    catalogue: &Catalogue,
) -> Result<TranslatedView, Unsupported> {
    let tree = parse_create_view(sql).map_err(|error| Unsupported::new(error.to_string()))?;
    view(&tree, names, catalogue)
}

/// Copies the tables of a SQLite database into `schema`, and returns what they became.
pub(super) async fn copy_tables(
    sqlite: &rusqlite::Connection,
    client: &Client,
    schema: &str,
) -> Catalogue {
    let mut relations = Vec::new();
    let mut tables = sqlite
        .prepare(
            "select name from pragma_table_list \
             where schema = 'main' and type = 'table' and name not like 'sqlite%'",
        )
        .unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for table in tables {
        let relation = describe(sqlite, &table);
        let columns: Vec<String> = relation
            .columns
            .iter()
            .map(|field| format!("{} {}", quote(&field.source_name), field.data_type.unwrap()))
            .collect();
        let name = format!("{schema}.{}", quote(&table));
        let mut create = format!("create table {name} ({}", columns.join(", "));
        if !relation.primary_key.is_empty() {
            let key: Vec<String> = relation
                .primary_key
                .iter()
                .map(|index| quote(&relation.columns[*index].source_name))
                .collect();
            create.push_str(&format!(", primary key ({})", key.join(", ")));
        }
        client.batch_execute(&format!("{create})")).await.expect("create the table");
        let rows = ask_sqlite(sqlite, &format!("select * from {}", quote(&table))).unwrap();
        for chunk in rows.chunks(500) {
            let values: Vec<String> = chunk.iter().map(|row| tuple(row, &relation)).collect();
            let insert = format!("insert into {name} values {}", values.join(", "));
            client.batch_execute(&insert).await.expect("insert the rows");
        }
        relations.push(relation);
    }
    Catalogue { schema: fit(schema), relations }
}

pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn tuple(row: &[Cell], relation: &Relation) -> String {
    let cells: Vec<String> = row
        .iter()
        .zip(&relation.columns)
        .map(|(cell, field)| match cell {
            Cell::Null => "null".to_owned(),
            Cell::Number(value) if field.data_type == Some(PgType::Boolean) => {
                format!("{}", *value != 0.0)
            }
            Cell::Number(value) => format!("'{value}'"),
            Cell::Long(value) => format!("'{value}'"),
            Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Cell::Bytes(hex) => format!("'\\x{hex}'"),
        })
        .collect();
    format!("({})", cells.join(", "))
}

/// Looks at the cells as the census does.
fn cells(sqlite: &rusqlite::Connection, table: &str, name: &str, data_type: PgType) -> Cells {
    let mut moments = MomentForms::default();
    if matches!(data_type, PgType::Timestamp | PgType::TimestampTz) {
        let query = format!("select {} from {}", quote(name), quote(table));
        for row in ask_sqlite(sqlite, &query).unwrap() {
            if let [Cell::Text(text)] = row.as_slice() {
                moments.merge(MomentForms::of(text.as_bytes()));
            }
        }
    }
    Cells { moments: moments.form(), ..Cells::default() }
}

/// Describes a table, choosing types from the declared type and the values.
fn describe(sqlite: &rusqlite::Connection, table: &str) -> Relation {
    let mut info =
        sqlite.prepare("select name, type, pk, \"notnull\" from pragma_table_xinfo(?1)").unwrap();
    let rows: Vec<(String, String, u32, bool)> = info
        .query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut columns = Vec::new();
    let mut key = Vec::new();
    for (index, (name, declared, position, not_null)) in rows.into_iter().enumerate() {
        if position > 0 {
            key.push((position, index));
        }
        let data_type = choose(sqlite, table, &name, &declared);
        columns.push(Field {
            cells: cells(sqlite, table, &name, data_type),
            target: fit(&name),
            data_type: Some(data_type),
            affinity: Some(Affinity::of(Some(&declared), false)),
            source_name: name,
            reading: Reading::Plain,
            not_null,
            collation: None,
        });
    }
    key.sort_unstable();
    let mut primary_key: Vec<usize> = key.into_iter().map(|(_, index)| index).collect();
    let nulls = primary_key.iter().any(|index| {
        let column = quote(&columns[*index].source_name);
        let query =
            format!("select exists (select 1 from {} where {column} is null)", quote(table));
        sqlite.query_row(&query, [], |row| row.get(0)).unwrap()
    });
    if nulls {
        primary_key.clear();
    }
    Relation {
        source_name: table.to_owned(),
        target: fit(table),
        columns,
        primary_key,
        row_id: None,
        hides_row_id: false,
    }
}

fn choose(sqlite: &rusqlite::Connection, table: &str, column: &str, declared: &str) -> PgType {
    let all = |condition: &str| -> bool {
        let (table, column) = (quote(table), quote(column));
        let condition = condition.replace('$', &column);
        let query = format!(
            "select not exists (select 1 from {table} where {column} is not null and not ({condition}))"
        );
        sqlite.query_row(&query, [], |row| row.get(0)).unwrap()
    };
    let upper = declared.to_ascii_uppercase();
    if upper.contains("BOOL") && all("typeof($) = 'integer' and $ in (0, 1)") {
        return PgType::Boolean;
    }
    if upper.contains("DATE") || upper.contains("TIME") {
        if all("$ glob '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'") {
            return PgType::Date;
        }
        if all("datetime($) is not null and typeof($) = 'text' and length($) >= 19") {
            return PgType::Timestamp;
        }
    }
    if upper == "JSON" && all("json_valid($)") {
        return PgType::Json;
    }
    match Affinity::of(Some(declared), false) {
        Affinity::Integer if all("typeof($) = 'integer'") => PgType::BigInt,
        Affinity::Real if all("typeof($) = 'real'") => PgType::Double,
        Affinity::Numeric if all("typeof($) in ('integer', 'real')") => PgType::Numeric(None),
        Affinity::Blob if all("typeof($) = 'blob'") => PgType::Bytea,
        Affinity::Integer
        | Affinity::Real
        | Affinity::Numeric
        | Affinity::Blob
        | Affinity::Text => PgType::Text,
    }
}
