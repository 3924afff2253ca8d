//! [`Program`]: the statements of one trigger, and what is noted on the way.

use super::{Effect, TriggerContext, Written};
use crate::ast::{BinaryOp, Expr, Name, TriggerStatement};
use crate::mapping::PgType;
use crate::name::fit;
use crate::schema::target::{Step, TriggerEvent};
use crate::sql::Sql;
use crate::translate::expression::Translator;
use crate::translate::from::conjuncts;
use crate::translate::scope::{Frame, Source};
use crate::translate::typed::{Type, Typed};
use crate::translate::{Field, Relation, Unsupported};
use std::collections::BTreeSet;

pub(super) struct Program<'c, 's> {
    pub(super) translator: Translator<'c>,
    pub(super) context: TriggerContext<'c>,
    subject: &'s Relation,
    pub(super) effects: Vec<Effect>,
    pub(super) ignores: bool,
    pub(super) fails: bool,
    pub(super) rounded: BTreeSet<String>,
    pub(super) left_out: BTreeSet<String>,
}

/// What a statement writes.
pub(super) struct Target<'c> {
    pub(super) relation: &'c Relation,
    pub(super) written: &'c Written,
    /// `"schema"."name" as "name"`
    pub(super) sql: Sql,
    pub(super) source: Source,
}

impl<'c, 's> Program<'c, 's> {
    pub(super) fn new(
        translator: Translator<'c>,
        context: TriggerContext<'c>,
        subject: &'s Relation,
    ) -> Self {
        Self {
            translator,
            context,
            subject,
            effects: Vec::new(),
            ignores: false,
            fails: false,
            rounded: BTreeSet::new(),
            left_out: BTreeSet::new(),
        }
    }

    pub(super) fn statement(
        &mut self,
        statement: &TriggerStatement,
        frame: &Frame<'_>,
    ) -> Result<Vec<Step>, Unsupported> {
        match statement {
            TriggerStatement::Insert(insert) => self.insert(insert, frame),
            TriggerStatement::Update(update) => self.update(update, frame),
            TriggerStatement::Delete(delete) => self.delete(delete, frame),
            TriggerStatement::Select(select) => self.select(select, frame),
        }
    }

    /// Finds what a statement writes.
    pub(super) fn target(&self, name: &Name) -> Result<Target<'c>, Unsupported> {
        let catalogue = self.context.catalogue;
        let relation = catalogue.relation(&name.text).ok_or_else(|| {
            Unsupported::new(format!("there is no table or translated view `{}`", name.text))
        })?;
        let written = self.context.written(relation)?;
        if written.conflict_clauses {
            return Err(Unsupported::new(format!(
                "it writes `{}`, whose constraints have ON CONFLICT clauses",
                name.text
            )));
        }
        let alias = fit(&relation.source_name);
        let sql =
            Sql::new().qualified(&catalogue.schema, &relation.target).push(" as ").ident(&alias);
        let source = Source { qualifier: Some(alias), ..Source::unqualified(relation) };
        Ok(Target { relation, written, sql, source })
    }

    /// Returns a value as the cell of a column.
    pub(super) fn cell(
        &mut self,
        target: &Target<'_>,
        column: usize,
        value: (Option<&Expr>, &Typed),
    ) -> Result<Sql, Unsupported> {
        let field = field(target, column)?;
        let (expr, value) = value;
        let fixed = matches!(field.data_type, Some(PgType::Numeric(Some(_))));
        if fixed && value.ty == Type::Double && value.constant.is_none() {
            self.rounded.insert(format!("{}.{}", target.relation.source_name, field.source_name));
        }
        super::assign::assigned(expr, value, field)
    }

    /// Returns whether a column of `new` was read anywhere.
    pub(super) fn reads_new(&self, field: &Field) -> bool {
        let name = Sql::new().qualified(&fit("new"), &field.target);
        self.translator.outer.contains(name.as_str())
    }

    /// Returns whether a condition fixes the whole key of the subject to that of `new` or `old`.
    pub(super) fn is_own_row(&self, relation: &Relation, filter: Option<&Expr>) -> bool {
        let Some(filter) = filter.filter(|_| relation.source_name == self.subject.source_name)
        else {
            return false;
        };
        let mut fixed = BTreeSet::new();
        let source = Source::unqualified(relation);
        conjuncts(filter, &mut |part| {
            let Expr::Binary { op: BinaryOp::Eq, left, right } = part else { return };
            for (own, row) in [(left, right), (right, left)] {
                let (Expr::Column { table, column, .. }, Expr::Column { table: Some(of), .. }) =
                    (&**own, &**row)
                else {
                    continue;
                };
                let is_row = of.is("new") || of.is("old");
                let is_own = table.as_ref().is_none_or(|table| table.is(&relation.source_name));
                let same = matches!(&**row, Expr::Column { column: other, .. }
                    if source.position(&other.text) == source.position(&column.text));
                if is_row && is_own && same {
                    fixed.extend(source.position(&column.text));
                }
            }
        });
        let key = &relation.primary_key;
        let by_key = !key.is_empty() && key.iter().all(|column| fixed.contains(column));
        by_key || relation.row_id.is_some_and(|column| fixed.contains(&column))
    }
}

/// Returns what a statement does to its target.
pub(super) fn effect(target: &Target<'_>, event: TriggerEvent) -> Effect {
    Effect {
        relation: target.relation.source_name.clone(),
        event,
        columns: Vec::new(),
        overrides: false,
        own_row: false,
    }
}

/// Returns a column of a target.
pub(super) fn field<'t>(target: &'t Target<'_>, column: usize) -> Result<&'t Field, Unsupported> {
    let field = target.relation.columns.get(column);
    field.ok_or_else(|| Unsupported::new("a column that is not there"))
}

/// Returns a column's position by name.
pub(super) fn position(target: &Target<'_>, name: &Name) -> Result<usize, Unsupported> {
    target.source.position(&name.text).ok_or_else(|| {
        Unsupported::new(format!("`{}` has no column `{}`", target.relation.source_name, name.text))
    })
}
