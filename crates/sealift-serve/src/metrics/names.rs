//! Every metric with its name, kind and help. Dashboards and alert rules name them: a name that changes is a
//! change for everybody who has those.

use prometheus_client::metrics::MetricType;

/// A metric.
#[derive(Debug)]
pub(crate) struct Metric {
    /// Its name, without `_total`, which the encoder adds to a counter, and `_info`.
    pub(crate) name: &'static str,
    /// What it tells.
    pub(crate) help: &'static str,
    /// Its kind.
    pub(crate) kind: MetricType,
}

/// Makes the constants, and `ALL`, which lists them.
macro_rules! metrics {
    ($($constant:ident, $kind:ident, $name:literal, $help:literal;)*) => {
        /// All of them.
        #[cfg(test)]
        pub(super) const ALL: &[&Metric] = &[$(&$constant),*];

        $(pub(super) const $constant: Metric =
            Metric { name: $name, help: $help, kind: MetricType::$kind };)*
    };
}

metrics! {
    BUILD, Info, "sealift_build",
        "Version of Sealift that answers";

    DATABASE_UP, Gauge, "sealift_database_up",
        "Whether the database answers, 1 or 0";
    PROBE_SECONDS, Gauge, "sealift_probe_seconds",
        "How long the database took to answer the last question";

    POOL_MAX, Gauge, "sealift_pool_sessions_max",
        "How many sessions the pool may open, base and overflow together";
    POOL_SESSIONS, Gauge, "sealift_pool_sessions",
        "Sessions of the pool by state";
    POOL_WAITING, Gauge, "sealift_pool_waiting",
        "How many wait for a session";
    POOL_CONNECTS, Counter, "sealift_pool_connects",
        "Connections the pool has made";
    POOL_TIMEOUTS, Counter, "sealift_pool_timeouts",
        "How often somebody waited for a session in vain";
    POOL_WAIT_SECONDS, Histogram, "sealift_pool_wait_seconds",
        "How long sessions were waited for, connecting included";

    QUERY_SECONDS, Histogram, "sealift_query_seconds",
        "How long the statements of Sealift's own pool took";
    QUERY_ERRORS, Counter, "sealift_query_errors",
        "Failed statements and connections by class of SQLSTATE, none where the server reported nothing";

    SERVER_STARTED, Gauge, "sealift_server_start_time_seconds",
        "When the server was started, since 1970-01-01 UTC";
    SERVER_STANDBY, Gauge, "sealift_server_standby",
        "Whether the server follows another one, 1 or 0";
    SERVER_LIMIT, Gauge, "sealift_server_connections_limit",
        "How many connections applications may have on the server";
    SERVER_CONNECTIONS, Gauge, "sealift_server_connections",
        "Connections to the server by state";
    SERVER_SLOW, Gauge, "sealift_server_slow_queries",
        "Statements that have been running for more than 5 seconds";
    SERVER_LONGEST, Gauge, "sealift_server_longest_query_seconds",
        "For how long the longest statement has been running";
    SERVER_BLOCKED, Gauge, "sealift_server_blocked_queries",
        "Processes that wait for a lock";
    PART_MISSING, Gauge, "sealift_reading_missing",
        "1 for each part of the reading that could not be read, such as for lack of rights";

    DATABASE_SIZE, Gauge, "sealift_database_size_bytes",
        "What the database takes on the disk";
    DATABASE_HIT_RATIO, Gauge, "sealift_database_cache_hit_ratio",
        "Of the pages that were wanted, how many were in the server's cache, from 0 to 1";
    DATABASE_COMMITS, Counter, "sealift_database_commits",
        "Transactions that were committed";
    DATABASE_ROLLBACKS, Counter, "sealift_database_rollbacks",
        "Transactions that were rolled back";
    DATABASE_DEADLOCKS, Counter, "sealift_database_deadlocks",
        "Deadlocks that the server resolved";
    DATABASE_TEMPORARY, Counter, "sealift_database_temporary_bytes",
        "What sorting and hashing has put on the disk";

    TABLE_SIZE, Gauge, "sealift_table_size_bytes",
        "What a table takes with its indexes, of the 20 largest";
    TABLE_LIVE, Gauge, "sealift_table_live_rows",
        "Rows of a table that can be seen";
    TABLE_DEAD, Gauge, "sealift_table_dead_rows",
        "Rows of a table that are deleted or replaced and still take room";
    SEQUENCE_USED, Gauge, "sealift_sequence_used_ratio",
        "How much of a sequence's range is used, from 0 to 1, of the 20 nearest to their end";
    UNUSED_INDEXES, Gauge, "sealift_unused_indexes",
        "Indexes that no query has used, 20 at most";
    UNINDEXED_KEYS, Gauge, "sealift_unindexed_foreign_keys",
        "Foreign keys that no index helps, 20 at most";

    REPLICATION_BYTES, Gauge, "sealift_replication_lag_bytes",
        "How far a standby is behind in the write-ahead log";
    REPLICATION_SECONDS, Gauge, "sealift_replication_lag_seconds",
        "How far a standby is behind in time";

    MIGRATION_STATUS, Gauge, "sealift_migration_status",
        "1 for where the migration stands, 0 for the others";
    MIGRATION_PHASE, Gauge, "sealift_migration_phase",
        "1 for the phase that is under way, 0 for the others";
    MIGRATION_ROWS, Counter, "sealift_migration_rows",
        "Rows that have been copied";
    MIGRATION_EXPECTED, Gauge, "sealift_migration_rows_expected",
        "Rows that are to be copied, once they are counted";
    MIGRATION_BYTES, Counter, "sealift_migration_bytes",
        "Bytes that have been sent";
    MIGRATION_SECONDS, Gauge, "sealift_migration_duration_seconds",
        "How long the migration has taken so far";
    MIGRATION_FINDINGS, Gauge, "sealift_migration_findings",
        "What a person should know about the migration, by severity";
}
