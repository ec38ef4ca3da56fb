//! Lateness.
