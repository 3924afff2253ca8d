//! The memory of the server's machine, where that is this one.

use crate::memory;
use crate::postgres::{Endpoint, Session};
use std::fs;
use std::path::Path;

/// Returns the bytes of memory that the server's machine has; `None` where the server is elsewhere or in another
/// container: its process is not to be seen then, though its port may be.
pub(super) fn memory(target: &Endpoint, session: &Session) -> Option<u64> {
    if !target.is_on_this_machine() {
        return None;
    }
    let process = Path::new("/proc").join(session.backend_pid().to_string()).join("comm");
    let name = fs::read_to_string(process).ok()?;
    if !name.trim().starts_with("postgres") {
        return None;
    }
    memory::total()
}
