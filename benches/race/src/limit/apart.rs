//! A schema as the statements that make it again somewhere else.

use crate::server::{rows, run};
use anyhow::Result;
use std::collections::BTreeSet;
use tokio_postgres::Client;

/// What stands in a schema. Names are quoted where that is needed, and are of no schema: who carries
/// the statements out has set `search_path`.
#[derive(Debug, Default)]
pub(crate) struct Apart {
    /// The largest first.
    pub(super) tables: Vec<Table>,
    /// `create index`, those of keys too.
    pub(super) indexes: Vec<String>,
    /// What makes keys of those indexes: nothing is read for it.
    pub(super) keys: Vec<String>,
    /// Not valid yet, so nothing is read for it.
    pub(super) foreign_keys: Vec<String>,
    /// Several of these run side by side, which `add constraint` on one parent does not.
    pub(super) validations: Vec<String>,
}

/// A table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// The columns that take values, separated by commas.
    pub(crate) columns: String,
    pub(crate) pages: u32,
}

impl Apart {
    /// Reads a schema; leaves it as the client's `search_path`.
    pub(super) async fn of(client: &Client, schema: &str) -> Result<Self> {
        run(client, &format!("set search_path = {schema}")).await?;
        let mut apart = Self::default();
        for [name, columns, bytes] in rows(client, &tables(schema)).await? {
            // Of 8192 bytes.
            let pages = u32::try_from(bytes.parse::<u64>()? / 8192)?;
            apart.tables.push(Table { name, columns, pages });
        }
        for [table, name, kind, definition, index] in rows(client, &constraints(schema)).await? {
            let add = format!("alter table {table} add constraint {name}");
            if kind == "f" {
                apart.foreign_keys.push(format!("{add} {definition} not valid"));
                apart.validations.push(format!("alter table {table} validate constraint {name}"));
            } else {
                let kind = if kind == "p" { "primary key" } else { "unique" };
                apart.indexes.push(index);
                apart.keys.push(format!("{add} {kind} using index {name}"));
            }
        }
        let indexes = rows::<1>(client, &plain_indexes(schema)).await?;
        apart.indexes.extend(indexes.into_iter().flatten());
        Ok(apart)
    }

    /// Returns a statement for each table that brings its statistics up to date.
    pub(super) fn analyzes(&self) -> Vec<String> {
        self.tables.iter().map(|table| format!("analyze {}", table.name)).collect()
    }
}

/// Returns the columns, indexes and valid constraints of a schema, as text that names no schema.
pub(super) async fn objects(client: &Client, schema: &str) -> Result<BTreeSet<String>> {
    run(client, &format!("set search_path = {schema}")).await?;
    let sql = format!(
        "select format('column %s.%s %s %s %s', relname, attname, format_type(atttypid, atttypmod),
                       attnotnull, coalesce(pg_get_expr(adbin, adrelid, true), ''))
         from pg_class c join pg_attribute on attrelid = c.oid
             left join pg_attrdef on adrelid = c.oid and adnum = attnum
         where relnamespace = '{schema}'::regnamespace and relkind = 'r' and attnum > 0
         union all
         select format('index %s', pg_get_indexdef(indexrelid, 0, true))
         from pg_index join pg_class c on c.oid = indexrelid
         where relnamespace = '{schema}'::regnamespace
         union all
         select format('constraint %s on %s %s', conname, conrelid::regclass, pg_get_constraintdef(oid, true))
         from pg_constraint where connamespace = '{schema}'::regnamespace and contype <> 'n'"
    );
    Ok(rows::<1>(client, &sql).await?.into_iter().flatten().collect())
}

fn tables(schema: &str) -> String {
    format!(
        "select quote_ident(relname),
                coalesce((select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
                          where attrelid = c.oid and attnum > 0 and not attisdropped
                              and attgenerated = ''), ''),
                pg_relation_size(c.oid)::text
         from pg_class c
         where relnamespace = '{schema}'::regnamespace and relkind = 'r'
         order by pg_table_size(c.oid) desc, relname"
    )
}

/// The pretty forms leave a schema out that is in `search_path`.
fn constraints(schema: &str) -> String {
    format!(
        "select conrelid::regclass::text, quote_ident(conname), contype::text,
                regexp_replace(pg_get_constraintdef(oid, true), ' not valid$', '', 'i'),
                coalesce(pg_get_indexdef(conindid, 0, true), '')
         from pg_constraint
         where connamespace = '{schema}'::regnamespace and contype in ('p', 'u', 'f')
         order by conname"
    )
}

fn plain_indexes(schema: &str) -> String {
    format!(
        "select pg_get_indexdef(indexrelid, 0, true)
         from pg_index join pg_class c on c.oid = indexrelid
         where relnamespace = '{schema}'::regnamespace and not exists
             (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u'))
         order by relname"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENTS: &str = "create table a (id bigint primary key, \"Name\" text not null);
        create table b (a bigint constraint b_a references a (id), twice bigint generated always as (a * 2) stored);
        create unique index a_name on a (lower(\"Name\"))";

    #[tokio::test]
    async fn a_schema_is_taken_apart_into_statements_that_name_no_schema() {
        let database = sealift_testkit::database().await;
        let client = database.connect().await;
        run(&client, &format!("create schema one; set search_path = one; {PARENTS}"))
            .await
            .unwrap();
        let apart = Apart::of(&client, "one").await.unwrap();
        let columns: Vec<&str> = apart.tables.iter().map(|table| table.columns.as_str()).collect();
        assert_eq!(columns, ["id, \"Name\"", "a"], "what is generated takes no value");
        assert_eq!(
            apart.indexes,
            [
                "CREATE UNIQUE INDEX a_pkey ON a USING btree (id)",
                "CREATE UNIQUE INDEX a_name ON a USING btree (lower(\"Name\"))"
            ]
        );
        assert_eq!(
            apart.keys,
            ["alter table a add constraint a_pkey primary key using index a_pkey"]
        );
        assert_eq!(
            apart.foreign_keys,
            ["alter table b add constraint b_a FOREIGN KEY (a) REFERENCES a(id) not valid"]
        );
    }

    #[tokio::test]
    async fn a_missing_index_or_key_makes_two_schemas_differ() {
        let database = sealift_testkit::database().await;
        let client = database.connect().await;
        for schema in ["one", "two"] {
            let sql = format!("create schema {schema}; set search_path = {schema}; {PARENTS}");
            run(&client, &sql).await.unwrap();
        }
        let one = objects(&client, "one").await.unwrap();
        assert_eq!(one, objects(&client, "two").await.unwrap());
        for change in ["drop index two.a_name", "alter table two.b drop constraint b_a"] {
            run(&client, &format!("begin; {change}")).await.unwrap();
            assert_ne!(one, objects(&client, "two").await.unwrap(), "{change}");
            run(&client, "rollback").await.unwrap();
        }
    }
}
