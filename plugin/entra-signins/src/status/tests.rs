//! Tests of the status.

mod board;
mod credential;
mod readme;
mod reasons;

use collector::health::ConnectorStatus;
use url::Url;
use uuid::Uuid;

use super::*;
use crate::config::{ClientId, SignInEventType};
use crate::coverage::Interval;

const NOW: Second = 1_800_000_000;

const KINDS: [&str; 2] = ["interactiveUser", "servicePrincipal"];

fn standing() -> Standing<&'static str> {
    Standing::new(KINDS)
}

fn connected() -> Standing<&'static str> {
    let mut standing = standing();
    for kind in KINDS {
        standing.observe(&kind, Observation::Answered, NOW);
    }
    standing
}

fn unreachable() -> Verdict {
    Verdict::error("graph_unreachable", "Graph cannot be reached.", "Check the network.")
}

fn pending() -> Verdict {
    Verdict::pending("consent_missing", "Nobody has consented.", &consent(), "AuditLog.Read.All")
}

fn consent() -> Consent {
    let login = Url::parse("https://login.microsoftonline.com/").unwrap();
    Consent::new(&login, "contoso.example", ClientId(Uuid::from_u128(5)))
}

fn no_licence() -> Verdict {
    Verdict::error("no_licence", "The tenant has no licence.", "Get one.")
}

/// Scenario: nothing is known, then one kind answers, then the other. Guarantee: pending, and asking nothing of anybody, until
/// every kind has answered.
#[test]
fn a_connector_is_connected_once_every_kind_answers() {
    let mut standing = standing();
    assert_eq!(standing.observe(&"interactiveUser", Observation::Answered, NOW + 5), Change::Nothing);
    assert_eq!(standing.verdict().status, ConnectorStatus::PendingUserConsent);
    assert!(standing.verdict().message.contains("nothing is asked"), "{}", standing.verdict().message);
    assert_eq!(standing.observe(&"servicePrincipal", Observation::Answered, NOW + 6), Change::Status);
    assert_eq!(standing.verdict(), &Verdict::connected());
}

/// Scenario: a part that nobody waits for fails beside those that work; it has nothing to do any more. Guarantee: it shows until
/// then, whatever the others say; that nothing is wrong is no proof that what is required works.
#[test]
fn a_part_beside_shows_until_it_is_cleared() {
    let mut standing = connected();
    standing.observe(&"history", Observation::Refused(unreachable()), NOW);
    standing.observe(&"interactiveUser", Observation::Answered, NOW + 1);
    assert_eq!(standing.verdict(), &unreachable());
    standing.observe(&"history", Observation::Cleared, NOW + 2);
    assert_eq!(standing.verdict(), &Verdict::connected());
    let mut unknown = self::standing();
    for kind in KINDS {
        unknown.observe(&kind, Observation::Cleared, NOW);
    }
    assert_eq!(unknown.verdict(), &Verdict::checking());
}

/// Scenario: several parts fail, one of them for want of consent. Guarantee: an error is shown before missing consent, and of
/// several the first in the order of parts.
#[test]
fn of_several_failures_the_first_error_shows() {
    let mut standing = standing();
    standing.observe(&"servicePrincipal", Observation::Refused(no_licence()), NOW);
    standing.observe(&"a token", Observation::Refused(pending()), NOW);
    assert_eq!(standing.verdict(), &no_licence());
    standing.observe(&"interactiveUser", Observation::Refused(unreachable()), NOW);
    assert_eq!(standing.verdict(), &unreachable());
}

/// Scenario: the same failure comes again, with the id of another request in its words. Guarantee: the newest words are kept, and
/// it is no other status.
#[test]
fn other_words_are_no_other_status() {
    let mut standing = standing();
    let refused = |id: u8| {
        Observation::Refused(Verdict::error("bad_request", format!("Refused (request id {id})."), "Check."))
    };
    assert_eq!(standing.observe(&"interactiveUser", refused(1), NOW), Change::Status);
    assert_eq!(standing.observe(&"interactiveUser", refused(1), NOW + 1), Change::Nothing);
    assert_eq!(standing.observe(&"interactiveUser", refused(2), NOW + 2), Change::Words);
    assert_eq!(standing.verdict().message, "Refused (request id 2).");
}

/// Scenario: one kind is refused while others answer, then it answers too. Guarantee: the refusal shows until that kind itself
/// answers.
#[test]
fn one_refused_kind_is_not_hidden_by_the_others() {
    let mut standing = connected();
    standing.observe(&"interactiveUser", Observation::Refused(unreachable()), NOW);
    standing.observe(&"servicePrincipal", Observation::Answered, NOW + 1);
    assert_eq!(standing.verdict(), &unreachable());
    standing.observe(&"interactiveUser", Observation::Answered, NOW + 2);
    assert_eq!(standing.verdict(), &Verdict::connected());
}

/// Scenario: a working connector fails now and then, then for minutes. Guarantee: only what lasts becomes an error, and one
/// success undoes it.
#[test]
fn what_passes_does_not_show() {
    let mut standing = connected();
    for second in 0..10 {
        standing.observe(&"interactiveUser", Observation::Passing(unreachable()), NOW + second);
    }
    assert_eq!(standing.verdict(), &Verdict::connected());
    standing.observe(&"interactiveUser", Observation::Passing(unreachable()), NOW + PATIENCE);
    assert_eq!(standing.verdict(), &unreachable());
    standing.observe(&"interactiveUser", Observation::Answered, NOW + PATIENCE + 1);
    assert_eq!(standing.verdict(), &Verdict::connected());
}

