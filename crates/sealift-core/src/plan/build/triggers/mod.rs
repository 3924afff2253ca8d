//! Triggers: each translated, then all looked at together, since they start each other.

mod chain;
mod order;
mod written;

use self::chain::{Candidate, Chain};
use super::Builder;
use super::modules::unnecessary;
use crate::ast;
use crate::name::{Ident, NameSpace};
use crate::plan::{Finding, TablePlan, TriggerPlan};
use crate::schema::{source, target};
use crate::translate::{self, Catalogue, Relation, TriggerContext};
use sha2::{Digest, Sha256};

impl Builder<'_> {
    /// Returns the triggers that can be carried, in the order of the source, and finds a reason for
    /// each of the others.
    pub(super) fn triggers(
        &mut self,
        tables: &[TablePlan],
        catalogue: &Catalogue,
    ) -> Vec<TriggerPlan> {
        let schema = self.facts.schema;
        let written = self.written(tables, catalogue);
        let context = TriggerContext { catalogue, written: &written };
        let mut candidates = Vec::new();
        // SQLite fires the newest first: it puts each before those that the table has
        // (`sqlite3FinishTrigger` in `trigger.c`), and reads a schema in the order it was made in.
        for trigger in schema.triggers.iter().rev() {
            if !self.options.takes(&trigger.table) {
                continue;
            }
            if self.only_feeds_an_index(trigger) {
                self.findings.push(unnecessary(trigger));
                continue;
            }
            match candidate(trigger, &context) {
                Ok(candidate) => candidates.push(candidate),
                Err(reason) => self.trigger_left(trigger, &reason),
            }
        }
        let chain = Chain { tables: &schema.tables, all: &schema.triggers };
        for (trigger, reason) in chain.refuse(&mut candidates) {
            self.trigger_left(trigger, &reason);
        }
        let names = order::names(&candidates, &schema.tables);
        let mut functions = NameSpace::new();
        let mut plans = Vec::new();
        for (candidate, name) in candidates.iter().zip(names) {
            let guarded = chain.starts_itself(candidate, &candidates);
            self.notes(candidate, &chain, &candidates, &name);
            let function = functions.claim(&candidate.trigger.name);
            let guard = guarded.then(|| guard(catalogue.schema.as_str(), function.as_str()));
            plans.push(plan(candidate, name, function, guard));
        }
        plans
    }

    fn trigger_left(&mut self, trigger: &source::Trigger, reason: &str) {
        self.findings.push(
            Finding::warning(
                "trigger-not-carried",
                format!("trigger {}", trigger.name),
                format!("on {} cannot be translated: {reason}", trigger.table),
            )
            .hinted("write it as a PostgreSQL trigger function, or do its work in the application"),
        );
    }

    /// Says what a carried trigger does in another way.
    fn notes(
        &mut self,
        candidate: &Candidate<'_>,
        chain: &Chain<'_>,
        candidates: &[Candidate<'_>],
        name: &Ident,
    ) {
        let trigger = candidate.trigger;
        let mut note = |code: &str, message: String| {
            let object = format!("trigger {}", trigger.name);
            self.findings.push(Finding::note(code, object, message));
        };
        if name.as_str() != trigger.name {
            note(
                "trigger-renamed",
                format!(
                    "is called {name} on PostgreSQL, which fires triggers in the order of their names: SQLite fires the newest first, and after what foreign keys do"
                ),
            );
        }
        if chain.starts_itself(candidate, candidates) {
            note(
                "trigger-not-recursive",
                "does not fire for what it does itself, as in SQLite without PRAGMA recursive_triggers".to_owned(),
            );
        }
        if chain.sees_the_statement(candidate, candidates) {
            note(
                "trigger-sees-statement",
                format!(
                    "reads or changes what the same statement changes: for a statement with several rows of {}, PostgreSQL fires AFTER triggers when all of them are changed, SQLite after each",
                    trigger.table
                ),
            );
        }
        if candidate.translated.reads_new_row_id
            && trigger.tree.timing == ast::TriggerTiming::Before
            && translate::event(&trigger.tree) == target::TriggerEvent::Insert
        {
            note(
                "trigger-new-rowid",
                "reads the key of a row that is not there yet: where the statement gives none, it is -1 in SQLite and the next number on PostgreSQL".to_owned(),
            );
        }
        if candidate.translated.fails {
            note(
                "trigger-fail-undoes",
                "uses FAIL: SQLite keeps the rows that the statement had changed before, PostgreSQL undoes the whole statement".to_owned(),
            );
        }
        let reads_new = translate::event(&trigger.tree) != target::TriggerEvent::Delete;
        if trigger.tree.timing == ast::TriggerTiming::InsteadOf && reads_new {
            note(
                "trigger-view-values",
                format!(
                    "gets what is written into {} as the types of its columns: SQLite hands over what the statement says, such as the text '5' where a number is meant",
                    trigger.table
                ),
            );
        }
        if let Some(parent) = chain.fires_behind(candidate, candidates) {
            note(
                "trigger-after-parent",
                format!(
                    "fires for rows that a foreign key changes after the AFTER triggers of {parent}, whose row it was: SQLite fires it before them"
                ),
            );
        }
        for table in &candidate.translated.left_out {
            if chain.has_before_insert(table) {
                note(
                    "trigger-skips-row",
                    format!(
                        "leaves rows of {table} out that break NOT NULL or a CHECK (OR IGNORE): SQLite fires the BEFORE INSERT triggers of {table} for them first and keeps what those did, PostgreSQL does not"
                    ),
                );
            }
        }
        for column in &candidate.translated.rounded {
            note(
                "trigger-rounds",
                format!(
                    "computes what it writes into {column}, which rounds it to its digits on PostgreSQL"
                ),
            );
        }
    }
}

