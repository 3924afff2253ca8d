//! From facts to verdicts, without asking anybody.

use super::facts::{Facts, PROBE_ANSWER};
use super::{CheckItem, CheckStatus};
use crate::postgres::Pooling;

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

fn item(name: &'static str, status: CheckStatus, found: impl Into<String>) -> CheckItem {
    CheckItem { name, status, found: found.into(), hint: None }
}

fn ok(name: &'static str, found: impl Into<String>) -> CheckItem {
    item(name, CheckStatus::Ok, found)
}

fn hinted(mut item: CheckItem, hint: impl Into<String>) -> CheckItem {
    item.hint = Some(hint.into());
    item
}

fn encrypted(facts: &Facts) -> CheckItem {
    match (facts.encrypted, facts.remote) {
        (true, _) => ok("encryption", "the connection is encrypted"),
        (false, false) => ok("encryption", "not encrypted, and does not leave this machine"),
        (false, true) => hinted(
            item("encryption", CheckStatus::Warning, "not encrypted, over the network"),
            "add ?sslmode=require to the URL",
        ),
    }
}

fn writable(facts: &Facts) -> CheckItem {
    if facts.read_only {
        hinted(
            item("writable", CheckStatus::Failed, "the server or the role is read-only"),
            "name the primary server, not a replica",
        )
    } else {
        ok("writable", "takes writes")
    }
}

fn encoding(facts: &Facts) -> CheckItem {
    if facts.encoding == "UTF8" {
        return ok("encoding", "UTF8");
    }
    hinted(
        item("encoding", CheckStatus::Failed, format!("the database is in {}", facts.encoding)),
        "create the database with: create database NAME encoding 'UTF8' template template0",
    )
}

fn collation(facts: &Facts) -> CheckItem {
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
    hinted(
        item("create_schema", CheckStatus::Failed, found),
        format!(
            "as owner: grant create on database {} to {}",
            quote(&facts.database),
            quote(&facts.role)
        ),
    )
}

fn create_table(facts: &Facts) -> CheckItem {
    let schema = quote(&facts.schema);
    if !facts.schema_exists {
        return ok("create_table", format!("schema {schema} is not there yet and would be made"));
    }
    if facts.may_create_table {
        return ok("create_table", format!("{} may create tables in schema {schema}", facts.role));
    }
    let found = format!("{} may not create tables in schema {schema}", facts.role);
    hinted(
        item("create_table", CheckStatus::Failed, found),
        format!("as owner: grant create, usage on schema {schema} to {}", quote(&facts.role)),
    )
}

fn temporary(facts: &Facts) -> CheckItem {
    if facts.may_create_temporary {
        return ok("create_temporary", format!("{} may create temporary tables", facts.role));
    }
    let found = format!("{} may not create temporary tables", facts.role);
    hinted(
        item("create_temporary", CheckStatus::Warning, found),
        format!(
            "as owner: grant temporary on database {} to {}",
            quote(&facts.database),
            quote(&facts.role)
        ),
    )
}

fn existing(facts: &Facts) -> CheckItem {
    let schema = quote(&facts.schema);
    match facts.relations {
        0 => ok("existing_tables", format!("schema {schema} is empty")),
        count => {
            let noun = if count == 1 { "table or view" } else { "tables and views" };
            ok("existing_tables", format!("schema {schema} holds {count} {noun} already"))
        }
    }
}

fn connections(facts: &Facts) -> CheckItem {
    // This connection is counted as used, but is free by the time of a migration.
    let free = facts.connections_allowed - facts.connections_used + 1;
    let found = format!("{} of {} connections are free", free, facts.connections_allowed);
    let status = match free {
        ..1 => CheckStatus::Failed,
        free if free < facts.connections_wanted => CheckStatus::Warning,
        _ => return ok("connections", found),
    };
    hinted(
        item("connections", status, found),
        "close other connections, use fewer --jobs, or raise max_connections",
    )
}

fn pooler(facts: &Facts) -> CheckItem {
    match facts.pooling {
        Pooling::Transaction => hinted(
            item(
                "pooler",
                CheckStatus::Failed,
                "a connection pooler in transaction mode stands in between",
            ),
            facts.way_around.as_str(),
        ),
        Pooling::Session => {
            ok("pooler", "a connection pooler in session mode stands in between, which does")
        }
        Pooling::Direct if facts.named_pooler => hinted(
            item("pooler", CheckStatus::Warning, "the address looks like that of a pooler"),
            "migrate over the direct address; let the application use the pooled one",
        ),
        Pooling::Direct => ok("pooler", "the connection is direct"),
    }
}

fn hash(facts: &Facts) -> CheckItem {
    if facts.hash.as_deref() == Some(PROBE_ANSWER) {
        return ok("row_hash", "rows hash here as they do in Sealift");
    }
    hinted(
        item("row_hash", CheckStatus::Warning, "the server hashes rows in another way than known"),
        "compare with --verify cells instead of digest",
    )
}

fn size(facts: &Facts) -> CheckItem {
    let megabytes = facts.database_bytes >> 20;
    let found = format!("the database takes {megabytes} MB; PostgreSQL does not tell what is free");
    ok("space", found)
}

/// Quotes a name for a statement that a person is to type.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
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
            read_only: false,
            connections_allowed: 97,
            connections_used: 1,
            connections_wanted: 4,
            encrypted: false,
            remote: false,
            database_bytes: 8 << 20,
            pooling: Pooling::Direct,
            named_pooler: false,
            way_around: "another way".to_owned(),
            hash: Some(PROBE_ANSWER.to_owned()),
        }
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
        assert_eq!(failed(Facts { encoding: "SQL_ASCII".into(), ..good() }), one("encoding"));
        let unmade = Facts { may_create_schema: false, schema_exists: false, ..good() };
        assert_eq!(failed(unmade), one("create_schema"));
        assert_eq!(failed(Facts { pooling: Pooling::Transaction, ..good() }), one("pooler"));
        assert_eq!(failed(Facts { may_create_table: false, ..good() }), one("create_table"));
        assert_eq!(failed(Facts { connections_used: 98, ..good() }), one("connections"));
    }

    #[test]
    fn each_drawback_warns() {
        let one = |name| vec![(name, CheckStatus::Warning)];
        assert_eq!(bad(&Facts { remote: true, ..good() }), one("encryption"));
        assert_eq!(bad(&Facts { may_create_temporary: false, ..good() }), one("create_temporary"));
        assert_eq!(bad(&Facts { connections_used: 96, ..good() }), one("connections"));
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
    fn a_hint_quotes_names() {
        let unmade = Facts { schema_exists: false, ..good() };
        let facts = Facts { may_create_schema: false, role: "a\"b".into(), ..unmade };
        let hint = judge(&facts).into_iter().find_map(|item| item.hint).unwrap();
        assert_eq!(hint, r#"as owner: grant create on database "shop" to "a""b""#);
    }
}
