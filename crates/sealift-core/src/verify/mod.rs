//! Comparing the two sides: digests and reports.
