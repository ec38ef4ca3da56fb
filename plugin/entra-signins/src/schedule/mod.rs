//! Who asks Graph next.
//!
//! Microsoft lets one app registration send 5 sign-in requests in any 10 seconds to one tenant, and 122 over all
//! its tenants. Requests are the scarce good of the whole product, so they are given out one by one: [`budget`]
//! is the pure core that counts and chooses, [`demand`] says beforehand what fits, [`turns`] lets lanes wait for their turn.

pub mod budget;
pub mod demand;
pub mod turns;

pub use budget::{Limits, Priority};
pub use demand::{Demand, Polls};
pub use turns::{AppKey, Schedule, Turn};
