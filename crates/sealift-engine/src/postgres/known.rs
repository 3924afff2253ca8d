//! What can be wrong with a server and the way to it, as rows of the runbook. What the server itself
//! reports with a SQLSTATE stands in `sqlstate`.

use crate::error::{ErrorKind, Known};

/// All of them, in the order of the page.
pub(crate) const KNOWN: &[&Known] = &[&NOTHING_LISTENS, &PASSWORD_WANTED];

pub(super) const NOTHING_LISTENS: Known = Known {
    says: "nothing listens at",
    means: "the server is not started, has another port, or its container's port is not published",
    hint: "start the server, or check the host and the port; `sealift check URL --wait 60` waits",
    kind: ErrorKind::Unreachable,
};

pub(super) const PASSWORD_WANTED: Known = Known {
    says: "the server wants a password",
    means: "none was given",
    hint: "give it in the URL, in PGPASSWORD or in ~/.pgpass",
    kind: ErrorKind::Unreachable,
};
