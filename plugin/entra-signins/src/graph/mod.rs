//! Microsoft Graph: one request, one answer. Nothing is asked twice here: whoever calls keeps the request budget.
//!
//! A page's bytes stay one [`bytes::Bytes`] and its records are slices of it. What goes wrong is a [`GraphError`], sorted by what
//! the caller can do. Only this module builds Graph URLs.

mod challenge;
mod client;
mod error;
mod next_link;
mod organization;
mod page;
mod query;
mod refusal;
mod server_clock;
pub mod sign_in;
mod verdict;

pub use client::{Begun, GraphClient, PageLimits, PageRequest};
pub use error::{Answer, BadRequest, GraphError, TooMuch};
pub use next_link::{ForeignLink, NextLink};
pub use organization::Organization;
pub use page::{Page, Place, records_of};
pub use query::SignInQuery;
#[cfg(test)]
pub(crate) use refusal::CODES as REFUSALS;
pub use refusal::Refusal;
pub use server_clock::ServerClock;
