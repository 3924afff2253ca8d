//! Profiles: the types that a framework makes on PostgreSQL where it has made these on SQLite.
//!
//! A framework maps its own types to each database's. SQLite's declared types are the image of that
//! map, and a profile is the way back and over: one file a framework. A profile only wishes. What it
//! wishes is taken where the type holds every cell without loss, which is decided here, once for all
//! of them; everywhere else the usual rule stands.

mod diesel;
mod django;
mod gorm;
mod knex;
mod laravel;
mod mikroorm;
mod prisma;
mod rails;
mod sequelize;
mod sqlalchemy;
mod typeorm;
mod wish;
mod xorm;

use wish::Wish;
pub use wish::{Outcome, ProfileColumn, RowId, RowIdFacts, apply};

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Whose types are wished for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Nobody's: the declared type and the cells decide.
    #[default]
    None,
    /// Django.
    Django,
    /// Rails' Active Record.
    Rails,
    /// SQLAlchemy, with or without Alembic.
    SqlAlchemy,
    /// Prisma.
    Prisma,
    /// Laravel.
    Laravel,
    /// Knex.
    Knex,
    /// Strapi, which stands on Knex.
    Strapi,
    /// TypeORM.
    TypeOrm,
    /// Sequelize.
    Sequelize,
    /// MikroORM.
    MikroOrm,
    /// GORM.
    Gorm,
    /// xorm.
    Xorm,
    /// Diesel.
    Diesel,
    /// Drizzle.
    Drizzle,
    /// Entity Framework Core.
    EfCore,
}

impl Profile {
    /// All of them, in the order of the documentation.
    pub const ALL: [Self; 16] = [
        Self::None,
        Self::Django,
        Self::Rails,
        Self::SqlAlchemy,
        Self::Prisma,
        Self::Laravel,
        Self::Knex,
        Self::Strapi,
        Self::TypeOrm,
        Self::Sequelize,
        Self::MikroOrm,
        Self::Gorm,
        Self::Xorm,
        Self::Diesel,
        Self::Drizzle,
        Self::EfCore,
    ];

    /// Returns the name that is typed after `--profile`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Django => "django",
            Self::Rails => "rails",
            Self::SqlAlchemy => "sqlalchemy",
            Self::Prisma => "prisma",
            Self::Laravel => "laravel",
            Self::Knex => "knex",
            Self::Strapi => "strapi",
            Self::TypeOrm => "typeorm",
            Self::Sequelize => "sequelize",
            Self::MikroOrm => "mikroorm",
            Self::Gorm => "gorm",
            Self::Xorm => "xorm",
            Self::Diesel => "diesel",
            Self::Drizzle => "drizzle",
            Self::EfCore => "efcore",
        }
    }

    /// Returns the profile of a framework, by the name that [`crate::sqlite::recognise`] gives it;
    /// [`Profile::None`] for those that leave types to whoever writes the migrations.
    #[must_use]
    pub fn of_framework(name: &str) -> Self {
        match name {
            "Django" => Self::Django,
            "Rails" => Self::Rails,
            "Alembic (SQLAlchemy)" => Self::SqlAlchemy,
            "Prisma" => Self::Prisma,
            "Laravel" => Self::Laravel,
            "Knex" => Self::Knex,
            "Strapi (Knex)" => Self::Strapi,
            "TypeORM" => Self::TypeOrm,
            "Sequelize" => Self::Sequelize,
            "MikroORM" => Self::MikroOrm,
            "GORM" => Self::Gorm,
            "xorm" | "Grafana (xorm)" => Self::Xorm,
            "Diesel" => Self::Diesel,
            "Drizzle" => Self::Drizzle,
            "Entity Framework Core" => Self::EfCore,
            _ => Self::None,
        }
    }

    /// Returns why the declared types of this framework's files do not tell its types, where they
    /// do not.
    #[must_use]
    pub fn says_little(self) -> Option<&'static str> {
        match self {
            Self::Drizzle => Some(
                "Drizzle keeps booleans and moments in integer columns; which is which stands in the application only",
            ),
            Self::EfCore => Some(
                "Entity Framework Core writes only INTEGER, REAL, TEXT and BLOB; booleans, moments and GUIDs cannot be told from numbers and texts",
            ),
            Self::None
            | Self::Django
            | Self::Rails
            | Self::SqlAlchemy
            | Self::Prisma
            | Self::Laravel
            | Self::Knex
            | Self::Strapi
            | Self::TypeOrm
            | Self::Sequelize
            | Self::MikroOrm
            | Self::Gorm
            | Self::Xorm
            | Self::Diesel => None,
        }
    }

    /// Returns what the framework would make of a column, where that is not what the usual rule
    /// makes anyway.
    fn wish(self, column: &ProfileColumn<'_>) -> Option<Wish> {
        match self {
            Self::None | Self::Drizzle | Self::EfCore => None,
            Self::Django => django::wish(column),
            Self::Rails => rails::wish(column),
            Self::SqlAlchemy => sqlalchemy::wish(column),
            Self::Prisma => prisma::wish(column),
            Self::Laravel => laravel::wish(column),
            Self::Knex => knex::wish(column),
            Self::Strapi => knex::strapi(column),
            Self::TypeOrm => typeorm::wish(column),
            Self::Sequelize => sequelize::wish(column),
            Self::MikroOrm => mikroorm::wish(column),
            Self::Gorm => gorm::wish(column),
            Self::Xorm => xorm::wish(column),
            Self::Diesel => diesel::wish(column),
        }
    }

    /// Returns how wide the framework makes a key that counts by itself.
    #[must_use]
    pub fn row_id(self, facts: RowIdFacts<'_>) -> RowId {
        match self {
            // Rails since 5.1 and Laravel since 5.8 make `bigint` keys; GORM's `uint` is one.
            Self::None | Self::Rails | Self::Gorm | Self::Xorm | Self::Drizzle | Self::EfCore => {
                RowId::BigInt
            }
            Self::Laravel => laravel::row_id(facts),
            Self::Django => django::row_id(facts),
            Self::SqlAlchemy => sqlalchemy::row_id(facts),
            Self::Prisma
            | Self::Knex
            | Self::Strapi
            | Self::TypeOrm
            | Self::Sequelize
            | Self::MikroOrm
            | Self::Diesel => {
                if facts.has_wide_child {
                    RowId::BigInt
                } else {
                    RowId::Integer
                }
            }
        }
    }

    /// Returns whether the framework lets the server number the rows of a key that is the rowid.
    #[must_use]
    pub fn numbers(self, facts: RowIdFacts<'_>) -> bool {
        match self {
            // A key that points at the parent's row (multi-table inheritance, OneToOneField) gets its
            // number from there; AutoField always says AUTOINCREMENT.
            Self::Django => facts.autoincrement || !facts.is_child,
            // `autoincrement="auto"`: not where the key points at another table's.
            Self::SqlAlchemy => !facts.is_child,
            Self::None
            | Self::Rails
            | Self::Prisma
            | Self::Laravel
            | Self::Knex
            | Self::Strapi
            | Self::TypeOrm
            | Self::Sequelize
            | Self::MikroOrm
            | Self::Gorm
            | Self::Xorm
            | Self::Diesel
            | Self::Drizzle
            | Self::EfCore => true,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = text.trim();
        Self::ALL.into_iter().find(|profile| profile.name() == wanted).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|profile| profile.name()).collect();
            format!("`{wanted}` is not a profile; there are auto, {}", names.join(", "))
        })
    }
}

#[cfg(test)]
mod tests;
