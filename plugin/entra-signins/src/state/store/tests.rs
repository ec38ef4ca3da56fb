//! Tests of the connection.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::*;
use crate::config::{EventId, SignInEventType};
use crate::state::{Delivered, StreamKey, TimedId, Version};

const TENANT: TenantId = TenantId(Uuid::from_u128(7));
const ID: TimedId = TimedId { id: EventId(Uuid::from_u128(1)), at: 50 };

fn page() -> Commit {
    let stream = StreamKey { tenant: TENANT, kind: SignInEventType::InteractiveUser };
    Commit {
        stream,
        ids: vec![Delivered { id: ID, version: Version::first(7) }],
        changed: vec![],
        lateness: None,
        accounts: BTreeMap::new(),
        spans: None,
        position: None,
    }
}

/// Scenario: a transaction failed, and so did ending it. Guarantee: what it wrote is not taken for delivered, and whoever comes
/// next is served.
#[test]
fn a_transaction_that_could_not_be_ended_harms_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let mut store = Store::open(&dir.path().join("state.db")).unwrap();
    let left_open = |store: &mut Store| {
        store.db.execute_batch("BEGIN IMMEDIATE").unwrap();
        store.commit(&page()).unwrap();
    };
    left_open(&mut store);
    assert_eq!(store.read(|store| store.delivered(TENANT, &[ID])).unwrap().versions, [None]);
    left_open(&mut store);
    assert_eq!(store.transaction(|store| store.delivered(TENANT, &[ID])).unwrap().versions, [None]);
    store.transaction(|store| store.commit(&page())).unwrap();
    assert_eq!(
        store.read(|store| store.delivered(TENANT, &[ID])).unwrap().versions,
        [Some(Version::first(7))]
    );
}
