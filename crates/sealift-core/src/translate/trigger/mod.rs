//! A trigger's condition and program for PL/pgSQL, or the reason why not.
//!
//! What is kept: `new` and `old` have no affinity in SQLite, only their columns' collations; a
//! program reads `new` and never changes it; each cell that a statement writes is converted as its
//! column's affinity would (`assign`); `OR IGNORE`, `OR REPLACE` and upserts mean the same rows
//! (`insert`); `RAISE` becomes branches (`raise`). Whether triggers see or start each other is decided
//! where all of them are known, from the [`Effect`]s.

mod assign;
mod change;
mod conflict;
mod insert;
mod program;
mod raise;
#[cfg(test)]
mod tests;

use super::Unsupported;
use super::expression::Translator;
use super::scope::{Catalogue, Field, Frame, Relation, Source};
use super::typed::Type;
use crate::ast::{CreateTrigger, Expr, InSet, TriggerBody, TriggerTiming};
use crate::name::fit;
use crate::schema::target::{Branch, Step, TriggerEvent};
use crate::sql::Sql;
use crate::sqlite::Affinity;
use program::Program;
use std::collections::BTreeSet;

/// What a statement that writes a table or view must know of it, beyond its columns' types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Its name in SQLite.
    pub source_name: String,
    /// Its columns, in the order of its [`Relation`].
    pub columns: Vec<WrittenColumn>,
    /// The columns of each key under which every row is alone.
    pub keys: Vec<Vec<usize>>,
    /// A unique index over an expression or over some of the rows.
    pub other_keys: bool,
    /// `CHECK`s.
    pub checks: bool,
    /// `ON CONFLICT` clauses in its constraints.
    pub conflict_clauses: bool,
    /// Triggers of its own, or foreign keys whose actions remove or change rows that refer to it.
    pub watched: bool,
}

/// One column of [`Written`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenColumn {
    /// `GENERATED ALWAYS AS`, in SQLite.
    pub generated: bool,
    /// Numbers itself where an insert gives none, or NULL.
    pub identity: bool,
    /// The default on PostgreSQL.
    pub default: Option<Sql>,
}

/// Everything a trigger is translated with.
#[derive(Debug, Clone, Copy)]
pub struct TriggerContext<'a> {
    /// What it can read.
    pub catalogue: &'a Catalogue,
    /// The same, for writing.
    pub written: &'a [Written],
}

/// A row that a statement of a trigger may add, change or remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The table or view, by its SQLite name as declared.
    pub relation: String,
    /// What is done.
    pub event: TriggerEvent,
    /// The columns that an update sets, by SQLite name.
    pub columns: Vec<String>,
    /// `OR IGNORE` or `OR REPLACE`, which the statements of triggers that it starts inherit in SQLite.
    pub overrides: bool,
    /// Whether only the very row that the trigger fired for can be meant.
    pub own_row: bool,
}

/// A trigger for PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranslatedTrigger {
    /// The condition, where it stands in the trigger itself.
    pub when: Option<Sql>,
    /// The program.
    pub body: Vec<Step>,
    /// The tables and views it reads, by SQLite name, sorted.
    pub reads: BTreeSet<String>,
    /// What it writes.
    pub effects: Vec<Effect>,
    /// `RAISE(IGNORE)`
    pub ignores: bool,
    /// `RAISE(FAIL)`
    pub fails: bool,
    /// `new.rowid` or its alias is read.
    pub reads_new_row_id: bool,
    /// Columns of fixed digits that computed numbers are written into, as `table.column`.
    pub rounded: BTreeSet<String>,
    /// Tables, by SQLite name, of whose rows `OR IGNORE` leaves those out that break `NOT NULL` or a
    /// `CHECK`.
    pub left_out: BTreeSet<String>,
}

