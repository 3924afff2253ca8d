//! What can stop a migration half way, as rows of the runbook.

use crate::error::{ErrorKind, Known};
use crate::ops::STOPPED;

/// All of them, in the order of the page.
pub(crate) const KNOWN: &[&Known] =
    &[&STOPPED, &STATEMENT_FAILED, &OTHER_SOURCE, &OTHER_MANNER, &WRITTEN_TO, &FOREIGN_ROWS];

pub(super) const STATEMENT_FAILED: Known = Known {
    says: "all rows have arrived, but",
    means: "the server refuses a key, an index, a constraint or a view that stands on them; the rows \
            are kept",
    hint: "mend the cause, then run the same command again: it goes on with that statement; \
           --restart begins anew",
    kind: ErrorKind::Statement,
};

pub(super) const OTHER_SOURCE: Known = Known {
    says: "holds the unfinished migration of another file",
    means: "a migration into the same schema was begun from a file of another name",
    hint: "finish that migration with its own command, or add --restart to throw away what it has \
           made; --schema NAME goes elsewhere",
    kind: ErrorKind::Target,
};

pub(super) const OTHER_MANNER: Known = Known {
    says: "an earlier run that makes the tables itself did not end",
    means: "what stands in the target is half made by a run without --into existing",
    hint: "finish that run with the command that began it; or begin again with --into recreate",
    kind: ErrorKind::Target,
};

pub(super) const FOREIGN_ROWS: Known = Known {
    says: "where an earlier run has put",
    means: "somebody wrote to a table of the target, or deleted from it, after a run that did not end; \
            nothing was removed",
    hint: "look whose rows they are, undo that, and run the same command again; or add --restart, which \
           throws all rows of these tables away",
    kind: ErrorKind::Target,
};

pub(super) const WRITTEN_TO: Known = Known {
    says: "was written to in the target while this run was getting ready",
    means: "the application already uses the tables that are to be filled",
    hint: "stop the application, then run again",
    kind: ErrorKind::Target,
};
