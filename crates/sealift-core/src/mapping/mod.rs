//! Which PostgreSQL type a column gets, and why.

mod census;
mod choose;
mod declared;
mod fit;
mod moment_form;
mod most;
mod pg_type;
pub mod profile;
mod unify;

pub use census::{ColumnCensus, Range, TextCensus, WideCount};
pub use choose::{Choice, ColumnFacts, Verdict, choose};
pub use declared::Meaning;
pub use fit::{epoch, holds};
pub use moment_form::{Beside, MomentForm, MomentForms, Precision, Written};
pub use most::{cells_that_fit, most_cells};
pub use pg_type::{PgType, PgTypeError};
pub use profile::Profile;
pub use unify::{ColumnId, Member, groups, one_type_of_most};
