//! What there is, without an opinion about it.

mod machine;
mod server;
mod settings;
mod source;

pub use machine::{Clock, MachineAsked};
pub(super) use machine::{FolderFacts, MachineFacts, Tool};
#[cfg(test)]
pub(super) use server::SequenceBehind;
pub(super) use server::{SchemaFacts, ServerFacts, Skew, StateLeft};
pub use settings::{NumberFact, SettingFacts, UrlFact, UrlKind};
pub use source::EarlierMove;
pub(super) use source::{Holder, OpenedSource, SourceState};
