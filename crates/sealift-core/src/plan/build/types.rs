//! The type of every column: alone, then across foreign keys.

use super::json::json_columns;
use super::policies::{self, Asked};
use super::{Builder, Doubt, Question};
use crate::convert::Reading;
use crate::mapping::{self, Choice, ColumnFacts, ColumnId, Meaning, Member, PgType, Verdict};
use crate::plan::{Finding, MisfitRule};
use crate::schema::source;
use std::collections::{BTreeMap, BTreeSet};

/// The decided type of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ColumnType {
    pub(super) data_type: PgType,
    pub(super) reading: Reading,
    pub(super) misfit: MisfitRule,
    pub(super) because: String,
}

impl Builder<'_> {
    pub(super) fn choose_types(&mut self) {
        let schema = self.facts.schema;
        let mut choices: Vec<Vec<Choice>> = Vec::new();
        let mut rules: BTreeMap<ColumnId, MisfitRule> = BTreeMap::new();
        let mut fixed: BTreeSet<ColumnId> = BTreeSet::new();
        for (position, table) in schema.tables.iter().enumerate() {
            let traits = traits(schema, table);
            let mut row = Vec::new();
            for index in 0..table.columns.len() {
                let Some(asked) = asked(table, index, &traits) else { continue };
                let (choice, rule, stands) = self.alone(asked, (position, index));
                if stands {
                    fixed.insert((position, index));
                }
                rules.insert((position, index), rule);
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
                    .map(|(column, choice)| {
                        let rule = rules.get(&(table, column)).copied().unwrap_or_default();
                        self.decide((table, column), choice, rule)
                    })
                    .collect()
            })
            .collect();
    }

    /// Returns the type of a column by itself, what becomes of cells that do not fit it, and whether no
    /// foreign key may change it: the user's cast, then the application's own type, then a framework's,
    /// then what the cells and the policies say.
    fn alone(&mut self, asked: Asked<'_>, id: ColumnId) -> (Choice, MisfitRule, bool) {
        if let Some((choice, rule)) = self.cast(asked, id) {
            return (choice, rule, true);
        }
        let alias = asked.facts.rowid_alias;
        let usual = mapping::choose(asked.facts, self.census(id.0, id.1));
        let choice =
            if alias { usual.clone() } else { self.by_profile(id, asked.facts, usual.clone()) };
        if let Some(pattern) = self.by_pattern(id, &choice) {
            return (pattern, MisfitRule::Refuse, true);
        }
        if alias || choice != usual || !self.options.takes(&asked.table.name) {
            return (choice, MisfitRule::Refuse, alias);
        }
        let census = self.census(id.0, id.1).clone();
        let (choice, rule) = self.decided(asked, id, &census);
        (choice, rule, rule != MisfitRule::Refuse)
    }

    fn cast(&mut self, asked: Asked<'_>, id: ColumnId) -> Option<(Choice, MisfitRule)> {
        let (table, column) = (asked.table, asked.column);
        let cast = self.options.cast(&table.name, &column.name)?.clone();
        let choice = Choice {
            data_type: cast.data_type,
            reading: cast.reading,
            because: "--cast".to_owned(),
            verdict: Verdict::AsDeclared,
            wanted: None,
            remedy: None,
        };
        let census = self.census(id.0, id.1).clone();
        let rule = self.cast_rule(asked, (cast.data_type, cast.reading), &census);
        if cast.data_type == PgType::Jsonb {
            self.repeated_keys(id.0, id.1);
        }
        if rule == MisfitRule::Refuse {
            self.doubts.push(Doubt {
                table: table.name.clone(),
                column: column.name.clone(),
                data_type: cast.data_type,
                reading: cast.reading,
                question: Question::Cast,
            });
        }
        Some((choice, rule))
    }

    /// `jsonb` was asked for, and takes every document; what it does not keep is said.
    fn repeated_keys(&mut self, table: usize, column: usize) {
        let count = self.census(table, column).text.json_duplicate_keys;
        let is_taken = self
            .facts
            .schema
            .tables
            .get(table)
            .is_some_and(|source| self.options.takes(&source.name));
        if count > 0 && is_taken {
            let object = self.column_name((table, column));
            self.findings.push(
                Finding::warning(
                    "json-keys-repeated",
                    object.clone(),
                    "documents name a key twice in one object, and jsonb keeps the last value only",
                )
                .rows(count, Vec::new())
                .hinted(format!("--cast '{object}=json' keeps each document as it is written")),
            );
        }
    }

    /// Gives all columns of a key graph one type.
    fn unify(&mut self, choices: &mut [Vec<Choice>], fixed: &BTreeSet<ColumnId>) {
        let ties = self.ties();
        let children: BTreeSet<ColumnId> =
            ties.iter().filter(|(child, parent)| child != parent).map(|tie| tie.0).collect();
        let mut notes = Vec::new();
        for group in mapping::groups(&ties) {
            let members: Vec<Member<'_>> = group
                .iter()
                .filter_map(|id| {
                    let choice = choices.get(id.0)?.get(id.1)?;
                    let census = self.census(id.0, id.1);
                    let root = !children.contains(id);
                    Some(Member { id: *id, census, choice, fixed: fixed.contains(id), root })
                })
                .collect();
            let Some((agreed, data_type, reading)) = mapping::one_type_of_most(&members) else {
                continue;
            };
            let name = agreed.first().map(|id| self.column_name(*id)).unwrap_or_default();
            for id in &agreed {
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
            let what = format!(
                "becomes {together}, like the columns its foreign keys tie it to; alone it would be {alone}"
            );
            // A text takes every number; but no number is compared with a text on PostgreSQL. A column
            // that nobody declared a number is one by its cells only.
            let finding = if together.is_text() && !alone.is_text() && self.names_a_type(id) {
                Finding::warning("key-type", object, what).hinted(format!(
                    "compare it with texts in the application's queries, or --cast both ends to {alone} if no key will ever be anything else"
                ))
            } else {
                Finding::note("key-type", object, what)
            };
            self.findings.push(finding);
        }
    }

    /// Returns whether a column is declared by a name that says more than an affinity.
    fn names_a_type(&self, id: ColumnId) -> bool {
        let table = self.facts.schema.tables.get(id.0);
        let column = table.and_then(|table| table.columns.get(id.1));
        column.is_some_and(|column| {
            matches!(Meaning::of(&column.declared_type, column.affinity), Meaning::Type(_))
        })
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
    fn decide(&mut self, id: ColumnId, mut choice: Choice, misfit: MisfitRule) -> ColumnType {
        let wish = self.wishes.get(&id).filter(|_| choice.verdict == Verdict::LeftFamily).copied();
        if let Some((wanted, _)) = wish {
            choice.wanted = Some(wanted);
        }
        let schema = self.facts.schema;
        let source = schema.tables.get(id.0);
        let object = self.column_name(id);
        let taken = source.is_some_and(|source| self.options.takes(&source.name));
        let agreed = source.filter(|_| choice.verdict == Verdict::LeftFamily).and_then(|source| {
            let traits = traits(schema, source);
            let asked = asked(source, id.1, &traits)?;
            policies::agreed(&object, asked, &choice, self.census(id.0, id.1))
        });
        let ColumnTypeFinding { finding, doubt } = match agreed {
            Some(note) => ColumnTypeFinding { finding: Some(note), doubt: choice.wanted },
            None => finding(&object, &choice),
        };
        if let (true, Some(finding)) = (taken, finding) {
            self.findings.push(finding);
        }
        let names = source.and_then(|source| Some((source, source.columns.get(id.1)?)));
        if let (true, Some(wanted), Some((source, column))) = (taken, doubt, names) {
            self.doubts.push(Doubt {
                table: source.name.clone(),
                column: column.name.clone(),
                data_type: wanted,
                reading: wish.map_or(Reading::Plain, |(_, reading)| reading),
                question: Question::Declared,
            });
        }
        if taken && choice.verdict == Verdict::AsDeclared {
            self.as_bytes(id, &choice);
            self.json_for_jsonb(id, &choice);
            self.json_not_jsonb(id, &choice);
        }
        let Choice { data_type, reading, because, .. } = choice;
        ColumnType { data_type, reading, misfit, because }
    }
}

impl Builder<'_> {
    /// Says that a column of bytes holds texts or numbers, which arrive as the bytes of their text.
    fn as_bytes(&mut self, id: ColumnId, choice: &Choice) {
        let census = self.census(id.0, id.1);
        let (texts, numbers) = (census.texts, census.integers + census.reals);
        let source = self.facts.schema.tables.get(id.0);
        let column = source.and_then(|table| Some((table, table.columns.get(id.1)?)));
        let Some((table, column)) = column else { return };
        if choice.data_type != PgType::Bytea || texts + numbers == 0 {
            return;
        }
        let object = self.column_name(id);
        let hint = if mapping::holds(PgType::Text, Reading::Plain, census) {
            format!("to get text: --cast '{object}=text'")
        } else {
            "mend those rows in SQLite where the application does not expect bytes".to_owned()
        };
        // A text has the same bytes in both; a number was none before.
        let held = counted(texts, numbers);
        let finding = if numbers > 0 {
            let what =
                format!("holds {held} among its bytes, and they arrive as the bytes of their text");
            Finding::warning("not-bytes", object, what)
        } else {
            let what = format!("holds {held} among its bytes, and their bytes arrive");
            Finding::note("not-bytes", object, what)
        };
        self.findings.push(finding.rows(texts + numbers, Vec::new()).hinted(hint));
        self.doubts.push(Doubt {
            table: table.name.clone(),
            column: column.name.clone(),
            data_type: PgType::Bytea,
            reading: Reading::Plain,
            question: Question::Bytes,
        });
    }

    /// Says that a column is `json` where `jsonb` was declared, which has other operators.
    fn json_for_jsonb(&mut self, id: ColumnId, choice: &Choice) {
        let table = self.facts.schema.tables.get(id.0);
        let Some(column) = table.and_then(|table| table.columns.get(id.1)) else { return };
        let is_jsonb =
            Meaning::of(&column.declared_type, column.affinity) == Meaning::Type(PgType::Jsonb);
        let is_kept = matches!(choice.data_type, PgType::Json | PgType::Text);
        if is_jsonb && is_kept && self.census(id.0, id.1).values() > 0 {
            let object = self.column_name(id);
            self.findings.push(
                Finding::note(
                    "type-widened",
                    object.clone(),
                    format!(
                        "becomes {}: declared jsonb, which would keep neither the order of keys nor the spacing",
                        choice.data_type
                    ),
                )
                .hinted(format!("where the application uses operators of jsonb: --cast '{object}=jsonb'")),
            );
        }
    }
}

