//! `POST /api/v1/doctor`: whether all is well that the connectors depend on, and how the journal and the sinks stand.
//!
//! It costs requests of Microsoft's limits, so it is answered to whom `reconcile` is answered.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::response::{Json, Response};
use collector::health::{Finding, WayOut};
use futures::StreamExt as _;
use futures::stream::{self, Stream};
use serde::{Deserialize, Serialize};

use super::peer::Peer;
use super::{ApiState, Health, Overview, SinkLine, Snapshot, lines};
use crate::sinks::SinkState;

/// What is to be examined.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Names of connectors; empty: all, and what the program does with their sign-ins.
    #[serde(default)]
    pub connectors: Vec<String>,
}

pub(super) async fn doctor(
    State(state): State<ApiState>,
    Extension(peer): Extension<Peer>,
    ask: Result<Json<Ask>, JsonRejection>,
) -> Response {
    match peer.asked(ask) {
        Ok(ask) => lines::answer(findings_of(&state.overview, &ask.connectors)),
        Err(refusal) => refusal,
    }
}

/// What is found of these connectors; of none, of all, and of what the program does with their sign-ins. Dropped, it is left where it is.
pub(crate) fn findings_of(
    overview: &Overview,
    connectors: &[String],
) -> impl Stream<Item = Finding> + Send + use<> {
    let own = if connectors.is_empty() { of_program(&overview.snapshot()) } else { Vec::new() };
    let of_sources = overview.examiners().into_iter().map(|examiner| {
        let (examiner, connectors) = (Arc::clone(&examiner), connectors.to_vec());
        lines::driven(|findings| async move { examiner.examine(connectors, findings).await }).boxed()
    });
    stream::select_all(of_sources).chain(stream::iter(own))
}

/// What the program knows of itself.
fn of_program(snapshot: &Snapshot) -> Vec<Finding> {
    let program = match snapshot.health() {
        Health::Ok => Finding::default(),
        Health::Failing(reason) => Finding { problem: Some(reason), ..Finding::default() },
    };
    let program = Finding { subject: "program".to_owned(), tried: "makes progress".to_owned(), ..program };
    std::iter::once(program).chain(snapshot.sinks.iter().map(of_sink)).collect()
}

fn of_sink(sink: &SinkLine) -> Finding {
    let finding = Finding {
        subject: format!("sink {}", sink.report.key),
        tried: "delivers".to_owned(),
        ..Finding::default()
    };
    let (problem, attention) = match &sink.report.state {
        SinkState::Starting | SinkState::Working => {
            let found = sink.lag_events.map(|lag| format!("{lag} events of the journal to go"));
            return Finding { found, ..finding };
        }
        SinkState::Retrying { reason, attention, .. } => (reason.clone(), *attention),
        SinkState::Stopped { reason } => {
            (reason.clone().unwrap_or_else(|| "it was stopped".to_owned()), true)
        }
    };
    let text =
        if attention { "See the sink's settings and its receiver." } else { "It is tried again by itself." };
    let way_out = Some(WayOut { text: text.to_owned(), url: None });
    Finding { problem: Some(problem), way_out, ..finding }
}
