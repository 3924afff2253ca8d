//! The schema that the application made itself on a PostgreSQL server, as a pattern: what it says of
//! types and names is taken, what else it says is compared with the plan.
//!
//! Tables and columns meet by name, exactly or else as the only ones that differ in ASCII case.

mod differences;

pub use differences::{CODE_PREFIX, differences};

use crate::mapping::PgType;

/// A schema to be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Like {
    /// Where it is, without a password.
    pub address: String,
    /// Its name.
    pub schema: String,
    /// Its tables.
    pub tables: Vec<LikeTable>,
}

/// A table of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LikeTable {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<LikeColumn>,
    /// The columns of its primary key.
    pub primary_key: Vec<String>,
    /// The columns of its unique constraints.
    pub unique: Vec<Vec<String>>,
    /// Its foreign keys.
    pub references: Vec<LikeReference>,
    /// Its checks.
    pub checks: Vec<LikeCheck>,
    /// Its indexes, apart from those of keys.
    pub indexes: Vec<LikeIndex>,
}

/// A column of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikeColumn {
    /// Its name.
    pub name: String,
    /// Its type as the server prints it.
    pub type_name: String,
    /// `not null`
    pub not_null: bool,
    /// Its default as the server prints it, unless that takes the next number of a sequence.
    pub default: Option<String>,
    /// Rows are numbered by the server: an identity, or a default that counts.
    pub counts: bool,
    /// `generated always as (…)`
    pub generated: bool,
}

/// A foreign key of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikeReference {
    /// The child columns.
    pub columns: Vec<String>,
    /// The parent table.
    pub parent: String,
    /// The parent columns.
    pub parent_columns: Vec<String>,
}

/// A check of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikeCheck {
    /// Its name.
    pub name: String,
    /// Its definition as the server prints it.
    pub definition: String,
}

/// An index of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LikeIndex {
    /// Its name.
    pub name: String,
    /// `unique`
    pub unique: bool,
    /// Its columns; none for an expression.
    pub keys: Vec<Option<String>>,
    /// Only some rows are in it.
    pub partial: bool,
    /// Its definition as the server prints it.
    pub definition: String,
}

/// What a column's type is to Sealift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LikeType {
    /// A type that Sealift writes.
    Written(PgType),
    /// A type that it does not write, and the one that holds the same values.
    Near(PgType),
    /// A type of which it knows nothing.
    Unknown,
}

impl Like {
    /// Returns the table of that name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&LikeTable> {
        by_name(&self.tables, name, |table| &table.name)
    }

    /// Returns where it is, for people.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}, schema {}", self.address, self.schema)
    }
}

impl LikeTable {
    /// Returns the column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&LikeColumn> {
        by_name(&self.columns, name, |column| &column.name)
    }
}

impl LikeColumn {
    /// Returns what its type is to Sealift.
    #[must_use]
    pub fn data_type(&self) -> LikeType {
        if let Ok(data_type) = self.type_name.parse() {
            return LikeType::Written(data_type);
        }
        near(&self.type_name).map_or(LikeType::Unknown, LikeType::Near)
    }
}

/// Returns the type that is left of one with a parameter that Sealift does not write, or the wider
/// one that it writes instead.
fn near(type_name: &str) -> Option<PgType> {
    let (name, length) = match type_name.split_once('(') {
        None => (type_name.to_owned(), None),
        Some((name, rest)) => {
            let (inside, after) = rest.split_once(')')?;
            (format!("{name}{after}"), inside.parse::<u32>().ok())
        }
    };
    match name.as_str() {
        "real" => Some(PgType::Double),
        "character" => length.map(PgType::Varchar),
        "citext" => Some(PgType::Text),
        // `timestamp(3) without time zone`; a `numeric` with a negative scale is none of these.
        _ if length.is_some() && name.starts_with("time") => name.parse().ok(),
        _ => None,
    }
}

/// Returns the item of that name, or the only one whose name differs in ASCII case alone.
fn by_name<'a, T>(items: &'a [T], wanted: &str, name: impl Fn(&T) -> &String) -> Option<&'a T> {
    items.iter().find(|item| name(item) == wanted).or_else(|| {
        let mut alike = items.iter().filter(|item| name(item).eq_ignore_ascii_case(wanted));
        alike.next().filter(|_| alike.next().is_none())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, type_name: &str) -> LikeColumn {
        LikeColumn {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
            not_null: false,
            default: None,
            counts: false,
            generated: false,
        }
    }

    #[test]
    fn columns_meet_by_name_and_in_another_case_only_when_one_can_be_meant() {
        let names = |names: &[&str]| LikeTable {
            columns: names.iter().map(|name| column(name, "text")).collect(),
            ..LikeTable::default()
        };
        let found = |names: &LikeTable, wanted: &str| names.column(wanted).map(|c| c.name.clone());
        assert_eq!(found(&names(&["Id", "id"]), "id"), Some("id".to_owned()));
        assert_eq!(found(&names(&["userId"]), "USERID"), Some("userId".to_owned()));
        assert_eq!(found(&names(&["userId", "userid"]), "USERID"), None);
    }

    #[test]
    fn a_type_that_is_not_written_has_a_near_one_where_every_value_stays() {
        for (name, wanted) in [
            ("character varying(20)", LikeType::Written(PgType::Varchar(20))),
            ("timestamp(3) with time zone", LikeType::Near(PgType::TimestampTz)),
            ("time(0) without time zone", LikeType::Near(PgType::Time)),
            ("character(2)", LikeType::Near(PgType::Varchar(2))),
            ("real", LikeType::Near(PgType::Double)),
            ("inet", LikeType::Unknown),
            ("text[]", LikeType::Unknown),
            ("bit(3)", LikeType::Unknown),
        ] {
            let data_type = column("c", name).data_type();
            // What Sealift writes grows; a type that it did not write may be written by now.
            let written = name.parse().ok().map(LikeType::Written);
            assert_eq!(data_type, written.unwrap_or(wanted), "{name}");
        }
    }
}
