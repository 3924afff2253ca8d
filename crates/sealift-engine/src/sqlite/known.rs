//! What can be wrong with a SQLite file, as rows of the runbook.

use crate::error::{ErrorKind, Known};

/// All of them, in the order of the page.
pub(crate) const KNOWN: &[&Known] = &[&NOT_A_DATABASE, &BUSY, &DAMAGED, &UNFINISHED_TRANSACTION];

pub(super) const NOT_A_DATABASE: Known = Known {
    says: "not a SQLite database, or encrypted (SQLCipher)",
    means: "the file does not begin as SQLite files do",
    hint: "if it is encrypted, export a plain copy with the application's key first (SQLCipher: \
           `sqlcipher_export`)",
    kind: ErrorKind::Source,
};

pub(super) const BUSY: Known = Known {
    says: "the SQLite file is busy",
    means: "another program keeps it locked",
    hint: "let the application finish its transaction, or stop it, and try again",
    kind: ErrorKind::Source,
};

pub(super) const DAMAGED: Known = Known {
    says: "the SQLite file is damaged",
    means: "SQLite met a page that contradicts the rest of the file",
    hint: "try `sqlite3 FILE .recover | sqlite3 recovered.db` on a copy of the file",
    kind: ErrorKind::Source,
};

pub(super) const UNFINISHED_TRANSACTION: Known = Known {
    says: "an unfinished transaction must be rolled back first",
    means: "the application died while writing: a hot rollback journal lies beside the file, and \
            playing it back would change the file",
    hint: "open it once with the application or with `sqlite3 FILE 'pragma schema_version'`",
    kind: ErrorKind::Source,
};
