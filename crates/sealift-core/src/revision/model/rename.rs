//! [`Rename`]: what a person says is the same thing under another name.

use super::printed::with_names;
use super::{Constraint, Dependency, Model, Table};
use crate::name::Ident;
use crate::revision::lex::{Kind, tokens};
use crate::sql::Sql;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A table or column that has another name on the wanted side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rename {
    /// A table.
    Table {
        /// Its name in the database.
        from: Ident,
        /// Its wanted name.
        to: Ident,
    },
    /// A column.
    Column {
        /// Its table, by the wanted name.
        table: Ident,
        /// Its name in the database.
        from: Ident,
        /// Its wanted name.
        to: Ident,
    },
}

/// Why a rename is not possible.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenameError {
    /// It is not written as one.
    #[error("`{text}` is not `old=new` for a table, nor `table.old=table.new` for a column")]
    Form {
        /// What was given.
        text: String,
    },
    /// There is nothing of the old name in the database.
    #[error("the database has no {what}")]
    NoOld {
        /// `table users`, or `column users.name`.
        what: String,
    },
    /// There is nothing of the new name on the wanted side.
    #[error("the wanted schema has no {what}")]
    NoNew {
        /// `table users`, or `column users.name`.
        what: String,
    },
    /// The old name is wanted as well.
    #[error("the wanted schema still has {what}, so it cannot be renamed")]
    OldWanted {
        /// `table users`, or `column users.name`.
        what: String,
    },
    /// The new name is taken.
    #[error("the database has {what} already; let a revision of its own drop or rename that first")]
    NewTaken {
        /// `table users`, or `column users.name`.
        what: String,
    },
}

impl Rename {
    /// Reads `old=new` or `table.old=table.new`, with names as in SQL: folded unless in double quotes. A column's
    /// table may be given by either name where it is renamed too; [`Rename::check`] sees to that.
    ///
    /// # Errors
    /// When it is anything else.
    pub fn parse(text: &str) -> Result<Self, RenameError> {
        let wrong = || RenameError::Form { text: text.to_owned() };
        let tokens = tokens(text).map_err(|_| wrong())?;
        let mut sides: Vec<Vec<Ident>> = vec![Vec::new()];
        let mut wants_name = true;
        for token in tokens.iter().filter(|token| token.is_significant()) {
            match (token.kind, token.name(), wants_name) {
                (_, Some(name), true) => {
                    let name = Ident::new(name).map_err(|_| wrong())?;
                    sides.last_mut().ok_or_else(wrong)?.push(name);
                    wants_name = false;
                }
                (Kind::Symbol('.'), None, false) => wants_name = true,
                (Kind::Symbol('='), None, false) => {
                    sides.push(Vec::new());
                    wants_name = true;
                }
                _ => return Err(wrong()),
            }
        }
        match <[Vec<Ident>; 2]>::try_from(sides).map_err(|_| wrong())? {
            [from, to] => match (from.as_slice(), to.as_slice()) {
                ([from], [to]) => Ok(Self::Table { from: from.clone(), to: to.clone() }),
                ([_, from], [table, to]) => {
                    Ok(Self::Column { table: table.clone(), from: from.clone(), to: to.clone() })
                }
                _ => Err(wrong()),
            },
        }
    }

    /// Looks whether the database has the old name and not the new one, and the wanted side the other way round. `old`
    /// has the renames of tables behind it where this is one of a column.
    ///
    /// # Errors
    /// When it is otherwise.
    pub fn check(&self, old: &Model, wanted: &Model) -> Result<(), RenameError> {
        let has = |model: &Model, name: &Ident| match self {
            Self::Table { .. } => model.table(name).is_some(),
            Self::Column { table, .. } => {
                model.table(table).is_some_and(|table| table.column(name).is_some())
            }
        };
        let (Self::Table { from, to } | Self::Column { from, to, .. }) = self;
        let what = |name: &Ident| match self {
            Self::Table { .. } => format!("table {name}"),
            Self::Column { table, .. } => format!("column {table}.{name}"),
        };
        if !has(old, from) {
            return Err(RenameError::NoOld { what: what(from) });
        }
        if !has(wanted, to) {
            return Err(RenameError::NoNew { what: what(to) });
        }
        if has(wanted, from) {
            return Err(RenameError::OldWanted { what: what(from) });
        }
        if has(old, to) {
            return Err(RenameError::NewTaken { what: what(to) });
        }
        Ok(())
    }
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table { from, to } => write!(f, "{}={}", spelled(from), spelled(to)),
            Self::Column { table, from, to } => {
                let table = spelled(table);
                write!(f, "{table}.{}={table}.{}", spelled(from), spelled(to))
            }
        }
    }
}

