//! What of the target's own tables would be in the way of rows, and is put aside while they arrive:
//! triggers that fire, and foreign keys that go round in a circle.
//!
//! It is part of the plan, which the run's first transaction records in the very moment in which things
//! are put aside; so whoever comes next, after whatever happened, finds what to put back.

use crate::error::Result;
use crate::postgres::{ActualTable, Catalog, ConstraintKind, Session, introspect};
use sealift_core::name::Ident;
use sealift_core::plan::{Aside, Circle, Finding, Firing, Plan, waves};
use sealift_core::sql::Sql;

/// Reads the target as it is without what an earlier run has put aside.
///
/// # Errors
/// When the server refuses or goes away.
pub(super) async fn as_it_was(
    session: &Session,
    schema: &Ident,
    aside: &[Aside],
) -> Result<Catalog> {
    if aside.is_empty() {
        return introspect(session, schema).await;
    }
    session.begin().await?;
    for aside in aside {
        session.batch(&Sql::raw("savepoint sealift")).await?;
        match session.batch(&aside.put_back_unchecked(schema)).await {
            Ok(()) => {}
            // A table or trigger that is gone by now is not as it was, whatever is done.
            Err(error) if error.is_refusal() => {
                session.batch(&Sql::raw("rollback to savepoint sealift")).await?;
            }
            Err(error) => return Err(error),
        }
    }
    let catalog = introspect(session, schema).await;
    session.rollback().await?;
    let mut catalog = catalog?;
    aside.iter().for_each(|aside| as_defined(&mut catalog, aside));
    Ok(catalog)
}

/// Gives a key that was put back unchecked its own definition again.
fn as_defined(catalog: &mut Catalog, aside: &Aside) {
    let Aside::ForeignKey { table, name, definition } = aside else { return };
    let of_table = catalog.tables.iter_mut().filter(|actual| actual.name == table.as_str());
    let keys = of_table.flat_map(|actual| &mut actual.constraints);
    for key in keys.filter(|key| key.name == name.as_str()) {
        key.definition = definition.as_str().to_owned();
        key.validated = !key.definition.ends_with("NOT VALID");
    }
}

/// Adds to a plan the triggers of its tables that are to be put aside. Those of tables that are not the
/// role's own cannot be; one that fires when rows arrive is an error then.
pub(super) fn triggers(plan: &mut Plan, catalog: &Catalog) {
    for table in &plan.tables {
        let Some(actual) = catalog.table(table.target.name.as_str()) else { continue };
        let of_table = catalog.triggers.iter().filter(|trigger| trigger.table == actual.name);
        let enabled: Vec<_> = of_table.filter(|trigger| trigger.enabled).collect();
        if enabled.is_empty() {
            continue;
        }
        if !actual.owned {
            let firing: Vec<&str> = enabled
                .iter()
                .filter(|trigger| trigger.on_load)
                .map(|trigger| trigger.name.as_str())
                .collect();
            if !firing.is_empty() {
                plan.findings.push(fires(&table.source, &firing, &plan.schema, &table.target.name));
            }
            continue;
        }
        let names: Vec<&str> = enabled.iter().map(|trigger| trigger.name.as_str()).collect();
        plan.findings.push(Finding::note(
            "trigger-held-back",
            table.source.clone(),
            format!(
                "triggers of the target do not fire while rows arrive, and do again afterwards: {}",
                names.join(", ")
            ),
        ));
        for trigger in enabled {
            let Ok(name) = Ident::new(trigger.name.clone()) else { continue };
            let firing = if trigger.always { Firing::Always } else { Firing::Origin };
            plan.aside.push(Aside::Trigger { table: table.target.name.clone(), name, firing });
        }
    }
}

fn fires(source: &str, firing: &[&str], schema: &Ident, table: &Ident) -> Finding {
    let name = Sql::new().qualified(schema, table);
    let name = name.as_str();
    Finding::error(
        "trigger-fires",
        source,
        format!(
            "the target's triggers would change or add rows while it is filled, and only the table's owner may hold them back: {}",
            firing.join(", ")
        ),
    )
    .hinted(format!(
        "migrate as the table's owner; or, as the owner: alter table {name} disable trigger user; migrate; then alter table {name} enable trigger user"
    ))
}

/// Puts foreign keys aside until none of the tables has to be filled before itself.
pub(super) fn circles(plan: &mut Plan, catalog: &Catalog) {
    while let Err(Circle(tables)) = waves(plan) {
        let broken = tables.iter().enumerate().find_map(|(place, child)| {
            let parent = tables.get((place + 1) % tables.len())?;
            keys_between(plan, catalog, *child, *parent)
        });
        match broken {
            Some(keys) => {
                for key in &keys {
                    if let Aside::ForeignKey { table, name, .. } = key {
                        plan.findings.push(Finding::note(
                            "foreign-key-held-back",
                            format!("foreign key {name} on {table}"),
                            "is dropped while rows arrive, since the target's foreign keys go round in a circle, and made again afterwards, which checks every row",
                        ));
                    }
                }
                plan.aside.extend(keys);
            }
            None => {
                let finding = circle(plan, &tables);
                plan.findings.push(finding);
                return;
            }
        }
    }
}

/// Returns the keys by which one table refers to another; `None` where one of them is not the role's
/// to drop.
fn keys_between(plan: &Plan, catalog: &Catalog, child: usize, parent: usize) -> Option<Vec<Aside>> {
    let (child, parent) = (plan.tables.get(child)?, plan.tables.get(parent)?);
    // To make the key again, the role needs the right to refer to the parent as well.
    let own = |name: &Ident| catalog.table(name.as_str()).filter(|actual| actual.owned);
    let actual = own(&child.target.name)?;
    own(&parent.target.name)?;
    let keys = child.target.foreign_keys.iter().filter(|key| key.parent == parent.target.name);
    keys.map(|key| {
        let definition = definition(actual, key.name.as_str())?;
        Some(Aside::ForeignKey {
            table: child.target.name.clone(),
            name: key.name.clone(),
            definition,
        })
    })
    .collect()
}

fn definition(actual: &ActualTable, name: &str) -> Option<Sql> {
    let key = actual.constraints.iter().find(|constraint| {
        constraint.name == name && matches!(constraint.kind, ConstraintKind::ForeignKey(_))
    })?;
    Some(Sql::printed_by_server(key.definition.clone()))
}

fn circle(plan: &Plan, tables: &[usize]) -> Finding {
    let names: Vec<&str> =
        tables.iter().filter_map(|at| Some(plan.tables.get(*at)?.source.as_str())).collect();
    let first = names.first().copied().unwrap_or_default().to_owned();
    Finding::error(
        "foreign-keys-in-a-circle",
        first.clone(),
        format!("the target's foreign keys go round in a circle, so that none of these tables can be filled first, and only their owner may drop a key for a while: {} → {first}", names.join(" → ")),
    )
    .hinted("migrate as the owner of these tables; or let Sealift make the tables, without --into existing")
}
