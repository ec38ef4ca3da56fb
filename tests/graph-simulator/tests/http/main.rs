//! The simulator over real HTTP, as a client meets it.

mod faults;
mod identity;
mod lateness;
mod listing;
mod support;
