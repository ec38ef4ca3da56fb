//! Makes events of what happens to connectors, where that is wanted: another status, a gap, a credential that expires.
//!
//! It reads what connectors report. What has come while the host took nothing is told when it takes something again, as it stands then.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use collector::event::LogEvent;
use collector::finalization::BatchStatus;
use collector::health::{ConnectorReport, ConnectorStatus};
use jiff::Timestamp;

use super::shared::Shared;
use crate::cato::{Happening, notice};
use crate::identity::ExpiryWatch;

/// The wait after the host has not taken something; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What was told of each connector last, by application and name.
#[derive(Debug, Default)]
struct Told(HashMap<(&'static str, String), Known>);

#[derive(Debug)]
struct Known {
    status: ConnectorStatus,
    reason: String,
    gaps: u64,
    expiry: ExpiryWatch,
}

impl Told {
    /// What is to be told now.
    fn of(&mut self, reports: &[ConnectorReport], now: Timestamp) -> Vec<LogEvent> {
        let mut events = Vec::new();
        for report in reports {
            let happened = self.happened(report, now);
            events.extend(happened.into_iter().map(|happening| {
                let at = if happening == Happening::Status { report.since } else { now };
                notice(happening, report, at)
            }));
        }
        events
    }

    fn happened(&mut self, report: &ConnectorReport, now: Timestamp) -> Vec<Happening> {
        let gaps = report.counters.get("gaps").copied().unwrap_or_default();
        // How a connector begins is no change.
        let known = self.0.entry((report.application, report.name.clone())).or_insert_with(|| Known {
            status: report.status,
            reason: report.reason.clone(),
            gaps: 0,
            expiry: ExpiryWatch::default(),
        });
        let mut happened = Vec::new();
        if (known.status, known.reason.as_str()) != (report.status, report.reason.as_str()) {
            (known.status, known.reason) = (report.status, report.reason.clone());
            happened.push(Happening::Status);
        }
        if gaps > known.gaps {
            happened.push(Happening::Gap { missing: gaps - known.gaps });
            known.gaps = gaps;
        }
        if let Some(at) = report.credential.as_ref().and_then(|credential| credential.expires_at)
            && known.expiry.is_due(at, now)
        {
            happened.push(Happening::CredentialExpires { at });
        }
        happened
    }
}

/// Tells until the source is asked to stop.
pub(super) async fn tell(shared: Arc<Shared>) {
    let telling = async {
        let mut reports = shared.health.watch();
        let mut told = Told::default();
        loop {
            let events = told.of(&reports.borrow_and_update().clone(), shared.clock.now());
            deliver(&shared, &events).await;
            if reports.changed().await.is_err() {
                return;
            }
        }
    };
    let _stopped = shared.stop.run_until_cancelled(telling).await;
}

/// Sends events until the host has them.
async fn deliver(shared: &Shared, events: &[LogEvent]) {
    let mut wait = FIRST_WAIT;
    while !events.is_empty() {
        let Some(out) = shared.sender() else { return };
        let sent = out.send_batch(events.to_vec()).await;
        drop(out);
        if let Ok(ack) = sent
            && ack.await.status == BatchStatus::Delivered
        {
            return;
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use collector::health::CredentialReport;
    use jiff::SignedDuration;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn report(status: ConnectorStatus, reason: &str, gaps: u64) -> ConnectorReport {
        ConnectorReport {
            reason: reason.to_owned(),
            message: format!("It is {reason}."),
            parent: Some("contoso".to_owned()),
            counters: BTreeMap::from([("gaps", gaps)]),
            ..ConnectorReport::new("sign-ins", "Microsoft Azure AD", status, at(7))
        }
    }

    fn told(events: &[LogEvent]) -> Vec<[String; 4]> {
        let fields = ["event_sub_type", "connector_status", "failure_reason", "event_message"];
        let text = |event: &LogEvent, field| {
            event.get(field).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
        };
        events.iter().map(|event| fields.map(|field| text(event, field))).collect()
    }

    /// Scenario: a connector begins, connects, is reported again, lacks sign-ins, and fails. Guarantee: each change is an event once, with
    /// Cato's words; how it began, and reports that say nothing new, are none.
    #[test]
    fn changes_are_told_once() {
        let mut known = Told::default();
        let mut tell = |report: ConnectorReport| told(&known.of(&[report], at(100)));
        assert!(tell(report(ConnectorStatus::PendingUserConsent, "checking", 0)).is_empty());
        let connected = || report(ConnectorStatus::Connected, "ok", 0);
        assert_eq!(
            tell(connected()),
            [["Connector Status", "Connected", "ok", "It is ok."].map(str::to_owned)]
        );
        assert!(tell(connected()).is_empty());
        let gap = tell(report(ConnectorStatus::Connected, "ok", 3));
        assert!(
            gap.len() == 1 && gap[0][0] == "Connector Gap" && gap[0][3].contains("3 sign-ins"),
            "{gap:?}"
        );
        let failed = tell(report(ConnectorStatus::Error, "no_licence", 3));
        assert_eq!(
            failed,
            [["Connector Status", "Error", "no_licence", "It is no_licence."].map(str::to_owned)]
        );
    }

    /// Scenario: a credential expires in 40 days, then in six, reported several times. Guarantee: that is an event once it is near, and
    /// once at each of the days of which is warned.
    #[test]
    fn an_expiry_is_told_when_it_is_near() {
        let mut known = Told::default();
        let expires_at = at(0) + SignedDuration::from_hours(40 * 24);
        let credential =
            CredentialReport { strategy: "client_secret", place: "auth", expires_at: Some(expires_at) };
        let report =
            ConnectorReport { credential: Some(credential), ..report(ConnectorStatus::Connected, "ok", 0) };
        let counts: Vec<_> = [0, 0, 34, 34, 35]
            .into_iter()
            .map(|day| known.of(std::slice::from_ref(&report), at(day * 86_400)).len())
            .collect();
        assert_eq!(counts, [0, 0, 1, 0, 0]);
    }
}
