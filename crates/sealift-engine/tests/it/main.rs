//! tests

mod values;
