use super::*;

const MINUTE: Duration = Duration::from_mins(1);

fn demand(tenants: usize, interval: Duration) -> Demand {
    Limits::MICROSOFT.demand(&vec![vec![Polls { streams: 4, interval }]; tenants])
}

/// Scenario: more and more tenants of four kinds are polled every minute with one app registration. Guarantee: as long as live
/// reads take no more than half of its requests they fit; beyond, the interval is the shortest at which they do.
#[test]
fn intervals_grow_with_the_tenants() {
    assert_eq!(
        (demand(91, MINUTE).shortest, demand(92, MINUTE).shortest),
        (None, Some(Duration::from_secs(61)))
    );
    let thousand = demand(1_000, MINUTE);
    assert_eq!((thousand.tenants, thousand.streams), (1_000, 4_000));
    assert_eq!(thousand.shortest, Some(Duration::from_secs(656)));
    assert!((thousand.needed - 66.7).abs() < 0.1 && (thousand.allowed - 12.2).abs() < 0.01);
    assert_eq!(demand(1_000, Duration::from_secs(656)).shortest, None);
}

/// Scenario: one tenant is to be polled every second. Guarantee: what its own limit stretches does not count against the app's.
#[test]
fn a_tenant_asks_for_no_more_than_it_may() {
    let eager = demand(1, Duration::from_secs(1));
    assert_eq!(eager.shortest, None);
    assert!((eager.needed - 0.25).abs() < 0.01, "{}", eager.needed);
}

/// Scenario: a few connectors are polled often, many seldom. Guarantee: only intervals that are too short have to grow.
#[test]
fn patient_connectors_leave_room_for_others() {
    let every = |interval| vec![Polls { streams: 4, interval }];
    let tenants = |eager| [vec![every(MINUTE); eager], vec![every(20 * MINUTE); 500]].concat();
    assert_eq!(Limits::MICROSOFT.demand(&tenants(60)).shortest, None);
    let shortest = Limits::MICROSOFT.demand(&tenants(80)).shortest.unwrap();
    assert!(MINUTE < shortest && shortest < 2 * MINUTE, "{shortest:?}");
}
