//! What can be wrong with a SQLite file, as rows of the runbook.

use crate::error::{ErrorKind, Known};

/// All of them, in the order of the page.
pub(crate) const KNOWN: &[&Known] = &[
    &MISSING,
    &FOLDER,
    &UNREADABLE,
    &EMPTY,
    &NOT_A_DATABASE,
    &TRUNCATED,
    &DAMAGED,
    &BUSY,
    &UNFINISHED_TRANSACTION,
    &NO_SHARED_MEMORY,
    &READ_ONLY_LOG,
    &FOREIGN_LOG,
    &REPLACED,
    &DELETED,
    &CUT_SHORT,
];

pub(super) const MISSING: Known = Known {
    says: "there is no such file",
    means: "the path, or the URL in a variable, is wrong; `sqlite:///a.db` is relative, \
            `sqlite:////a.db` absolute",
    hint: "check the path: `ls -l FILE`",
    kind: ErrorKind::Source,
};

pub(super) const FOLDER: Known = Known {
    says: "not an ordinary file",
    means: "the path names a directory, a device or a pipe",
    hint: "name the database file itself",
    kind: ErrorKind::Source,
};

pub(super) const UNREADABLE: Known = Known {
    says: "the SQLite file cannot be read",
    means: "the system does not let this user reach it, or its disk fails",
    hint: "run as a user who may read the file and enter its folder",
    kind: ErrorKind::Source,
};

pub(super) const EMPTY: Known = Known {
    says: "the file is empty: it holds no database",
    means: "a program was started in another folder and made a new one",
    hint: "look for the large one: `find . -name '*.db' -size +1k`",
    kind: ErrorKind::Source,
};

pub(super) const NOT_A_DATABASE: Known = Known {
    says: "not a SQLite database, or encrypted (SQLCipher)",
    means: "the file does not begin as SQLite files do",
    hint: "if it is encrypted, export a plain copy with the application's key first (SQLCipher: \
           `sqlcipher_export`)",
    kind: ErrorKind::Source,
};

pub(super) const TRUNCATED: Known = Known {
    says: "the SQLite file is truncated",
    means: "it is shorter than its own header says: a copy that broke off",
    hint: "copy it again from its source, or restore a backup",
    kind: ErrorKind::Source,
};

pub(super) const DAMAGED: Known = Known {
    says: "the SQLite file is damaged",
    means: "SQLite met a page that contradicts the rest of the file",
    hint: "try `sqlite3 FILE .recover | sqlite3 recovered.db` on a copy of the file",
    kind: ErrorKind::Source,
};

pub(super) const BUSY: Known = Known {
    says: "the SQLite file is busy",
    means: "another program keeps it locked (`begin exclusive`, `locking_mode = exclusive`), or writes \
            without a pause",
    hint: "let the application finish its transaction, or stop it, and try again",
    kind: ErrorKind::Source,
};

pub(super) const UNFINISHED_TRANSACTION: Known = Known {
    says: "an unfinished transaction must be rolled back first",
    means: "the application died while writing: a hot rollback journal lies beside the file, and \
            playing it back would change the file",
    hint: "open it once with the application or with `sqlite3 FILE 'pragma schema_version'`",
    kind: ErrorKind::Source,
};

pub(super) const NO_SHARED_MEMORY: Known = Known {
    says: "its `-shm` file cannot be made",
    means: "a write-ahead log is read by way of a `-shm` file, and this user may not write to the folder",
    hint: "run as a user who may write to the folder, or copy the file together with its `-wal` to a \
           folder of your own and migrate the copy",
    kind: ErrorKind::Source,
};

pub(super) const READ_ONLY_LOG: Known = Known {
    says: "on a read-only medium together with a write-ahead log",
    means: "the log cannot be read there, and the two are too large to be copied unasked, or could not be",
    hint: "copy FILE and FILE-wal to a folder that can be written to, and migrate the copy",
    kind: ErrorKind::Source,
};

pub(super) const FOREIGN_LOG: Known = Known {
    says: "the `-wal` file beside it belongs to another database",
    means: "its pages have another size: one of the two was copied or replaced without the other",
    hint: "put the two together that belong together; or, if the log is left over, migrate a copy of \
           FILE alone",
    kind: ErrorKind::Source,
};

pub(super) const REPLACED: Known = Known {
    says: "another file was put in the place of the SQLite file while it was read",
    means: "what was read is the file that was there at first; the application may go on with the other",
    hint: "stop whatever replaces it, and run again",
    kind: ErrorKind::Source,
};

pub(super) const DELETED: Known = Known {
    says: "the SQLite file was deleted while it was read",
    means: "what was read is the file that was there at first",
    hint: "nothing is lost of what was read; look for what deletes it",
    kind: ErrorKind::Source,
};

pub(super) const CUT_SHORT: Known = Known {
    says: "the SQLite file was cut short while it was read",
    means: "another program wrote over it, not by way of SQLite: `cp` onto a database in use",
    hint: "stop whatever copies over it, and run again",
    kind: ErrorKind::Source,
};
