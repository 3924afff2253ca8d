//! What can be wrong with the state of an earlier run, as rows of the runbook.

use crate::error::{ErrorKind, Known};

/// All of them, in the order of the page.
pub(crate) const KNOWN: &[&Known] = &[&OTHER_VERSION, &UNREADABLE_STATE];

pub(super) const OTHER_VERSION: Known = Known {
    says: "holds the state of a run by Sealift",
    means: "another version began a migration into this schema, and keeps its state in another form",
    hint: "finish that run with the version that began it, or add --restart to throw its state away",
    kind: ErrorKind::Target,
};

pub(super) const UNREADABLE_STATE: Known = Known {
    says: "the state of an earlier run cannot be read",
    means: "somebody changed the tables in which a run keeps what it has done",
    hint: "add --restart to throw that state away",
    kind: ErrorKind::Target,
};
