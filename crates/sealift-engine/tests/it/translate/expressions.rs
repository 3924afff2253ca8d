//! Single expressions.
