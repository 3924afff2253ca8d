//! The same plan for another schema.

use super::Plan;
use crate::name::Ident;
use crate::schema::target::{Branch, Step};
use crate::sql::Sql;

/// Returns a plan that makes the same in another schema. Tables are named by the plan's schema when
/// their statements are written; the queries of views and the programs of triggers name it in their
/// text.
#[must_use]
pub fn moved(plan: &Plan, schema: &Ident) -> Plan {
    let text = |sql: &Sql| sql.in_schema(&plan.schema, schema);
    let mut moved = plan.clone();
    for view in &mut moved.views {
        view.target.query = text(&view.target.query);
    }
    for trigger in &mut moved.triggers {
        let trigger = &mut trigger.target;
        trigger.when = trigger.when.as_ref().map(text);
        trigger.body = steps(&trigger.body, &text);
    }
    moved.schema = schema.clone();
    moved
}

fn steps(program: &[Step], text: &impl Fn(&Sql) -> Sql) -> Vec<Step> {
    program.iter().map(|it| step(it, text)).collect()
}

fn step(it: &Step, text: &impl Fn(&Sql) -> Sql) -> Step {
    match it {
        Step::Run(sql) => Step::Run(text(sql)),
        Step::Choose(branches) => Step::Choose(
            branches
                .iter()
                .map(|branch| Branch {
                    condition: text(&branch.condition),
                    steps: steps(&branch.steps, text),
                })
                .collect(),
        ),
        Step::Pick { number, branches } => Step::Pick {
            number: text(number),
            branches: branches.iter().map(|branch| steps(branch, text)).collect(),
        },
        Step::Raise(message) => Step::Raise(text(message)),
        Step::Leave => Step::Leave,
        Step::ForEach { query, steps: program } => {
            Step::ForEach { query: text(query), steps: steps(program, text) }
        }
        Step::Tolerate(program) => Step::Tolerate(steps(program, text)),
    }
}
