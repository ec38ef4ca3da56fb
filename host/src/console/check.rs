//! Looking, on request, whether all is well that a connector depends on: what `doctor` does, for people.
//!
//! It costs requests of Microsoft's limits, so it is for those who have logged in. A token is asked for anew, so a connector that waits for
//! consent, or for a mended app registration, notices at once.

use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use collector::health::Finding;
use futures::StreamExt as _;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Place, text};
use super::whole;
use crate::access::Caller;
use crate::access::form::Form;
use crate::api::{ApiState, findings_of};

/// A page that takes longer would be taken for broken; what is known by then is shown.
const PATIENCE: Duration = Duration::from_secs(25);

/// Which connector.
#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
}

/// Checks it.
pub(super) async fn check(
    Extension(caller): Extension<Caller>,
    State(state): State<ApiState>,
    Form(Named { name }): Form<Named>,
) -> Response {
    let Caller::Browser(_) = &caller else { return StatusCode::UNAUTHORIZED.into_response() };
    let findings = findings_of(&state.overview, std::slice::from_ref(&name));
    let (found, is_whole) = until(findings.boxed(), PATIENCE).await;
    whole(&caller, Some(Place::Integrations), &text(&name), &table(&found, is_whole)).into_response()
}

/// What comes within this time, and whether that was all.
async fn until<T>(mut coming: futures::stream::BoxStream<'_, T>, patience: Duration) -> (Vec<T>, bool) {
    let mut came = Vec::new();
    let all = async {
        while let Some(one) = coming.next().await {
            came.push(one);
        }
    };
    let is_whole = tokio::time::timeout(patience, all).await.is_ok();
    (came, is_whole)
}

fn table(found: &[Finding], is_whole: bool) -> Markup {
    html! {
        section.card aria-labelledby="check" {
            h2 #check { "Check" }
            @if found.is_empty() { p { "No connector of this name runs, or nothing answered in time." } } @else {
                table.stack {
                    thead { tr { @for heading in ["What", "Looked at", "Found", "What to do"] { th scope="col" { (heading) } } } }
                    tbody { @for finding in found { (line(finding)) } }
                }
            }
            @if !is_whole { p.quiet { "Microsoft has not answered everything yet; check again, or run " code { "entra-signins doctor" } "." } }
        }
        p { a.button.plain href="/" { "Integrations" } }
    }
}

fn line(finding: &Finding) -> Markup {
    html! {
        tr {
            th scope="row" { (text(&finding.subject)) }
            td data-label="Looked at" { (text(&finding.tried)) }
            td data-label="Found" {
                @match &finding.problem {
                    Some(problem) => { span.badge.bad { "not well" } " " (text(problem)) }
                    None => { span.badge.good { "well" } @if let Some(found) = &finding.found { " " (text(found)) } }
                }
            }
            td data-label="What to do" { @if let Some(way) = &finding.way_out { (super::integrations::way_out(way)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scenario: a check that finds something bad, with text that would be markup, and ends; one that does not end. Guarantee: what was found
    /// is on the page and does nothing; that it is not all is said.
    #[tokio::test(start_paused = true)]
    async fn what_is_known_in_time_is_shown() {
        let bad = Finding {
            subject: "<b>contoso</b>".to_owned(),
            tried: "token".to_owned(),
            problem: Some("refused".to_owned()),
            ..Finding::default()
        };
        let ends = futures::stream::iter([bad.clone()]).boxed();
        let (found, is_whole) = until(ends, PATIENCE).await;
        let page = table(&found, is_whole).into_string();
        assert!(
            page.contains("&lt;b&gt;contoso")
                && page.contains("refused")
                && !page.contains("not answered everything")
        );
        let goes_on = futures::stream::iter([bad]).chain(futures::stream::pending()).boxed();
        let (found, is_whole) = until(goes_on, PATIENCE).await;
        assert!(
            found.len() == 1 && table(&found, is_whole).into_string().contains("not answered everything")
        );
    }
}
