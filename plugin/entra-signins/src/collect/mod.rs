//! What was read, what was delivered, what to read next: the heart of the source.
//!
//! The pure cores come first: [`coverage`] and [`planner`] decide what to read, [`walk`] goes through the pages of one window,
//! [`ids`] tells new sign-ins from known ones.

pub mod coverage;
pub mod ids;
pub mod planner;
pub mod walk;
