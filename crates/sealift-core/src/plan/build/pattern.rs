//! The types and names of the schema that the application made itself (`--like`).

use super::{Builder, Doubt, Question};
use crate::convert::{ColumnCodec, Reading};
use crate::mapping::{Choice, ColumnCensus, ColumnId, PgType, Verdict, epoch, holds};
use crate::plan::Finding;
use crate::plan::like::{LikeColumn, LikeType};

impl Builder<'_> {
    /// Returns the application's own column for one of the source.
    pub(super) fn pattern(&self, id: ColumnId) -> Option<&LikeColumn> {
        let like = self.options.like.as_ref()?;
        let table = self.facts.schema.tables.get(id.0)?;
        let column = table.columns.get(id.1)?;
        like.table(&table.name)?.column(&column.name)
    }

    /// Returns the type that the application has for a column; cells that do not fit are looked up
    /// and become an error. `None` where it has no such column, or a type that Sealift cannot write.
    pub(super) fn by_pattern(&mut self, id: ColumnId, choice: &Choice) -> Option<Choice> {
        let column = self.pattern(id)?;
        let type_name = column.type_name.clone();
        let object = self.column_name(id);
        let taken =
            self.facts.schema.tables.get(id.0).is_some_and(|it| self.options.takes(&it.name));
        let data_type = match column.data_type() {
            LikeType::Written(data_type) | LikeType::Near(data_type) => data_type,
            LikeType::Unknown => {
                if taken {
                    self.findings.push(
                        Finding::warning(
                            "like-type-not-written",
                            object,
                            format!("is {type_name} in the application's schema, which Sealift does not write; it becomes {}", choice.data_type),
                        )
                        .hinted("change it after the migration: alter table … alter column … type …; or fill the application's own tables with --into existing"),
                    );
                }
                return None;
            }
        };
        let census = self.census(id.0, id.1).clone();
        let reading = reading(data_type, choice, &census);
        if taken {
            self.doubt(id, data_type, reading, &census);
        }
        let how =
            if reading == Reading::Plain { String::new() } else { format!(", read as {reading}") };
        Some(Choice {
            data_type,
            reading,
            because: format!("the application's own schema has {type_name}{how}"),
            verdict: Verdict::AsDeclared,
            wanted: None,
            remedy: None,
        })
    }

    fn doubt(&mut self, id: ColumnId, data_type: PgType, reading: Reading, census: &ColumnCensus) {
        if holds(data_type, reading, census) {
            return;
        }
        let schema = self.facts.schema;
        let Some(table) = schema.tables.get(id.0) else { return };
        let Some(column) = table.columns.get(id.1) else { return };
        let changed = census.text.json_duplicate_keys + census.text.json_negative_zero;
        if data_type == PgType::Jsonb && changed > 0 {
            let object = self.column_name(id);
            self.findings.push(
                Finding::error(
                    "like-changes-cells",
                    object.clone(),
                    "is jsonb in the application's schema, which drops keys that repeat and the sign of a negative zero",
                )
                .rows(changed, Vec::new())
                .hinted(format!("--cast '{object}=jsonb' says that this is meant, --cast '{object}=json' keeps every byte")),
            );
        }
        self.doubts.push(Doubt {
            table: table.name.clone(),
            column: column.name.clone(),
            data_type,
            reading,
            question: Question::Like,
        });
    }
}

/// Returns how cells are read: as they would be without the pattern where the type is the same, else
/// by the rule of the type, or as numbers that all are plausible moments.
fn reading(data_type: PgType, choice: &Choice, census: &ColumnCensus) -> Reading {
    let moment = matches!(data_type, PgType::Timestamp | PgType::TimestampTz);
    let usable = ColumnCodec::new(data_type, choice.reading).is_ok();
    if usable && choice.reading != Reading::Plain {
        return choice.reading;
    }
    let numbers = moment && census.integers == census.values();
    epoch(census).filter(|_| numbers).unwrap_or_default()
}
