//! What a run tells while it runs: one stream of events, read by bars, `--json` lines and logs.

mod cancel;
mod event;

pub use cancel::Cancel;
pub use event::{Event, Events, Phase};
