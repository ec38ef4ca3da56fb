//! Answers that take long: one JSON object a line, each as soon as it is there, while whoever asked takes them.

use std::convert::Infallible;
use std::future;

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use futures::stream::{self, Stream};
use serde::Serialize;
use tokio::sync::mpsc;

/// An answer of these rows.
pub(super) fn answer<T: Serialize>(rows: impl Stream<Item = T> + Send + 'static) -> Response {
    let lines = rows.map(|row| serde_json::to_string(&row).unwrap_or_default() + "\n");
    let body = Body::from_stream(lines.map(Ok::<_, Infallible>));
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

/// What some work sends. The work is driven by whoever takes that; dropped, it is left where it is.
pub(super) fn driven<T, F: Future<Output = ()>>(
    work: impl FnOnce(mpsc::Sender<T>) -> F,
) -> impl Stream<Item = T> {
    let (sender, sent) = mpsc::channel(1);
    let work = stream::once(work(sender)).filter_map(|()| future::ready(None));
    let sent = stream::unfold(sent, |mut sent| async move { Some((sent.recv().await?, sent)) });
    stream::select(sent, work)
}
