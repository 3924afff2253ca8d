//! Before and after: what an application does with the schema at hand, as statements for both databases, and
//! what was measured of it.
//!
//! ```text
//! schema + plan → Workload: candidates, each with its statements for both sides
//!                 tried on both sides by the engine → those that work, with a Pool of parameters each
//! Choices + Lot → which of them a user does next, the same on every database
//!                 measured by the engine → Measured, drawn by chart
//! ```

mod chart;
mod choices;
mod insert;
mod lot;
mod measured;
mod operation;
mod pool;
mod subject;
mod workload;

pub use chart::svg;
pub use choices::Choices;
pub use lot::Lot;
pub use measured::{Database, Latency, Measured};
pub use operation::{Arrangement, Fresh, Given, Kind, Left, Load, Operation, Texts};
pub use pool::{Cell, Pool};
pub use workload::{Workload, workload};
