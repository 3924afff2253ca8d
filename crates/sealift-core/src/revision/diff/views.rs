//! Views and functions, which may stand on each other.

use super::comments::{comment, object, routine};
use super::indexes::create_plainly;
use super::sides::{Sides, function_key};
use super::step::{Lock, Phase, Statement, Step, Work};
use crate::name::Ident;
use crate::revision::model::{Function, FunctionKind, Model, View, ViewKind, printed};
use crate::sql::Sql;
use std::collections::BTreeSet;

pub(super) fn steps(sides: &Sides<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    let is_down = |item: &Item<'_>| match item {
        Item::View(view) => sides.views_down.contains(&view.name),
        Item::Function(function) => sides.functions_down.contains(&function_key(function)),
    };
    for item in ordered(sides.base).iter().rev().filter(|item| is_down(item)) {
        let comes_back = item.is_in(sides.wanted);
        let called = matches!(item, Item::Function(f) if is_called_by_tables(sides.base, f));
        // What calls it may still stand then; it goes when nothing does any more.
        let phase = if called && !comes_back { Phase::DropFunctions } else { Phase::DropViews };
        let step = item.make(phase).flipped(phase, format!("drop {}", item.words()));
        steps.push(if called && comes_back {
            step.noting("fails while a default, check, index or trigger calls it: take that off in a revision before")
        } else {
            step
        });
    }
    for item in ordered(sides.wanted) {
        let stays = item.is_in(sides.base) && !is_down(&item);
        if stays {
            steps.extend(changed_in_place(sides.base, &item));
        } else {
            let early = matches!(item, Item::Function(f) if is_called_by_tables(sides.wanted, f));
            steps.push(item.make(if early { Phase::MakeFunctions } else { Phase::MakeViews }));
        }
    }
    steps
}

/// A view or a function.
enum Item<'a> {
    View(&'a View),
    Function(&'a Function),
}

impl Item<'_> {
    const fn name(&self) -> &Ident {
        match self {
            Self::View(view) => &view.name,
            Self::Function(function) => &function.name,
        }
    }

    fn words(&self) -> String {
        let kind = match self {
            Self::View(view) => kind_of_view(view),
            Self::Function(function) => kind_of_function(function),
        };
        format!("{kind} {}", self.name())
    }

    fn is_in(&self, model: &Model) -> bool {
        match self {
            Self::View(view) => model.view(&view.name).is_some(),
            Self::Function(function) => same_function(model, function).is_some(),
        }
    }

    fn stands_on(&self, other: &Self) -> bool {
        let (known, text) = match self {
            Self::View(view) => (&view.depends_on, None),
            Self::Function(function) => (&function.depends_on, Some(&function.definition)),
        };
        known.iter().any(|on| on.name() == other.name())
            || text.is_some_and(|text| {
                self.name() != other.name() && printed::body_mentions(text, other.name().as_str())
            })
    }

    fn make(&self, phase: Phase) -> Step {
        match self {
            Self::View(view) => make_view(view, phase),
            Self::Function(function) => make_function(function, phase),
        }
    }
}

/// All views and functions, each behind those that it stands on; of those in a circle, as they come.
fn ordered(model: &Model) -> Vec<Item<'_>> {
    let functions = model.functions.iter().map(Item::Function);
    let mut waiting: Vec<Item<'_>> = functions.chain(model.views.iter().map(Item::View)).collect();
    let mut order = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_free = |item: &Item<'_>| {
            !waiting.iter().any(|other| !std::ptr::eq(other, item) && item.stands_on(other))
        };
        let at = waiting.iter().position(is_free).unwrap_or(0);
        order.push(waiting.remove(at));
    }
    order
}

/// Returns the views, each behind those that it stands on.
pub(super) fn ordered_views(model: &Model) -> Vec<&View> {
    let views = ordered(model).into_iter().filter_map(|item| match item {
        Item::View(view) => Some(view),
        Item::Function(_) => None,
    });
    views.collect()
}

