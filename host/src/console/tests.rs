//! Tests of pages, made from what would be shown.

mod authorize;
mod edit;

use std::sync::Arc;

use collector::health::{ConnectorReport, ConnectorStatus, CredentialReport, HealthReporter, WayOut};
use collector::reconcile::{Account, Hour};
use jiff::Timestamp;

use super::{activity, integrations, pipeline};
use crate::access::Caller;
use crate::activity::{Dashboard, Dimension, Query, Row, Slot, Tenant};
use crate::api::{Offers, Overview, Snapshot};
use crate::sinks::{Reporter, console};

const HOSTILE: &str = "<script>alert('1')</script>&\"";

/// What is shown of a source with this connector, and of a sink.
fn snapshot(report: ConnectorReport) -> Snapshot {
    let overview = Overview::new(Arc::new(|| Timestamp::UNIX_EPOCH));
    let (health, receiver) = HealthReporter::channel();
    overview.show_source(&"entra".into(), "entra_signins", receiver, Offers::default());
    let (_reporter, sink) = Reporter::new("out".into(), &console::DESCRIPTION);
    overview.show_sink(&"out".into(), sink, vec!["entra".into()]);
    overview.set_config_error(Some("one\ntwo\r".to_owned()));
    health.report(report);
    overview.snapshot()
}

fn failing(name: &str) -> ConnectorReport {
    ConnectorReport {
        message: HOSTILE.to_owned(),
        notes: vec![HOSTILE.to_owned()],
        parent: Some(HOSTILE.to_owned()),
        tenant_name: Some("Contoso\u{202e}moc".to_owned()),
        way_out: Some(WayOut { text: "\u{1b}[2J".to_owned(), url: Some("javascript:alert(1)".to_owned()) }),
        ..ConnectorReport::new(name, "Microsoft Azure AD", ConnectorStatus::Error, Timestamp::UNIX_EPOCH)
    }
}

/// Scenario: whatever comes from elsewhere (names, messages, notes, a way out) holds HTML, marks of direction and escapes.
/// Guarantee: every page shows it as text and links to nothing but web pages; the configuration's mistakes keep their lines.
#[test]
fn pages_show_what_comes_from_elsewhere_as_text() {
    let snapshot = snapshot(failing(HOSTILE));
    let connector =
        integrations::connector(&Caller::Anyone, &snapshot, &snapshot.connectors[0], true).into_string();
    let table = integrations::content(&Caller::Anyone, &snapshot).into_string();
    for page in [&connector, &table] {
        assert!(!page.contains("<script") && !page.contains("javascript:"), "{page}");
        assert!(page.contains("&lt;script&gt;alert('1')&lt;/script&gt;&amp;&quot;"), "{page}");
        assert!(page.contains("Contoso\\u{202e}moc") && page.contains("\\u{1b}[2J"), "{page}");
    }
    assert!(table.contains("one\ntwo\\u{d}"), "{table}");
}

/// Scenario: a connector waits for consent. Guarantee: its status, why, what to do and Microsoft's page stand in the table.
#[test]
fn a_status_is_explained_on_the_spot() {
    let page = "https://login.example/consent";
    let report = ConnectorReport {
        message: "Nobody has consented.".to_owned(),
        way_out: Some(WayOut { text: "Consent.".to_owned(), url: Some(page.to_owned()) }),
        ..ConnectorReport::new(
            "contoso",
            "Microsoft 365",
            ConnectorStatus::PendingUserConsent,
            Timestamp::UNIX_EPOCH,
        )
    };
    let table = integrations::table(&snapshot(report)).into_string();
    for shown in ["Pending user consent", "Nobody has consented.", "Consent.", page] {
        assert!(table.contains(shown), "{shown} in {table}");
    }
}

