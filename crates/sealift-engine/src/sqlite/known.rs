//! What can be wrong with a SQLite file, as rows of the runbook.

use crate::error::known;

known! {
    MISSING, Source, "there is no such file",
        "the path, or the URL in a variable, is wrong; `sqlite:///a.db` is relative, `sqlite:////a.db` \
         absolute",
        "check the path: `ls -l FILE`";

    FOLDER, Source, "not an ordinary file",
        "the path names a directory, a device or a pipe",
        "name the database file itself";

    UNREADABLE, Source, "the SQLite file cannot be read",
        "the system does not let this user reach it, or its disk fails",
        "run as a user who may read the file and enter its folder";

    EMPTY, Source, "the file is empty: it holds no database",
        "a program was started in another folder and made a new one",
        "look for the large one: `find . -name '*.db' -size +1k`";

    NOT_A_DATABASE, Source, "not a SQLite database, or encrypted (SQLCipher)",
        "the file does not begin as SQLite files do",
        "if it is encrypted, export a plain copy with the application's key first (SQLCipher: \
         `sqlcipher_export`)";

    TRUNCATED, Source, "the SQLite file is truncated",
        "it is shorter than its own header says: a copy that broke off",
        "copy it again from its source, or restore a backup";

    DAMAGED, Source, "the SQLite file is damaged",
        "SQLite met a page that contradicts the rest of the file",
        "try `sqlite3 FILE .recover | sqlite3 recovered.db` on a copy of the file";

    BUSY, Source, "the SQLite file is busy",
        "another program keeps it locked (`begin exclusive`, `locking_mode = exclusive`), or writes \
         without a pause",
        "let the application finish its transaction, or stop it, and try again";

    UNFINISHED_TRANSACTION, Source, "an unfinished transaction must be rolled back first",
        "the application died while writing: a hot rollback journal lies beside the file, and playing \
         it back would change the file",
        "open it once with the application or with `sqlite3 FILE 'pragma schema_version'`";

    NO_SHARED_MEMORY, Source, "its `-shm` file cannot be made",
        "a write-ahead log is read by way of a `-shm` file, and this user may not write to the folder",
        "run as a user who may write to the folder, or copy the file together with its `-wal` to a \
         folder of your own and migrate the copy";

    READ_ONLY_LOG, Source, "on a read-only medium together with a write-ahead log",
        "the log cannot be read there, and the two are too large to be copied unasked, or could not be",
        "copy FILE and FILE-wal to a folder that can be written to, and migrate the copy";

    FOREIGN_LOG, Source, "the `-wal` file beside it belongs to another database",
        "its pages have another size: one of the two was copied or replaced without the other",
        "put the two together that belong together; or, if the log is left over, migrate a copy of \
         FILE alone";

    REPLACED, Source, "another file was put in the place of the SQLite file while it was read",
        "what was read is the file that was there at first; the application may go on with the other",
        "stop whatever replaces it, and run again";

    DELETED, Source, "the SQLite file was deleted while it was read",
        "what was read is the file that was there at first",
        "nothing is lost of what was read; look for what deletes it";

    CUT_SHORT, Source, "the SQLite file was cut short while it was read",
        "another program wrote over it, not by way of SQLite: `cp` onto a database in use",
        "stop whatever copies over it, and run again";
}
