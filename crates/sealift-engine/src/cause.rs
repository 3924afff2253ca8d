//! [`CAUSES`]: the one table of what can be in the way of a migration or of the application, each with a code
//! that scripts may rely on, one sentence, and the command that mends it.
//!
//! A failure that is recognised (a row of some folder's `known`) belongs to a cause by the words that it says;
//! of everything else the server's SQLSTATE tells. `docs/runbook.md` and the test that provokes each cause are
//! made from this table. See `docs/design/029-causes.md`.

use crate::error::ErrorKind;
use crate::migrate::known as migration;
use crate::postgres::known as server;
use crate::sqlite::known as file;
use serde::{Serialize, Serializer};

/// Why something cannot work, as a person and a script name it.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// A stable name in snake case, such as `no_database`; what `--json` prints as `cause`.
    pub code: &'static str,
    /// What kind of failure it is, which decides the exit status unless a run stopped half way.
    pub kind: ErrorKind,
    /// What is the matter, as one sentence without a full stop.
    pub sentence: &'static str,
    /// What mends it, or shows more. Every hint holds it, with the object's own name for a word in capitals.
    pub command: &'static str,
    /// The words of the recognised failures that belong to it.
    says: &'static [&'static str],
    /// The SQLSTATEs, or classes of them, that mean it where nothing else was recognised.
    sqlstates: &'static [&'static str],
}

impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code)
    }
}

/// Makes the table, and a name for each row: the name, the code, the kind, the sentence, the command, the
/// recognised failures, the SQLSTATEs.
macro_rules! causes {
    ($($name:ident $code:literal, $kind:ident, $sentence:literal, $command:literal,
       [$($known:path),*], [$($sqlstate:literal),*];)*) => {
        /// All of them, in the order in which one comes upon them on the way in.
        pub const CAUSES: &[&Cause] = &[$(&$name),*];

        $(pub(crate) const $name: Cause = Cause {
            code: $code,
            kind: ErrorKind::$kind,
            sentence: $sentence,
            command: $command,
            says: &[$($known.says),*],
            sqlstates: &[$($sqlstate),*],
        };)*
    };
}

