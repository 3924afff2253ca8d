//! Random schemas that have names in common, written as SQL.

use proptest::option;
use proptest::prelude::*;
use std::fmt::{self, Write as _};

/// A type, a default for it, and a value by which rows can be told apart (`{}` is the row's number).
const TYPES: [(&str, &str, &str); 16] = [
    ("smallint", "7", "{}"),
    ("integer", "8", "{}"),
    ("bigint", "9", "{}"),
    ("numeric(10,2)", "1.5", "{}.25"),
    ("numeric", "2.5", "{}.125"),
    ("double precision", "0.5", "{}.5"),
    ("text", "'x'", "'text {}'"),
    ("varchar(20)", "'y'", "'short {}'"),
    ("boolean", "true", "{} % 2 = 0"),
    ("date", "'2020-01-02'", "date '2024-01-01' + {}"),
    ("timestamptz", "now()", "timestamptz '2024-01-01 10:00Z' + interval '1 s' * {}"),
    ("interval", "'1 day'", "interval '1 s' * {}"),
    ("jsonb", "'{}'", "jsonb_build_object('n', {})"),
    ("uuid", "gen_random_uuid()", "md5('{}')::uuid"),
    ("text[]", "'{}'", "array['a', '{}']"),
    ("mood", "'fair'", "'fair'"),
];

/// The values of the enumerated type, of which each schema has `fair` and some more.
const MOODS: [&str; 4] = ["poor", "bad", "good", "great"];

#[derive(Clone)]
pub(super) struct World {
    tables: Vec<Option<Table>>,
    moods: Vec<bool>,
    counter: Option<i64>,
    views: Vec<Option<View>>,
    function: Option<i64>,
    domain: Option<bool>,
}

#[derive(Debug, Clone)]
struct Table {
    big_id: bool,
    numbering: usize,
    is_primary: bool,
    columns: Vec<Option<Column>>,
    computed: Option<i64>,
    parents: Vec<Option<Parent>>,
    unique: Option<(usize, bool)>,
    check: Option<(i64, bool)>,
    indexes: Vec<Option<usize>>,
    comment: Option<u8>,
    has_trigger: bool,
}

#[derive(Debug, Clone)]
struct Column {
    data_type: usize,
    not_null: bool,
    has_default: bool,
    comment: Option<u8>,
    collation: bool,
}

#[derive(Debug, Clone)]
struct Parent {
    action: usize,
    deferrable: bool,
    validated: bool,
}

#[derive(Debug, Clone)]
struct View {
    of: usize,
    least: i64,
    materialized: bool,
    all_columns: bool,
}

pub(super) fn worlds() -> impl Strategy<Value = World> {
    (
        prop::collection::vec(option::weighted(0.7, table()), 3),
        prop::collection::vec(any::<bool>(), MOODS.len()),
        option::of(1..4_i64),
        prop::collection::vec(option::weighted(0.4, view()), 2),
        option::of(1..3_i64),
        option::of(any::<bool>()),
    )
        .prop_map(|(tables, moods, counter, views, function, domain)| World {
            tables,
            moods,
            counter,
            views,
            function,
            domain,
        })
}

/// Two schemas: any two, or two that have most of their tables in common.
pub(super) fn pairs() -> impl Strategy<Value = (World, World)> {
    let related = (worlds(), worlds(), prop::collection::vec(any::<bool>(), 8)).prop_map(
        |(one, other, which)| {
            let mut mixed = one.clone();
            for (at, (mine, theirs)) in mixed.tables.iter_mut().zip(&other.tables).enumerate() {
                let (Some(mine), Some(theirs)) = (mine, theirs) else { continue };
                match which.get(at).copied().zip(which.get(at + 3).copied()) {
                    Some((true, true)) => mine.columns.clone_from(&theirs.columns),
                    Some((true, false)) => mine.indexes.clone_from(&theirs.indexes),
                    Some((false, true)) => {
                        mine.parents.clone_from(&theirs.parents);
                        mine.check = theirs.check;
                        mine.unique = theirs.unique;
                    }
                    _ => mine.comment = theirs.comment,
                }
            }
            if which.get(6) == Some(&true) {
                mixed.views = other.views;
            }
            if which.get(7) == Some(&true) {
                mixed.moods = other.moods;
            }
            (one, mixed)
        },
    );
    prop_oneof![1 => (worlds(), worlds()), 2 => related]
}

