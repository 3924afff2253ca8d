//! The configuration of a PgBouncer, for when connections do not suffice.

use super::pool::Pooler;
use crate::sql::Sql;

/// The server behind it, as the application's URL names it. No password: PgBouncer has a file of its own
/// for these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// The host, an address, or the folder of a Unix socket.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The database.
    pub database: String,
    /// The role that the application logs in as.
    pub role: String,
    /// Whether PgBouncer reaches the server without leaving the machine.
    pub is_here: bool,
}

/// Returns `pgbouncer.ini`, in transaction mode. The names are of PgBouncer's manual
/// (<https://www.pgbouncer.org/config.html>), and of version 1.17, which distributions still have.
#[must_use]
pub fn ini(pooler: &Pooler, behind: &Behind) -> String {
    let Behind { host, port, database, role, is_here } = behind;
    let (server, client) = (pooler.server_connections, pooler.client_connections);
    let encryption = if *is_here { "prefer" } else { "require" };
    let (database, host) = (quoted_name(database), quoted(host));
    format!(
        "\
[databases]
{database} = host={host} port={port} dbname={connected}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = 6432
; Roles and their verifiers; as superuser:
; select format('\"%s\" \"%s\"', rolname, rolpassword) from pg_authid where rolname = {role};
auth_type = scram-sha-256
auth_file = /etc/pgbouncer/userlist.txt
server_tls_sslmode = {encryption}

; A server connection is lent for the length of a transaction.
pool_mode = transaction
; Never more than this at the server, for all roles together.
max_db_connections = {server}
default_pool_size = {server}
; All workers of all instances at their busiest.
max_client_conn = {client}
; What drivers set at the start and PgBouncer does not know.
ignore_startup_parameters = extra_float_digits,options
; From PgBouncer 1.21 on, prepared statements pass too:
; max_prepared_statements = 200
",
        connected = quoted(&behind.database),
        role = Sql::new().literal(&one_line(role)).as_str(),
    )
}

/// Returns a name as the left side of a line: in double quotes unless it is plain.
fn quoted_name(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let name = one_line(name);
    if !name.is_empty() && name.chars().all(plain) {
        return name;
    }
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Returns a value of a connection string: in single quotes unless it is plain.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':');
    let value = one_line(value);
    if !value.is_empty() && value.chars().all(plain) {
        return value;
    }
    format!("'{}'", value.replace('\'', "''"))
}

/// A name with a line break in it must not make a line of its own.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POOLER: Pooler = Pooler { server_connections: 88, client_connections: 620 };

    fn behind(database: &str) -> Behind {
        Behind {
            host: "db.example.com".to_owned(),
            port: 5432,
            database: database.to_owned(),
            role: "app".to_owned(),
            is_here: false,
        }
    }

    #[test]
    fn the_server_never_sees_more_than_is_free() {
        let ini = ini(&POOLER, &behind("app"));
        assert!(ini.contains("app = host=db.example.com port=5432 dbname=app\n"), "{ini}");
        assert!(ini.contains("max_db_connections = 88\n"), "{ini}");
        assert!(ini.contains("default_pool_size = 88\n"), "{ini}");
        assert!(ini.contains("max_client_conn = 620\n"), "{ini}");
        assert!(ini.contains("server_tls_sslmode = require\n"), "{ini}");
    }

    #[test]
    fn a_name_makes_no_line_of_its_own() {
        let ini = ini(&POOLER, &behind("it's\nmax_client_conn = 1"));
        assert!(ini.contains("\n\"it'smax_client_conn = 1\" = host="), "{ini}");
        assert!(ini.contains("dbname='it''smax_client_conn = 1'\n"), "{ini}");
        assert_eq!(ini.matches("\nmax_client_conn").count(), 1);
    }
}