pub(super) fn make_view(view: &View, phase: Phase) -> Step {
    let (name, kind) = (&view.name, kind_of_view(view));
    let on = object(kind, name);
    let mut create = Sql::raw("create ").push(kind).push(" ").ident(name);
    if let Some(options) = &view.options {
        create = create.push(" with ").sql(options);
    }
    let create = create.push(" as\n").sql(&view.definition);
    let work = match view.kind {
        ViewKind::Plain => Work::Brief,
        ViewKind::Materialized => Work::Scan,
    };
    let mut up = vec![Statement::free(create).working(work)];
    up.extend(comment(&on, None, view.comment.as_deref()).into_iter().flat_map(|step| step.up));
    for index in &view.indexes {
        up.push(Statement::free(create_plainly(name, index)));
        let said = comment(&object("index", &index.name), None, index.comment.as_deref());
        up.extend(said.into_iter().flat_map(|step| step.up));
    }
    let drop = Sql::raw("drop ").push(kind).push(" ").ident(name);
    Step {
        phase,
        title: format!("create {kind} {name}"),
        note: None,
        up,
        down: vec![Statement::brief(drop, Lock::AccessExclusive, name)],
    }
}

fn make_function(function: &Function, phase: Phase) -> Step {
    let kind = kind_of_function(function);
    let drop = Sql::raw("drop ")
        .push(kind)
        .push(" ")
        .ident(&function.name)
        .push("(")
        .sql(&function.argument_types)
        .push(")");
    let mut step = Step::new(
        phase,
        format!("create {kind} {}", function.name),
        Statement::free(function.definition.clone()),
        Statement::free(drop),
    );
    let on = routine(kind, &function.name, &function.argument_types);
    step.up.extend(comment(&on, None, function.comment.as_deref()).into_iter().flat_map(|s| s.up));
    step
}

/// A function's body, which can be replaced; indexes of materialized views; comments.
fn changed_in_place(base: &Model, item: &Item<'_>) -> Vec<Step> {
    match item {
        Item::Function(new) => {
            let Some(old) = same_function(base, new) else { return Vec::new() };
            let mut steps = Vec::new();
            if old.definition != new.definition {
                steps.push(Step::new(
                    Phase::MakeViews,
                    format!("replace {} {}", kind_of_function(new), new.name),
                    Statement::free(new.definition.clone()),
                    Statement::free(old.definition.clone()),
                ));
            }
            let on = routine(kind_of_function(new), &new.name, &new.argument_types);
            steps.extend(comment(&on, old.comment.as_deref(), new.comment.as_deref()));
            steps
        }
        Item::View(new) => {
            let Some(old) = base.view(&new.name) else { return Vec::new() };
            let mut steps = super::indexes::of_view(old, new);
            let on = object(kind_of_view(new), &new.name);
            steps.extend(comment(&on, old.comment.as_deref(), new.comment.as_deref()));
            steps
        }
    }
}

fn same_function<'a>(model: &'a Model, function: &Function) -> Option<&'a Function> {
    model.functions.iter().find(|other| function_key(other) == function_key(function))
}

/// Returns whether a trigger, default, check, index or computed column calls it, so that it must be there before.
fn is_called_by_tables(model: &Model, function: &Function) -> bool {
    let mut triggers = model.tables.iter().flat_map(|table| &table.triggers);
    if triggers.any(|trigger| trigger.function == function.name) {
        return true;
    }
    let texts: BTreeSet<&str> = model
        .tables
        .iter()
        .flat_map(|table| {
            let columns = table.columns.iter().flat_map(|column| {
                let computed = column.generated.as_ref().map(|generated| &generated.expression);
                column.default.iter().chain(computed)
            });
            let constraints = table.constraints.iter().map(|constraint| &constraint.definition);
            columns.chain(constraints).chain(table.indexes.iter().map(|index| &index.tail))
        })
        .chain(model.domains.iter().flat_map(|d| d.checks.iter().map(|check| &check.definition)))
        .map(Sql::as_str)
        .collect();
    let name = function.name.as_str();
    texts.into_iter().any(|text| printed::mentions(&Sql::printed_by_server(text.to_owned()), name))
}

const fn kind_of_view(view: &View) -> &'static str {
    match view.kind {
        ViewKind::Plain => "view",
        ViewKind::Materialized => "materialized view",
    }
}

const fn kind_of_function(function: &Function) -> &'static str {
    match function.kind {
        FunctionKind::Function => "function",
        FunctionKind::Procedure => "procedure",
    }
}
