//! Every request, before anything else looks at it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Json, Redirect, Response};
use serde_json::json;
use url::{Position, Url, form_urlencoded};

use super::{Access, Caller, is_by_itself};

/// Where one logs in.
pub(crate) const LOG_IN: &str = "/login";
const HX_CURRENT_URL: HeaderName = HeaderName::from_static("hx-current-url");
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
/// What anybody may read, wherever it is served.
const OPEN: [&str; 2] = [LOG_IN, "/health"];
const OPEN_BELOW: &str = "/assets/";
/// What programs read, who cannot be sent to a page.
const FOR_PROGRAMS: [&str; 2] = ["/api/", "/metrics"];
/// Questions that change nothing and cost something. They are answered to this machine alone, and only as JSON, which a page of somebody
/// else cannot send.
const QUESTIONS: [&str; 2] = ["/api/v1/doctor", "/api/v1/reconcile"];

/// Lets requests through that may do what they want to do, and says by [`Caller`] who sent them.
pub(crate) async fn check(State(access): State<Arc<Access>>, mut request: Request, next: Next) -> Response {
    let caller = access.caller(request.headers());
    match may(&access, &caller, &request) {
        Ok(()) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal,
    }
}

#[expect(clippy::result_large_err, reason = "it is the answer")]
fn may(access: &Access, caller: &Caller, request: &Request) -> Result<(), Response> {
    let path = request.uri().path();
    let is_free = access.is_free(request.headers());
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if reads {
        let is_open = OPEN.contains(&path) || path.starts_with(OPEN_BELOW);
        let may = is_open || is_free || caller.is_known();
        return if may { Ok(()) } else { Err(who_are_you(request)) };
    }
    match caller {
        Caller::Program => Ok(()),
        Caller::Anyone if QUESTIONS.contains(&path) && is_free => Ok(()),
        Caller::Anyone if path != LOG_IN => Err(who_are_you(request)),
        Caller::Anyone | Caller::Browser(_) if access.is_ours(request.headers()) => Ok(()),
        Caller::Anyone | Caller::Browser(_) => {
            Err(refused(StatusCode::FORBIDDEN, "this was not sent by a page of this program"))
        }
    }
}

/// A person is sent to log in and back; a program is told what to send. A part of a page that loads itself again has the whole page loaded:
/// a page to log in on would stand in the part's place.
fn who_are_you(request: &Request) -> Response {
    let path = request.uri().path();
    if is_by_itself(request.headers()) {
        let mut response = refused(StatusCode::UNAUTHORIZED, "the session has ended: log in");
        if let Ok(page) = page_of(request.headers()).parse() {
            response.headers_mut().insert(HX_REDIRECT, page);
        }
        return response;
    }
    let is_page =
        *request.method() == Method::GET && !FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix));
    if is_page {
        let back = request.uri().path_and_query().map_or("/", |whole| whole.as_str());
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", back).finish();
        return Redirect::to(&format!("{LOG_IN}?{query}")).into_response();
    }
    let mut response =
        refused(StatusCode::UNAUTHORIZED, "log in, or send the token: `Authorization: Bearer <token>`");
    response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    response
}

/// The page that the browser shows, by its own word: a page of ours, whatever it says.
fn page_of(headers: &HeaderMap) -> String {
    let page = headers.get(HX_CURRENT_URL).and_then(|url| url.to_str().ok()?.parse::<Url>().ok());
    let page = page.map(|url| url[Position::BeforePath..Position::AfterQuery].to_owned());
    page.filter(|page| page.starts_with('/') && !page.starts_with("//")).unwrap_or_else(|| "/".to_owned())
}

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}
