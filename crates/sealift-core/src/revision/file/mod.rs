//! The files of a revision: `<number>_<slug>.up.sql` and `.down.sql`.

mod header;
mod name;
mod script;

pub use header::{Header, HeaderError, Parents, Transaction};
pub use name::{Direction, FileName, Id, IdError, slug};
pub use script::{Checksum, Script, ScriptError};
