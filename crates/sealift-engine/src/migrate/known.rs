//! What can stop a migration half way, as rows of the runbook.

use crate::error::known;

known! {
    + crate::ops::STOPPED;

    STATEMENT_FAILED, Statement, "all rows have arrived, but",
        "the server refuses a key, an index, a constraint or a view that stands on them; the rows are \
         kept",
        "mend the cause, then run the same command again: it goes on with that statement; --restart \
         begins anew";

    OTHER_SOURCE, Target, "holds the unfinished migration of another file",
        "a migration into the same schema was begun from a file of another name",
        "finish that migration with its own command, or add --restart to throw away what it has made; \
         --schema NAME goes elsewhere";

    OTHER_MANNER, Target, "an earlier run that makes the tables itself did not end",
        "what stands in the target is half made by a run without --into existing",
        "finish that run with the command that began it; or begin again with --into recreate";

    FOREIGN_ROWS, Target, "where an earlier run has put",
        "somebody wrote to a table of the target, or deleted from it, after a run that did not end; nothing \
         was removed",
        "look whose rows they are, undo that, and run the same command again; or add --restart, which \
         throws all rows of these tables away";

    ALREADY_THERE, Target, "exists already",
        "tables, views or sequences of the names that the migration needs stand in the target",
        "--into recreate replaces what this migration makes; --into existing fills tables the application made; --schema NAME goes elsewhere";

    NO_ROOM, Target, "the tables and indexes need",
        "the server's disk has less room than that; nothing was written",
        "make room on the server's disk, where its data_directory is, or leave tables out with --exclude";

    NO_BACKUP, Io, "the backup cannot be written",
        "the folder of the SQLite file takes no new files; nothing was written",
        "make the folder writable, or go without: --no-backup";

    NO_ROOM_FOR_BACKUP, Io, "the backup needs",
        "the disk of the SQLite file has less room than one more copy; nothing was written",
        "make room, or go without: --no-backup";

    WRITTEN_TO, Target, "was written to in the target while this run was getting ready",
        "the application already uses the tables that are to be filled",
        "stop the application, then run again";
}
