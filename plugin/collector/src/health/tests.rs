//! Tests of what a host sees of a source's connectors.

use super::*;

const SINCE: Timestamp = Timestamp::UNIX_EPOCH;

fn report(name: &str, status: ConnectorStatus) -> ConnectorReport {
    ConnectorReport::new(name, "Microsoft Azure AD", status, SINCE)
}

/// Scenario: two connectors report, one of them again, one under the same name for another application.
/// Guarantee: the latest of each stands, in the order of the first reports.
#[test]
fn the_latest_report_of_each_connector_stands() {
    let (reporter, seen) = HealthReporter::channel();
    let other = ConnectorReport {
        application: "Microsoft 365",
        ..report("contoso", ConnectorStatus::PendingUserConsent)
    };
    reporter.report(report("contoso", ConnectorStatus::PendingUserConsent));
    reporter.report(report("fabrikam", ConnectorStatus::Error));
    let clone = reporter.clone();
    reporter.report(other.clone());
    clone.report(report("contoso", ConnectorStatus::Connected));
    let expected =
        [report("contoso", ConnectorStatus::Connected), report("fabrikam", ConnectorStatus::Error), other];
    assert_eq!(*seen.borrow(), expected);
}

/// Scenario: a source says the same again. Guarantee: the host is woken by news alone.
#[test]
fn only_news_wakes_the_host() {
    let (reporter, mut seen) = HealthReporter::channel();
    reporter.report(report("contoso", ConnectorStatus::Connected));
    assert!(seen.has_changed().unwrap());
    seen.mark_unchanged();
    reporter.report(report("contoso", ConnectorStatus::Connected));
    assert!(!seen.has_changed().unwrap());
    reporter.report(report("contoso", ConnectorStatus::Error));
    assert!(seen.has_changed().unwrap());
}

/// Scenario: the source is gone. Guarantee: the host knows, and its last reports can still be read.
#[test]
fn the_end_of_the_source_is_visible() {
    let (reporter, seen) = HealthReporter::channel();
    reporter.report(report("contoso", ConnectorStatus::Connected));
    drop(reporter);
    assert!(seen.has_changed().is_err());
    assert_eq!(seen.borrow().len(), 1);
}

/// Scenario: a report as a status page gets it. Guarantee: Cato's three words, times as RFC 3339, and nothing
/// where nothing is known.
#[test]
fn a_report_as_json() {
    let report = ConnectorReport {
        way_out: Some(WayOut { text: "Grant consent.".to_owned(), url: None }),
        lag_secs: Some(4),
        credential: Some(CredentialReport {
            strategy: "client_secret",
            place: "auth",
            expires_at: Some(Timestamp::UNIX_EPOCH),
        }),
        ..report("contoso", ConnectorStatus::PendingUserConsent)
    };
    let json = serde_json::to_value(report).unwrap();
    let expected = serde_json::json!({
        "name": "contoso",
        "application": "Microsoft Azure AD",
        "tenant_id": "",
        "permissions": "Read",
        "status": "Pending user consent",
        "reason": "",
        "message": "",
        "way_out": {"text": "Grant consent."},
        "since": "1970-01-01T00:00:00Z",
        "lag_secs": 4,
        "credential": {"strategy": "client_secret", "place": "auth", "expires_at": "1970-01-01T00:00:00Z"},
        "counters": {},
    });
    assert_eq!(json, expected);
}

/// Scenario: each status is shown and written as JSON. Guarantee: both are the same word.
#[test]
fn a_status_has_one_word() {
    for status in [ConnectorStatus::Connected, ConnectorStatus::PendingUserConsent, ConnectorStatus::Error] {
        assert_eq!(serde_json::to_value(status).unwrap(), status.to_string());
    }
}
