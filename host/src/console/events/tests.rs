//! Tests of finding events, in a real journal.

use std::collections::BTreeSet;
use std::sync::Arc;

use collector::event::LogEvent;
use collector::sender::Output as _;
use jiff::Timestamp;

use super::{Filter, find};
use crate::journal::{Journal, Limits};

/// A journal of so many events, a second apart: every tenth failed.
async fn journal(directory: &std::path::Path, events: i64) -> Journal {
    let now = Arc::new(|| Timestamp::UNIX_EPOCH);
    let journal = Journal::open(directory, Limits::default(), BTreeSet::new(), now).await.unwrap();
    let output = journal.output(&"entra".into());
    let made = (0..events).map(|index| {
        let mut event = LogEvent::default();
        event.insert("user_name", format!("user {index}"));
        event.insert("action", if index % 10 == 0 { "Failed" } else { "Succeeded" });
        event.insert("is_managed", index % 2 == 0);
        event.insert("event_count", 1);
        event.insert(
            "resource_name",
            vec![collector::event::Value::from("a"), collector::event::Value::from("b")],
        );
        event.metadata_mut().timestamp = Timestamp::from_second(index).ok();
        event
    });
    let acknowledged = output.send(made.collect()).await.unwrap().await;
    assert_eq!(acknowledged.status, collector::finalization::BatchStatus::Delivered);
    journal
}

fn filter(fields: &[(&str, &str)]) -> Filter {
    Filter::of(fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

/// Scenario: events are looked for by a text, a truth, a number, one of a list, times (however they are written), a field that was chosen, and several of these; by a field that none has. Guarantee: exactly
/// those are found, newest first, page by page, and the end is said.
#[tokio::test]
async fn events_are_found_by_any_field() {
    let directory = tempfile::tempdir().unwrap();
    let journal = journal(directory.path(), 1_200).await;
    for (fields, expected) in [
        (&[][..], 1_200),
        (&[("action", "Failed")][..], 120),
        (&[("is_managed", "true")], 600),
        (&[("is_managed", "false"), ("action", "Failed")], 0),
        (&[("event_count", "1")], 1_200),
        (&[("event_count", "2")], 0),
        (&[("resource_name", "b")], 1_200),
        (&[("from", "100"), ("to", "200")], 100),
        (&[("from", "100"), ("to", "200"), ("action", "Failed")], 10),
        (&[("user_name", "user 7")], 1),
        (&[("user_name", "user")], 0),
        (&[("field", "action"), ("value", "Failed"), ("is_managed", "true")], 120),
        (&[("field", "action"), ("from", "1970-01-01T00:01:40"), ("to", "1970-01-01T00:03:20Z")], 100),
        (&[("nothing", "x")], 0),
    ] {
        let mut filter = filter(fields);
        let mut found = Vec::new();
        loop {
            let page = find(&journal, &filter).await.unwrap();
            found.extend(page.events.iter().map(|(event, _)| event.sequence));
            let Some(rest) = page.rest else { break };
            filter.before = Some(rest);
        }
        assert_eq!(found.len(), expected, "{fields:?}");
        assert!(found.is_sorted_by(|a, b| a > b), "{fields:?}");
    }
}
