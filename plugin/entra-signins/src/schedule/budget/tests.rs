//! Tests of the budget, in simulated time.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

fn tenant(number: u128) -> TenantId {
    TenantId(Uuid::from_u128(number))
}

fn origin() -> Instant {
    Instant::now()
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Scenario: one tenant asks for more than its five. Guarantee: the sixth waits until ten seconds after an answer began.
#[test]
fn the_sixth_request_waits_for_an_answer_to_age() {
    let (mut budget, start) = (Budget::new(Limits::MICROSOFT), origin());
    for _ in 0..6 {
        budget.enqueue(tenant(1), Priority::Live, start);
    }
    assert_eq!(budget.grant(start).len(), 5);
    assert_eq!(budget.wake_at(start), None, "only an answer can help");
    budget.answered(tenant(1), start + secs(2));
    assert_eq!(budget.wake_at(start + secs(2)), Some(start + secs(12)));
    assert!(budget.grant(start + secs(11)).is_empty());
    assert_eq!(budget.grant(start + secs(12)).len(), 1);
}

/// Scenario: a start after an earlier run. Guarantee: nobody asks in the first period.
#[test]
fn a_restart_counts_the_last_period_as_spent() {
    let (mut budget, start) = (Budget::new(Limits::MICROSOFT), origin());
    budget.assume_spent(start);
    budget.enqueue(tenant(1), Priority::Live, start);
    assert!(budget.grant(start + secs(9)).is_empty());
    assert_eq!(budget.wake_at(start + secs(9)), Some(start + secs(10)));
    assert_eq!(budget.grant(start + secs(10)).len(), 1);
}

/// Scenario: back-fill queued before live reads. Guarantee: live goes first, then catch-up, re-reads, back-fill.
#[test]
fn live_goes_before_everything_else() {
    let limits = Limits { per_tenant: 1, ..Limits::MICROSOFT };
    let (mut budget, mut now) = (Budget::new(limits), origin());
    let order = [Priority::BackFill, Priority::ReRead, Priority::CatchUp, Priority::Live];
    let tickets = order.map(|priority| budget.enqueue(tenant(1), priority, now));
    for expected in tickets.iter().rev() {
        assert_eq!(budget.grant(now), vec![*expected]);
        budget.answered(tenant(1), now);
        now += secs(10);
    }
}

/// Scenario: live reads come faster than the budget allows. Guarantee: history still gets every fifth request.
#[test]
fn live_reads_do_not_starve_history() {
    let limits = Limits { per_tenant: 1, ..Limits::MICROSOFT };
    let (mut budget, mut now) = (Budget::new(limits), origin());
    for _ in 0..20 {
        budget.enqueue(tenant(1), Priority::Live, now);
    }
    let history: Vec<_> = (0..2).map(|_| budget.enqueue(tenant(1), Priority::BackFill, now)).collect();
    let mut served = Vec::new();
    for _ in 0..10 {
        served.extend(budget.grant(now));
        budget.answered(tenant(1), now);
        now += secs(10);
    }
    assert_eq!((served[4], served[9]), (history[0], history[1]));
}

/// Scenario: live reads and re-reads come faster than the budget allows. Guarantee: back-fill still gets its share.
#[test]
fn re_reads_do_not_starve_history_either() {
    let limits = Limits { per_tenant: 1, ..Limits::MICROSOFT };
    let (mut budget, mut now) = (Budget::new(limits), origin());
    for _ in 0..30 {
        budget.enqueue(tenant(1), Priority::Live, now);
        budget.enqueue(tenant(1), Priority::ReRead, now);
    }
    let history = budget.enqueue(tenant(1), Priority::BackFill, now);
    let mut served = Vec::new();
    while !served.contains(&history) {
        served.extend(budget.grant(now));
        budget.answered(tenant(1), now);
        now += secs(10);
        assert!(served.len() < 8, "back-fill waits too long");
    }
}

/// Scenario: four kinds of a tenant are to be polled. Guarantee: the interval leaves half of the requests for the rest.
#[test]
fn polling_leaves_requests_for_the_rest() {
    assert_eq!(Limits::MICROSOFT.shortest_poll(4), secs(16));
    assert_eq!(Limits::NONE.shortest_poll(4), Duration::ZERO);
}

/// Scenario: a busy tenant queues many requests before a quiet one queues its first. Guarantee: the quiet one is served
/// with the next free request of the app.
#[test]
fn a_busy_tenant_does_not_starve_a_quiet_one() {
    let limits = Limits { per_tenant: 5, per_app: 2, ..Limits::MICROSOFT };
    let (mut budget, now) = (Budget::new(limits), origin());
    for _ in 0..5 {
        budget.enqueue(tenant(1), Priority::Live, now);
    }
    let quiet = budget.enqueue(tenant(2), Priority::Live, now);
    assert!(budget.grant(now).contains(&quiet));
}

/// Scenario: Microsoft asks for patience with one tenant. Guarantee: it waits, the others do not.
#[test]
fn patience_with_one_tenant_does_not_slow_another() {
    let (mut budget, now) = (Budget::new(Limits::MICROSOFT), origin());
    budget.throttled(tenant(1), now + secs(30), now);
    let patient = budget.enqueue(tenant(1), Priority::Live, now);
    let other = budget.enqueue(tenant(2), Priority::BackFill, now);
    assert_eq!(budget.grant(now), vec![other]);
    assert_eq!(budget.wake_at(now), Some(now + secs(30)));
    assert_eq!(budget.grant(now + secs(30)), vec![patient]);
}

/// Everybody asks at once, nine times each, and is answered at once; how many of the requests were let through.
fn burst(budget: &mut Budget, tenants: std::ops::Range<u128>, now: Instant) -> usize {
    let asks = tenants.flat_map(|number| [tenant(number); 9]);
    let mut owners: HashMap<_, _> =
        asks.map(|tenant| (budget.enqueue(tenant, Priority::Live, now), tenant)).collect();
    let granted = budget.grant(now);
    for ticket in &granted {
        budget.answered(owners.remove(ticket).unwrap(), now);
    }
    for ticket in owners.into_keys() {
        budget.leave(ticket, now);
    }
    granted.len()
}

/// Scenario: Microsoft allows a tenant fewer requests than it says, for a while. Guarantee: after each refusal one less goes at once, of
/// this tenant alone, and never none; one more after a while without a refusal, up to the limit and no further.
#[test]
fn a_tenants_limit_is_learned_down_and_up() {
    let (mut budget, mut now) = (Budget::new(Limits::MICROSOFT), origin());
    let mut seen = Vec::new();
    for later in [0, 11, 11, 11, 11, 11] {
        now += secs(later);
        seen.push(burst(&mut budget, 1..2, now));
        // Two that were sent together say no more than one.
        budget.throttled(tenant(1), now + secs(1), now);
        budget.throttled(tenant(1), now + secs(1), now);
    }
    assert_eq!(seen, [5, 4, 3, 2, 1, 1]);
    let mut seen = Vec::new();
    for _ in 0..6 {
        now += secs(20);
        seen.push(burst(&mut budget, 1..2, now));
    }
    assert_eq!(seen, [2, 3, 4, 5, 5, 5]);
    budget.throttled(tenant(1), now + secs(1), now);
    assert_eq!(burst(&mut budget, 2..3, now), 5);
}

/// Scenario: one tenant is refused again and again, then three are within a period. Guarantee: the first says nothing of the app; the
/// three do; step by step the app comes back to its limit, which is never passed.
#[test]
fn an_apps_limit_is_learned_too() {
    let (mut budget, mut now) = (Budget::new(Limits { per_app: 40, ..Limits::MICROSOFT }), origin());
    for _ in 0..3 {
        budget.throttled(tenant(1), now, now);
        now += secs(11);
    }
    assert_eq!(burst(&mut budget, 10..30, now), 40);
    for _ in 0..2 {
        now += secs(11);
        for number in 1..4 {
            budget.throttled(tenant(number), now, now);
        }
    }
    let mut seen = Vec::new();
    for _ in 0..4 {
        now += secs(20);
        seen.push(burst(&mut budget, 10..30, now));
    }
    assert_eq!(seen, [36, 40, 40, 40]);
}

/// Scenario: a thousand tenants of four kinds share an app for hours, each polled as often as fits, while forty of them have
/// endless history. Guarantee: nobody's live read waits longer than a poll's interval, and what is left over is used for
/// history.
#[test]
fn a_thousand_tenants_are_served_in_time() {
    const TENANTS: u128 = 1_000;
    let interval = secs(700);
    let (mut budget, start) = (Budget::new(Limits::MICROSOFT), origin());
    let mut now = start;
    let mut polls: BTreeSet<(Instant, TenantId, u8)> =
        (0..TENANTS).flat_map(|number| (0..4).map(move |kind| (start, tenant(number), kind))).collect();
    let (mut live, mut history) = (HashMap::new(), HashMap::new());
    let (mut longest, mut requests) = (Duration::ZERO, 0);
    for number in 0..40 {
        history.insert(budget.enqueue(tenant(number), Priority::BackFill, now), tenant(number));
    }
    while now < start + secs(7_000) {
        while let Some((due, tenant, kind)) = polls.first().copied()
            && due <= now
        {
            polls.remove(&(due, tenant, kind));
            live.insert(budget.enqueue(tenant, Priority::Live, now), (tenant, kind, now));
        }
        for ticket in budget.grant(now) {
            requests += 1;
            let owner = if let Some((tenant, kind, since)) = live.remove(&ticket) {
                longest = longest.max(now - since);
                polls.insert((now + interval, tenant, kind));
                tenant
            } else {
                let tenant = history.remove(&ticket).unwrap();
                history.insert(budget.enqueue(tenant, Priority::BackFill, now), tenant);
                tenant
            };
            budget.answered(owner, now);
        }
        let next = budget.wake_at(now).into_iter().chain(polls.first().map(|(due, ..)| *due)).min();
        now = next.unwrap().max(now + Duration::from_millis(1));
    }
    assert!(longest <= interval, "{longest:?}");
    let possible = 7_000 / 10 * 122;
    assert!(requests > possible * 99 / 100, "{requests} of {possible}");
}

/// Scenario: several hosts share an app registration. Guarantee: shares round down but never to nothing.
#[test]
fn a_share_is_never_nothing() {
    let limits = Limits::MICROSOFT.share(0.5);
    assert_eq!((limits.per_tenant, limits.per_app), (2, 61));
    assert_eq!(Limits::MICROSOFT.share(0.01).per_tenant, 1);
}

proptest! {
    /// Scenario: any order of requests, answers and waiting. Guarantee: whatever moment between sending and answer
    /// Microsoft counts at, no period holds more than the limit, per tenant and per app; and everyone is served in
    /// the end.
    #[test]
    fn no_period_ever_holds_more_than_the_limit(steps in prop::collection::vec((0u8..4, 0u128..3, 0u64..4000), 1..300)) {
        let limits = Limits { per_tenant: 3, per_app: 5, period: secs(10) };
        let (mut budget, mut now) = (Budget::new(limits), origin());
        let mut owners = HashMap::new();
        let mut running: Vec<(TenantId, Instant)> = Vec::new();
        let mut done: Vec<(TenantId, Instant, Instant)> = Vec::new();
        let mut queued = 0;
        for (kind, number, millis) in steps {
            match kind {
                0 | 1 => {
                    let ticket = budget.enqueue(tenant(number), if kind == 0 { Priority::Live } else { Priority::BackFill }, now);
                    owners.insert(ticket, tenant(number));
                    queued += 1;
                }
                2 if !running.is_empty() => {
                    let (owner, sent) = running.swap_remove(usize::try_from(millis).unwrap() % running.len());
                    budget.answered(owner, now);
                    done.push((owner, sent, now));
                }
                _ => now += Duration::from_millis(millis),
            }
            running.extend(budget.grant(now).into_iter().map(|ticket| (owners[&ticket], now)));
            for (owner, since) in running.clone() {
                let overlapping = |all: bool| {
                    let counted = |other: TenantId| all || other == owner;
                    let open = running.iter().filter(|(other, _)| counted(*other)).count();
                    let recent = done.iter().filter(|(other, _, end)| counted(*other) && *end + limits.period > since.max(now));
                    open + recent.count()
                };
                prop_assert!(overlapping(false) <= limits.per_tenant);
                prop_assert!(overlapping(true) <= limits.per_app);
            }
        }
        let mut served = done.len() + running.len();
        while served < queued {
            for (owner, _) in running.drain(..) {
                budget.answered(owner, now);
            }
            now = budget.wake_at(now).unwrap();
            running.extend(budget.grant(now).into_iter().map(|ticket| (owners[&ticket], now)));
            served += running.len();
        }
    }
}
