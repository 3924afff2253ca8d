//! The only folder that names `tokio_postgres`: connecting, sessions, COPY, catalogs.

mod address;
mod catalog;
mod connect;
mod copy_in;
mod copy_out;
mod definitions;
mod failure;
mod introspect;
pub(crate) mod known;
mod largest;
mod lock;
mod pooled;
mod rights;
mod session;
mod sqlstate;
mod throwaway;
mod tls;
mod typed;
mod watch;

pub use address::{Candidate, Defaults, Endpoint, Host, SessionAttributes, TlsMode};
pub use catalog::{
    ActualColumn, ActualConstraint, ActualIdentity, ActualIndex, ActualIndexKey, ActualReference,
    ActualSequence, ActualTable, ActualTrigger, ActualView, Catalog, ConstraintKind,
    ExistingRelation, ForeignType, RelationKind, SequenceOwner, SequencePosition,
};
pub use connect::Pooling;
pub use copy_in::CopyIn;
pub use copy_out::CopyOut;
pub use definitions::{Defined, definitions, temporary_schema};
pub use introspect::{existing, introspect};
pub(crate) use known::{KNOWN, NOT_UTF8};
pub(crate) use largest::{Largest, largest};
pub(crate) use lock::Blocker;
pub use lock::{LockRequest, TargetLock};
pub use pooled::{
    NO_CONNECTION, PoolCounts, PoolSettings, PoolState, PooledSession, Reuse, SessionPool,
};
pub(crate) use rights::{Rights, require_create, rights};
pub use session::{CancelHandle, ParsedCopy, Refused, ServerVersion, Session};
pub(crate) use session::{Prepared, begin};
pub use sqlstate::{MEANINGS, Meaning};
pub(crate) use throwaway::Throwaway;
pub use tokio_postgres::Row;
pub use tokio_postgres::types::ToSql;
pub(crate) use typed::quoted;
pub use watch::WATCH_INTERVAL;
