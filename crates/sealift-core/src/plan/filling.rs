//! [`Filling`]: how rows get into a table that stands, where a bare `COPY` into it does not do.
//!
//! A column whose type is none of ours arrives as a type that is (its carrier), and the server makes
//! its own type of it; it is compared as the carrier again. Rows of such a table, and rows that meet
//! others, go through a temporary table in the transaction of their receipt.

use super::options::Conflict;
use crate::ddl::type_sql;
use crate::mapping::PgType;
use crate::name::Ident;
use crate::sql::Sql;
use serde::{Deserialize, Serialize};

/// What a table needs beyond a bare `COPY`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filling {
    /// Columns whose type is the server's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stored: Vec<Stored>,
    /// Columns of the target only, and the value that every row gets there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fills: Vec<Fill>,
    /// What happens to a row whose key is there already.
    #[serde(default, skip_serializing_if = "Conflict::is_error")]
    pub conflict: Conflict,
    /// The key by which rows meet, where some may.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<Ident>,
}

/// A column that is stored as another type than it arrives as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// The target's column.
    pub column: Ident,
    /// Its type, as the server prints it.
    pub type_name: Sql,
    /// How one becomes the other.
    pub form: StoredForm,
}

/// How a value becomes another type, and is read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoredForm {
    /// By the server's cast, in both directions: a domain, `timestamp(3)`.
    Cast,
    /// By the type's own text, in both directions: an enum, `citext`, `inet`.
    Printed,
    /// A list in JSON becomes an array.
    List,
    /// Microseconds become an interval, as Django keeps durations in SQLite.
    Microseconds,
}

/// A value for a column that the source does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// The target's column.
    pub column: Ident,
    /// Its type, as the server prints it.
    pub type_name: Sql,
    /// The value, as PostgreSQL reads it.
    pub value: String,
}

impl Filling {
    /// Returns whether a bare `COPY` does.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.stored.is_empty() && self.fills.is_empty() && self.conflict == Conflict::Error
    }

    /// Returns how a column is stored that is not stored as it arrives.
    #[must_use]
    pub fn stored(&self, column: &Ident) -> Option<&Stored> {
        self.stored.iter().find(|stored| stored.column == *column)
    }

    /// Returns the expression under which a column of the target is read as it arrived.
    #[must_use]
    pub fn read(&self, column: &Ident, carrier: PgType) -> Sql {
        let value = Sql::new().ident(column);
        match self.stored(column) {
            Some(stored) => stored.read(&value, carrier),
            None => value,
        }
    }
}

impl Stored {
    /// Returns the expression that makes the stored value of the one that arrives.
    #[must_use]
    pub fn store(&self, value: &Sql) -> Sql {
        match self.form {
            StoredForm::Cast | StoredForm::Printed => {
                Sql::raw("(").sql(value).push(")::").sql(&self.type_name)
            }
            // An aggregate would make NULL of an empty list.
            StoredForm::List => Sql::raw("case when ")
                .sql(value)
                .push(" is not null then array(select e from jsonb_array_elements_text(")
                .sql(value)
                .push(") with ordinality as l (e, i) order by i)::text[]::")
                .sql(&self.type_name)
                .push(" end"),
            StoredForm::Microseconds => {
                Sql::raw("(").sql(value).push(") * interval '1 microsecond'")
            }
        }
    }

    /// Returns the expression that makes of the stored value what arrived.
    #[must_use]
    pub fn read(&self, value: &Sql, carrier: PgType) -> Sql {
        match self.form {
            StoredForm::Cast => Sql::raw("(").sql(value).push(")::").sql(&type_name(carrier)),
            StoredForm::Printed => Sql::raw("case when ")
                .sql(value)
                .push(" is not null then format('%s', ")
                .sql(value)
                .push(") end::")
                .sql(&type_name(carrier)),
            StoredForm::List => Sql::raw("to_jsonb(").sql(value).push(")"),
            StoredForm::Microseconds => {
                Sql::raw("(extract(epoch from ").sql(value).push(") * 1000000)::bigint")
            }
        }
    }
}

/// Returns a type of ours as SQL, to cast to: without the length of a `varchar`, to which a cast would
/// cut without a word. It was looked at.
#[must_use]
pub fn type_name(data_type: PgType) -> Sql {
    type_sql(if data_type.is_text() { PgType::Text } else { data_type })
}

