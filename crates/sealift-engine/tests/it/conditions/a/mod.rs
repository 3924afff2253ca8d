//! Group a: types, and cells of another class than their column's.

mod booleans;
mod json_uuid;
mod numbers;
mod text;
mod time;
