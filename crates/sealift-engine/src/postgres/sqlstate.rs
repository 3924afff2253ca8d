//! What the server's error codes mean for a run: one table.
//!
//! PostgreSQL manual, appendix A. A row is a whole SQLSTATE or the class that its first two characters
//! name; a whole code stands before its class. What is in no row is a refused statement.

use crate::error::{ErrorKind, Recovery};

/// What a SQLSTATE, or a class of them, means for a run.
#[derive(Debug)]
pub struct Meaning {
    /// Five characters, or the two of a class.
    pub code: &'static str,
    /// What has happened, as a clause.
    pub means: &'static str,
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What a run does about it.
    pub recovery: Recovery,
    /// Why just that.
    pub because: &'static str,
    /// What a person does next, where the server's own words are not enough.
    pub hint: Option<&'static str>,
}

/// The table.
pub const MEANINGS: &[Meaning] = &[
    Meaning {
        code: "08",
        means: "the connection broke",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Retry,
        because: "a new connection may hold",
        hint: Some("run the same command again"),
    },
    Meaning {
        code: "0A000",
        means: "the server cannot do that, or a pooler in between cannot",
        kind: ErrorKind::Statement,
        recovery: Recovery::Nothing,
        because: "it will not learn it while we wait",
        hint: None,
    },
    Meaning {
        code: "22",
        means: "a cell is not of its column's type",
        kind: ErrorKind::Data,
        recovery: Recovery::Nothing,
        because: "the same cell fails again",
        hint: None,
    },
    Meaning {
        code: "23",
        means: "a row breaks a constraint",
        kind: ErrorKind::Data,
        recovery: Recovery::Nothing,
        because: "the same row fails again",
        hint: None,
    },
    Meaning {
        code: "25006",
        means: "the server takes no writes, as a standby or a failed-over primary does",
        kind: ErrorKind::Permission,
        recovery: Recovery::Retry,
        because: "after a failover the next connection reaches the server that does",
        hint: Some("name the server that takes writes, not a replica"),
    },
    Meaning {
        code: "25P03",
        means: "the server ended a transaction in which nothing happened for long",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Retry,
        because: "nothing of it was kept, and it is begun again",
        hint: Some("run the same command again"),
    },
    Meaning {
        code: "25P04",
        means: "the server ended a transaction that took long",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Retry,
        because: "nothing of it was kept, and it is begun again",
        hint: Some("run the same command again; transaction_timeout of the role is too short"),
    },
    Meaning {
        code: "28P01",
        means: "the password is wrong",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Resume,
        because: "it does not become right by waiting",
        hint: Some("check the user and the password"),
    },
    Meaning {
        code: "28",
        means: "the server does not let this login in",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Resume,
        because: "somebody has to let it in",
        hint: Some("check the user, the password and the server's pg_hba.conf"),
    },
    Meaning {
        code: "2BP01",
        means: "something of somebody else stands on what is to be dropped",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "only its owner may decide",
        hint: Some("a view or a foreign key of somebody else stands on it; drop that first"),
    },
    Meaning {
        code: "3D000",
        means: "the database is not there",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Resume,
        because: "somebody has to make it",
        hint: None,
    },
    Meaning {
        code: "3F000",
        means: "the schema is not there",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "the target is not what it was",
        hint: None,
    },
    Meaning {
        code: "40",
        means: "two sessions stood in each other's way (a deadlock, say)",
        kind: ErrorKind::Statement,
        recovery: Recovery::Retry,
        because: "the server rolled ours back so that it can be tried again",
        hint: Some("run the same command again"),
    },
    Meaning {
        code: "42501",
        means: "the role may not do that",
        kind: ErrorKind::Permission,
        recovery: Recovery::Nothing,
        because: "somebody has to grant it",
        hint: None,
    },
    Meaning {
        code: "42P01",
        means: "a table or view is not there",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "the target is not what it was",
        hint: None,
    },
    Meaning {
        code: "42703",
        means: "a column is not there",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "the target is not what it was",
        hint: None,
    },
    Meaning {
        code: "42704",
        means: "an object is not there",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "the target is not what it was",
        hint: None,
    },
    Meaning {
        code: "42P04",
        means: "the database is there already",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "it stays there",
        hint: None,
    },
    Meaning {
        code: "42P06",
        means: "the schema is there already",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "it stays there",
        hint: None,
    },
    Meaning {
        code: "42P07",
        means: "a table, view, index or sequence of that name is there already",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "it stays there",
        hint: None,
    },
    Meaning {
        code: "42701",
        means: "a column of that name is there already",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "it stays there",
        hint: None,
    },
    Meaning {
        code: "42710",
        means: "an object of that name is there already",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "it stays there",
        hint: None,
    },
    Meaning {
        code: "42723",
        means: "a function of that name is there already",
        kind: ErrorKind::Target,
        recovery: Recovery::Nothing,
        because: "it stays there",
        hint: None,
    },
    Meaning {
        code: "53100",
        means: "the server's disk is full",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Resume,
        because: "somebody has to make room; trying on would keep it full",
        hint: Some("make room on the server's disk, then run the same command again"),
    },
    Meaning {
        code: "53300",
        means: "all connections of the server, or of the role, are in use",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Retry,
        because: "others close theirs",
        hint: Some("close other connections, use fewer --jobs, or raise max_connections"),
    },
    Meaning {
        code: "53400",
        means: "a limit that was set for the role is reached (temp_file_limit, say)",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Resume,
        because: "somebody has to raise it",
        hint: Some("raise that limit, then run the same command again"),
    },
    Meaning {
        code: "53",
        means: "the server is short of memory or another resource",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Retry,
        because: "what others hold is given back",
        hint: Some("the server is short of resources; try again later"),
    },
    Meaning {
        code: "54",
        means: "a limit of PostgreSQL is reached (an index key of more than 2,704 bytes, say)",
        kind: ErrorKind::Statement,
        recovery: Recovery::Nothing,
        because: "the limit stays",
        hint: None,
    },
    Meaning {
        code: "55P03",
        means: "another session holds a lock for longer than lock_timeout allows",
        kind: ErrorKind::Statement,
        recovery: Recovery::Retry,
        because: "that session ends its transaction",
        hint: Some("another session holds a lock; try again when it is done"),
    },
    Meaning {
        code: "55006",
        means: "another session uses the object",
        kind: ErrorKind::Target,
        recovery: Recovery::Retry,
        because: "that session ends",
        hint: Some("close the other connections to it"),
    },
    Meaning {
        code: "57014",
        means: "the statement was cancelled: by an administrator, or by a statement_timeout",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Retry,
        because: "nothing of it was kept, and next time it may be let through",
        hint: Some("run the same command again"),
    },
    Meaning {
        code: "57P04",
        means: "the database was dropped",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Nothing,
        because: "everything that was made is gone with it",
        hint: Some("make the database anew, then run the same command again"),
    },
    Meaning {
        code: "57",
        means: "the server shuts down, crashed, starts up, or somebody ended the session",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Retry,
        because: "a server that was stopped is usually started again",
        hint: Some("run the same command again when the server is up"),
    },
    Meaning {
        code: "58",
        means: "the server's system failed: a disk or a file of its own",
        kind: ErrorKind::Unreachable,
        recovery: Recovery::Resume,
        because: "somebody has to look at the server",
        hint: Some("look into the server's log, then run the same command again"),
    },
    Meaning {
        code: "XX",
        means: "the server met a fault of its own or damaged data",
        kind: ErrorKind::Statement,
        recovery: Recovery::Resume,
        because: "somebody has to look at the server before anything is dropped there",
        hint: Some("look into the server's log, then run the same command again"),
    },
];