/// Translates a trigger on `subject`, which is a table or view of the catalogue.
///
/// # Errors
/// With the reason, when any part of it cannot be carried over faithfully.
pub fn trigger(
    tree: &CreateTrigger,
    subject: &Relation,
    context: &TriggerContext<'_>,
) -> Result<TranslatedTrigger, Unsupported> {
    let statements = match &tree.body {
        TriggerBody::Statements(statements) => statements,
        TriggerBody::Unreadable(reason) => return Err(Unsupported::new(reason.clone())),
    };
    let rows = rows(tree, subject);
    let frame = Frame { rows, ..Frame::default() };
    let translator = Translator::new(Some(context.catalogue));
    let mut program = Program::new(translator, *context, subject);
    let when = match &tree.condition {
        Some(condition) => Some(program.translator.condition(condition, &frame)?.sql),
        None => None,
    };
    let mut body = Vec::new();
    for statement in statements {
        body.extend(program.statement(statement, &frame)?);
    }
    refuse_generated(tree, subject, &program)?;
    let stands_alone =
        tree.timing != TriggerTiming::InsteadOf && !tree.condition.as_ref().is_some_and(has_query);
    let when = match when {
        Some(condition) if !stands_alone => {
            body = vec![Step::Choose(vec![Branch { condition, steps: body }])];
            None
        }
        other => other,
    };
    Ok(TranslatedTrigger {
        when,
        body,
        reads_new_row_id: subject
            .row_id
            .and_then(|column| subject.columns.get(column))
            .is_some_and(|field| program.reads_new(field)),
        reads: program.translator.uses,
        effects: program.effects,
        ignores: program.ignores,
        fails: program.fails,
        rounded: program.rounded,
        left_out: program.left_out,
    })
}

/// Returns what `new` and `old` are.
fn rows(tree: &CreateTrigger, subject: &Relation) -> Vec<Source> {
    let mut new = row("new", subject);
    if tree.timing == TriggerTiming::InsteadOf {
        // Nothing has converted what is written into a view: it is what the statement says. The
        // view's columns say what it is on PostgreSQL.
        new.columns.clone_from(&subject.columns);
        new.is_row = false;
    }
    match event(tree) {
        TriggerEvent::Insert => vec![new],
        TriggerEvent::Update => vec![new, row("old", subject)],
        TriggerEvent::Delete => vec![row("old", subject)],
    }
}

/// Returns a row of a relation under a name.
fn row(name: &str, relation: &Relation) -> Source {
    let mut source = Source::unqualified(relation);
    name.clone_into(&mut source.name);
    source.qualifier = Some(fit(name));
    source.is_row = true;
    for field in &mut source.columns {
        field.affinity = row_affinity(field);
    }
    source
}

/// PostgreSQL computes generated columns once the triggers before the row's change are through
/// (manual, section 5.3).
fn refuse_generated(
    tree: &CreateTrigger,
    subject: &Relation,
    program: &Program<'_, '_>,
) -> Result<(), Unsupported> {
    if tree.timing != TriggerTiming::Before {
        return Ok(());
    }
    let written = program.context.written(subject)?;
    let columns = subject.columns.iter().zip(&written.columns);
    match columns.into_iter().find(|(field, facts)| facts.generated && program.reads_new(field)) {
        None => Ok(()),
        Some((field, _)) => Err(Unsupported::new(format!(
            "it reads the generated column NEW.{}, which PostgreSQL computes only after BEFORE triggers",
            field.source_name
        ))),
    }
}

/// `new.x` has its column's collation and not its affinity: `new.x = '5'` is false for the integer 5
/// (`sqlite3ExprAffinity` in SQLite's `expr.c` knows `TK_COLUMN`, not `TK_TRIGGER`).
fn row_affinity(field: &Field) -> Option<Affinity> {
    let is_text = field.data_type.is_some_and(|data_type| Type::of(data_type) == Type::Text);
    // In a column of texts and numbers that became text, a text that looks like a number was one.
    field.affinity.filter(|affinity| is_text && *affinity != Affinity::Text)
}

/// Returns what a trigger fires on.
#[must_use]
pub(crate) fn event(tree: &CreateTrigger) -> TriggerEvent {
    match tree.event {
        crate::ast::TriggerEvent::Insert => TriggerEvent::Insert,
        crate::ast::TriggerEvent::Delete => TriggerEvent::Delete,
        crate::ast::TriggerEvent::Update(_) => TriggerEvent::Update,
    }
}

fn has_query(expr: &Expr) -> bool {
    let own = matches!(
        expr,
        Expr::Subquery(_) | Expr::Exists(_) | Expr::In { set: InSet::Select(_), .. }
    );
    own || super::children(expr).into_iter().any(has_query)
}

impl<'a> TriggerContext<'a> {
    /// Returns what is known of a relation for writing it.
    fn written(&self, relation: &Relation) -> Result<&'a Written, Unsupported> {
        let name = &relation.source_name;
        let found = self.written.iter().find(|written| written.source_name == *name);
        found.ok_or_else(|| Unsupported::new(format!("`{name}` cannot be written")))
    }
}