fn table() -> impl Strategy<Value = Table> {
    let column = (
        0..TYPES.len(),
        any::<bool>(),
        any::<bool>(),
        option::weighted(0.2, 0..3_u8),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(data_type, not_null, has_default, comment, collation)| Column {
            data_type,
            not_null,
            has_default,
            comment,
            collation,
        });
    let parent = (0..4_usize, any::<bool>(), prop::bool::weighted(0.8))
        .prop_map(|(action, deferrable, validated)| Parent { action, deferrable, validated });
    let head = (any::<bool>(), 0..4_usize, prop::bool::weighted(0.8));
    let columns = prop::collection::vec(option::weighted(0.7, column), 4);
    let parents = prop::collection::vec(option::weighted(0.25, parent), 3);
    let rules = (
        option::weighted(0.4, (0..4_usize, any::<bool>())),
        option::weighted(0.4, (-5..0_i64, prop::bool::weighted(0.8))),
        prop::collection::vec(option::weighted(0.3, 0..4_usize), 5),
        option::weighted(0.3, 0..3_u8),
        prop::bool::weighted(0.2),
        option::weighted(0.2, 1..4_i64),
    );
    (head, columns, parents, rules).prop_map(
        |((big_id, numbering, is_primary), columns, parents, rules)| {
            let (unique, check, indexes, comment, has_trigger, computed) = rules;
            Table {
                big_id,
                numbering,
                is_primary,
                columns,
                computed,
                parents,
                unique,
                check,
                indexes,
                comment,
                has_trigger,
            }
        },
    )
}

fn view() -> impl Strategy<Value = View> {
    (0..3_usize, 0..3_i64, prop::bool::weighted(0.2), any::<bool>()).prop_map(
        |(of, least, materialized, all_columns)| View { of, least, materialized, all_columns },
    )
}

/// The SQL stands in what a failed case says.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl World {
    /// Returns the statements that make it in the schema that is found first.
    pub(super) fn sql(&self) -> String {
        let mut sql = String::new();
        let moods = MOODS.iter().zip(&self.moods).filter(|(_, is)| **is).map(|(mood, _)| *mood);
        let moods: Vec<String> =
            std::iter::once("fair").chain(moods).map(|mood| format!("'{mood}'")).collect();
        let _ = writeln!(sql, "create type mood as enum ({});", moods.join(", "));
        if let Some(step) = self.counter {
            let _ = writeln!(sql, "create sequence counter increment {step};");
        }
        if let Some(not_null) = self.domain {
            let not_null = if not_null { "not null" } else { "" };
            let _ =
                writeln!(sql, "create domain short as varchar(9) {not_null} check (value <> '');");
        }
        if let Some(number) = self.function {
            let _ = writeln!(
                sql,
                "create function half(a int) returns int language sql as 'select a / {number}';"
            );
        }
        let _ = writeln!(
            sql,
            "create function touch() returns trigger language plpgsql as 'begin return new; end';"
        );
        for (at, table) in self.tables() {
            table.make(at, &mut sql);
        }
        for (at, table) in self.tables() {
            for (to, parent) in table.parents.iter().enumerate() {
                if let Some((parent, other)) = parent.as_ref().zip(self.parent(to)) {
                    parent.make(at, to, other, &mut sql);
                }
            }
        }
        for (at, view) in self.views.iter().enumerate() {
            if let Some((view, table)) =
                view.as_ref().and_then(|view| Some((view, self.tables.get(view.of)?.as_ref()?)))
            {
                view.make(at, table, &mut sql);
            }
        }
        sql
    }

    /// Returns statements that fill it, each of which may be refused.
    pub(super) fn rows(&self) -> Vec<String> {
        let mut rows = Vec::new();
        for (at, table) in self.tables() {
            for number in 1..=3 {
                let value =
                    |column: &Column| TYPES[column.data_type].2.replace("{}", &number.to_string());
                let (names, values): (Vec<String>, Vec<String>) = table
                    .columns()
                    .map(|(name, column)| (format!(", {name}"), format!(", {}", value(column))))
                    .unzip();
                rows.push(format!(
                    "insert into t{at} (id{}) overriding system value values ({number}{})",
                    names.concat(),
                    values.concat()
                ));
            }
        }
        for (at, table) in self.tables() {
            for (to, parent) in table.parents.iter().enumerate() {
                if parent.is_some() && self.parent(to).is_some() {
                    rows.push(format!("update t{at} set p{to} = 1"));
                }
            }
        }
        rows
    }

    fn tables(&self) -> impl Iterator<Item = (usize, &Table)> {
        self.tables.iter().enumerate().filter_map(|(at, table)| Some((at, table.as_ref()?)))
    }

    /// Returns a table that others can refer to.
    fn parent(&self, at: usize) -> Option<&Table> {
        self.tables.get(at)?.as_ref().filter(|table| table.is_primary)
    }
}

