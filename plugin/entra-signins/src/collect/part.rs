//! The parts of a connector that work or fail by themselves, so that none that works hides one that does not.

use super::planner::Lane;
use crate::config::SignInEventType;

/// One part. Of several that fail, the first in this order is shown: it is the likeliest cause of the others.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Part {
    /// The token, and the tenant that it is for.
    Token,
    /// Whether this connector may and can begin to read a kind.
    Begin(SignInEventType),
    /// One reader of a kind.
    Lane(SignInEventType, Lane),
    /// Whether the host and the state take what this reader has read.
    Delivery(SignInEventType, Lane),
    /// How far the newest sign-ins of a kind have been read, whatever its reader says.
    Edge(SignInEventType),
    /// Seconds of a kind that Graph does not serve, though it serves others.
    Stuck(SignInEventType),
}
