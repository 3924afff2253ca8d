//! The plan's triggers against the catalogs.

use super::structure::{check, list, missing};
use crate::postgres::{ActualTrigger, Catalog};
use crate::report::StructureDifference;
use sealift_core::ast::TriggerTiming;
use sealift_core::ddl;
use sealift_core::name::Ident;
use sealift_core::plan::Plan;
use sealift_core::schema::target::{Trigger, TriggerEvent};

/// Adds every trigger that is missing, switched off or another than planned.
pub(super) fn compare(plan: &Plan, catalog: &Catalog, differences: &mut Vec<StructureDifference>) {
    for planned in &plan.triggers {
        let planned = &planned.target;
        let object = ddl::trigger_id(planned);
        match catalog.trigger(planned.relation.as_str(), planned.name.as_str()) {
            None => differences.push(missing(object, "a trigger")),
            Some(actual) => compare_one(object, planned, actual, differences),
        }
    }
}

fn compare_one(
    object: String,
    planned: &Trigger,
    actual: &ActualTrigger,
    differences: &mut Vec<StructureDifference>,
) {
    check(object.clone(), &head(planned), &actual_head(actual), differences);
    let state = |fires: bool| if fires { "fires" } else { "is disabled" };
    check(object.clone(), state(true), state(actual.enabled), differences);
    let function = format!("function {}", planned.function);
    check(object.clone(), &function, &format!("function {}", actual.function), differences);
    if ddl::function_source(planned).as_str() != actual.source {
        differences.push(StructureDifference {
            object,
            expected: "the planned program".to_owned(),
            actual: "another one".to_owned(),
        });
    }
}

fn head(planned: &Trigger) -> String {
    let timing = match planned.timing {
        TriggerTiming::Before => "before",
        TriggerTiming::After => "after",
        TriggerTiming::InsteadOf => "instead of",
    };
    let event = match planned.event {
        TriggerEvent::Insert => "insert",
        TriggerEvent::Update => "update",
        TriggerEvent::Delete => "delete",
    };
    let mut columns: Vec<&str> = planned.columns.iter().map(Ident::as_str).collect();
    columns.sort_unstable();
    words(timing, event, &columns, planned.when.is_some())
}

fn actual_head(actual: &ActualTrigger) -> String {
    let mut columns: Vec<&str> = actual.columns.iter().map(String::as_str).collect();
    columns.sort_unstable();
    words(&actual.timing, &actual.events, &columns, actual.conditional)
}

fn words(timing: &str, events: &str, columns: &[&str], conditional: bool) -> String {
    let mut words = format!("{timing} {events}");
    if !columns.is_empty() {
        words.push_str(&format!(" of {}", list(columns.iter().copied())));
    }
    if conditional {
        words.push_str(", with a condition");
    }
    words
}
