//! Keys that are the rowid: how wide the framework makes them, and who numbers the rows.

use super::Builder;
use crate::mapping::profile::{RowId, RowIdFacts};
use crate::mapping::{self, Choice, ColumnId, PgType, holds};
use crate::schema::{source, target};
use std::collections::BTreeSet;

/// Keys that foreign keys tie together, so that all have one width.
struct Tied {
    members: Vec<ColumnId>,
    /// Those of them that are their tables' rowid.
    row_ids: Vec<ColumnId>,
    /// What the profile says.
    wish: RowId,
}

impl Builder<'_> {
    /// Gives keys that are the rowid the width that the profile makes, where every cell of every
    /// column that they are tied to fits it, and the next number too.
    pub(super) fn row_ids(&self, choices: &mut [Vec<Choice>], fixed: &BTreeSet<ColumnId>) {
        let profile = self.profile();
        let tied = self.tied(fixed);
        for one in &tied {
            let integer = match one.wish {
                RowId::Integer | RowId::IntegerAnyway => true,
                RowId::BigInt => false,
                RowId::LikeOthers => self.others_are_integer(one, &tied),
            };
            if !integer || !one.members.iter().all(|id| self.fits_integer(*id)) {
                continue;
            }
            for id in &one.row_ids {
                if let Some(choice) = choices.get_mut(id.0).and_then(|row| row.get_mut(id.1)) {
                    choice.data_type = PgType::Integer;
                    choice.because =
                        format!("the rowid; {profile} makes integer of it, and every key fits");
                }
            }
        }
    }

    /// Returns whether the server numbers the rows by a column.
    pub(super) fn numbers(&self, table: usize, column: usize) -> bool {
        self.is_row_id((table, column))
            && self
                .facts
                .schema
                .tables
                .get(table)
                .is_some_and(|it| self.profile().numbers(facts(it, column, &Children::default())))
    }

    /// Returns the groups with a rowid of which neither the user nor the application's own schema
    /// has decided.
    fn tied(&self, fixed: &BTreeSet<ColumnId>) -> Vec<Tied> {
        let mut groups = mapping::groups(&self.ties());
        let alone: Vec<ColumnId> = self
            .taken()
            .into_iter()
            .flat_map(|(position, table)| (0..table.columns.len()).map(move |at| (position, at)))
            .filter(|id| self.is_row_id(*id) && !groups.iter().any(|group| group.contains(id)))
            .collect();
        groups.extend(alone.into_iter().map(|id| vec![id]));
        let decided = |id: &ColumnId| fixed.contains(id) && !self.is_open(*id);
        groups
            .into_iter()
            .filter(|group| !group.iter().any(decided))
            .filter_map(|members| {
                let row_ids: Vec<ColumnId> =
                    members.iter().copied().filter(|id| self.is_row_id(*id)).collect();
                let (table, column) = row_ids.iter().copied().find(|id| !self.is_child(*id))?;
                let children = Children {
                    any: members.len() > 1,
                    wide: members.iter().any(|id| self.is_wide(*id)),
                };
                let table = self.facts.schema.tables.get(table)?;
                let wish = self.profile().row_id(facts(table, column, &children));
                Some(Tied { members, row_ids, wish })
            })
            .collect()
    }

    /// Returns whether the keys that are known are `integer`: those of the same application, which is
    /// what a table's name begins with, else all of the file.
    fn others_are_integer(&self, one: &Tied, all: &[Tied]) -> bool {
        let application = |tied: &Tied| {
            let table = self.facts.schema.tables.get(tied.row_ids.first()?.0)?;
            table.name.split('_').next().map(str::to_owned)
        };
        let mine = application(one);
        let known = |same: bool| {
            let of_interest = all.iter().filter(|other| !same || application(other) == mine);
            let integers = of_interest.clone().filter(|it| it.wish == RowId::Integer).count();
            let wide = of_interest.filter(|it| it.wish == RowId::BigInt).count();
            (integers, wide)
        };
        match known(true) {
            (0, 0) => matches!(known(false), (1.., 0)),
            (integers, wide) => integers > 0 && wide == 0,
        }
    }

    fn fits_integer(&self, id: ColumnId) -> bool {
        let census = self.census(id.0, id.1);
        let sequence = self.facts.schema.tables.get(id.0).and_then(|table| table.sequence);
        let next = target::Identity::after(census.integer_range, sequence);
        let counts = !self.is_row_id(id) || i32::try_from(next).is_ok();
        counts && holds(PgType::Integer, crate::convert::Reading::Plain, census)
    }

    fn is_row_id(&self, id: ColumnId) -> bool {
        let table = self.facts.schema.tables.get(id.0);
        table.is_some_and(|table| table.row_key == source::RowKey::Alias { column: id.1 })
    }

    /// Returns whether a rowid's type is not decided by a cast or by the application's own schema, and
    /// the framework made the table: a virtual table numbers its rows itself.
    fn is_open(&self, id: ColumnId) -> bool {
        let Some(table) = self.facts.schema.tables.get(id.0) else { return true };
        if table.module.is_some() {
            return false;
        }
        let Some(column) = table.columns.get(id.1) else { return true };
        self.options.cast(&table.name, &column.name).is_none() && self.pattern(id).is_none()
    }

    fn is_child(&self, id: ColumnId) -> bool {
        let table = self.facts.schema.tables.get(id.0);
        table.is_some_and(|it| it.foreign_keys.iter().any(|key| key.columns.contains(&id.1)))
    }

    fn is_wide(&self, id: ColumnId) -> bool {
        let table = self.facts.schema.tables.get(id.0);
        table.and_then(|table| table.columns.get(id.1)).is_some_and(|column| {
            let declared = column.declared_type.to_ascii_uppercase();
            declared.starts_with("BIGINT") || declared == "INT8" || declared.contains("BIG INT")
        })
    }
}

/// The columns that point at a rowid.
#[derive(Default)]
struct Children {
    any: bool,
    wide: bool,
}

fn facts<'a>(table: &'a source::Table, column: usize, children: &Children) -> RowIdFacts<'a> {
    RowIdFacts {
        table: &table.name,
        autoincrement: table.autoincrement,
        is_child: table.foreign_keys.iter().any(|key| key.columns.contains(&column)),
        has_child: children.any,
        has_wide_child: children.wide,
    }
}
