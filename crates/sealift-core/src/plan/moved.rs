//! The same plan for another schema.

use super::Plan;
use crate::name::Ident;

/// Returns a plan that makes the same in another schema. Tables are named by the plan's schema when
/// their statements are written; the queries of views name it in their text.
#[must_use]
pub fn moved(plan: &Plan, schema: &Ident) -> Plan {
    let mut moved = plan.clone();
    for view in &mut moved.views {
        view.target.query = view.target.query.in_schema(&plan.schema, schema);
    }
    moved.schema = schema.clone();
    moved
}
