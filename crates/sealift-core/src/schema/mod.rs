//! The two schema models. Write `source::Column` and `target::Column`, never a bare `Column`.

pub mod source;
pub mod target;
