//! What can be wrong with revisions, as rows of the runbook.

use crate::error::known;

known! {
    NO_FOLDER, Revision, "there is no folder of revisions",
        "the command was run in another folder, or none was made yet",
        "run it where the folder is, name it with --folder DIR, or make it: sealift revision init";
    BAD_FILE, Revision, "is not a revision that can be carried out",
        "the header or a statement cannot be read, or the file cannot run as one transaction",
        "mend the file at the line that is named";
    BAD_FOLDER, Revision, "the revisions do not fit together",
        "a number is there twice, a file of a pair or a parent is missing",
        "mend the files that are named; `sealift revision history` shows the order";
    CHANGED, Revision, "was changed after it was carried out",
        "the database was made by another text than the file has now",
        "bring the file back and write what is new as a revision of its own (sealift revision new); if the database is as the file says, `sealift revision stamp` takes it as it is";
    SQUASHED, Revision, "stands in the middle of what was squashed into",
        "some of the revisions that are one file now were carried out in it, and others were not",
        "carry the rest out with the old files, which `squash` has kept: sealift revision upgrade --folder REVISIONS/squashed-NUMBER";
    UNFINISHED, Revision, "is unfinished",
        "it runs without a transaction and stopped between two statements",
        "`sealift revision upgrade` (or `downgrade`, where it was on its way down) goes on with it";
    IN_DOUBT, Revision, "may be done or not",
        "the process ended while the statement ran, and the database does not tell how it ended",
        "look whether it was done, then `--resume-at N` with its number, or the next one where it was";
    NO_WAY_DOWN, Revision, "has no way down",
        "there is no .down.sql, or it is empty",
        "write the file, or go forward with a new revision";
    MOVED_ON, Revision, "the database has changed since you were asked",
        "another process carried out revisions in between",
        "run the same command again";
    BUSY, Unreachable, "another process carries out revisions",
        "it holds the lock of the schema",
        "wait for it to end, or give more patience with --retry-for SECONDS";
    OTHER_TOOL, Revision, "has carried out these files in this database",
        "golang-migrate or sqlx has worked with this folder; Sealift would begin again at the first file",
        "take over from where it stands: sealift revision stamp NUMBER";
    NO_HISTORY_RIGHT, Permission, "the history of revisions cannot be read",
        "its table is another role's",
        "grant select, insert, update and delete on the table to this role, or connect as its owner";
    NO_SCHEMA, Target, "there is no schema",
        "the name is misspelt, or the schema was not made yet",
        "make it: create schema NAME";
}
