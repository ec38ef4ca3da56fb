use super::*;
use crate::coverage::Read;

const NOW: Second = 1_800_000_000;
const BOUNDS: Bounds =
    Bounds { start: NOW - 10_000, first_run: NOW - 3_000, poll_interval: 60, known_from: Second::MIN };
const KIND: SignInEventType = SignInEventType::ServicePrincipal;

fn read(coverage: &mut Coverage, from: Second, to: Second, at: Second) {
    coverage.record(Read { interval: Interval { from: NOW + from, to: NOW + to }, at: NOW + at, new_ids: 1 });
}

/// Scenario: a kind that was read in parts, some long ago and not again. Guarantee: lag, gaps since the start and overdue
/// re-reads are told apart.
#[test]
fn lag_gaps_and_overdue_rereads_are_measured() {
    let mut coverage = Coverage::default();
    read(&mut coverage, -9_000, -8_000, -8_000);
    read(&mut coverage, -200, -30, -30);
    let progress = Progress::of(&coverage, Lateness::default(), &BOUNDS, NOW);
    assert_eq!((progress.lag, progress.unread), (Some(30), 1_000 + 7_800));
    assert_eq!(progress.unproven, 1_000);
}

/// Scenario: one kind is read, one never was, and a third has no reader. Guarantee: the connector's lag is unknown, each kind
/// that was never read is named, and the others still have their numbers.
#[test]
fn a_kind_that_was_never_read_is_not_hidden() {
    let mut coverage = Coverage::default();
    read(&mut coverage, -10_000, -30, -30);
    let good = Some(Progress::of(&coverage, Lateness::default(), &BOUNDS, NOW));
    let never = Some(Progress::of(&Coverage::default(), Lateness::default(), &BOUNDS, NOW));
    let of = |kinds: &[(SignInEventType, Option<Progress>)]| measured(Counts::new(), kinds);
    let interactive = (SignInEventType::InteractiveUser, good);
    assert_eq!(of(&[interactive]).lag_secs, Some(30));
    assert_eq!(of(&[interactive, (KIND, never)]).lag_secs, None);
    let measured = of(&[interactive, (KIND, never), (SignInEventType::ManagedIdentity, None)]);
    assert_eq!(measured.lag_secs, None);
    assert_eq!(
        measured.notes,
        ["servicePrincipal has not been read yet", "managedIdentity has not been read yet"]
    );
    assert_eq!(measured.counters["interactive_user_lag_seconds"], 30);
    assert_eq!(measured.counters["service_principal_unread_seconds"], 10_000);
    assert_eq!(measured.counters["unread_seconds"], 10_000);
    assert!(!measured.counters.contains_key("service_principal_lag_seconds"));
}

/// Scenario: re-reads are late by a day, and what was never read is nearly thirty days old. Guarantee: both are said, with how much
/// time there is; what is on time is not.
#[test]
fn what_will_be_missed_is_said() {
    let mut coverage = Coverage::default();
    read(&mut coverage, -86_400, -60, -60);
    let bounds = Bounds { start: NOW - 29 * 86_400 - 3 * 3_600, ..BOUNDS };
    let notes =
        |coverage: &Coverage, bounds| Progress::of(coverage, Lateness::default(), bounds, NOW).notes(KIND);
    assert_eq!(
        notes(&coverage, &bounds),
        ["servicePrincipal: unread sign-ins reach the end of Microsoft's 30 days in 21 hours"]
    );
    assert_eq!(notes(&coverage, &BOUNDS), [""; 0]);
    let later = Progress::of(&coverage, Lateness::default(), &BOUNDS, NOW + 86_400).notes(KIND);
    assert!(later[0].starts_with("servicePrincipal: re-reads for late sign-ins are 2"), "{later:?}");
}

/// Scenario: the newest sign-ins are not read, while nobody complains: from the start, after a stop of days, and after having
/// been read. Guarantee: it shows after ten minutes and three polls of this run, not before.
#[test]
fn a_kind_that_stands_still_shows() {
    let shows = |lag, running| {
        let progress = Progress {
            lag,
            unread: 0,
            unproven: 0,
            overdue: 0,
            deleted_in: None,
            lateness: Lateness::default(),
            ages: Ages::default(),
        };
        progress.moves(KIND, 60, running) != Observation::Cleared
    };
    for lag in [None, Some(400_000)] {
        assert!(!shows(lag, 780));
        assert!(shows(lag, 781));
    }
    assert!(!shows(Some(780), 400_000));
    assert!(shows(Some(781), 400_000));
}
