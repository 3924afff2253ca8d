//! The server's part that `check` does not look at: whether it is there, and what a move has left.

use super::super::facts::{SchemaFacts, StateLeft};
use super::{failed, named, ok, warning};
use crate::Error;
use crate::cause::SEQUENCE_BEHIND;
use crate::check::{CheckItem, CheckStatus, Facts};
use crate::postgres::Endpoint;

/// Returns the line about a server that was reached.
pub(in crate::doctor) fn reached(target: &Endpoint, facts: &Facts) -> CheckItem {
    ok("server", format!("{target} answers, as role {}", facts.role))
}

/// Returns the line about one that was not, or will not do.
pub(in crate::doctor) fn not_reached(error: &Error) -> CheckItem {
    CheckItem {
        status: CheckStatus::Failed,
        hint: error.hint().map(str::to_owned),
        cause: error.cause(),
        ..ok("server", error.to_string())
    }
}

/// Returns the line about the managed server, which does not run.
pub(in crate::doctor) fn local_not_running() -> CheckItem {
    CheckItem {
        hint: Some("sealift local start; or name a server: --to URL".to_owned()),
        ..ok("server", "no server is named, and the local one does not run: migrate would start it")
    }
}

/// Returns the line about a setting that names no server that can be understood.
pub(in crate::doctor) fn unusable(message: &str, hint: Option<&str>) -> CheckItem {
    CheckItem {
        status: CheckStatus::Failed,
        hint: hint.map(str::to_owned),
        ..ok("server", message)
    }
}

/// Returns the lines about what stands in the schema, or why that cannot be told.
pub(in crate::doctor) fn schema(facts: Result<&SchemaFacts, &Error>) -> Vec<CheckItem> {
    match facts {
        Ok(facts) => {
            let state = state(facts);
            if facts.tables == 0 {
                return vec![state];
            }
            vec![sequences(facts), indexes(facts), constraints(facts), statistics(facts), state]
        }
        Err(error) => {
            let hint = error.hint().unwrap_or("connect as the owner of the schema");
            vec![warning("schema", format!("cannot be looked at: {error}"), hint)]
        }
    }
}

fn sequences(facts: &SchemaFacts) -> CheckItem {
    if facts.behind.is_empty() {
        return ok("sequences", "every sequence is past the numbers in its table");
    }
    let behind = facts.behind.iter();
    let columns: Vec<String> = behind
        .clone()
        .map(|it| format!("{} (next {}, largest {})", it.column, it.next, it.largest))
        .collect();
    let statements: Vec<String> = behind
        .map(|it| format!("select setval('{}', {})", it.sequence.replace('\'', "''"), it.largest))
        .collect();
    let found = format!("behind: {}", named(&columns));
    failed("sequences", &SEQUENCE_BEHIND, found, statements.join("; "))
}

fn indexes(facts: &SchemaFacts) -> CheckItem {
    let Some(first) = facts.invalid_indexes.first() else {
        return ok("indexes", "every index may be used");
    };
    warning(
        "indexes",
        format!("invalid, so that no query uses them: {}", named(&facts.invalid_indexes)),
        format!("reindex index concurrently {first}"),
    )
}

fn constraints(facts: &SchemaFacts) -> CheckItem {
    let Some((table, constraint)) = facts.unvalidated.first() else {
        return ok("constraints", "every row is known to keep them");
    };
    let all: Vec<String> =
        facts.unvalidated.iter().map(|(table, name)| format!("{name} of {table}")).collect();
    warning(
        "constraints",
        format!("not validated: {}", named(&all)),
        format!("alter table {table} validate constraint {constraint}"),
    )
}

fn statistics(facts: &SchemaFacts) -> CheckItem {
    let Some(first) = facts.unanalysed.first() else {
        return ok("statistics", "every table with rows was analysed");
    };
    let hint =
        if facts.unanalysed.len() == 1 { format!("analyze {first}") } else { "analyze".to_owned() };
    let found = format!("never analysed, so that plans are guesses: {}", named(&facts.unanalysed));
    warning("statistics", found, hint)
}

fn state(facts: &SchemaFacts) -> CheckItem {
    match &facts.state {
        StateLeft::Nothing => ok("state", "no migration is unfinished"),
        StateLeft::Unfinished(place) => warning(
            "state",
            format!(
                "a migration into schema {} did not end; its state is in {place}",
                facts.schema
            ),
            "run the same `sealift migrate` again, which goes on with it; or add --restart",
        ),
        StateLeft::Kept(what) => ok("state", format!("kept from an earlier migration: {what}")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::facts::SequenceBehind;
    use super::*;

    fn good() -> SchemaFacts {
        SchemaFacts { schema: "public".to_owned(), tables: 3, ..SchemaFacts::default() }
    }

    fn bad(facts: &SchemaFacts) -> Vec<(&'static str, CheckStatus, String)> {
        let items = schema(Ok(facts)).into_iter();
        let items = items.filter(|item| item.status != CheckStatus::Ok);
        items.map(|item| (item.name, item.status, item.hint.unwrap())).collect()
    }

    #[test]
    fn a_schema_in_order_passes_and_an_empty_one_has_one_line() {
        assert_eq!(bad(&good()), []);
        assert_eq!(schema(Ok(&SchemaFacts::default())).len(), 1);
    }

    #[test]
    fn each_thing_that_a_move_may_leave_is_told_with_the_statement_that_mends_it() {
        let text = str::to_owned;
        let behind = vec![SequenceBehind {
            sequence: "\"public\".\"it's\"".to_owned(),
            column: "t.id".to_owned(),
            next: 1,
            largest: 7,
        }];
        let one = |name, hint: &str| vec![(name, CheckStatus::Warning, text(hint))];
        assert_eq!(
            bad(&SchemaFacts { behind, ..good() }),
            [("sequences", CheckStatus::Failed, text("select setval('\"public\".\"it''s\"', 7)"))]
        );
        let invalid = SchemaFacts { invalid_indexes: vec![text("public.i")], ..good() };
        assert_eq!(bad(&invalid), one("indexes", "reindex index concurrently public.i"));
        let unvalidated = vec![(text("public.t"), text("c"))];
        assert_eq!(
            bad(&SchemaFacts { unvalidated, ..good() }),
            one("constraints", "alter table public.t validate constraint c")
        );
        let unanalysed = SchemaFacts { unanalysed: vec![text("public.t")], ..good() };
        assert_eq!(bad(&unanalysed), one("statistics", "analyze public.t"));
        let state = StateLeft::Unfinished(text("schema _sealift"));
        assert_eq!(bad(&SchemaFacts { state, ..good() }).first().unwrap().0, "state");
        let state = StateLeft::Kept(text("schema _sealift"));
        assert_eq!(bad(&SchemaFacts { state, ..good() }), []);
    }
}
