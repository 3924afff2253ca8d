//! What a run takes besides time: processor seconds and memory, as Linux tells them in `/proc`. On
//! another system they are 0, and the report has a dash.

mod child;
pub(crate) mod machine;
mod proc;
mod server_processes;

pub(crate) use child::{Ended, watch};
pub(crate) use server_processes::ServerProcesses;
