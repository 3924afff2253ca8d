//! The only folder that names `tokio_postgres`: connecting, sessions, COPY, catalogs.

mod address;
mod catalog;
mod connect;
mod copy_in;
mod copy_out;
mod failure;
mod introspect;
mod keywords;
mod known;
mod lock;
mod session;
mod sqlstate;
mod tls;
mod url;
#[cfg(test)]
mod url_tests;
mod watch;

pub use address::{Defaults, Endpoint, Host, TlsMode};
pub use catalog::{
    ActualColumn, ActualConstraint, ActualIdentity, ActualIndex, ActualIndexKey, ActualReference,
    ActualSequence, ActualTable, ActualTrigger, ActualView, Catalog, ConstraintKind,
    ExistingRelation, RelationKind, SequenceOwner, SequencePosition,
};
pub use copy_in::CopyIn;
pub use copy_out::CopyOut;
pub use introspect::{existing, introspect};
pub(crate) use known::KNOWN;
pub use lock::{LockRequest, TargetLock};
pub use session::{CancelHandle, ServerVersion, Session};
pub use sqlstate::{MEANINGS, Meaning};
pub use tokio_postgres::Row;
pub use tokio_postgres::types::ToSql;
pub use watch::WATCH_INTERVAL;
