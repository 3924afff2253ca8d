//! The processor time of the server: its first process, and all that this has started.

use super::proc::{self, Stat};
use crate::server::{connect, rows};
use anyhow::Result;

/// The server's processes, known by the one that starts all others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ServerProcesses {
    /// None when the server is not on this machine, or the system does not tell.
    postmaster: Option<u32>,
}

impl ServerProcesses {
    pub(crate) async fn of(url: &str) -> Result<Self> {
        let client = connect(url).await?;
        let backend = rows::<1>(&client, "select pg_backend_pid()::text").await?.concat().concat();
        Ok(Self { postmaster: Stat::of(&backend).map(|stat| stat.parent) })
    }

    /// Returns the seconds of processors that all its processes have used so far, those that ended
    /// included: the first process has waited for them.
    pub(crate) fn processor(self) -> f64 {
        let Some((postmaster, stat)) =
            self.postmaster.and_then(|it| Some((it, Stat::of(&it.to_string())?)))
        else {
            return 0.0;
        };
        let living = proc::all().into_iter().filter(|(_, child)| child.parent == postmaster);
        let living: u64 = living.map(|(_, child)| child.own + child.ended_children).sum();
        proc::seconds(stat.own + stat.ended_children + living)
    }
}
