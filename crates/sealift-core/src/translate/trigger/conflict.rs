//! What an `INSERT` does about a row that breaks a rule.

use super::program::{Program, Target, effect, position};
use crate::ast::{ConflictAction, Expr, Insert, Name, Quote, Upsert, UpsertAction};
use crate::name::fit;
use crate::schema::target::TriggerEvent;
use crate::sql::Sql;
use crate::translate::scope::{Frame, Scope, Source};
use crate::translate::{Effect, Unsupported, index_expression};

/// How an insert goes on.
#[derive(Default)]
pub(super) struct Conflict {
    /// ` on conflict …`
    pub(super) tail: Sql,
    /// A row that breaks `NOT NULL` or a `CHECK` is left out.
    pub(super) skips: bool,
    /// A NULL becomes the default where the column takes none.
    pub(super) replaces: bool,
    /// It was written with `OR`, which triggers inherit.
    pub(super) overrides: bool,
}

impl Program<'_, '_> {
    pub(super) fn conflict(
        &mut self,
        insert: &Insert,
        target: &Target<'_>,
        frame: &Frame<'_>,
    ) -> Result<Conflict, Unsupported> {
        let has_keys = !target.written.keys.is_empty() || target.written.other_keys;
        match (insert.conflict, insert.upserts.as_slice()) {
            (None | Some(ConflictAction::Abort | ConflictAction::Rollback), []) => {
                Ok(Conflict::default())
            }
            (Some(ConflictAction::Fail), []) => {
                self.fails = true;
                Ok(Conflict::default())
            }
            (Some(ConflictAction::Ignore), []) => Ok(Conflict {
                tail: if has_keys { Sql::raw(" on conflict do nothing") } else { Sql::new() },
                skips: true,
                overrides: true,
                ..Conflict::default()
            }),
            (Some(ConflictAction::Replace), []) => Ok(Conflict {
                tail: if has_keys { replace(target)? } else { Sql::new() },
                replaces: true,
                overrides: true,
                ..Conflict::default()
            }),
            (None | Some(ConflictAction::Abort), [upsert]) => {
                Ok(Conflict { tail: self.upsert(upsert, target, frame)?, ..Conflict::default() })
            }
            (_, [_]) => Err(Unsupported::new("INSERT OR … together with ON CONFLICT")),
            (_, _) => Err(Unsupported::new("several ON CONFLICT clauses")),
        }
    }

    fn upsert(
        &mut self,
        upsert: &Upsert,
        target: &Target<'_>,
        frame: &Frame<'_>,
    ) -> Result<Sql, Unsupported> {
        let mut key = Vec::new();
        for term in &upsert.target {
            let Expr::Column { table: None, column, .. } = term else {
                return Err(Unsupported::new("ON CONFLICT over an expression"));
            };
            key.push(position(target, column)?);
        }
        let mut sql = Sql::raw(" on conflict");
        let updates = matches!(upsert.action, UpsertAction::Update { .. });
        if key.is_empty() && updates {
            let [only] = target.written.keys.as_slice() else {
                return Err(Unsupported::new("DO UPDATE without the key that is meant"));
            };
            key.clone_from(only);
        }
        if !key.is_empty() {
            sql = sql.push(" (").join(key_parts(target, &key)?, ", ").push(")");
        }
        if let Some(filter) = &upsert.target_filter {
            let own = Source::unqualified(target.relation);
            let scope = Frame { sources: vec![own], ..Frame::default() };
            let condition = self.translator.condition(filter, &scope)?;
            sql = sql.push(" where ").sql(&condition.sql);
        }
        let UpsertAction::Update { assignments, filter } = &upsert.action else {
            return Ok(sql.push(" do nothing"));
        };
        let excluded = super::row("excluded", target.relation);
        let scope = Frame {
            sources: vec![target.source.clone()],
            rows: vec![excluded],
            ..Frame::inside(frame)
        };
        let settings = self.settings(target, assignments, &scope)?;
        sql = sql.push(" do update set ").sql(&settings.sql);
        if let Some(filter) = filter {
            let condition = self.translator.condition(filter, &scope)?;
            sql = sql.push(" where ").sql(&condition.sql);
        }
        self.effects.push(Effect {
            columns: super::change::names(target, &settings.columns),
            ..effect(target, TriggerEvent::Update)
        });
        Ok(sql)
    }
}

/// `OR REPLACE` removes the row in the way. Where nothing watches that and one key alone can be in
/// the way, changing that row comes to the same.
fn replace(target: &Target<'_>) -> Result<Sql, Unsupported> {
    let name = &target.relation.source_name;
    let [key] = target.written.keys.as_slice() else {
        return Err(Unsupported::new(format!("OR REPLACE into `{name}`, which has several keys")));
    };
    if target.written.other_keys {
        return Err(Unsupported::new(format!(
            "OR REPLACE into `{name}`, which has a unique index over an expression or some rows"
        )));
    }
    if target.written.watched {
        return Err(Unsupported::new(format!(
            "OR REPLACE into `{name}`, whose triggers or foreign keys would take the removed row for a changed one"
        )));
    }
    let columns = target.relation.columns.iter().zip(&target.written.columns);
    let settings = columns.filter(|(_, facts)| !facts.generated).map(|(field, _)| {
        let new = Sql::new().qualified(&fit("excluded"), &field.target);
        Sql::new().ident(&field.target).push(" = ").sql(&new)
    });
    Ok(Sql::raw(" on conflict (")
        .join(key_parts(target, key)?, ", ")
        .push(") do update set ")
        .join(settings, ", "))
}

/// Returns a key as PostgreSQL finds its index by.
fn key_parts(target: &Target<'_>, key: &[usize]) -> Result<Vec<Sql>, Unsupported> {
    let scope = Scope { table: target.relation.clone() };
    let mut parts = Vec::new();
    for column in key {
        let field = super::program::field(target, *column)?;
        let name = Name { text: field.source_name.clone(), quote: Quote::None };
        let expr = Expr::Column { schema: None, table: None, column: name };
        parts.push(index_expression(&expr, None, &scope)?);
    }
    Ok(parts)
}
