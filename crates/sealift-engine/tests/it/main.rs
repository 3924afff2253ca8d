//! tests

#[cfg(test)]
mod values;
