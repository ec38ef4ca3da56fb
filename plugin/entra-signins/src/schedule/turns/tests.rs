//! Tests of waiting for turns, in simulated time.

use std::time::Duration;

use uuid::Uuid;

use super::*;

const TENANT: TenantId = TenantId(Uuid::from_u128(1));

fn schedule(limits: Limits) -> Schedule {
    Schedule::new(limits, true, &Clock::system())
}

/// Scenario: seven requests to one tenant, answered at once. Guarantee: five go now, two after ten seconds.
#[tokio::test(start_paused = true)]
async fn turns_come_as_the_window_slides() {
    let schedule = schedule(Limits::MICROSOFT);
    let start = Clock::system().monotonic();
    let mut waits = Vec::new();
    for _ in 0..7 {
        schedule.turn(TENANT, Priority::Live).await.answered();
        waits.push((Clock::system().monotonic() - start).as_secs());
    }
    assert_eq!(waits, [0, 0, 0, 0, 0, 10, 10]);
}

/// Scenario: somebody stops waiting before and after the turn is granted. Guarantee: neither blocks the others, and a
/// granted turn counts.
#[tokio::test(start_paused = true)]
async fn who_gives_up_blocks_nobody() {
    let schedule = schedule(Limits { per_tenant: 1, ..Limits::MICROSOFT });
    let held = schedule.turn(TENANT, Priority::Live).await;
    let given_up = tokio::time::timeout(Duration::from_secs(3), schedule.turn(TENANT, Priority::Live)).await;
    assert!(given_up.is_err());
    drop(held);
    assert_eq!(schedule.spent(), 1);
    schedule.turn(TENANT, Priority::Live).await.answered();
    assert_eq!(schedule.spent(), 1);
}

/// Scenario: a second user of the same app has smaller limits, and a state from an earlier run. Guarantee: the smaller limits
/// hold for both, and the earlier run's requests count for a period since the first began, however late it is known.
#[tokio::test(start_paused = true)]
async fn the_stricter_user_of_an_app_decides() {
    let key =
        AppKey { graph_origin: "https://graph.test".to_owned(), client_id: ClientId(Uuid::from_u128(73)) };
    let clock = Clock::system();
    let start = clock.monotonic();
    let first = Schedule::for_app(key.clone(), Limits::MICROSOFT, true, &clock);
    tokio::time::advance(Duration::from_secs(4)).await;
    let half = Schedule::for_app(key, Limits::MICROSOFT.share(0.5), false, &clock);
    let mut waits = Vec::new();
    for schedule in [&first, &half, &first] {
        schedule.turn(TENANT, Priority::Live).await.answered();
        waits.push((clock.monotonic() - start).as_secs());
    }
    assert_eq!(waits, [10, 10, 20]);
}

/// Scenario: two sources use the same app registration, one of another. Guarantee: the same app shares one budget,
/// another app has its own, and the last one to go takes it along.
#[tokio::test(start_paused = true)]
async fn one_app_has_one_budget_in_the_process() {
    let key = |number| AppKey {
        graph_origin: "https://graph.test".to_owned(),
        client_id: ClientId(Uuid::from_u128(number)),
    };
    let clock = Clock::system();
    let (a, b) = (
        Schedule::for_app(key(71), Limits::MICROSOFT, true, &clock),
        Schedule::for_app(key(71), Limits::MICROSOFT, true, &clock),
    );
    let other = Schedule::for_app(key(72), Limits::MICROSOFT, true, &clock);
    a.turn(TENANT, Priority::Live).await.answered();
    assert_eq!((b.spent(), other.spent()), (1, 0));
    drop((a, b));
    assert_eq!(Schedule::for_app(key(71), Limits::MICROSOFT, true, &clock).spent(), 0);
}