/// As [`Rename::parse`] takes it: in double quotes where it would be folded.
fn spelled(name: &Ident) -> String {
    let text = name.as_str();
    let first = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let plain = text.bytes().next().is_some_and(first)
        && text.bytes().all(|byte| first(byte) || byte.is_ascii_digit());
    if plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
}

impl Model {
    /// Returns the model as the server would print it once something has another name. Views and functions keep
    /// their texts, since the server prints an alias there.
    #[must_use]
    pub fn renamed(&self, rename: &Rename) -> Self {
        let mut model = self.clone();
        match rename {
            Rename::Table { from, to } => model.rename_table(from, to),
            Rename::Column { table, from, to } => model.rename_column(table, from, to),
        }
        model
    }

    fn rename_table(&mut self, from: &Ident, to: &Ident) {
        let swap = |sql: &mut Sql| *sql = swapped(sql, from, to);
        for table in &mut self.tables {
            let itself = table.name == *from;
            for constraint in &mut table.constraints {
                let Some(reference) = constraint.references.as_mut() else { continue };
                if reference.table == *from {
                    reference.table = to.clone();
                    swap_side(&mut constraint.definition, Side::Referenced, from, to);
                }
            }
            if itself {
                table.name = to.clone();
                table.triggers.iter_mut().for_each(|trigger| swap(&mut trigger.definition));
            }
        }
        let owners = self.sequences.iter_mut().filter_map(|sequence| sequence.owned_by.as_mut());
        owners.filter(|owner| owner.table == *from).for_each(|owner| owner.table = to.clone());
        for dependency in self.dependencies() {
            if let Dependency::Relation { name, .. } = dependency
                && name == from
            {
                *name = to.clone();
            }
        }
    }

    fn rename_column(&mut self, of: &Ident, from: &Ident, to: &Ident) {
        let put = |names: &mut Vec<Ident>| {
            names.iter_mut().filter(|name| *name == from).for_each(|name| *name = to.clone());
        };
        for table in &mut self.tables {
            for constraint in &mut table.constraints {
                let refers = constraint.references.as_ref().is_some_and(|r| r.table == *of);
                if refers {
                    constraint.references.iter_mut().for_each(|r| put(&mut r.columns));
                    swap_side(&mut constraint.definition, Side::Referenced, from, to);
                }
            }
            if table.name == *of {
                rename_in_its_table(table, from, to);
            }
        }
        let owners = self.sequences.iter_mut().filter_map(|sequence| sequence.owned_by.as_mut());
        owners
            .filter(|owner| owner.table == *of && owner.column == *from)
            .for_each(|owner| owner.column = to.clone());
        for dependency in self.dependencies() {
            if let Dependency::Relation { name, column: Some(column) } = dependency
                && name == of
                && column == from
            {
                *column = to.clone();
            }
        }
    }

    fn dependencies(&mut self) -> impl Iterator<Item = &mut Dependency> {
        let views = self.views.iter_mut().flat_map(|view| &mut view.depends_on);
        views.chain(self.functions.iter_mut().flat_map(|function| &mut function.depends_on))
    }
}

