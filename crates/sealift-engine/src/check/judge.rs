//! From facts to verdicts, without asking anybody.

use super::facts::{ConnectionLimit, Facts, LimitOf, PROBE_ANSWER};
use super::{CheckItem, CheckStatus, failed, ok, warning};
use crate::cause;
use crate::postgres::known::{
    IS_STANDBY, NOT_UTF8, READ_ONLY, TOO_MANY, TOO_MANY_OF_DATABASE, TOO_MANY_OF_ROLE,
    TRANSACTION_POOLER,
};
use crate::postgres::{Pooling, quoted};

/// Returns what the facts mean for a migration, in the order a person would ask.
#[must_use]
pub fn judge(facts: &Facts) -> Vec<CheckItem> {
    vec![
        ok("version", format!("PostgreSQL {}", facts.server_version)),
        encrypted(facts),
        writable(facts),
        encoding(facts),
        collation(facts),
        create_schema(facts),
        create_table(facts),
        temporary(facts),
        existing(facts),
        connections(facts),
        pooler(facts),
        hash(facts),
        size(facts),
    ]
}

fn encrypted(facts: &Facts) -> CheckItem {
    match (facts.encrypted, facts.remote) {
        (true, _) => ok("encryption", "the connection is encrypted"),
        (false, false) => ok("encryption", "not encrypted, and does not leave this machine"),
        (false, true) => warning(
            "encryption",
            "not encrypted, over the network",
            "add ?sslmode=require to the URL",
        ),
    }
}

fn writable(facts: &Facts) -> CheckItem {
    match (facts.standby, facts.read_only) {
        (true, _) => failed("writable", &cause::STANDBY, IS_STANDBY.says, IS_STANDBY.hint),
        (false, true) => {
            let found = format!("{}: default_transaction_read_only is on", READ_ONLY.says);
            let hint = READ_ONLY.hint.replace("DATABASE", &quoted(&facts.database));
            failed("writable", &cause::READ_ONLY, found, hint)
        }
        (false, false) => ok("writable", "takes writes"),
    }
}

fn encoding(facts: &Facts) -> CheckItem {
    if facts.encoding == "UTF8" {
        return ok("encoding", "UTF8");
    }
    let found = format!("{} {}, which cannot hold every text", NOT_UTF8.says, facts.encoding);
    failed("encoding", &cause::ENCODING, found, NOT_UTF8.hint)
}

fn collation(facts: &Facts) -> CheckItem {
    if let Some(versions) = &facts.collation_versions {
        let found = format!(
            "{}: made by version {} of the system's collations, which are of version {} now",
            facts.collation, versions.made_by, versions.now
        );
        let database = quoted(&facts.database);
        let hint = format!(
            "as owner, while nobody writes: reindex database {database}; then: alter database \
             {database} refresh collation version"
        );
        return warning("collation", found, hint).because(&cause::COLLATION_VERSION);
    }
    let bytewise = ["C", "POSIX", "C.UTF-8", "C.utf8"].contains(&facts.collation.as_str());
    let found = if bytewise {
        format!("{}: texts sort by their bytes, as in SQLite", facts.collation)
    } else {
        format!("{}: texts sort by language, where SQLite sorts by bytes", facts.collation)
    };
    ok("collation", found)
}

fn create_schema(facts: &Facts) -> CheckItem {
    if facts.may_create_schema {
        return ok("create_schema", format!("{} may create schemas", facts.role));
    }
    let found = format!("{} may not create schemas", facts.role);
    if facts.schema_exists {
        // The tables go into what is there, and so does the state of a run.
        return ok("create_schema", format!("{found}, and need not"));
    }
    failed(
        "create_schema",
        &cause::MISSING_RIGHT,
        found,
        format!(
            "as owner: grant create on database {} to {}",
            quoted(&facts.database),
            quoted(&facts.role)
        ),
    )
}

fn create_table(facts: &Facts) -> CheckItem {
    let schema = quoted(&facts.schema);
    if !facts.schema_exists {
        return ok("create_table", format!("schema {schema} is not there yet and would be made"));
    }
    if facts.may_create_table {
        return ok("create_table", format!("{} may create tables in schema {schema}", facts.role));
    }
    let found = format!("{} may not create tables in schema {schema}", facts.role);
    failed(
        "create_table",
        &cause::MISSING_RIGHT,
        found,
        format!("as owner: grant create, usage on schema {schema} to {}", quoted(&facts.role)),
    )
}

