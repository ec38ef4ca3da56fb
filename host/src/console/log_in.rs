//! Logging in and out.

use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use collector::sensitive::SensitiveString;
use maud::html;
use serde::Deserialize;

use super::whole;
use crate::access::guard::LOG_IN;
use crate::access::{self, Caller, LogIn, Refusal};
use crate::api::{ApiState, Peer};

/// Where to go when it is done.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

impl Next {
    /// A page of ours, whatever was asked for.
    fn page(&self) -> &str {
        let is_ours = self.next.starts_with('/')
            && !self.next.starts_with("//")
            && !self.next.contains(['\\', '\r', '\n', '\t'])
            && !self.next.starts_with(LOG_IN);
        if is_ours { &self.next } else { "/" }
    }
}

#[derive(Deserialize)]
pub(super) struct FilledIn {
    secret: String,
    #[serde(flatten)]
    next: Next,
}

pub(super) async fn page(Extension(caller): Extension<Caller>, Query(next): Query<Next>) -> Response {
    form(&caller, &next, None)
}

pub(super) async fn log_in(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Form(FilledIn { secret, next }): Form<FilledIn>,
) -> Response {
    let address = state.access.origin(peer.address(), &headers);
    match state.access.log_in(LogIn { address, secret: SensitiveString::from(secret) }).await {
        Ok(cookie) => with_cookie(Redirect::to(next.page()).into_response(), &cookie),
        Err(refusal) => form(&caller, &next, Some(refusal)),
    }
}

pub(super) async fn log_out(
    State(state): State<ApiState>,
    headers: HeaderMap,
    access::form::Form(()): access::form::Form<()>,
) -> Response {
    with_cookie(Redirect::to("/").into_response(), &state.access.end_session(&headers))
}

fn with_cookie(mut response: Response, cookie: &cookie::Cookie<'_>) -> Response {
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
    response
}

fn form(caller: &Caller, next: &Next, refusal: Option<Refusal>) -> Response {
    let (status, problem) = match refusal {
        None => (StatusCode::OK, None),
        Some(Refusal::Wrong) => {
            (StatusCode::FORBIDDEN, Some("This is neither the password nor the token.".to_owned()))
        }
        Some(Refusal::TooMany(wait)) => {
            let secs = wait.as_secs().max(1);
            (StatusCode::TOO_MANY_REQUESTS, Some(format!("Too many have tried. Try again in {secs} s.")))
        }
    };
    let content = html! {
        section.card aria-labelledby="how" {
            h2 #how { "Password or token" }
            p.quiet {
                "The password whose hash stands in the configuration as " code { "api.password_hash" }
                ", or the token in the file that the log names at the start."
            }
            @if let Some(problem) = &problem { div.notice.bad role="alert" { p { (problem) } } }
            form method="post" action=(LOG_IN) {
                input type="hidden" name="next" value=(next.page());
                div.field {
                    label for="secret" { "Password or token" }
                    input #secret name="secret" type="password" autocomplete="current-password" required autofocus;
                }
                button type="submit" { "Log in" }
            }
        }
    };
    let page: Html<String> = whole(caller, None, "Log in", &content);
    let mut response = (status, page).into_response();
    if let Some(Refusal::TooMany(wait)) = refusal {
        response.headers_mut().insert(header::RETRY_AFTER, wait.as_secs().max(1).into());
    }
    response
}
