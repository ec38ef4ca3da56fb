//! The record as Graph sent it.

use collector::event::{LogEvent, ObjectMap};
use collector::schema::EventSchema;

use crate::graph::sign_in;

/// Graph's record instead of the event, unknown properties included.
pub(super) struct Raw;

impl EventSchema for Raw {
    fn name(&self) -> &'static str {
        "raw"
    }

    fn description(&self) -> &'static str {
        "the signIn record as Microsoft Graph sent it"
    }

    fn encode(&self, event: &LogEvent) -> Option<ObjectMap> {
        sign_in::object(event.metadata().raw.as_deref()?)
    }
}
