//! [`Sides`]: both models, and what stands on something that must be taken down for a while.

use super::column_type;
use super::pairs::Pairs;
use crate::name::{Ident, fit};
use crate::revision::model::{
    Column, Constraint, ConstraintKind, Dependency, Function, Generated, GeneratedKind, Index,
    Model, Rename, Table, View, printed,
};
use std::collections::BTreeSet;

/// What is compared, with everything that follows from it for things that did not change themselves.
#[derive(Debug)]
pub(super) struct Sides<'a> {
    /// The database, with the wanted names already.
    pub(super) base: &'a Model,
    /// What it is to become.
    pub(super) wanted: &'a Model,
    /// Columns that are dropped, made anew, change their type or have a new name.
    pub(super) moved: BTreeSet<(Ident, Ident)>,
    /// Columns that are made anew, together with what stands on them.
    pub(super) remade: BTreeSet<(Ident, Ident)>,
    /// Tables that go, or have a new name.
    moved_tables: BTreeSet<Ident>,
    /// Views of the database that go, change, or stand on something that does.
    pub(super) views_down: BTreeSet<Ident>,
    /// Functions of the database that go or must be made anew, by name and arguments.
    pub(super) functions_down: BTreeSet<(Ident, String)>,
    /// Whether any table or column changes its name.
    pub(super) has_renames: bool,
}

impl<'a> Sides<'a> {
    pub(super) fn new(base: &'a Model, wanted: &'a Model, renames: &[Rename]) -> Self {
        let mut sides = Self {
            base,
            wanted,
            moved: BTreeSet::new(),
            remade: BTreeSet::new(),
            moved_tables: BTreeSet::new(),
            views_down: BTreeSet::new(),
            functions_down: BTreeSet::new(),
            has_renames: !renames.is_empty(),
        };
        for rename in renames {
            match rename {
                Rename::Table { to, .. } => {
                    sides.moved_tables.insert(to.clone());
                }
                Rename::Column { table, to, .. } => {
                    sides.moved.insert((table.clone(), to.clone()));
                }
            }
        }
        for old in &base.tables {
            match wanted.table(&old.name) {
                Some(new) => sides.look_at_columns(old, new),
                None => {
                    sides.moved_tables.insert(old.name.clone());
                }
            }
        }
        sides.look_at_what_stands_on_it();
        sides
    }

    /// Returns tables that are on both sides.
    pub(super) fn shared_tables(&self) -> impl Iterator<Item = (&'a Table, &'a Table)> {
        self.base.tables.iter().filter_map(|old| Some((old, self.wanted.table(&old.name)?)))
    }

    /// Returns whether a table is there before the change.
    pub(super) fn exists(&self, table: &Ident) -> bool {
        self.base.table(table).is_some()
    }

    pub(super) fn is_remade(&self, table: &Ident, columns: &[Ident]) -> bool {
        columns.iter().any(|column| self.remade.contains(&(table.clone(), column.clone())))
    }

    pub(super) fn changes_type(&self, table: &Ident, columns: &[Ident]) -> bool {
        let pair = |column: &Ident| {
            let old = self.base.table(table)?.column(column)?;
            Some((old, self.wanted.table(table)?.column(column)?))
        };
        columns.iter().filter_map(pair).any(|(old, new)| column_type::differs(old, new))
    }

