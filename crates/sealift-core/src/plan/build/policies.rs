//! What the user decided about cells that do not fit, column by column.

use super::{Builder, Doubt, Question};
use crate::convert::{ColumnCodec, Reading};
use crate::mapping::{
    self, Choice, ColumnCensus, ColumnFacts, ColumnId, Meaning, PgType, Verdict, holds,
};
use crate::plan::{
    EmptyPolicy, Finding, MisfitPolicy, MisfitRule, NulPolicy, OrphanRule, RowRule, Utf8Policy,
};
use crate::schema::source;
use std::borrow::Cow;

/// A column of the source, as the policies see it.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) table: &'a source::Table,
    pub(super) column: &'a source::Column,
    pub(super) facts: ColumnFacts<'a>,
    /// Whether PostgreSQL takes a NULL there.
    pub(super) takes_null: bool,
}

impl Asked<'_> {
    fn doubt(&self, data_type: PgType, reading: Reading, question: Question) -> Doubt {
        Doubt {
            table: self.table.name.clone(),
            column: self.column.name.clone(),
            data_type,
            reading,
            question,
        }
    }
}

impl Builder<'_> {
    /// Returns the type of a column, as its cells and the user's decisions make it.
    pub(super) fn decided(
        &mut self,
        asked: Asked<'_>,
        id: ColumnId,
        census: &ColumnCensus,
    ) -> (Choice, MisfitRule) {
        let (mut choice, emptied) = self.without_empties(asked, census);
        let census: &ColumnCensus = &emptied;
        if choice.verdict == Verdict::LeftFamily
            && let Some(uuid) = named_uuid(asked, census)
        {
            choice = uuid;
        }
        if let Some(decided) = self.mended_text(asked, &choice, census) {
            return decided;
        }
        self.misfitting(asked, id, choice, census)
    }

    /// Chooses as if empty texts were NULL, where the user says so and the column is no text.
    fn without_empties<'c>(
        &self,
        asked: Asked<'_>,
        census: &'c ColumnCensus,
    ) -> (Choice, Cow<'c, ColumnCensus>) {
        let plain = mapping::choose(asked.facts, census);
        let (table, column) = (&asked.table.name, &asked.column.name);
        let policy = self.options.policies.empty.of(table, column);
        // A NULL in a primary key would be no key; a column that is declared not null is refused.
        let in_key = !asked.takes_null && !asked.column.not_null;
        if policy == EmptyPolicy::Keep || census.text.empty == 0 || in_key {
            return (plain, Cow::Borrowed(census));
        }
        let mut without = census.clone();
        without.nulls += census.text.empty;
        without.texts -= census.text.empty;
        without.text.empty = 0;
        let mut choice = mapping::choose(asked.facts, &without);
        let is_other =
            !matches!(choice.data_type, PgType::Text | PgType::Varchar(_) | PgType::Bytea);
        let misfit = self.options.policies.misfit(table, column, true).0;
        let leaves = misfit == MisfitPolicy::Null || misfit == MisfitPolicy::Quarantine;
        let stays = is_other || (leaves && choice.wanted.is_some_and(|wanted| !wanted.is_text()));
        if !stays {
            return (plain, Cow::Borrowed(census));
        }
        if choice.reading == Reading::Plain {
            choice.reading = Reading::EmptyNull;
            choice.because = format!("{}; empty texts become NULL", choice.because);
        } else {
            // One reading says one thing: the empty texts are left to the rule about misfits.
            return (plain, Cow::Borrowed(census));
        }
        (choice, Cow::Owned(without))
    }

    /// Texts with NUL or without UTF-8, where the user says what they are to become.
    fn mended_text(
        &mut self,
        asked: Asked<'_>,
        choice: &Choice,
        census: &ColumnCensus,
    ) -> Option<(Choice, MisfitRule)> {
        let (table, column) = (&asked.table.name, &asked.column.name);
        let (nul, invalid) = (census.text.with_nul, census.text.invalid_utf8);
        if choice.data_type != PgType::Bytea || nul + invalid == 0 || is_bytes(asked.facts) {
            return None;
        }
        let policies = &self.options.policies;
        let of_nul = policies.nul.rule(table, column).map(|it| it.policy).filter(|_| nul > 0);
        let of_invalid = policies.invalid_utf8.rule(table, column).map(|it| it.policy);
        let of_invalid = of_invalid.filter(|_| invalid > 0);
        let misfit = policies.misfit(table, column, false).0;
        let refused = [
            (of_nul == Some(NulPolicy::Refuse)).then_some(Question::Nul),
            (of_invalid == Some(Utf8Policy::Refuse)).then_some(Question::InvalidUtf8),
        ];
        let data_type = match choice.wanted {
            Some(PgType::Varchar(limit)) if census.text.longest_chars <= u64::from(limit) => {
                PgType::Varchar(limit)
            }
            Some(_) | None => PgType::Text,
        };
        let mut was_refused = false;
        for question in refused.into_iter().flatten() {
            was_refused = true;
            self.doubts.push(asked.doubt(data_type, Reading::Plain, question));
        }
        if was_refused {
            return Some((choice.clone(), MisfitRule::Refuse));
        }
        let reading = match (of_nul, of_invalid) {
            (Some(NulPolicy::Strip), _) => Reading::StripNul,
            (_, Some(Utf8Policy::Replace)) => Reading::ReplaceInvalid,
            (_, Some(Utf8Policy::Latin1)) => Reading::Latin1,
            (Some(NulPolicy::Bytea), _) | (_, Some(Utf8Policy::Bytea)) => {
                return Some((choice.clone(), MisfitRule::Refuse));
            }
            (None | Some(NulPolicy::Refuse), None | Some(Utf8Policy::Refuse)) => return None,
        };
        let both = nul > 0 && invalid > 0;
        let rest = match misfit {
            MisfitPolicy::Null | MisfitPolicy::Quarantine if both || census.blobs > 0 => {
                self.rule(asked, misfit, (data_type, reading))?
            }
            MisfitPolicy::Widen
            | MisfitPolicy::Refuse
            | MisfitPolicy::Null
            | MisfitPolicy::Quarantine => MisfitRule::Refuse,
        };
        if (both || census.blobs > 0) && rest == MisfitRule::Refuse {
            // What one conversion leaves has no place in text; nothing is lost in bytes.
            if both {
                self.not_combined(&format!("{table}.{column}"));
            }
            return None;
        }
        self.doubts.push(asked.doubt(data_type, Reading::Plain, Question::Mended(reading)));
        let because = format!("{}; texts are read by {reading}", choice.because);
        Some((settled(choice, (data_type, reading), because), rest))
    }

    /// One conversion mends one thing: a column that needs two is left as it is, and that is said.
    fn not_combined(&mut self, object: &str) {
        self.findings.push(
            Finding::warning(
                "policy-not-applied",
                object,
                "holds texts with NUL bytes and texts that are not UTF-8; a column is read in one way, so that neither --on-nul nor --on-invalid-utf8 changes it",
            )
            .hinted(format!(
                "it arrives as bytea with every byte; mend one of the two in SQLite, or keep the other apart: --on-misfit '{object}=quarantine'"
            )),
        );
    }

    fn misfitting(
        &mut self,
        asked: Asked<'_>,
        id: ColumnId,
        choice: Choice,
        census: &ColumnCensus,
    ) -> (Choice, MisfitRule) {
        let fits = choice.verdict == Verdict::AsDeclared;
        let Some(best) = mapping::most_cells(asked.facts, &choice, census).filter(|_| !fits) else {
            return (choice, MisfitRule::Refuse);
        };
        let wish = self.wished(id, best.2, census);
        let (data_type, reading, held) = wish.unwrap_or(best);
        let meaning = choice.wanted.filter(|_| wish.is_none()).unwrap_or(data_type);
        let (table, column) = (&asked.table.name, &asked.column.name);
        let (policy, is_named) = self.options.policies.misfit(table, column, meaning.is_moment());
        // Where a wider type of the same kind holds every cell, there is no bad cell to speak of; where
        // no cell fits, they agree on something else than was declared.
        let is_bound = matches!(
            meaning,
            PgType::Varchar(_) | PgType::Numeric(_) | PgType::Json | PgType::Jsonb
        );
        let widened = choice.verdict == Verdict::Widened && !is_bound;
        if policy == MisfitPolicy::Widen || (!is_named && (widened || held == 0)) {
            return (choice, MisfitRule::Refuse);
        }
        let (data_type, reading) = if is_named && widened {
            (meaning, Reading::Plain)
        } else if choice.reading == Reading::EmptyNull && reading == Reading::Plain {
            (data_type, Reading::EmptyNull)
        } else {
            (data_type, reading)
        };
        let Some(rule) = self.rule(asked, policy, (data_type, reading)) else {
            return (choice, MisfitRule::Refuse);
        };
        let because = match rule {
            MisfitRule::Refuse => choice.because.clone(),
            MisfitRule::Null => format!("{}; cells that do not fit become NULL", choice.because),
            MisfitRule::Quarantine => {
                format!("{}; rows whose cell does not fit are kept apart", choice.because)
            }
        };
        if wish.is_some() {
            // It is followed after all, with what does not fit out of the way.
            let object = self.column_name(id);
            self.findings.retain(|it| it.code != "profile-does-not-fit" || it.object != object);
        }
        (settled(&choice, (data_type, reading), because), rule)
    }

    /// Returns what the profile would make of a column, where that holds as many of its cells as what was
    /// declared: the type that the application expects, once the others are out of the way.
    fn wished(
        &self,
        id: ColumnId,
        at_least: u64,
        census: &ColumnCensus,
    ) -> Option<(PgType, Reading, u64)> {
        let (data_type, reading) = *self.wishes.get(&id)?;
        let held = mapping::cells_that_fit(data_type, reading, census);
        (held >= at_least && held > 0).then_some((data_type, reading, held))
    }

    /// Returns the plan's rule for a decision; `None` where there is nothing to do but an error, which
    /// is then asked for.
    fn rule(
        &mut self,
        asked: Asked<'_>,
        policy: MisfitPolicy,
        (data_type, reading): (PgType, Reading),
    ) -> Option<MisfitRule> {
        match policy {
            MisfitPolicy::Widen => Some(MisfitRule::Refuse),
            MisfitPolicy::Null if asked.takes_null => Some(MisfitRule::Null),
            MisfitPolicy::Quarantine => Some(MisfitRule::Quarantine),
            MisfitPolicy::Refuse => {
                self.doubts.push(asked.doubt(data_type, reading, Question::Misfit));
                None
            }
            MisfitPolicy::Null => {
                self.doubts.push(asked.doubt(data_type, reading, Question::MisfitNull));
                None
            }
        }
    }

    /// Returns what becomes of cells that do not fit a type that the user named with `--cast`.
    pub(super) fn cast_rule(
        &mut self,
        asked: Asked<'_>,
        (data_type, reading): (PgType, Reading),
        census: &ColumnCensus,
    ) -> MisfitRule {
        let policies = &self.options.policies;
        let (table, column) = (&asked.table.name, &asked.column.name);
        let policy = policies.misfit(table, column, data_type.is_moment()).0;
        if ColumnCodec::new(data_type, reading).is_err() || holds(data_type, reading, census) {
            return MisfitRule::Refuse;
        }
        match policy {
            MisfitPolicy::Null if asked.takes_null => MisfitRule::Null,
            MisfitPolicy::Quarantine => MisfitRule::Quarantine,
            MisfitPolicy::Widen | MisfitPolicy::Refuse | MisfitPolicy::Null => MisfitRule::Refuse,
        }
    }

    /// Returns what becomes of rows that break the foreign keys of a table.
    pub(super) fn orphan_rules(&mut self, table: &source::Table) -> Vec<OrphanRule> {
        use crate::plan::OrphanPolicy;
        let mut rules = Vec::new();
        for (position, key) in table.foreign_keys.iter().enumerate() {
            if self.parent(key).is_none() {
                continue;
            }
            let columns: Vec<&source::Column> =
                key.columns.iter().filter_map(|column| table.columns.get(*column)).collect();
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            let policy = self.options.policies.orphan.of_columns(&table.name, &names);
            let takes_null = columns.iter().zip(&key.columns).all(|(column, position)| {
                !column.not_null
                    && column.generated.is_none()
                    && !table.primary_key.contains(position)
            });
            let rule = match policy {
                OrphanPolicy::Refuse | OrphanPolicy::NotValid => continue,
                OrphanPolicy::Quarantine => RowRule::Quarantine,
                OrphanPolicy::Null if takes_null => RowRule::Null,
                // The finding about these orphans says that NULL is not taken there.
                OrphanPolicy::Null => continue,
            };
            rules.push(OrphanRule { foreign_key: position, rule });
        }
        rules
    }
}

