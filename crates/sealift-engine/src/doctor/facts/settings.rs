//! What the command line found in `sealift.toml`, the environment and `.env`. No value is kept that could
//! hold a password.

/// Where settings came from, and what cannot be understood in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingFacts {
    /// The SQLite file and where it was named, as `app.db, from SEALIFT_SOURCE in .env`.
    pub source: Option<String>,
    /// The server and where it was named, its password as `***`.
    pub target: Option<String>,
    /// The variables that may name a database, wherever they are set.
    pub urls: Vec<UrlFact>,
    /// The variables that should be whole numbers and are set.
    pub numbers: Vec<NumberFact>,
    /// Where a name for `sslmode` was found that is none.
    pub bad_ssl_mode: Option<String>,
}

/// A variable that may name a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlFact {
    /// Its name, such as `DATABASE_URL`.
    pub variable: String,
    /// Whether it stands in `.env`, and not in the environment itself.
    pub in_dotenv: bool,
    /// What it names.
    pub kind: UrlKind,
}

/// What a URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlKind {
    /// A SQLite file that is not the source.
    OtherSqlite,
    /// The SQLite file that is the source.
    Source,
    /// A PostgreSQL server.
    Postgres,
    /// Something else.
    Other,
}

/// A variable that should be a whole number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberFact {
    /// Its name and where it is set, as `DB_POOL_SIZE in .env`.
    pub place: String,
    /// Its name.
    pub name: &'static str,
    /// Whether it is one, and one that the variable may be.
    pub is_usable: bool,
}