/// What a refused statement is that stands in no row.
const OTHER: Meaning = Meaning {
    code: "",
    means: "the server refuses the statement",
    kind: ErrorKind::Statement,
    recovery: Recovery::Nothing,
    because: "the same statement is refused again",
    hint: None,
};

/// Returns what a SQLSTATE means.
pub(super) fn meaning(sqlstate: &str) -> &'static Meaning {
    MEANINGS.iter().find(|meaning| sqlstate.starts_with(meaning.code)).unwrap_or(&OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_code_comes_before_its_class() {
        for (index, entry) in MEANINGS.iter().enumerate() {
            let first = MEANINGS.iter().position(|other| entry.code.starts_with(other.code));
            assert_eq!(first, Some(index), "{} is hidden", entry.code);
        }
    }

    #[test]
    fn each_code_has_the_kind_and_the_recovery_that_decide_what_to_do() {
        use ErrorKind::{Data, Permission, Statement, Target, Unreachable};
        use Recovery::{Nothing, Resume, Retry};
        for (code, kind, recovery) in [
            ("08006", Unreachable, Retry),
            ("57P01", Unreachable, Retry),
            ("57P02", Unreachable, Retry),
            ("57P03", Unreachable, Retry),
            ("57P05", Unreachable, Retry),
            ("57014", Unreachable, Retry),
            ("57P04", Unreachable, Nothing),
            ("53300", Unreachable, Retry),
            ("53200", Unreachable, Retry),
            ("53100", Unreachable, Resume),
            ("28P01", Unreachable, Resume),
            ("28000", Unreachable, Resume),
            ("42501", Permission, Nothing),
            ("25006", Permission, Retry),
            ("42P07", Target, Nothing),
            ("42P01", Target, Nothing),
            ("22P02", Data, Nothing),
            ("23505", Data, Nothing),
            ("42601", Statement, Nothing),
            ("40P01", Statement, Retry),
            ("40001", Statement, Retry),
            ("55P03", Statement, Retry),
            ("55006", Target, Retry),
            ("54000", Statement, Nothing),
            ("58030", Unreachable, Resume),
            ("XX001", Statement, Resume),
        ] {
            let found = meaning(code);
            assert_eq!((found.kind, found.recovery), (kind, recovery), "{code}");
        }
    }
}
