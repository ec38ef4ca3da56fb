//! Tests of the codec.

use proptest::prelude::*;

use super::*;

fn stored(block: &Encoded, first_sequence: u64, raw: bool) -> StoredBlock<'_> {
    StoredBlock {
        first_sequence,
        source: block.source.id(),
        count: block.keys.len() as u64,
        head: block.head.stored(),
        raw: block.raw.as_ref().filter(|_| raw).map(Part::stored),
    }
}

fn event(text: &str, id: Option<u128>, second: Option<i64>, raw: Option<Vec<u8>>) -> LogEvent {
    let mut event = LogEvent::default();
    event.insert("text", text);
    let metadata = event.metadata_mut();
    metadata.source_event_id = id.map(Uuid::from_u128);
    metadata.revision = u32::try_from(text.len()).unwrap();
    metadata.timestamp = second.map(|second| Timestamp::new(second, 5).unwrap());
    metadata.raw = raw.map(Bytes::from);
    event
}

fn any_event() -> impl Strategy<Value = LogEvent> {
    let second = proptest::option::of(-1_000_000_000..4_000_000_000_i64);
    let raw = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40));
    (".{0,20}", proptest::option::of(any::<u128>()), second, raw)
        .prop_map(|(text, id, second, raw)| event(&text, id, second, raw))
}

fn same(stored: &StoredEvent, given: &LogEvent) -> bool {
    let metadata = given.metadata();
    stored.json == serde_json::to_vec(given).unwrap()
        && stored.event_id == metadata.source_event_id
        && stored.revision == metadata.revision
        && stored.timestamp == metadata.timestamp
}

proptest! {
    /// Scenario: any events, some without id, time or record, read with and without records.
    /// Guarantee: they come back as they were, in order, with sequences from the block's first one.
    #[test]
    fn what_is_encoded_is_decoded(batch in proptest::collection::vec(any_event(), 1..20)) {
        let blocks = encode(&"entra".into(), &batch).unwrap();
        prop_assert_eq!(blocks.len(), 1);
        for with_raw in [true, false] {
            let events = stored(&blocks[0], 7, with_raw).decode().unwrap();
            prop_assert_eq!(events.len(), batch.len());
            for ((event, given), sequence) in events.iter().zip(&batch).zip(7..) {
                prop_assert!(same(event, given));
                prop_assert_eq!(event.sequence, sequence);
                prop_assert_eq!(event.raw.as_ref(), given.metadata().raw.as_ref().filter(|_| with_raw));
            }
        }
    }

    /// Scenario: one byte of a block changes on the disk.
    /// Guarantee: it is seen, or the events are the same; never are they others.
    #[test]
    fn a_changed_byte_is_seen(place in any::<prop::sample::Index>(), bit in 0..8_u32, in_raw in any::<bool>()) {
        let batch: Vec<_> = (0..5).map(|id| event("text", Some(id), Some(1), Some(b"record".to_vec()))).collect();
        let mut block = encode(&"entra".into(), &batch).unwrap().remove(0);
        let whole = stored(&block, 1, true).decode().unwrap();
        let body = if in_raw { &mut block.raw.as_mut().unwrap().body } else { &mut block.head.body };
        let place = place.index(body.len());
        body[place] ^= 1 << bit;
        if let Ok(events) = stored(&block, 1, true).decode() {
            prop_assert_eq!(events, whole);
        }
    }
}

/// Scenario: a block's row says another count, source or length than its body. Guarantee: it is refused.
#[test]
fn a_row_that_does_not_fit_its_body_is_refused() {
    let block = encode(&"entra".into(), &[event("a", Some(1), None, None)]).unwrap().remove(0);
    let right = || stored(&block, 1, true);
    assert!(right().decode().is_ok());
    let head = block.head.stored();
    let wrong = [
        StoredBlock { count: 2, ..right() },
        StoredBlock { source: "other", ..right() },
        StoredBlock { head: StoredPart { len: head.len - 1, ..head }, ..right() },
        StoredBlock { head: StoredPart { len: u64::MAX, ..head }, ..right() },
        StoredBlock { head: StoredPart { body: &head.body[..head.body.len() - 1], ..head }, ..right() },
    ];
    for block in wrong {
        assert!(block.decode().is_err(), "{block:?}");
    }
}

/// Scenario: some events of a block were there before. Guarantee: what is left are the others, whole, with their keys.
#[test]
fn a_block_without_some_events_has_the_others() {
    let batch: Vec<_> = (0..4)
        .map(|id| event(&format!("{id}"), Some(id), Some(1), (id % 2 == 0).then(|| vec![b'r'])))
        .collect();
    let block = encode(&"entra".into(), &batch).unwrap().remove(0);
    let rest = block.retain(&[true, false, false, true]).unwrap();
    let events = stored(&rest, 1, true).decode().unwrap();
    assert!(same(&events[0], &batch[0]) && same(&events[1], &batch[3]));
    assert_eq!((events[0].raw.as_deref(), events[1].raw.as_deref()), (Some(b"r".as_slice()), None));
    assert_eq!(rest.keys, [block.keys[0], block.keys[3]]);
}

/// Scenario: more events, and larger ones, than fit a block. Guarantee: they are cut into blocks, none is split, and
/// one that is too large alone still has its place.
#[test]
fn a_large_batch_is_cut_into_blocks() {
    let small: Vec<_> = (0..2001).map(|id| event("a", Some(id), None, None)).collect();
    let counts = |batch: &[LogEvent]| {
        encode(&"entra".into(), batch).unwrap().iter().map(|block| block.keys.len()).collect::<Vec<_>>()
    };
    assert_eq!(counts(&small), [1000, 1000, 1]);
    let large = event("a", Some(1), None, Some(vec![b'x'; MAX_BYTES + 1]));
    assert_eq!(counts(&[large.clone(), large]), [1, 1]);
}
