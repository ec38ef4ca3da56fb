//! Tests of the console sink, with a writer in place of standard output.

use tokio::io::AsyncReadExt as _;

use super::*;
use crate::encoding::StoredEvent;
use crate::sinks::SinkState;
use crate::sinks::testing::{MemoryFeed, context, event, standing};

fn config() -> ConsoleConfig {
    ConsoleConfig { encoding: EncodingConfig::default(), batch: BatchOptions::default() }
}

/// Scenario: three events and a reader. Guarantee: three lines, byte for byte the stored events, confirmed.
#[tokio::test(start_paused = true)]
async fn events_are_lines_of_json() {
    let feed = MemoryFeed::of((1..=3).map(event));
    let (cx, handles) = context(&DESCRIPTION, feed.clone(), std::path::Path::new("unused"), standing());
    let (ours, mut theirs) = tokio::io::duplex(4096);
    config().runner(cx, ConsoleDelivery { out: ours, for_people: false }).run().await;
    let mut text = String::new();
    theirs.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "{\"event_id\":1}\n{\"event_id\":2}\n{\"event_id\":3}\n");
    assert_eq!(feed.confirmed(), 3);
    assert!(handles.report.borrow().best_effort);
}

/// Scenario: an event with a terminal's escape and a mark of direction comes out on a terminal, and in a pipe. Guarantee: on the
/// terminal both are written as JSON's escapes, so that the event is the same; in the pipe it is the stored bytes.
#[tokio::test(start_paused = true)]
async fn events_do_not_draw_on_a_terminal() {
    let body = "{\"a\":\"\u{9b}2J\u{202e}\"}";
    for (for_people, line) in [(true, "{\"a\":\"\\u009b2J\\u202e\"}\n"), (false, &format!("{body}\n"))] {
        let feed = MemoryFeed::of([StoredEvent { json: body.into(), ..event(1) }]);
        let (cx, _handles) = context(&DESCRIPTION, feed, std::path::Path::new("unused"), standing());
        let (ours, mut theirs) = tokio::io::duplex(4096);
        config().runner(cx, ConsoleDelivery { out: ours, for_people }).run().await;
        let mut text = String::new();
        theirs.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, line);
    }
}

/// Scenario: the reader of the pipe is gone. Guarantee: the sink ends with a reason, and confirms nothing.
#[tokio::test(start_paused = true)]
async fn a_closed_pipe_ends_the_sink() {
    let feed = MemoryFeed::of([event(1)]);
    let (cx, handles) = context(&DESCRIPTION, feed.clone(), std::path::Path::new("unused"), standing());
    let (ours, theirs) = tokio::io::duplex(4096);
    drop(theirs);
    config().runner(cx, ConsoleDelivery { out: ours, for_people: false }).run().await;
    let state = handles.report.borrow().state.clone();
    assert!(
        matches!(&state, SinkState::Stopped { reason: Some(reason) } if reason.contains("closed")),
        "{state:?}"
    );
    assert_eq!(feed.confirmed(), 0);
}

/// Scenario: a table with an unknown key and a codec that there is not. Guarantee: both are reported, with what
/// there is.
#[test]
fn mistakes_are_reported_together() {
    use collector::settings::{Setting, Spanned};
    let text = |text: &str| Spanned { setting: Setting::String(text.to_owned()), at: None };
    let encoding = Table { entries: [("codec".to_owned(), text("avro"))].into(), at: None };
    let encoding = Spanned { setting: Setting::Table(encoding), at: None };
    let entries = [
        ("type".to_owned(), text("console")),
        ("encoding".to_owned(), encoding),
        ("inptus".to_owned(), text("x")),
    ];
    let problems = configure(&Table { entries: entries.into(), at: None }, &Inputs::new()).unwrap_err();
    let text = problems.to_string();
    assert!(text.contains("inptus: unknown key; did you mean inputs?"), "{text}");
    assert!(text.contains("encoding.codec: is no known word; write one of \"json\""), "{text}");
}
