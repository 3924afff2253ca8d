//! What a run tells while it runs: one stream of events, read by bars, `--json` lines and logs.

mod cancel;
mod event;
mod held;
mod patience;
mod step;
mod thread;

pub(crate) use cancel::STOPPED;
pub use cancel::{Cancel, stopped};
pub use event::{Event, Events, Phase, PlannedTable};
pub(crate) use held::Held;
pub(crate) use patience::{Failed, Patience};
pub use step::{Moment, RevisionStep, Step, arm_fail_points};
pub(crate) use thread::on_a_thread;
