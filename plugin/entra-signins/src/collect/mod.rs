//! What was read, what was delivered, what to read next: the heart of the source.
//!
//! The pure cores come first: [`coverage`](crate::coverage) and [`planner`] decide what to read, [`walk`] goes through the pages of one window,
//! [`stuck`] remembers what Graph does not serve, [`count`] how well it counts, [`together`] how well it lists two kinds at once, [`found`] which seconds brought news, [`ids`] tells new sign-ins from known
//! ones, [`terms`] says whether what was read still counts.

pub(crate) mod access;
mod account;
pub(crate) mod batch;
pub mod count;
pub(crate) mod counters;
pub(crate) mod dead_letter;
mod doubt;
pub(crate) mod fetch;
pub(crate) mod flights;
pub mod found;
pub mod ids;
pub(crate) mod lane;
mod late;
mod pair;
pub(crate) mod part;
pub mod planner;
pub(crate) mod recent;
pub(crate) mod stream;
pub mod stuck;
pub(crate) mod terms;
pub mod together;
pub mod walk;

#[cfg(test)]
mod tests;
