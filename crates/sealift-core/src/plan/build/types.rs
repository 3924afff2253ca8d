//! The type of every column: alone, then across foreign keys.

use super::json::json_columns;
use super::{Builder, Doubt, Question};
use crate::convert::Reading;
use crate::mapping::{self, Choice, ColumnFacts, ColumnId, Member, PgType, Verdict};
use crate::plan::Finding;
use crate::schema::source;
use std::collections::BTreeSet;

/// The decided type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnType {
    pub(super) data_type: PgType,
    pub(super) reading: Reading,
    pub(super) because: String,
}

impl Builder<'_> {
    pub(super) fn choose_types(&mut self) {
        let schema = self.facts.schema;
        let mut choices: Vec<Vec<Choice>> = Vec::new();
        let mut fixed: BTreeSet<ColumnId> = BTreeSet::new();
        for (position, table) in schema.tables.iter().enumerate() {
            let indexed = indexed_columns(schema, table);
            let json = json_columns(table);
            let mut row = Vec::new();
            for (index, column) in table.columns.iter().enumerate() {
                let facts = ColumnFacts {
                    declared_type: &column.declared_type,
                    affinity: column.affinity,
                    rowid_alias: table.row_key == source::RowKey::Alias { column: index },
                    json_checked: json.contains(&index),
                    indexed: indexed.contains(&index),
                };
                let (choice, stands) = self.alone((position, index), facts);
                if stands {
                    fixed.insert((position, index));
                }
                row.push(choice);
            }
            choices.push(row);
        }
        self.row_ids(&mut choices, &fixed);
        self.unify(&mut choices, &fixed);
        self.say_what_was_assumed(&choices);
        self.types = choices
            .into_iter()
            .enumerate()
            .map(|(table, row)| {
                row.into_iter()
                    .enumerate()
                    .map(|(column, choice)| self.decide(table, column, choice))
                    .collect()
            })
            .collect();
    }

    /// Returns the type of a column by itself, and whether no foreign key may change it: the user's
    /// cast, then the application's own type, then a framework's, then the usual rule.
    fn alone(&mut self, id: ColumnId, facts: ColumnFacts<'_>) -> (Choice, bool) {
        let usual = mapping::choose(facts, self.census(id.0, id.1));
        if let Some(choice) = self.cast(id) {
            return (choice, true);
        }
        let choice = if facts.rowid_alias { usual } else { self.by_profile(id, facts, usual) };
        match self.by_pattern(id, &choice) {
            Some(pattern) => (pattern, true),
            None => (choice, facts.rowid_alias),
        }
    }

    fn cast(&mut self, id: ColumnId) -> Option<Choice> {
        let table = self.facts.schema.tables.get(id.0)?;
        let column = table.columns.get(id.1)?;
        let cast = self.options.cast(&table.name, &column.name)?;
        self.doubts.push(Doubt {
            table: table.name.clone(),
            column: column.name.clone(),
            data_type: cast.data_type,
            reading: cast.reading,
            question: Question::Cast,
        });
        Some(Choice {
            data_type: cast.data_type,
            reading: cast.reading,
            because: "--cast".to_owned(),
            verdict: Verdict::AsDeclared,
            wanted: None,
            remedy: None,
        })
    }

    /// Gives all columns of a key graph one type.
    fn unify(&mut self, choices: &mut [Vec<Choice>], fixed: &BTreeSet<ColumnId>) {
        let ties = self.ties();
        let mut notes = Vec::new();
        for group in mapping::groups(&ties) {
            let members: Vec<Member<'_>> = group
                .iter()
                .filter_map(|id| {
                    let choice = choices.get(id.0)?.get(id.1)?;
                    let census = self.census(id.0, id.1);
                    Some(Member { id: *id, census, choice, fixed: fixed.contains(id) })
                })
                .collect();
            let Some((data_type, reading)) = mapping::one_type(&members) else { continue };
            let name =
                members.first().map(|member| self.column_name(member.id)).unwrap_or_default();
            for id in &group {
                let others = self.column_name(*id) != name;
                let Some(choice) = choices.get_mut(id.0).and_then(|row| row.get_mut(id.1)) else {
                    continue;
                };
                if choice.data_type == data_type && choice.reading == reading {
                    continue;
                }
                if choice.data_type != data_type {
                    notes.push((*id, choice.data_type, data_type));
                }
                choice.because = if others {
                    format!("{}; one type with {name} across the foreign key", choice.because)
                } else {
                    format!("{}; one type across its foreign keys", choice.because)
                };
                choice.data_type = data_type;
                choice.reading = reading;
            }
        }
        for (id, alone, together) in notes {
            let object = self.column_name(id);
            self.findings.push(Finding::note(
                "key-type",
                object,
                format!("becomes {together}, like the columns its foreign keys tie it to; alone it would be {alone}"),
            ));
        }
    }

    pub(super) fn column_name(&self, id: ColumnId) -> String {
        let table = self.facts.schema.tables.get(id.0);
        let column = table.and_then(|table| table.columns.get(id.1));
        match (table, column) {
            (Some(table), Some(column)) => format!("{}.{}", table.name, column.name),
            _ => String::new(),
        }
    }

    /// Returns which child column is tied to which parent column, for every key that resolves.
    pub(super) fn ties(&self) -> Vec<(ColumnId, ColumnId)> {
        let mut ties = Vec::new();
        for (child, table) in self.taken() {
            for key in &table.foreign_keys {
                let Some(parent) = self.parent(key) else { continue };
                for (column, parent_column) in key.columns.iter().zip(&parent.columns) {
                    ties.push(((child, *column), (parent.table, *parent_column)));
                }
            }
        }
        ties
    }

    /// Turns a choice into the decision, with its finding and the doubt to look up.
    fn decide(&mut self, table: usize, column: usize, choice: Choice) -> ColumnType {
        let schema = self.facts.schema;
        let source = schema.tables.get(table);
        let object = self.column_name((table, column));
        let taken = source.is_some_and(|source| self.options.takes(&source.name));
        let ColumnTypeFinding { finding, doubt } = finding(&object, &choice);
        if let (true, Some(finding)) = (taken, finding) {
            self.findings.push(finding);
        }
        let names = source.and_then(|source| Some((source, source.columns.get(column)?)));
        if let (true, Some(wanted), Some((source, column))) = (taken, doubt, names) {
            self.doubts.push(Doubt {
                table: source.name.clone(),
                column: column.name.clone(),
                data_type: wanted,
                reading: Reading::Plain,
                question: Question::Declared,
            });
        }
        ColumnType { data_type: choice.data_type, reading: choice.reading, because: choice.because }
    }
}