impl Builder<'_> {
    /// Says that documents arrive which PostgreSQL keeps and cannot work with.
    fn json_not_jsonb(&mut self, id: ColumnId, choice: &Choice) {
        let count = self.census(id.0, id.1).text.json_not_jsonb;
        let source = self.facts.schema.tables.get(id.0);
        let column = source.and_then(|table| Some((table, table.columns.get(id.1)?)));
        let Some((table, column)) = column else { return };
        if choice.data_type != PgType::Json || count == 0 {
            return;
        }
        self.findings.push(
            Finding::warning(
                "json-not-jsonb",
                self.column_name(id),
                "documents hold \\u0000, half a surrogate pair or a number out of range: they arrive as they are, and PostgreSQL's functions and operators fail on them",
            )
            .rows(count, Vec::new())
            .hinted("mend those documents in SQLite where the application looks into them on the server"),
        );
        self.doubts.push(Doubt {
            table: table.name.clone(),
            column: column.name.clone(),
            data_type: PgType::Jsonb,
            reading: Reading::Plain,
            question: Question::NotJsonb,
        });
    }
}

fn counted(texts: u64, numbers: u64) -> String {
    let some = |count: u64, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{count} {one}s")),
    };
    let parts: Vec<String> =
        [some(texts, "text"), some(numbers, "number")].into_iter().flatten().collect();
    parts.join(" and ")
}

/// What a table's keys and checks say of its columns.
struct Traits {
    indexed: BTreeSet<usize>,
    json: BTreeSet<usize>,
}

fn traits(schema: &source::Schema, table: &source::Table) -> Traits {
    Traits { indexed: indexed_columns(schema, table), json: json_columns(table) }
}

fn asked<'a>(table: &'a source::Table, index: usize, traits: &Traits) -> Option<Asked<'a>> {
    let column = table.columns.get(index)?;
    let facts = ColumnFacts {
        declared_type: &column.declared_type,
        affinity: column.affinity,
        rowid_alias: table.row_key == source::RowKey::Alias { column: index },
        json_checked: traits.json.contains(&index),
        indexed: traits.indexed.contains(&index),
    };
    let in_key = table.primary_key.contains(&index);
    let takes_null = !column.not_null && !in_key && column.generated.is_none();
    Some(Asked { table, column, facts, takes_null })
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
                    "nothing is lost; mend those rows in SQLite to get {wanted}, or decide with {decide} or --on-misfit '{object}=null', =quarantine or =refuse"
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
        columns.extend(index.columns.iter().filter_map(|column| column.key.column()));
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
