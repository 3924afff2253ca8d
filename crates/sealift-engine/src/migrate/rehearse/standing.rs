//! A copy of the application's own tables, empty, for a rehearsal of `--into existing`.

use super::super::existing::references;
use super::super::stage::Stage;
use super::super::target::schema_exists;
use crate::config::MigrateOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::ops::{Cancel, on_a_thread};
use crate::postgres::{ActualTable, Catalog, ConstraintKind, RelationKind, Session, introspect};
use crate::sqlite::{self, Source};
use sealift_core::ddl;
use sealift_core::name::Ident;
use sealift_core::plan::existing::StandingReference;
use sealift_core::plan::matches;
use sealift_core::schema::target;
use sealift_core::sql::Sql;
use sealift_core::sqlite::recognise;

/// Copies the tables of a schema to the stage: columns, defaults, keys, checks, indexes, foreign keys.
/// Tables that the migration does not fill bring their rows, which those of others may refer to, and so do
/// those that it fills beside rows of their own.
///
/// # Errors
/// When the schema is not there or cannot be read.
pub(super) async fn copy(
    options: &MigrateOptions,
    schema: &Ident,
    stage: &Stage,
    cancel: &Cancel,
    not_rehearsed: &mut Vec<String>,
) -> Result<()> {
    let session = stage.session();
    if !schema_exists(session, schema).await? {
        return Err(Error::new(ErrorKind::Target, format!("the target has no schema {schema}"))
            .hinted("run the application's own migrations on the target first; --schema NAME looks elsewhere"));
    }
    let catalog = introspect(session, schema).await?;
    let filled = filled(options).await?;
    let copying = Copying { session, from: schema, to: stage.schema(), catalog: &catalog };
    let mut empty = Vec::new();
    for table in &catalog.tables {
        cancel.check()?;
        if table.kind == RelationKind::ForeignTable {
            not_rehearsed.push(format!("foreign table {}", table.name));
            continue;
        }
        let beside = |name: &String| {
            let mut rules = options.plan_options.conflicts.iter().rev();
            let rule = rules.find(|rule| matches(&rule.table, name));
            rule.is_some_and(|rule| !rule.conflict.is_error())
        };
        // Rows that others come beside are part of what happens.
        let mut emptied = filled.iter().filter(|name| !beside(name));
        let is_filled = emptied.any(|name| name.eq_ignore_ascii_case(&table.name));
        if is_filled {
            empty.push(table.name.as_str());
        }
        copying.table(table, is_filled).await.map_err(|error| {
            error.context(format_args!("copy the definition of table {}", table.name))
        })?;
    }
    for table in &catalog.tables {
        cancel.check()?;
        copying.foreign_keys(table, &empty, not_rehearsed).await?;
    }
    if catalog.triggers.iter().any(|trigger| trigger.enabled) {
        not_rehearsed.push("the triggers of the target's tables".to_owned());
    }
    Ok(())
}

/// Returns the source's tables that the migration takes, apart from those in which a framework keeps
/// its books.
async fn filled(options: &MigrateOptions) -> Result<Vec<String>> {
    let path = options.source.clone();
    let schema = on_a_thread("reading", move || {
        let source = Source::open(&path)?;
        sqlite::introspect(&source.connect()?)
    })
    .await?;
    let books = recognise(&schema).map(|it| it.bookkeeping_tables).unwrap_or_default();
    let chosen = &options.plan_options;
    let any = |patterns: &[String], name: &str| patterns.iter().any(|it| matches(it, name));
    let takes = |name: &String| {
        (chosen.include.is_empty() || any(&chosen.include, name)) && !any(&chosen.exclude, name)
    };
    let names = schema.tables.into_iter().map(|table| table.name);
    Ok(names.filter(|name| takes(name) && !books.contains(name)).collect())
}

struct Copying<'a> {
    session: &'a Session,
    from: &'a Ident,
    to: &'a Ident,
    catalog: &'a Catalog,
}

