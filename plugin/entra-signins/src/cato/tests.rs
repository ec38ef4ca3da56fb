//! Tests of the mapping from sign-in to event.