/// Scenario: a connector that never worked fails three times. Guarantee: the error shows without minutes of waiting.
#[test]
fn what_never_worked_shows_soon() {
    let mut standing = standing();
    for _ in 0..FAILURES {
        assert_eq!(standing.verdict(), &Verdict::checking());
        standing.observe(&"interactiveUser", Observation::Passing(unreachable()), NOW);
    }
    assert_eq!(standing.verdict(), &unreachable());
}

/// Scenario: licence checks are refused, twice in one hour and later again. Guarantee: only the third within an hour is an
/// error.
#[test]
fn a_licence_is_missing_after_three_refusals_in_an_hour() {
    let mut standing = connected();
    for at in [0, 1_000, 3_700, 5_000] {
        standing.observe(&"interactiveUser", Observation::NoLicence(no_licence()), NOW + at);
        assert_eq!(standing.verdict(), &Verdict::connected(), "after {at} s");
    }
    standing.observe(&"interactiveUser", Observation::NoLicence(no_licence()), NOW + 5_100);
    assert_eq!(standing.verdict(), &no_licence());
}

/// Scenario: the licence check of three kinds fails side by side, once; then that of one kind alone goes on failing, while another
/// kind works, or fails for another reason. Guarantee: one failing check is no missing licence; each kind counts its own; that it
/// stands is known of that kind alone, and for as long as it does not work.
#[test]
fn each_kind_counts_its_own_licence_refusals() {
    let mut standing = connected();
    let refused = || Observation::NoLicence(no_licence());
    for kind in ["interactiveUser", "servicePrincipal", "managedIdentity"] {
        for second in 0..3 {
            standing.observe(&kind, refused(), NOW + second);
        }
    }
    assert_eq!(standing.verdict(), &Verdict::connected());
    for second in [20, 40] {
        standing.observe(&"servicePrincipal", refused(), NOW + second);
        standing.observe(&"interactiveUser", Observation::Answered, NOW + second);
    }
    standing.observe(&"interactiveUser", Observation::Refused(unreachable()), NOW + 50);
    for later in [60, 3_600, 7_200] {
        standing.observe(&"servicePrincipal", refused(), NOW + later);
        assert!(standing.stands(&"servicePrincipal", "no_licence"));
        assert!(!standing.stands(&"interactiveUser", "no_licence"));
    }
    standing.observe(&"servicePrincipal", Observation::Answered, NOW + 10_800);
    assert!(!standing.stands(&"servicePrincipal", "no_licence"));
}

/// Scenario: consent is missing. Guarantee: the way out is the tenant's own consent page for this app.
#[test]
fn the_way_out_of_missing_consent_is_the_consent_page() {
    assert_eq!(
        pending().way_out.unwrap().url.unwrap(),
        "https://login.microsoftonline.com/contoso.example/adminconsent?client_id=00000000-0000-0000-0000-000000000005"
    );
}

/// Scenario: seconds cannot be read while others can; then something else fails; then both are mended. Guarantee: success alone does
/// not hide the seconds, what stops everything comes before them, and they go when they are read.
#[test]
fn what_lasts_shows_though_the_rest_works() {
    let second = Interval { from: NOW, to: NOW + 1 };
    let unreadable = of_unreadable(SignInEventType::InteractiveUser, &[second]);
    let mut standing = connected();
    standing.observe(&"stuck", Observation::Refused(unreadable.clone().unwrap()), NOW + 1);
    standing.observe(&"interactiveUser", Observation::Answered, NOW + 2);
    assert_eq!(Some(standing.verdict()), unreadable.as_ref());
    standing.observe(&"servicePrincipal", Observation::Refused(unreachable()), NOW + 3);
    assert_eq!(standing.verdict(), &unreachable());
    standing.observe(&"servicePrincipal", Observation::Answered, NOW + 4);
    standing.observe(&"stuck", Observation::Cleared, NOW + 5);
    assert_eq!(standing.verdict(), &Verdict::connected());
}

/// Scenario: nothing, one, two, many intervals cannot be read. Guarantee: the kind and the times are named in RFC 3339, of many
/// the first, and their number.
#[test]
fn unreadable_intervals_are_named() {
    let intervals: Vec<_> = (0..5).map(|n| Interval { from: NOW + 60 * n, to: NOW + 60 * n + 1 }).collect();
    let say = |count| {
        of_unreadable(SignInEventType::ServicePrincipal, &intervals[..count]).map(|verdict| verdict.message)
    };
    assert_eq!(say(0), None);
    for (count, times) in [
        (1, "2027-01-15T08:00:00Z to 2027-01-15T08:00:01Z"),
        (2, "2027-01-15T08:00:00Z to 2027-01-15T08:00:01Z and 2027-01-15T08:01:00Z to 2027-01-15T08:01:01Z"),
    ] {
        let expected = format!(
            "Graph fails every request for servicePrincipal sign-ins of {times}, though it serves others."
        );
        assert_eq!(say(count), Some(expected));
    }
    assert!(say(5).unwrap().contains("08:02:01Z and 2 more,"), "{:?}", say(5));
}
