//! The web side of Sealift.