fn candidate<'a>(
    trigger: &'a source::Trigger,
    context: &TriggerContext<'_>,
) -> Result<Candidate<'a>, String> {
    let subject = context
        .catalogue
        .relation(&trigger.table)
        .ok_or_else(|| format!("{} is not carried", trigger.table))?;
    let columns = columns(trigger, subject)?;
    let translated = translate::trigger(&trigger.tree, subject, context)
        .map_err(|unsupported| unsupported.to_string())?;
    Ok(Candidate { trigger, subject: subject.clone(), columns, translated })
}

/// Returns the columns of `UPDATE OF`. SQLite takes any name there; one that no column has never fires
/// it.
fn columns(trigger: &source::Trigger, subject: &Relation) -> Result<Vec<Ident>, String> {
    let ast::TriggerEvent::Update(names) = &trigger.tree.event else { return Ok(Vec::new()) };
    if names.is_empty() {
        return Ok(Vec::new());
    }
    if trigger.tree.timing == ast::TriggerTiming::InsteadOf {
        return Err("PostgreSQL has no UPDATE OF for INSTEAD OF triggers".to_owned());
    }
    let mut columns: Vec<Ident> = Vec::new();
    for name in names {
        let field = subject.columns.iter().find(|field| name.is(&field.source_name));
        if let Some(field) = field.filter(|field| !columns.contains(&field.target)) {
            columns.push(field.target.clone());
        }
    }
    if columns.is_empty() {
        return Err("it fires on columns that are not there".to_owned());
    }
    Ok(columns)
}

fn plan(
    candidate: &Candidate<'_>,
    name: Ident,
    function: Ident,
    guard: Option<String>,
) -> TriggerPlan {
    let Candidate { trigger, subject, columns, translated } = candidate;
    TriggerPlan {
        source: trigger.name.clone(),
        target: target::Trigger {
            name,
            relation: subject.target.clone(),
            timing: trigger.tree.timing,
            event: translate::event(&trigger.tree),
            columns: columns.clone(),
            when: translated.when.clone(),
            function,
            guard,
            body: translated.body.clone(),
        },
    }
}

/// Returns the setting that says a trigger is running: a name that PostgreSQL takes, whatever the
/// trigger's is.
fn guard(schema: &str, function: &str) -> String {
    let digest = Sha256::digest(format!("{schema}.{function}").as_bytes());
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("sealift.running_{hex}")
}
