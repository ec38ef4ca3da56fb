//! To be written.

pub mod sign_in;
