//! One table that is on both sides.

use super::{Left, Strictness, keep_triggers};
use sealift_core::revision::lex::{Kind, Token, tokens};
use sealift_core::revision::model::{Column, Constraint, ConstraintKind, Index, Model, Table};

/// Takes what SQLite cannot say of a table from the database's.
pub(super) fn keep(
    old: &Table,
    new: &mut Table,
    base: &Model,
    left: &Left,
    strictness: Strictness,
) {
    new.comment.clone_from(&old.comment);
    for column in &mut new.columns {
        if let Some(before) = old.column(&column.name) {
            let is_left = left.leaves_definition(&old.name, &column.name);
            keep_in_column(before, column, is_left, strictness);
        }
    }
    for column in &old.columns {
        if new.column(&column.name).is_none() && left.leaves_column(&old.name, &column.name) {
            new.columns.push(column.clone());
        }
    }
    if strictness == Strictness::SameMeaning {
        take_names(&old.constraints, &mut new.constraints);
    }
    for constraint in &old.constraints {
        let stays = stays(constraint, new, left);
        match new.constraints.iter_mut().find(|other| other.name == constraint.name) {
            Some(other) => keep_in_constraint(constraint, other, strictness),
            None if stays => new.constraints.push(constraint.clone()),
            None => {}
        }
    }
    for index in &old.indexes {
        let stays = index_stays(index, new, left);
        match new.indexes.iter_mut().find(|other| other.name == index.name) {
            Some(other) => other.comment.clone_from(&index.comment),
            None if stays => new.indexes.push(index.clone()),
            None => {}
        }
    }
    keep_triggers(&old.triggers, &mut new.triggers, base, left);
}

/// `is_left` says that the file has a default or an expression that could not be carried.
fn keep_in_column(before: &Column, column: &mut Column, is_left: bool, strictness: Strictness) {
    column.comment.clone_from(&before.comment);
    if is_left && column.generated.is_none() && column.default.is_none() {
        column.generated.clone_from(&before.generated);
    }
    let default = |column: &Column| column.default.as_ref().map_or(Given::None, Given::of);
    let stays = match (default(before), default(column)) {
        (Given::Computed, Given::None) => true,
        (_, Given::None) => is_left,
        // `now()` or `CURRENT_TIMESTAMP`: SQLite computes nothing but the present moment.
        (Given::Moment, Given::Moment) => strictness == Strictness::SameMeaning,
        _ => false,
    };
    if stays && column.identity.is_none() && column.generated.is_none() {
        column.default.clone_from(&before.default);
    }
    // Either way the server numbers the rows.
    let numbers = before.identity.is_some() || default(before) == Given::Counting;
    if strictness == Strictness::SameMeaning && column.identity.is_some() && numbers {
        column.identity.clone_from(&before.identity);
        column.default.clone_from(&before.default);
    }
}

/// What kind of default a column has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Given {
    None,
    /// One value for all rows.
    Value,
    /// The present moment, in whatever form.
    Moment,
    /// The next number of a sequence.
    Counting,
    /// What SQLite has no words for.
    Computed,
}

/// Functions and words by which defaults give the present moment.
const MOMENT: [&str; 9] = [
    "now",
    "current_timestamp",
    "current_date",
    "current_time",
    "localtimestamp",
    "localtime",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
];

/// Words with parentheses behind them that only give a moment, or a type, another form.
const FORMS: [&str; 11] = [
    "timezone",
    "date_trunc",
    "to_char",
    "extract",
    "date_part",
    "numeric",
    "varying",
    "character",
    "timestamp",
    "time",
    "interval",
];

impl Given {
    fn of(sql: &sealift_core::sql::Sql) -> Self {
        let Ok(tokens) = tokens(sql.as_str()) else { return Self::Computed };
        let tokens: Vec<&Token<'_>> =
            tokens.iter().filter(|token| token.is_significant()).collect();
        let mut is_moment = false;
        for (at, token) in tokens.iter().enumerate() {
            let Some(word) = token.name() else { continue };
            let called = tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Symbol('('));
            if MOMENT.contains(&word.as_str()) {
                is_moment = true;
            } else if called && word == "nextval" {
                return Self::Counting;
            } else if called && !FORMS.contains(&word.as_str()) {
                return Self::Computed;
            }
        }
        if is_moment { Self::Moment } else { Self::Value }
    }
}

/// The same constraint under another name: SQLite gives none, or has them for nothing.
fn take_names(old: &[Constraint], new: &mut [Constraint]) {
    let mut free: Vec<&Constraint> =
        old.iter().filter(|o| !new.iter().any(|n| n.name == o.name)).collect();
    for constraint in new.iter_mut().filter(|n| !old.iter().any(|o| o.name == n.name)) {
        let same = free.iter().position(|o| {
            is_same_key(o, constraint)
                || (o.kind == constraint.kind
                    && o.definition == constraint.definition
                    && o.deferral == constraint.deferral)
        });
        if let Some(at) = same {
            constraint.name = free.swap_remove(at).name.clone();
        }
    }
}

/// SQLite cannot defer a key, nor keep other columns in its index.
fn is_same_key(old: &Constraint, new: &Constraint) -> bool {
    matches!(old.kind, ConstraintKind::Primary | ConstraintKind::Unique)
        && old.kind == new.kind
        && old.columns == new.columns
}

fn keep_in_constraint(old: &Constraint, new: &mut Constraint, strictness: Strictness) {
    if strictness == Strictness::SameMeaning && is_same_key(old, new) {
        new.clone_from(old);
        return;
    }
    new.comment.clone_from(&old.comment);
    // Whether the rows were looked at, SQLite does not know.
    if old.kind == new.kind && old.definition == new.definition {
        new.validated = old.validated;
    }
}

fn stays(constraint: &Constraint, new: &Table, left: &Left) -> bool {
    constraint.columns.iter().all(|column| new.column(column).is_some())
        && left.leaves_constraint(&new.name, constraint)
}

fn index_stays(index: &Index, new: &Table, left: &Left) -> bool {
    let columns_stay = index.columns.iter().all(|column| new.column(column).is_some());
    let is_btree = index.tail.as_str().starts_with("USING btree ");
    let has_more = index.tail.as_str().contains(") INCLUDE (");
    columns_stay && (!is_btree || has_more || left.leaves_index(&index.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealift_core::sql::Sql;

    #[test]
    fn defaults_are_told_apart() {
        let of = |text: &'static str| Given::of(&Sql::raw(text));
        assert_eq!(of("'x'::character varying(20)"), Given::Value);
        assert_eq!(of("-1.5"), Given::Value);
        assert_eq!(of("true"), Given::Value);
        assert_eq!(of("timezone('utc'::text, now())"), Given::Moment);
        assert_eq!(of("CURRENT_TIMESTAMP"), Given::Moment);
        assert_eq!(of("nextval('t_id_seq'::regclass)"), Given::Counting);
        assert_eq!(of("gen_random_uuid()"), Given::Computed);
        assert_eq!(of("ext.uuid_generate_v4()"), Given::Computed);
    }
}