causes! {
    REFUSED "refused", Unreachable,
        "no program listens at that address: the server is not started, has another port, or its container's port is not published",
        "sealift check URL --wait 60",
        [server::NOTHING_LISTENS], [];
    TIMEOUT "timeout", Unreachable,
        "nothing comes back from that address: a firewall drops what is sent, the address is wrong, or the server or a proxy before it hangs",
        "nc -vz HOST PORT",
        [server::NO_ANSWER], [];
    DNS "dns", Unreachable,
        "the host's name has no address: it is misspelt, or exists only inside Docker or Kubernetes",
        "getent hosts HOST",
        [server::NO_SUCH_HOST], [];
    NO_ROUTE "no_route", Unreachable,
        "this machine's network has no way to that address",
        "ip route get ADDRESS",
        [server::NO_WAY], [];
    CONNECTION_BROKE "connection_broke", Unreachable,
        "the other side closed the connection or fell silent: a proxy without a server behind it, or a server that crashed",
        "run the same command again",
        [server::BROKE, server::HALF_OPEN], ["08"];
    NOT_POSTGRES "not_postgres", Unreachable,
        "another program than PostgreSQL has that port, or a proxy that ends TLS itself",
        "ss -ltnp",
        [server::NOT_POSTGRES], [];

    TLS_NOT_OFFERED "tls_not_offered", Unreachable,
        "the server has TLS turned off, and this sslmode insists on it",
        "sslmode=prefer",
        [server::TLS_NOT_OFFERED], [];
    TLS_REQUIRED "tls_required", Unreachable,
        "the server lets nobody in without TLS, or not from here",
        "sslmode=require",
        [server::REJECTED_PLAIN], [];
    TLS_FAILED "tls_failed", Unreachable,
        "both sides could not agree on TLS: other versions, other ciphers, sslnegotiation=direct with a server that does not know it, or a proxy in between",
        "openssl s_client -starttls postgres -connect HOST:PORT",
        [server::TLS_FAILED, server::NOT_DIRECT], [];
    CERTIFICATE_UNKNOWN "certificate_unknown", Unreachable,
        "none of the root certificates here has signed the server's certificate",
        "sslrootcert=FILE",
        [server::CERTIFICATE_UNKNOWN], [];
    CERTIFICATE_NAME "certificate_name", Unreachable,
        "the server's certificate is for another name than the host in the address",
        "hostaddr=ADDRESS",
        [server::CERTIFICATE_FOR_OTHER], [];
    CERTIFICATE_DATE "certificate_date", Unreachable,
        "the server's certificate has expired or is not valid yet, or this machine's clock is wrong",
        "date -u",
        [server::CERTIFICATE_OUT_OF_DATE], [];
    CERTIFICATE_UNUSABLE "certificate_unusable", Unreachable,
        "the server's certificate was revoked, or breaks the rules for one",
        "subjectAltName",
        [
            server::CERTIFICATE_UNUSABLE,
            server::CERTIFICATE_VERSION_1,
            server::CERTIFICATE_REVOKED
        ], [];
    CLIENT_CERTIFICATE "client_certificate", Unreachable,
        "the server wants another client certificate than it was shown, or does not ask for one that must be shown",
        "sslcert=FILE",
        [
            server::CLIENT_CERTIFICATE_WANTED,
            server::CLIENT_CERTIFICATE_REFUSED,
            server::CERTIFICATE_NOT_ASKED
        ], [];
    CERTIFICATE_FILES "certificate_files", Usage,
        "what the address says about certificates cannot be used: a file or a name is missing, or a key is open to others",
        "sslrootcert=FILE",
        [
            server::NO_ROOT_CERTIFICATE,
            server::CERTIFICATES_UNREADABLE,
            server::NAMELESS,
            server::CLIENT_KEY_MISSING,
            server::CLIENT_KEY_OPEN,
            server::CLIENT_KEY_ENCRYPTED
        ], [];

    PASSWORD "password", Unreachable,
        "the password is wrong, there is no such role, or the password is not escaped in the URL",
        "\\password ROLE",
        [server::PASSWORD_WRONG], ["28P01"];
    PASSWORD_MISSING "password_missing", Unreachable,
        "the server wants a password, and none was given",
        "PGPASSWORD",
        [server::PASSWORD_WANTED], [];
    LOGIN_METHOD "login_method", Unreachable,
        "the server wants another way to log in than is allowed or known here; no password was sent",
        "require_auth",
        [server::METHOD_FORBIDDEN, server::METHOD_UNKNOWN, server::NO_CHANNEL_BINDING], [];
    PG_HBA "pg_hba", Unreachable,
        "the server's pg_hba.conf has no line that lets this user in from here, or one that rejects",
        "select pg_reload_conf()",
        [server::REJECTED], [];
    PEER "peer", Unreachable,
        "over a Unix socket the system's user must be the role, or run the server",
        "host=localhost",
        [server::PEER_REFUSED, server::OTHER_PEER], [];
    NO_ROLE "no_role", Unreachable,
        "the role does not exist, or may not log in",
        "create role ROLE login",
        [server::NO_ROLE], ["28000"];
    NO_DATABASE "no_database", Unreachable,
        "the database does not exist on this server",
        "createdb DATABASE",
        [server::NO_DATABASE], ["3D000"];
    NO_CONNECT_RIGHT "no_connect_right", Permission,
        "the role may log in, but not connect to this database",
        "grant connect on database DATABASE to ROLE",
        [server::MAY_NOT_CONNECT], [];

    ROLE_LIMIT "role_limit", Unreachable,
        "the role has as many connections as its own limit allows",
        "alter role ROLE connection limit -1",
        [server::TOO_MANY_OF_ROLE], [];
    DATABASE_LIMIT "database_limit", Unreachable,
        "the database has as many connections as its own limit allows",
        "alter database DATABASE connection limit -1",
        [server::TOO_MANY_OF_DATABASE], [];
    TOO_MANY_CONNECTIONS "too_many_connections", Unreachable,
        "all connections of the server are in use, apart from those that it keeps for superusers",
        "select * from pg_stat_activity",
        [server::TOO_MANY], ["53300"];
    POOL_EXHAUSTED "pool_exhausted", Unreachable,
        "all connections of a pool are in use, and none was given back in time",
        "default_pool_size",
        [server::POOL_EXHAUSTED], [];
    NOT_READY "not_ready", Unreachable,
        "the server is starting up, shutting down or recovering",
        "sealift check URL --wait 60",
        [server::NOT_READY], ["57P03"];

    TRANSACTION_POOLER "transaction_pooler", Unreachable,
        "a connection pooler in transaction mode stands in between, in which settings, locks and temporary tables get lost",
        "pool_mode = session",
        [server::TRANSACTION_POOLER], [];
    STARTUP_PARAMETER "startup_parameter", Unreachable,
        "a connection pooler in between does not take a parameter of the address",
        "ignore_startup_parameters",
        [server::STARTUP_PARAMETER], [];
    STANDBY "standby", Permission,
        "the server is a standby, which takes no writes",
        "target_session_attrs=read-write",
        [server::IS_STANDBY], [];
    READ_ONLY "read_only", Permission,
        "transactions are read-only by default, for the server, the database or the role",
        "alter database DATABASE reset default_transaction_read_only",
        [server::READ_ONLY], ["25006"];
    OTHER_KIND "other_kind", Unreachable,
        "no server of the address is of the kind that target_session_attrs asks for",
        "target_session_attrs",
        [server::OTHER_KIND], [];
    VERSION_TOO_OLD "version_too_old", Target,
        "the server is older than PostgreSQL 14",
        "pg_upgrade",
        [server::TOO_OLD], [];
    ENCODING "encoding", Target,
        "the database is not in UTF8 and cannot hold every text",
        "create database NAME encoding 'UTF8' template template0",
        [server::NOT_UTF8], [];
    COLLATION_VERSION "collation_version", Target,
        "the system's collations have changed since the database was made, as after an upgrade of the system: indexes on texts may be out of order",
        "alter database DATABASE refresh collation version",
        [], [];
    MISSING_RIGHT "missing_right", Permission,
        "the role lacks a right on the database, the schema or a table",
        "grant create",
        [server::MAY_NOT_CREATE], ["42501"];
    DISK_FULL "disk_full", Unreachable,
        "the server's disk is full",
        "make room on the server's disk",
        [migration::NO_ROOM], ["53100"];
    SOURCE_UNREADABLE "source_unreadable", Source,
        "the SQLite file is not there, or holds no database that can be read",
        "ls -l FILE",
        [
            file::MISSING,
            file::FOLDER,
            file::UNREADABLE,
            file::EMPTY,
            file::NOT_A_DATABASE,
            file::NO_SHARED_MEMORY,
            file::READ_ONLY_LOG,
            file::FOREIGN_LOG
        ], [];
    SOURCE_BUSY "source_busy", Source,
        "another program keeps the SQLite file locked",
        "let the application finish its transaction",
        [file::BUSY], [];
    SOURCE_DAMAGED "source_damaged", Source,
        "the SQLite file is damaged or cut short, or the application died while writing to it",
        "sqlite3 FILE .recover",
        [file::DAMAGED, file::TRUNCATED, file::UNFINISHED_TRANSACTION], [];
    RELATION_EXISTS "relation_exists", Target,
        "a table or view of that name is there already",
        "--into recreate",
        [migration::ALREADY_THERE], ["42P07"];
    SEQUENCE_BEHIND "sequence_behind", Target,
        "a sequence gives numbers that rows have already, so that the application's next insert fails",
        "select setval(",
        [], [];
    STILL_ON_SQLITE "still_on_sqlite", Target,
        "the application still uses the SQLite file: what it writes there is missing in PostgreSQL",
        "DATABASE_URL=postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
        [], [];
}