impl Copying<'_> {
    async fn table(&self, table: &ActualTable, is_filled: bool) -> Result<()> {
        let name = ident(&table.name)?;
        let (from, to) =
            (Sql::new().qualified(self.from, &name), Sql::new().qualified(self.to, &name));
        let like = Sql::raw("create table ").sql(&to).push(" (like ").sql(&from);
        self.session.batch(&like.push(" including all)")).await?;
        self.sequences(table, &to).await?;
        if is_filled {
            return Ok(());
        }
        let columns: Result<Vec<Ident>> = table
            .columns
            .iter()
            .filter(|column| column.generated.is_none())
            .map(|column| ident(&column.name))
            .collect();
        let columns = columns?;
        if columns.is_empty() {
            return Ok(());
        }
        let rows = Sql::raw("insert into ")
            .sql(&to)
            .push(" (")
            .idents(&columns)
            .push(") overriding system value select ")
            .idents(&columns)
            .push(" from ")
            .sql(&from);
        self.session.batch(&rows).await
    }

    /// `like` copies the default of a column that counts by a sequence, which would be the real one.
    async fn sequences(&self, table: &ActualTable, to: &Sql) -> Result<()> {
        for column in &table.columns {
            let is_plain =
                |default: &str| default.starts_with("nextval(") && default.ends_with("::regclass)");
            if !column.default.as_deref().is_some_and(is_plain) {
                continue;
            }
            let Some(sequence) = self.catalog.numbers_of(&table.name, &column.name) else {
                continue;
            };
            let own = Sql::new().qualified(self.to, &ident(&sequence.name)?);
            let is_owned = sequence.owner.is_some();
            let column = ident(&column.name)?;
            let text = own.as_str().to_owned();
            // Several columns may count by one that belongs to none of them.
            let make = Sql::raw("create sequence if not exists ").sql(&own);
            let give = Sql::raw("alter sequence ").sql(&own).push(" owned by ").sql(to);
            let give = give.push(".").ident(&column);
            let count = Sql::raw("alter table ")
                .sql(to)
                .push(" alter column ")
                .ident(&column)
                .push(" set default nextval(")
                .literal(&text)
                .push("::regclass)");
            for sql in [Some(make), is_owned.then_some(give), Some(count)].into_iter().flatten() {
                self.session.batch(&sql).await?;
            }
        }
        Ok(())
    }

    async fn foreign_keys(
        &self,
        table: &ActualTable,
        empty: &[&str],
        not_rehearsed: &mut Vec<String>,
    ) -> Result<()> {
        let name = ident(&table.name)?;
        let is_empty = |name: &String| empty.contains(&name.as_str());
        let is_copied = |parent: &str| {
            self.catalog.table(parent).is_some_and(|it| it.kind != RelationKind::ForeignTable)
        };
        let references: Vec<StandingReference> = references(table, self.from);
        for reference in references.iter().filter(|it| is_copied(&it.parent)) {
            let mut key = key(reference)?;
            // Rows that were brought may refer to rows that were not.
            key.validated &= is_empty(&table.name) || !is_empty(&reference.parent);
            self.session.batch(&ddl::add_foreign_key(self.to, &name, &key)).await.map_err(
                |error| {
                    error.context(format_args!("copy foreign key {} of {name}", reference.name))
                },
            )?;
        }
        for constraint in &table.constraints {
            if let ConstraintKind::ForeignKey(reference) = &constraint.kind
                && reference.schema != self.from.as_str()
            {
                not_rehearsed.push(format!(
                    "foreign key {} of {name}, which refers to schema {}",
                    constraint.name, reference.schema
                ));
            }
        }
        Ok(())
    }
}

fn key(reference: &StandingReference) -> Result<target::ForeignKey> {
    let idents =
        |names: &[String]| names.iter().map(|name| ident(name)).collect::<Result<Vec<_>>>();
    Ok(target::ForeignKey {
        name: ident(&reference.name)?,
        columns: idents(&reference.columns)?,
        parent: ident(&reference.parent)?,
        parent_columns: idents(&reference.parent_columns)?,
        on_delete: reference.on_delete,
        on_update: reference.on_update,
        deferrability: reference.deferrability,
        validated: reference.validated,
    })
}

fn ident(name: &str) -> Result<Ident> {
    Ident::new(name).map_err(|error| {
        Error::new(ErrorKind::Bug, "the server told a name that is none").caused_by(error)
    })
}