fn rename_in_its_table(table: &mut Table, from: &Ident, to: &Ident) {
    let put = |names: &mut Vec<Ident>| {
        names.iter_mut().filter(|name| *name == from).for_each(|name| *name = to.clone());
    };
    for column in &mut table.columns {
        if column.name == *from {
            column.name = to.clone();
        }
        if let Some(generated) = &mut column.generated {
            generated.expression = swapped(&generated.expression, from, to);
        }
    }
    for constraint in &mut table.constraints {
        put(&mut constraint.columns);
        rename_in_definition(constraint, from, to);
        constraint.index = constraint.index.as_ref().map(|index| swapped(index, from, to));
    }
    for index in &mut table.indexes {
        put(&mut index.columns);
        index.tail = swapped(&index.tail, from, to);
    }
    for trigger in &mut table.triggers {
        trigger.definition = swapped(&trigger.definition, from, to);
    }
}

fn rename_in_definition(constraint: &mut Constraint, from: &Ident, to: &Ident) {
    if constraint.references.is_some() {
        swap_side(&mut constraint.definition, Side::Own, from, to);
    } else {
        constraint.definition = swapped(&constraint.definition, from, to);
    }
}

/// The two halves of a foreign key's definition.
#[derive(Clone, Copy)]
enum Side {
    Own,
    Referenced,
}

/// Changes a name on one side of the word `REFERENCES`.
fn swap_side(definition: &mut Sql, side: Side, from: &Ident, to: &Ident) {
    let text = definition.as_str();
    let Ok(tokens) = tokens(text) else { return };
    let Some(word) = tokens.iter().find(|token| token.is_word("references")) else { return };
    let (own, referenced) = text.split_at(word.start);
    let part = |text: &str| Sql::printed_by_server(text.to_owned());
    let (own, referenced) = (part(own), part(referenced));
    *definition = match side {
        Side::Own => swapped(&own, from, to).sql(&referenced),
        Side::Referenced => own.sql(&swapped(&referenced, from, to)),
    };
}

fn swapped(sql: &Sql, from: &Ident, to: &Ident) -> Sql {
    with_names(sql, |name| (name == from.as_str()).then(|| to.as_str().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::revision::testing::{foreign, ident, model, table};

    #[test]
    fn a_rename_is_read_as_it_is_typed() {
        for text in ["users=people", "users.name=users.full_name"] {
            assert_eq!(Rename::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(
            Rename::parse("\"My.Users\"=People"),
            Ok(Rename::Table { from: ident("My.Users"), to: ident("people") })
        );
        for text in ["", "a", "a=", "a.b=c", "a=b=c", "a..b=a.c", "a.b.c=a.b.d"] {
            assert!(Rename::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_refers_to_a_column_follows_its_name() {
        let mut posts = table("posts", &["id", "user_id"]);
        posts.constraints.push(foreign("posts_user_fk", "user_id", "users", "id"));
        let old = model(vec![table("users", &["id"]), posts]);
        let renamed = old.renamed(&Rename::parse("users.id=users.uid").unwrap());
        let key = &renamed.tables[1].constraints[0];
        assert_eq!(key.definition.as_str(), "FOREIGN KEY (user_id) REFERENCES users(uid)");
        assert_eq!(renamed.tables[1].columns[0].name, ident("id"));
        let renamed = renamed.renamed(&Rename::parse("users=people").unwrap());
        let key = &renamed.tables[1].constraints[0];
        assert_eq!(key.definition.as_str(), "FOREIGN KEY (user_id) REFERENCES people(uid)");
    }

    #[test]
    fn a_rename_must_fit_both_sides() {
        let (old, wanted) = (model(vec![table("a", &["x"])]), model(vec![table("b", &["x"])]));
        let check = |text: &str| Rename::parse(text).unwrap().check(&old, &wanted);
        assert_eq!(check("a=b"), Ok(()));
        assert!(matches!(check("c=b"), Err(RenameError::NoOld { .. })));
        assert!(matches!(check("a=c"), Err(RenameError::NoNew { .. })));
        let mut both = wanted.clone();
        both.tables.push(table("a", &["x"]));
        assert!(matches!(
            Rename::parse("a=b").unwrap().check(&old, &both),
            Err(RenameError::OldWanted { .. })
        ));
    }
}