/// Returns what carries a type that is none of ours, and how: a type whose name the server prints so,
/// over a base where it is a domain, of elements where it is an array.
#[must_use]
pub fn carrier(type_name: &str, base: Option<&str>, element: Option<&str>) -> (PgType, StoredForm) {
    if let Some(base) = base.and_then(|base| base.parse::<PgType>().ok()) {
        return (base, StoredForm::Cast);
    }
    if element.is_some() {
        return (PgType::Jsonb, StoredForm::List);
    }
    let bare = type_name.split('(').next().unwrap_or_default();
    if bare == "character"
        && let Some(length) = inside(type_name).and_then(|length| length.parse().ok())
    {
        return (PgType::Varchar(length), StoredForm::Cast);
    }
    match (bare, type_name.ends_with("without time zone"), type_name.ends_with("with time zone")) {
        ("timestamp", true, _) => (PgType::Timestamp, StoredForm::Cast),
        ("timestamp", _, true) => (PgType::TimestampTz, StoredForm::Cast),
        ("time", true, _) => (PgType::Time, StoredForm::Cast),
        // By its shortest text, since 0.1 of four bytes is another number than that of eight.
        ("real", _, _) => (PgType::Double, StoredForm::Printed),
        (_, _, _) => (PgType::Text, StoredForm::Printed),
    }
}

fn inside(type_name: &str) -> Option<&str> {
    type_name.split_once('(')?.1.strip_suffix(')')
}

/// Something of the target's tables that would be in the way of the rows: it is put aside in the
/// transaction that records the run, and put back once the rows are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Aside {
    /// A trigger that fires when rows arrive: it is disabled.
    Trigger {
        /// Its table.
        table: Ident,
        /// Its name.
        name: Ident,
        /// When it fires.
        firing: Firing,
    },
    /// A foreign key of a circle: it is dropped.
    ForeignKey {
        /// Its table.
        table: Ident,
        /// Its name.
        name: Ident,
        /// Its definition as the server prints it.
        definition: Sql,
    },
}

/// When a trigger fires (`tgenabled`, manual section 53.58).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Firing {
    /// In ordinary sessions.
    Origin,
    /// In every session.
    Always,
}

impl Aside {
    /// Returns the table.
    #[must_use]
    pub fn table(&self) -> &Ident {
        match self {
            Self::Trigger { table, .. } | Self::ForeignKey { table, .. } => table,
        }
    }

    /// Returns the statement that puts it aside.
    #[must_use]
    pub fn put_aside(&self, schema: &Ident) -> Sql {
        match self {
            Self::Trigger { table, name, .. } => Sql::raw("alter table ")
                .qualified(schema, table)
                .push(" disable trigger ")
                .ident(name),
            Self::ForeignKey { table, name, .. } => Sql::raw("alter table ")
                .qualified(schema, table)
                .push(" drop constraint if exists ")
                .ident(name),
        }
    }

    /// Returns the statement that puts it back for a look at the tables as they were: rows that are
    /// half there are not checked.
    #[must_use]
    pub fn put_back_unchecked(&self, schema: &Ident) -> Sql {
        match self {
            Self::Trigger { .. } => self.put_back(schema),
            Self::ForeignKey { definition, .. } if definition.as_str().ends_with("NOT VALID") => {
                self.put_back(schema)
            }
            Self::ForeignKey { .. } => self.put_back(schema).push(" not valid"),
        }
    }

    /// Returns the statement that puts it back; it may be there already.
    #[must_use]
    pub fn put_back(&self, schema: &Ident) -> Sql {
        match self {
            Self::Trigger { table, name, firing } => Sql::raw("alter table if exists ")
                .qualified(schema, table)
                .push(match firing {
                    Firing::Origin => " enable trigger ",
                    Firing::Always => " enable always trigger ",
                })
                .ident(name),
            Self::ForeignKey { table, name, definition } => Sql::raw("alter table if exists ")
                .qualified(schema, table)
                .push(" drop constraint if exists ")
                .ident(name)
                .push(", add constraint ")
                .ident(name)
                .push(" ")
                .sql(definition),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_carried_by_the_one_that_has_its_values() {
        let plain = |name| carrier(name, None, None);
        assert_eq!(plain("character(3)"), (PgType::Varchar(3), StoredForm::Cast));
        assert_eq!(plain("public.mood"), (PgType::Text, StoredForm::Printed));
        let timestamp = "timestamp(3) without time zone";
        assert_eq!(plain(timestamp), (PgType::Timestamp, StoredForm::Cast));
        let moment = "timestamp(0) with time zone";
        assert_eq!(plain(moment), (PgType::TimestampTz, StoredForm::Cast));
        assert_eq!(
            carrier("public.cents", Some("bigint"), None),
            (PgType::BigInt, StoredForm::Cast)
        );
        assert_eq!(carrier("text[]", None, Some("text")), (PgType::Jsonb, StoredForm::List));
    }

    #[test]
    fn what_is_put_aside_can_be_put_back_twice() {
        let ident = |name: &str| Ident::new(name).unwrap();
        let key = Aside::ForeignKey {
            table: ident("t"),
            name: ident("k"),
            definition: Sql::raw("FOREIGN KEY (a) REFERENCES p(id)"),
        };
        assert_eq!(
            key.put_back(&ident("s")).as_str(),
            "alter table if exists \"s\".\"t\" drop constraint if exists \"k\", add constraint \"k\" FOREIGN KEY (a) REFERENCES p(id)"
        );
    }
}