/// Returns the cause that a code names.
#[must_use]
pub fn named(code: &str) -> Option<&'static Cause> {
    CAUSES.iter().find(|cause| cause.code == code).copied()
}

/// Returns the cause that a recognised failure belongs to, by its words.
pub(crate) fn saying(says: &str) -> Option<&'static Cause> {
    CAUSES.iter().find(|cause| cause.says.contains(&says)).copied()
}

/// Returns the cause that a SQLSTATE means.
pub(crate) fn of_sqlstate(code: &str) -> Option<&'static Cause> {
    let means = |cause: &&&Cause| cause.sqlstates.iter().any(|known| code.starts_with(known));
    CAUSES.iter().find(means).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn no_code_words_or_sqlstate_stand_in_two_rows() {
        for (index, cause) in CAUSES.iter().enumerate() {
            for other in CAUSES.get(index + 1..).unwrap_or_default() {
                assert_ne!(cause.code, other.code);
                let says = cause.says.iter().find(|says| other.says.contains(says));
                assert_eq!(says, None, "{} and {}", cause.code, other.code);
                let state = cause.sqlstates.iter().find(|code| other.sqlstates.contains(code));
                assert_eq!(state, None, "{} and {}", cause.code, other.code);
            }
        }
    }

    #[test]
    fn codes_are_snake_case_and_sentences_have_no_full_stop() {
        for cause in CAUSES {
            let plain = |c: char| c.is_ascii_lowercase() || c == '_';
            assert!(cause.code.chars().all(plain), "{}", cause.code);
            assert!(!cause.sentence.ends_with('.'), "{}", cause.code);
            assert!(!cause.command.is_empty(), "{}", cause.code);
            assert_eq!(named(cause.code), Some(*cause));
        }
    }

    #[test]
    fn what_is_recognised_comes_before_the_sqlstate() {
        let error = server::IS_STANDBY.error().with_sqlstate("25006");
        assert_eq!(error.cause(), Some(&STANDBY));
        let error = Error::new(ErrorKind::Permission, "no").with_sqlstate("25006");
        assert_eq!(error.cause(), Some(&READ_ONLY));
        let error = Error::new(ErrorKind::Unreachable, "no").with_sqlstate("08006");
        assert_eq!(error.context("copy t").cause(), Some(&CONNECTION_BROKE));
        assert_eq!(Error::new(ErrorKind::Data, "no").with_sqlstate("23505").cause(), None);
    }

    /// Words in capitals stand for names of the object at hand.
    #[test]
    fn every_recognised_failure_of_one_cause_says_the_command() {
        for known in server::KNOWN.iter().chain(migration::KNOWN) {
            let only = |cause: &&&Cause| cause.says == [known.says];
            let Some(cause) = CAUSES.iter().find(only) else { continue };
            assert!(known.hint.contains(cause.command), "{}: {}", cause.code, known.hint);
        }
    }
}