/// Scenario: a child whose parent's token grants something, lacks something and expires. Guarantee: the child's page shows it.
#[test]
fn a_child_shows_what_its_parent_may() {
    let (health, receiver) = HealthReporter::channel();
    let overview = Overview::new(Arc::new(|| Timestamp::UNIX_EPOCH));
    overview.show_source(&"entra".into(), "entra_signins", receiver, Offers::default());
    let facts = [
        ("permissions_granted", "AuditLog.Read.All"),
        ("permissions_missing", "<i>"),
        ("licence", "Entra ID P2"),
    ];
    let credential = CredentialReport {
        strategy: "client_secret",
        place: "auth",
        expires_at: Some(Timestamp::UNIX_EPOCH),
    };
    let report = |name: &str, application| {
        ConnectorReport::new(name, application, ConnectorStatus::Connected, Timestamp::UNIX_EPOCH)
    };
    health.report(ConnectorReport {
        facts: facts.map(|(name, fact)| (name, fact.to_owned())).into(),
        credential: Some(credential),
        ..report("contoso", "Microsoft 365")
    });
    health.report(ConnectorReport {
        parent: Some("contoso".to_owned()),
        ..report("sign-ins", "Microsoft Azure AD")
    });
    let snapshot = overview.snapshot();
    let child = snapshot.connectors.iter().find(|line| line.report.parent.is_some()).unwrap();
    let page = integrations::connector(&Caller::Anyone, &snapshot, child, false).into_string();
    for shown in ["AuditLog.Read.All", "Not granted", "&lt;i&gt;", "Entra ID P2", "01 Jan 1970"] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
}

/// Scenario: a program with a source and a sink that have not done anything, no journal yet, and an hour that is kept account of. Guarantee: the
/// pipeline names them.
#[test]
fn the_pipeline_names_every_part() {
    let account = Account { delivered: 4_321, late: 7, ..Account::default() };
    let hour = Hour { from: Timestamp::UNIX_EPOCH, account, unread: 1, read: 2, proven: 3 };
    let page = pipeline::content(&snapshot(failing("contoso")), &[hour]).into_string();
    for shown in
        ["entra_signins", "Journal", "not open yet", "console", "starting", "01 Jan 00:00", "4&#8239;321"]
    {
        assert!(page.contains(shown), "{shown} in {page}");
    }
}

/// Scenario: applications and users have names that hold HTML and marks of direction; some sign-ins have found no room by their name. Guarantee: the dashboard shows them as
/// text, links each number to its events, and others to none.
#[test]
fn activity_shows_names_as_text() {
    let row =
        |value: Option<&str>| Row { value: value.map(str::to_owned), sign_ins: 5, failed: 2, tenants: 1 };
    let rows = vec![row(Some(HOSTILE)), row(Some("a\u{202e}b")), row(None)];
    let dashboard = Dashboard {
        sign_ins: 15,
        failed: 6,
        over_time: vec![Slot { from: 0, sign_ins: 15, failed: 6 }, Slot { from: 3_600, ..Slot::default() }],
        slot_secs: 3_600,
        by: [(Dimension::Application, rows.clone()), (Dimension::User, rows)].into(),
        tenants: vec![Tenant { id: "t".to_owned(), name: HOSTILE.to_owned() }],
    };
    let query = Query { from: 0, to: 7_200, tenant: None, kind: Some("interactiveUser".to_owned()) };
    let page = activity::content(&activity::Chosen::default(), &query, &dashboard).into_string();
    assert!(!page.contains("<script") && page.contains("a\\u{202e}b"), "{page}");
    let link = "/events?from=0&amp;to=7200&amp;sign_in_event_types=interactiveUser&amp;application_name=%3Cscript%3E";
    assert!(page.contains(link), "{page}");
    assert_eq!(page.matches("others").count(), 2);
}

/// Scenario: times are chosen as browsers write them, one alone, the wrong way round, and ones that no clock shows. Guarantee: what is asked for
/// is what was chosen, or the nearest that makes sense: never more than is counted, never nothing.
#[test]
fn chosen_times_make_sense() {
    let now = Timestamp::from_second(1_772_439_327).unwrap();
    let month = 31 * 86_400;
    let query = |from: &str, to: &str| {
        let chosen =
            activity::Chosen { from: from.to_owned(), to: to.to_owned(), ..activity::Chosen::default() };
        let Query { from, to, .. } = chosen.query(now);
        (to - now.as_second(), to - from)
    };
    assert_eq!(query("", ""), (1, 86_400));
    assert_eq!(query("2026-03-01T08:15:27", "2026-03-02T07:15:27"), (-3_600, 86_400 - 3_600));
    assert_eq!(query("", "2026-03-02T07:15:27"), (-3_600, 86_400));
    assert_eq!(query("2026-03-02T08:15:27", "2026-03-01T08:15:27"), (-86_400, 1));
    for extreme in [i64::MIN, i64::MAX] {
        let (_, secs) = query(&extreme.to_string(), &extreme.to_string());
        assert!((1..=month).contains(&secs), "{extreme}: {secs}");
    }
}
