//! The types that the framework would have made.

use super::Builder;
use crate::ast::{Expr, Literal};
use crate::convert::Reading;
use crate::mapping::profile::{Outcome, ProfileColumn, apply};
use crate::mapping::{Choice, ColumnFacts, ColumnId, PgType, Profile, Verdict};
use crate::plan::{Finding, ProfileChoice, ProfileUse};
use crate::schema::source;
use crate::sqlite::recognise;

/// Returns whose types are followed: the framework's that is recognised, or the one asked for.
pub(super) fn used(schema: &source::Schema, choice: ProfileChoice) -> Option<ProfileUse> {
    let found = match choice {
        ProfileChoice::Given(name) => ProfileUse { name, recognised_by: None },
        ProfileChoice::Auto => {
            let framework = recognise(schema)?;
            let name = Profile::of_framework(framework.name);
            ProfileUse { name, recognised_by: Some(framework.mark) }
        }
    };
    (found.name != Profile::None).then_some(found)
}

impl Builder<'_> {
    /// Returns the type that the profile makes of a column where it holds every cell, else the usual
    /// one, and says so.
    pub(super) fn by_profile(
        &mut self,
        id: ColumnId,
        facts: ColumnFacts<'_>,
        usual: Choice,
    ) -> Choice {
        let profile = self.profile();
        let Some(table) = self.facts.schema.tables.get(id.0) else { return usual };
        let Some(column) = table.columns.get(id.1) else { return usual };
        let census = self.census(id.0, id.1);
        let asked = ProfileColumn {
            table: &table.name,
            name: &column.name,
            declared_type: facts.declared_type,
            json_checked: facts.json_checked,
            truth_default: column.default.as_ref().is_some_and(is_truth),
            is_child: table.foreign_keys.iter().any(|key| key.columns.contains(&id.1)),
            indexed: facts.indexed,
            census,
        };
        let has_values = census.values() > 0;
        let outcome = apply(profile, &asked, &usual);
        let taken = self.options.takes(&table.name);
        let object = self.column_name(id);
        let (choice, finding) = match outcome {
            Outcome::Usual => (usual, None),
            Outcome::Followed(choice) => {
                let changes = choice.data_type == PgType::Jsonb && has_values;
                let note = changes.then(|| {
                    Finding::note(
                        "json-as-jsonb",
                        object,
                        format!("becomes jsonb, as {profile} makes it: every value stays, the order of keys and the spacing do not"),
                    )
                });
                (choice, note)
            }
            Outcome::DoesNotFit(wanted, reading) => {
                if usual.verdict == Verdict::LeftFamily {
                    self.wishes.insert(id, (wanted, reading));
                }
                let message = format!(
                    "{profile} makes {wanted} of it, which does not hold every cell; it becomes {}",
                    usual.data_type
                );
                (usual, Some(Finding::note("profile-does-not-fit", object, message)))
            }
            Outcome::NotWritten(name) => {
                let message = format!(
                    "{profile} makes {name} of it, which Sealift does not write; it becomes {}",
                    usual.data_type
                );
                let hint = "change it after the migration: alter table … alter column … type …";
                let note = Finding::note("profile-type-not-written", object, message).hinted(hint);
                (usual, Some(note))
            }
        };
        self.findings.extend(finding.filter(|_| taken));
        choice
    }

    /// Says once for the whole file what the profile assumes: the moments without an offset are a
    /// warning, unless the profile was asked for.
    pub(super) fn say_what_was_assumed(&mut self, choices: &[Vec<Choice>]) {
        let Some(used) = self.profile.clone() else { return };
        let object = format!("profile {}", used.name);
        if let Some(why) = used.name.says_little() {
            self.findings.push(
                Finding::note("profile-says-little", object.clone(), why)
                    .hinted("--like URL takes the types from a schema that the application made"),
            );
        }
        let mut columns = Vec::new();
        for (position, table) in self.taken() {
            for index in 0..table.columns.len() {
                let id = (position, index);
                let choice = choices.get(position).and_then(|row| row.get(index));
                let text = &self.census(position, index).text;
                let read = choice.is_some_and(|choice| choice.reading == Reading::NaiveUtc);
                let cast = self.options.cast(&table.name, &self.bare_name(id)).is_some();
                if read && !cast && text.timestamp + text.date > 0 {
                    columns.push(self.column_name(id));
                }
            }
        }
        let Some(first) = columns.first() else { return };
        let message = format!(
            "moments without an offset are taken for UTC, as {} writes them, in columns such as {first} ({} in all)",
            used.name,
            columns.len()
        );
        let finding = match used.recognised_by {
            None => Finding::note("naive-read-as-utc", object, message),
            Some(_) => Finding::warning("naive-read-as-utc", object, message).hinted(format!(
                "--profile {} says that it is so; where the application writes local time (Django's USE_TZ = False), --profile none leaves them without zone",
                used.name
            )),
        };
        self.findings.push(finding);
    }

    fn bare_name(&self, id: ColumnId) -> String {
        let table = self.facts.schema.tables.get(id.0);
        let column = table.and_then(|table| table.columns.get(id.1));
        column.map(|column| column.name.clone()).unwrap_or_default()
    }
}

/// Returns whether a default is the word `true` or `false`.
fn is_truth(default: &source::Expression) -> bool {
    matches!(default.tree, Expr::Literal(Literal::True | Literal::False))
}
