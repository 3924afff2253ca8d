//! [`ServerFacts`]: what a server says about itself.

use super::size::{self, GB, KB, MB};
use crate::name::Ident;
use serde::{Deserialize, Serialize};

/// Who may change a setting, and when it takes effect (`pg_settings.context`, manual 54.24).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// At the start of the server.
    Postmaster,
    /// When the configuration is read again.
    Sighup,
    /// By every session for itself (`superuser` and the contexts of a login count as this).
    #[serde(other)]
    User,
}

/// A row of `pg_settings`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ServerSetting {
    /// Its name.
    pub name: String,
    /// Its value in its unit.
    pub setting: String,
    /// `8kB`, `kB`, `MB`, `ms`, `s`, `min`; `None` without one.
    pub unit: Option<String>,
    /// When a change takes effect.
    pub context: Context,
    /// Whether the configuration has another value that waits for a restart.
    pub pending_restart: bool,
}

impl ServerSetting {
    /// Returns the value in bytes; `None` where it is none, such as a time or `-1`.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let unit = match self.unit.as_deref()? {
            "B" => 1,
            "kB" => KB,
            "8kB" => 8 * KB,
            "16kB" => 16 * KB,
            "32kB" => 32 * KB,
            "MB" => MB,
            "GB" => GB,
            _ => return None,
        };
        self.setting.parse::<u64>().ok()?.checked_mul(unit)
    }

    /// Returns the value in seconds; `None` where it is no time.
    #[must_use]
    pub fn seconds(&self) -> Option<u64> {
        let number: u64 = self.setting.parse().ok()?;
        match self.unit.as_deref()? {
            "ms" => Some(number / 1000),
            "s" => Some(number),
            "min" => number.checked_mul(60),
            _ => None,
        }
    }

    /// Returns the value as the configuration would have it.
    #[must_use]
    pub fn shown(&self) -> String {
        if let Some(bytes) = self.bytes() {
            return size::shown(bytes);
        }
        match (self.unit.as_deref(), self.seconds()) {
            (Some("s"), Some(seconds)) if seconds > 0 && seconds.is_multiple_of(60) => {
                format!("{}min", seconds / 60)
            }
            (Some(unit), Some(_)) => format!("{}{unit}", self.setting),
            (_, _) => self.setting.clone(),
        }
    }
}

/// Who runs a server that nobody else may configure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// Amazon RDS and Aurora.
    Rds,
    /// Google Cloud SQL.
    CloudSql,
    /// Azure Database for PostgreSQL.
    Azure,
    /// Neon.
    Neon,
    /// Supabase.
    Supabase,
}

impl Provider {
    /// Returns the provider whose administrator's role has this name.
    #[must_use]
    pub fn of_role(name: &str) -> Option<Self> {
        match name {
            "rds_superuser" | "rdsadmin" => Some(Self::Rds),
            "cloudsqlsuperuser" | "cloudsqladmin" => Some(Self::CloudSql),
            "azure_pg_admin" | "azuresu" => Some(Self::Azure),
            "neon_superuser" => Some(Self::Neon),
            "supabase_admin" => Some(Self::Supabase),
            _ => None,
        }
    }

    /// Returns where its settings are made.
    #[must_use]
    pub fn place(self) -> &'static str {
        match self {
            Self::Rds => "the DB parameter group of the instance",
            Self::CloudSql => "the database flags of the instance",
            Self::Azure => "the server parameters in the portal",
            Self::Neon => "Neon sets it by the size of the compute",
            Self::Supabase => "supabase postgres-config update",
        }
    }

    /// Returns its name.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Rds => "Amazon RDS",
            Self::CloudSql => "Google Cloud SQL",
            Self::Azure => "Azure Database for PostgreSQL",
            Self::Neon => "Neon",
            Self::Supabase => "Supabase",
        }
    }
}

/// Checkpoints since the statistics were reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Checkpoints {
    /// Those that `checkpoint_timeout` brought.
    pub timed: u64,
    /// Those that came early, since `max_wal_size` was full.
    pub requested: u64,
}

/// A table with many rows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LargeTable {
    /// Its schema.
    pub schema: Ident,
    /// Its name.
    pub name: Ident,
    /// Rows, as the server last counted them.
    pub rows: u64,
    /// Rows that are dead and not yet cleared away.
    pub dead: u64,
    /// `autovacuum_vacuum_scale_factor` of its own; `None` where the server's counts.
    pub vacuum_scale: Option<f64>,
    /// `autovacuum_analyze_scale_factor` of its own.
    pub analyze_scale: Option<f64>,
}

/// What a server says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct ServerFacts {
    /// The database that we are in.
    pub database: Ident,
    /// Memory of its machine in bytes; `None` where it cannot be looked at.
    pub memory: Option<u64>,
    /// `max_connections`.
    pub max_connections: u64,
    /// Settings that there are rules for.
    pub settings: Vec<ServerSetting>,
    /// Whether the role may change the settings of the whole server.
    pub may_alter_system: bool,
    /// Whether the role owns the database.
    pub owns_database: bool,
    /// Who runs the server; `None` for one of one's own.
    pub provider: Option<Provider>,
    /// Checkpoints; `None` where they cannot be seen.
    pub checkpoints: Option<Checkpoints>,
    /// Tables with many rows, the largest first.
    pub large_tables: Vec<LargeTable>,
}

impl ServerFacts {
    /// Returns a setting; `None` where this version has none of this name.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&ServerSetting> {
        self.settings.iter().find(|setting| setting.name == name)
    }

    pub(super) fn bytes(&self, name: &str) -> Option<u64> {
        self.setting(name)?.bytes()
    }
}