impl Table {
    fn columns(&self) -> impl Iterator<Item = (String, &Column)> {
        let columns = self.columns.iter().enumerate();
        columns.filter_map(|(at, column)| Some((format!("c{at}"), column.as_ref()?)))
    }

    fn id_type(&self) -> &'static str {
        if self.big_id { "bigint" } else { "integer" }
    }

    fn make(&self, at: usize, sql: &mut String) {
        let (data_type, serial) = match (self.numbering, self.big_id) {
            (1, _) => (self.id_type(), " generated always as identity"),
            (2, _) => (self.id_type(), " generated by default as identity (start 10)"),
            (3, true) => ("bigserial", ""),
            (3, false) => ("serial", ""),
            _ => (self.id_type(), " not null"),
        };
        let mut lines = vec![format!("id {data_type}{serial}")];
        for (name, column) in self.columns() {
            let (data_type, default, _) = TYPES[column.data_type];
            let mut line = format!("{name} {data_type}");
            if column.collation && matches!(data_type, "text" | "varchar(20)") {
                line.push_str(" collate \"C\"");
            }
            if column.has_default {
                let _ = write!(line, " default {default}");
            }
            if column.not_null {
                line.push_str(" not null");
            }
            lines.push(line);
        }
        if let Some(factor) = self.computed {
            lines.push(format!("computed bigint generated always as (id * {factor}) stored"));
        }
        for to in 0..3 {
            lines.push(format!("p{to} integer"));
        }
        if self.is_primary {
            lines.push(format!("constraint t{at}_key primary key (id)"));
        }
        if let Some((column, deferrable)) = self.unique
            && self.columns.get(column).is_some_and(Option::is_some)
        {
            let deferrable = if deferrable { " deferrable" } else { "" };
            lines.push(format!("constraint t{at}_unique unique (c{column}, id){deferrable}"));
        }
        let _ = writeln!(sql, "create table t{at} ({});", lines.join(", "));
        if let Some((least, validated)) = self.check {
            let not_valid = if validated { "" } else { " not valid" };
            let _ = writeln!(
                sql,
                "alter table t{at} add constraint t{at}_check check (id > {least}){not_valid};"
            );
        }
        self.indexes(at, sql);
        if let Some(comment) = self.comment {
            let _ = writeln!(sql, "comment on table t{at} is 'table {comment}';");
        }
        for (name, column) in self.columns() {
            if let Some(comment) = column.comment {
                let _ = writeln!(sql, "comment on column t{at}.{name} is 'it''s {comment}';");
            }
        }
        if self.has_trigger {
            let _ = writeln!(
                sql,
                "create trigger touched before update on t{at} for each row execute function touch();"
            );
        }
    }

    /// One index for each column that is there, of some kind, and one on the key.
    fn indexes(&self, at: usize, sql: &mut String) {
        for (on, kind) in self.indexes.iter().enumerate() {
            let Some(kind) = kind else { continue };
            let column = match self.columns.get(on) {
                Some(Some(_)) => format!("c{on}"),
                Some(None) => continue,
                None => "id".to_owned(),
            };
            let (unique, keys) = match kind {
                0 => ("", format!("({column})")),
                1 => ("", format!("({column} desc) where id > 1")),
                2 => ("", format!("({column}, (id + 1))")),
                _ => ("unique ", format!("(id, {column})")),
            };
            let _ = writeln!(sql, "create {unique}index t{at}_i{on} on t{at} {keys};");
        }
    }
}

impl Parent {
    fn make(&self, at: usize, to: usize, other: &Table, sql: &mut String) {
        // The key's type is the parent's, so that a change of the one is a change of the other.
        let action = ["", "on delete cascade", "on delete set null", "on update cascade"];
        let deferrable = if self.deferrable { "deferrable initially deferred" } else { "" };
        let not_valid = if self.validated { "" } else { "not valid" };
        let _ = writeln!(
            sql,
            "alter table t{at} alter column p{to} type {}; \
             alter table t{at} add constraint t{at}_p{to} foreign key (p{to}) references t{to} {} {deferrable} {not_valid};",
            other.id_type(),
            action[self.action],
        );
    }
}

impl View {
    fn make(&self, at: usize, table: &Table, sql: &mut String) {
        let kind = if self.materialized { "materialized view" } else { "view" };
        let columns: String = if self.all_columns {
            table.columns().map(|(name, _)| format!(", {name}")).collect()
        } else {
            String::new()
        };
        let (of, least) = (self.of, self.least);
        let _ = writeln!(
            sql,
            "create {kind} v{at} as select id{columns} from t{of} where id > {least};"
        );
        let _ = writeln!(sql, "create view w{at} as select id + 1 as next from v{at};");
    }
}