fn temporary(facts: &Facts) -> CheckItem {
    if facts.may_create_temporary {
        return ok("create_temporary", format!("{} may create temporary tables", facts.role));
    }
    let found = format!("{} may not create temporary tables", facts.role);
    let hint = format!(
        "as owner: grant temporary on database {} to {}",
        quoted(&facts.database),
        quoted(&facts.role)
    );
    warning("create_temporary", found, hint).because(&cause::MISSING_RIGHT)
}

fn existing(facts: &Facts) -> CheckItem {
    let schema = quoted(&facts.schema);
    match facts.relations {
        0 => ok("existing_tables", format!("schema {schema} is empty")),
        count => {
            let noun = if count == 1 { "table or view" } else { "tables and views" };
            ok("existing_tables", format!("schema {schema} holds {count} {noun} already"))
        }
    }
}

/// Judges by the limit that leaves the least. A tenth is kept for others: who takes the last connection
/// locks them out.
fn connections(facts: &Facts) -> CheckItem {
    let least = facts.connections.iter().copied().min_by_key(|limit| limit.free());
    let Some(limit) = least else { return ok("connections", "there is no limit") };
    let free = std::cmp::max(0, limit.free());
    let whose = match limit.of {
        LimitOf::Server => "",
        LimitOf::Database => " of the database",
        LimitOf::Role => " of the role",
    };
    let found = format!("{free} of {} connections{whose} are free", limit.allowed);
    let near = limit.free() < facts.connections_wanted || limit.free() * 10 < limit.allowed;
    match (limit.free(), near) {
        (..1, _) => {
            let found = format!("too many connections: {found}");
            connections_lack(facts, limit, CheckStatus::Failed, found)
        }
        (_, true) => connections_lack(facts, limit, CheckStatus::Warning, found),
        (_, false) => ok("connections", found),
    }
}

fn connections_lack(
    facts: &Facts,
    limit: ConnectionLimit,
    status: CheckStatus,
    found: String,
) -> CheckItem {
    let (cause, hint) = match limit.of {
        LimitOf::Server => (&cause::TOO_MANY_CONNECTIONS, TOO_MANY.hint.to_owned()),
        LimitOf::Database => (
            &cause::DATABASE_LIMIT,
            TOO_MANY_OF_DATABASE.hint.replace("DATABASE", &quoted(&facts.database)),
        ),
        LimitOf::Role => {
            (&cause::ROLE_LIMIT, TOO_MANY_OF_ROLE.hint.replace("ROLE", &quoted(&facts.role)))
        }
    };
    CheckItem { status, ..failed("connections", cause, found, hint) }
}

fn pooler(facts: &Facts) -> CheckItem {
    match facts.pooling {
        Pooling::Transaction => failed(
            "pooler",
            &cause::TRANSACTION_POOLER,
            format!("{} stands in between", TRANSACTION_POOLER.says),
            facts.way_around.as_str(),
        ),
        Pooling::Session => {
            ok("pooler", "a connection pooler in session mode stands in between, which does")
        }
        Pooling::Direct if facts.named_pooler => warning(
            "pooler",
            "the address looks like that of a pooler",
            "migrate over the direct address; let the application use the pooled one",
        ),
        Pooling::Direct => ok("pooler", "the connection is direct"),
    }
}

fn hash(facts: &Facts) -> CheckItem {
    if facts.hash.as_deref() == Some(PROBE_ANSWER) {
        return ok("row_hash", "rows hash here as they do in Sealift");
    }
    warning(
        "row_hash",
        "the server hashes rows in another way than known",
        "compare with --verify cells instead of digest",
    )
}

fn size(facts: &Facts) -> CheckItem {
    let megabytes = facts.database_bytes >> 20;
    let found = format!("the database takes {megabytes} MB; PostgreSQL does not tell what is free");
    ok("space", found)
}

#[cfg(test)]
mod tests {
    use super::super::facts::CollationVersions;
    use super::*;

    fn good() -> Facts {
        Facts {
            server_version: "15.18".into(),
            encoding: "UTF8".into(),
            collation: "C.UTF-8".into(),
            role: "app".into(),
            database: "shop".into(),
            schema: "public".into(),
            may_create_schema: true,
            may_create_temporary: true,
            schema_exists: true,
            may_create_table: true,
            relations: 0,
            standby: false,
            read_only: false,
            connections: vec![ConnectionLimit { of: LimitOf::Server, allowed: 97, used: 1 }],
            connections_wanted: 4,
            encrypted: false,
            remote: false,
            database_bytes: 8 << 20,
            pooling: Pooling::Direct,
            named_pooler: false,
            way_around: "another way".to_owned(),
            hash: Some(PROBE_ANSWER.to_owned()),
            collation_versions: None,
        }
    }

