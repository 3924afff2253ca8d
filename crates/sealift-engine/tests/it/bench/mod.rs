//! Benchmarks of real files on real servers: what is measured, and that neither side is changed.

mod left;
mod schemas;
mod world;
