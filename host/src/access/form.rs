//! Forms that change something: only with the word of the session whose page they stand on.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Caller;

/// The field that holds the word.
pub(crate) const WORD: &str = "word";

/// What was filled in.
#[derive(Debug)]
pub(crate) struct Form<T>(pub(crate) T);

#[derive(Deserialize)]
struct Worded<T> {
    #[serde(default)]
    word: String,
    #[serde(flatten)]
    filled_in: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let Some(Caller::Browser(session)) = request.extensions().get::<Caller>().cloned() else {
            return Err((StatusCode::UNAUTHORIZED, "Log in first.\n").into_response());
        };
        let worded = axum::extract::Form::<Worded<T>>::from_request(request, state).await;
        let axum::extract::Form(Worded { word, filled_in }) = worded.map_err(IntoResponse::into_response)?;
        if !session.is_word(&word) {
            let text = "This form does not belong to your session. Load its page again.\n";
            return Err((StatusCode::FORBIDDEN, text).into_response());
        }
        Ok(Self(filled_in))
    }
}