/// Returns whether a column was declared to hold bytes.
fn is_bytes(facts: ColumnFacts<'_>) -> bool {
    Meaning::of(facts.declared_type, facts.affinity) == Meaning::Type(PgType::Bytea)
}

/// A choice that a decision has settled: there is nothing left to say about it here.
fn settled(choice: &Choice, (data_type, reading): (PgType, Reading), because: String) -> Choice {
    Choice {
        data_type,
        reading,
        because,
        verdict: Verdict::AsDeclared,
        wanted: None,
        remedy: choice.remedy,
    }
}

/// A column that is called a UUID and holds nothing but sixteen bytes in each cell is one.
fn named_uuid(asked: Asked<'_>, census: &ColumnCensus) -> Option<Choice> {
    let name = asked.column.name.to_ascii_lowercase();
    let is_called = name.contains("uuid") || name.contains("guid");
    (is_called && holds(PgType::Uuid, Reading::Plain, census)).then(|| Choice {
        data_type: PgType::Uuid,
        reading: Reading::Plain,
        because: format!(
            "declared {}; called {}, and every cell is a UUID",
            asked.facts.declared_type, asked.column.name
        ),
        verdict: Verdict::Widened,
        wanted: None,
        remedy: None,
    })
}

/// Returns the note about a choice that left the declared family because no cell keeps to it and all
/// cells agree on something else, and `None` where they do not.
pub(super) fn agreed(
    object: &str,
    asked: Asked<'_>,
    choice: &Choice,
    census: &ColumnCensus,
) -> Option<Finding> {
    let kinds = [census.integers + census.reals, census.texts, census.blobs];
    let one_kind = kinds.iter().filter(|count| **count > 0).count() == 1;
    let held = mapping::most_cells(asked.facts, choice, census).map_or(0, |(_, _, held)| held);
    let declared = asked.facts.declared_type.to_ascii_uppercase();
    let says_both = choice.data_type == PgType::Text
        && ["TEXT", "CHAR"].iter().any(|word| declared.contains(word));
    // Texts and numbers that are no moments are more likely mistakes, but for Julian days.
    let is_mistaken = choice.wanted.is_some_and(PgType::is_moment)
        && choice.remedy.is_none_or(|(_, reading)| reading != Reading::JulianDay);
    let broken = is_mistaken || census.text.with_nul + census.text.invalid_utf8 > 0;
    ((one_kind && held == 0 && !broken) || (says_both && census.blobs == 0)).then(|| {
        let note = Finding::note(
            "type-changed",
            object,
            format!("becomes {}: {}, and its cells agree on it", choice.data_type, choice.because),
        );
        match choice.remedy {
            Some((data_type, reading)) => note.hinted(format!(
                "to get {data_type}: --cast '{object}={data_type} using {reading}'"
            )),
            None => note,
        }
    })
}