    /// Pairs the constraints of a table. One on a column that is made anew counts as changed.
    pub(super) fn constraints(&self, old: &'a Table, new: &'a Table) -> Pairs<'a, Constraint> {
        Pairs::by_definition(
            &old.constraints,
            &new.constraints,
            |c| &c.name,
            |a, b| {
                a.kind == b.kind
                    && a.definition == b.definition
                    && a.deferral == b.deferral
                    && (a.validated || !b.validated || can_be_validated(a))
                    && (!a.validated || b.validated)
                    && !self.is_remade(&old.name, &a.columns)
                    && (a.kind != ConstraintKind::Foreign || !self.reference_moves(&old.name, a))
            },
        )
    }

    /// Pairs the indexes of a table in the same way. One that is not valid counts as changed.
    pub(super) fn indexes(&self, old: &'a Table, new: &'a Table) -> Pairs<'a, Index> {
        Pairs::by_definition(
            &old.indexes,
            &new.indexes,
            |i| &i.name,
            |a, b| {
                a.unique == b.unique
                    && a.tail == b.tail
                    && (a.valid || !b.valid)
                    && !self.is_remade(&old.name, &a.columns)
            },
        )
    }

    /// Returns whether a foreign key must be down while something changes: a type at either end, or the key it refers to.
    fn reference_moves(&self, table: &Ident, foreign: &Constraint) -> bool {
        let Some(reference) = &foreign.references else { return false };
        let Some(old) = self.base.table(&reference.table) else { return false };
        let Some(new) = self.wanted.table(&reference.table) else { return true };
        let key_stays = |key: &Constraint| {
            matches!(key.kind, ConstraintKind::Primary | ConstraintKind::Unique)
                && same_columns(&key.columns, &reference.columns)
                && new.constraint(&key.name).is_none_or(|other| other.definition == key.definition)
                && new.constraints.iter().any(|other| {
                    other.kind == key.kind
                        && other.definition == key.definition
                        && other.deferral == key.deferral
                })
        };
        let index_stays = |index: &Index| {
            index.unique
                && same_columns(&index.columns, &reference.columns)
                && new.indexes.iter().any(|other| other.tail == index.tail && other.unique)
        };
        let stays = old.constraints.iter().any(key_stays) || old.indexes.iter().any(index_stays);
        !stays
            || self.is_remade(&reference.table, &reference.columns)
            || self.changes_type(table, &foreign.columns)
            || self.changes_type(&reference.table, &reference.columns)
    }

    /// Returns a name that no table, view, index, sequence, type or key on either side has.
    pub(super) fn free_name(&self, wish: &str) -> Ident {
        let mut wish = wish.to_owned();
        while [self.base, self.wanted].into_iter().any(|model| has_name(model, &fit(&wish))) {
            wish.push('_');
        }
        fit(&wish)
    }

    fn look_at_columns(&mut self, old: &Table, new: &Table) {
        let key = |column: &Column| (old.name.clone(), column.name.clone());
        for column in &old.columns {
            match new.column(&column.name) {
                None => {
                    self.moved.insert(key(column));
                }
                Some(wanted) => {
                    if must_be_remade(column, wanted) {
                        self.remade.insert(key(column));
                        self.moved.insert(key(column));
                    } else if column_type::differs(column, wanted) {
                        self.moved.insert(key(column));
                    }
                }
            }
        }
        // A generated column stands on others.
        for column in &old.columns {
            let (Some(generated), Some(wanted)) = (&column.generated, new.column(&column.name))
            else {
                continue;
            };
            let stands_on_moved = old.columns.iter().any(|other| {
                self.moved.contains(&key(other))
                    && new.column(&other.name).is_none_or(|new| {
                        column_type::differs(other, new) || must_be_remade(other, new)
                    })
                    && printed::mentions(&generated.expression, other.name.as_str())
            });
            if stands_on_moved && wanted.generated.is_some() {
                self.remade.insert(key(column));
                self.moved.insert(key(column));
            }
        }
    }

    /// Finds views and functions, again and again until no more is found.
    fn look_at_what_stands_on_it(&mut self) {
        loop {
            let views: Vec<Ident> = self
                .base
                .views
                .iter()
                .filter(|view| !self.views_down.contains(&view.name) && self.view_goes_down(view))
                .map(|view| view.name.clone())
                .collect();
            let functions: Vec<(Ident, String)> = self
                .base
                .functions
                .iter()
                .filter(|function| !self.functions_down.contains(&function_key(function)))
                .filter(|function| self.function_goes_down(function))
                .map(function_key)
                .collect();
            if views.is_empty() && functions.is_empty() {
                return;
            }
            self.views_down.extend(views);
            self.functions_down.extend(functions);
        }
    }

    fn view_goes_down(&self, old: &View) -> bool {
        let Some(new) = self.wanted.view(&old.name) else { return true };
        old.kind != new.kind
            || old.options != new.options
            || old.definition != new.definition
            || old.depends_on.iter().any(|on| self.is_moved(on))
    }

    fn function_goes_down(&self, old: &Function) -> bool {
        let Some(new) =
            self.wanted.functions.iter().find(|new| function_key(new) == function_key(old))
        else {
            return true;
        };
        old.signature != new.signature
            || old.kind != new.kind
            || old.depends_on.iter().any(|on| self.is_moved(on))
    }

    fn is_moved(&self, on: &Dependency) -> bool {
        match on {
            Dependency::Relation { name, column } => {
                self.moved_tables.contains(name)
                    || self.views_down.contains(name)
                    || match column {
                        Some(column) => self.moved.contains(&(name.clone(), column.clone())),
                        None => self.moved.iter().any(|(table, _)| table == name),
                    }
            }
            Dependency::Function { name } => {
                self.functions_down.iter().any(|(function, _)| function == name)
            }
            Dependency::Type { .. } => false,
        }
    }
}

fn has_name(model: &Model, name: &Ident) -> bool {
    let in_table = |table: &Table| {
        table.name == *name || table.index(name).is_some() || table.constraint(name).is_some()
    };
    let in_view = |view: &View| view.name == *name || view.indexes.iter().any(|i| i.name == *name);
    model.tables.iter().any(in_table)
        || model.views.iter().any(in_view)
        || model.sequence(name).is_some()
        || model.enums.iter().any(|other| other.name == *name)
        || model.domains.iter().any(|other| other.name == *name)
}

/// Returns what tells a function from all others.
pub(super) fn function_key(function: &Function) -> (Ident, String) {
    (function.name.clone(), function.argument_types.as_str().to_owned())
}

/// Returns whether a column cannot be changed into another: it begins to be computed, or is computed otherwise.
pub(super) fn must_be_remade(old: &Column, new: &Column) -> bool {
    let form = |generated: &Generated| (generated.expression.clone(), generated.kind);
    match (&old.generated, &new.generated) {
        (None, None) => false,
        // The server can keep the values of a stored one; a virtual one has none to keep.
        (Some(old), None) => old.kind == GeneratedKind::Virtual,
        (None, Some(_)) => true,
        (Some(a), Some(b)) => form(a) != form(b) || column_type::differs(old, new),
    }
}

const fn can_be_validated(constraint: &Constraint) -> bool {
    matches!(constraint.kind, ConstraintKind::Check | ConstraintKind::Foreign)
}

fn same_columns(a: &[Ident], b: &[Ident]) -> bool {
    let set = |columns: &[Ident]| columns.iter().cloned().collect::<BTreeSet<_>>();
    set(a) == set(b)
}