    /// The server's limit, and one more.
    fn limited(of: LimitOf, allowed: i64, used: i64) -> Facts {
        let mut connections = good().connections;
        connections.push(ConnectionLimit { of, allowed, used });
        Facts { connections, ..good() }
    }

    fn bad(facts: &Facts) -> Vec<(&'static str, CheckStatus)> {
        let items = judge(facts).into_iter();
        items
            .filter(|item| item.status != CheckStatus::Ok)
            .inspect(|item| assert!(item.hint.is_some(), "{} says what to do", item.name))
            .map(|item| (item.name, item.status))
            .collect()
    }

    #[test]
    fn a_good_server_passes() {
        assert_eq!(bad(&good()), []);
    }

    #[test]
    fn each_thing_that_stops_a_migration_fails() {
        let failed = |facts: Facts| bad(&facts);
        let one = |name| vec![(name, CheckStatus::Failed)];
        assert_eq!(failed(Facts { read_only: true, ..good() }), one("writable"));
        assert_eq!(failed(Facts { standby: true, ..good() }), one("writable"));
        assert_eq!(failed(Facts { encoding: "SQL_ASCII".into(), ..good() }), one("encoding"));
        let unmade = Facts { may_create_schema: false, schema_exists: false, ..good() };
        assert_eq!(failed(unmade), one("create_schema"));
        assert_eq!(failed(Facts { pooling: Pooling::Transaction, ..good() }), one("pooler"));
        assert_eq!(failed(Facts { may_create_table: false, ..good() }), one("create_table"));
        for of in [LimitOf::Server, LimitOf::Database, LimitOf::Role] {
            assert_eq!(failed(limited(of, 97, 98)), one("connections"));
        }
    }

    #[test]
    fn each_drawback_warns() {
        let one = |name| vec![(name, CheckStatus::Warning)];
        assert_eq!(bad(&Facts { remote: true, ..good() }), one("encryption"));
        assert_eq!(bad(&Facts { may_create_temporary: false, ..good() }), one("create_temporary"));
        assert_eq!(bad(&limited(LimitOf::Role, 3, 1)), one("connections"));
        assert_eq!(bad(&limited(LimitOf::Database, 1000, 950)), one("connections"));
        let versions = CollationVersions { made_by: "2.31".into(), now: "2.36".into() };
        let moved = Facts { collation_versions: Some(versions), ..good() };
        assert_eq!(bad(&moved), one("collation"));
        assert_eq!(bad(&Facts { named_pooler: true, ..good() }), one("pooler"));
        assert_eq!(bad(&Facts { hash: None, ..good() }), one("row_hash"));
    }

    #[test]
    fn a_schema_that_is_missing_needs_no_right_in_it() {
        let facts = Facts { schema_exists: false, may_create_table: false, ..good() };
        assert_eq!(bad(&facts), []);
    }

    #[test]
    fn a_schema_that_is_there_need_not_be_made_and_a_pooler_may_keep_sessions() {
        assert_eq!(bad(&Facts { may_create_schema: false, ..good() }), []);
        assert_eq!(bad(&Facts { pooling: Pooling::Session, named_pooler: true, ..good() }), []);
    }

    #[test]
    fn the_limit_that_binds_names_the_cause() {
        for (of, cause) in [
            (LimitOf::Server, &cause::TOO_MANY_CONNECTIONS),
            (LimitOf::Database, &cause::DATABASE_LIMIT),
            (LimitOf::Role, &cause::ROLE_LIMIT),
        ] {
            let items = judge(&limited(of, 5, 6));
            let item = items.iter().find(|item| item.name == "connections").unwrap();
            assert_eq!(item.cause, Some(cause));
        }
    }

    #[test]
    fn whatever_fails_has_a_cause() {
        let worst = Facts {
            standby: true,
            encoding: "LATIN1".into(),
            may_create_schema: false,
            may_create_table: false,
            pooling: Pooling::Transaction,
            ..limited(LimitOf::Role, 0, 5)
        };
        for item in judge(&worst) {
            assert_eq!(item.status == CheckStatus::Failed, item.cause.is_some(), "{item:?}");
        }
    }

    #[test]
    fn a_hint_quotes_names() {
        let unmade = Facts { schema_exists: false, ..good() };
        let facts = Facts { may_create_schema: false, role: "a\"b".into(), ..unmade };
        let hint = judge(&facts).into_iter().find_map(|item| item.hint).unwrap();
        assert_eq!(hint, r#"as owner: grant create on database "shop" to "a""b""#);
    }
}
