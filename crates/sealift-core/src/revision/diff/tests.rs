//! Small schemas compared, and what is written down of it.
