//! What can be wrong with the state of an earlier run, as rows of the runbook.

use crate::error::known;

known! {
    OTHER_VERSION, Target, "holds the state of a run by Sealift",
        "another version began a migration into this schema, and keeps its state in another form",
        "finish that run with the version that began it, or add --restart to throw its state away";

    UNREADABLE_STATE, Target, "the state of an earlier run cannot be read",
        "somebody changed the tables in which a run keeps what it has done",
        "add --restart to throw that state away";
}