struct ColumnTypeFinding {
    finding: Option<Finding>,
    doubt: Option<PgType>,
}

fn finding(object: &str, choice: &Choice) -> ColumnTypeFinding {
    match choice.verdict {
        Verdict::AsDeclared => ColumnTypeFinding { finding: None, doubt: None },
        Verdict::Widened => ColumnTypeFinding {
            finding: Some(Finding::note(
                "type-widened",
                object,
                format!("becomes {}: {}", choice.data_type, choice.because),
            )),
            doubt: None,
        },
        Verdict::LeftFamily => {
            let mut finding = Finding::warning(
                "type-changed",
                object,
                format!("becomes {}: {}", choice.data_type, choice.because),
            );
            if let Some(wanted) = choice.wanted {
                let decide = match choice.remedy {
                    Some((data_type, reading)) => {
                        format!("--cast '{object}={data_type} using {reading}'")
                    }
                    None => format!("--cast '{object}=TYPE'"),
                };
                finding = finding.hinted(format!(
                    "nothing is lost; mend those rows in SQLite to get {wanted}, or decide with {decide}"
                ));
            }
            ColumnTypeFinding { finding: Some(finding), doubt: choice.wanted }
        }
    }
}

/// Returns the columns that a key, a unique constraint, an index or a foreign key uses.
fn indexed_columns(schema: &source::Schema, table: &source::Table) -> BTreeSet<usize> {
    let mut columns: BTreeSet<usize> = table.primary_key.iter().copied().collect();
    for unique in &table.unique {
        columns.extend(unique.columns.iter().map(|key| key.column));
    }
    for index in &table.indexes {
        columns.extend(index.columns.iter().filter_map(|column| match &column.key {
            source::IndexKey::Column(position) => Some(*position),
            source::IndexKey::Expression(_) => None,
        }));
    }
    for key in &table.foreign_keys {
        columns.extend(key.columns.iter().copied());
    }
    let children = schema.tables.iter().flat_map(|child| &child.foreign_keys);
    for key in children.filter(|key| key.parent.eq_ignore_ascii_case(&table.name)) {
        columns.extend(key.parent_columns.iter().filter_map(|name| table.position(name)));
    }
    columns
}
