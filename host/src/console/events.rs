//! Events of the journal, newest first: filtered by time and by any field, one of them in full, all of them as a file.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::stream;
use maud::{Markup, html};
use serde_json::Value;
use url::form_urlencoded;

use super::layout::{Place, text};
use super::{moment, whole};
use crate::access::Caller;
use crate::api::ApiState;
use crate::journal::{Journal, JournalError, StoredEvent};

#[cfg(test)]
mod tests;

/// Rows of a page.
const ROWS: usize = 50;
/// Events read from the journal at a time.
const READ: usize = 1_000;
/// Events looked at for one page, at most: then somebody has to want more.
const LOOKED_AT: usize = 50_000;
/// What a row shows.
const COLUMNS: [(&str, &str); 7] = [
    ("time_str", "Time"),
    ("user_name", "User"),
    ("application_name", "Application"),
    ("action", "Action"),
    ("src_country", "Country"),
    ("src_ip", "IP address"),
    ("tenant_name", "Tenant"),
];
/// Fields that can be filtered by in the form; any other can by its address.
const OFFERED: [(&str, &str); 4] = [
    ("user_name", "User"),
    ("application_name", "Application"),
    ("action", "Action"),
    ("src_ip", "IP address"),
];

/// Others that a browser suggests; an event may have more.
const FIELDS: [&str; 20] = [
    "event_sub_type",
    "sign_in_event_types",
    "tenant_id",
    "tenant_name",
    "connector_name",
    "src_country",
    "src_city",
    "os_type",
    "browser_type",
    "client_class",
    "risk_level",
    "authentication_type",
    "failure_reason",
    "resource_name",
    "application_id",
    "is_compliant",
    "is_managed",
    "vendor_device_name",
    "out_of_band_access",
    "vendor_event_id",
];

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// The first second since 1970.
    from: Option<i64>,
    /// The end.
    to: Option<i64>,
    /// Only events before this one.
    before: Option<u64>,
    /// Fields and their values.
    fields: Vec<(String, String)>,
}

impl Filter {
    fn of(query: Vec<(String, String)>) -> Self {
        let mut filter = Self::default();
        let (mut chosen, mut value_of_chosen) = (None, None);
        for (key, value) in query.into_iter().filter(|(_, value)| !value.is_empty()) {
            match key.as_str() {
                "from" => filter.from = moment::parse(&value),
                "to" => filter.to = moment::parse(&value),
                "before" => filter.before = value.parse().ok(),
                "field" => chosen = Some(value),
                "value" => value_of_chosen = Some(value),
                _ => filter.fields.push((key, value)),
            }
        }
        filter.fields.extend(chosen.zip(value_of_chosen));
        filter
    }

    fn value(&self, field: &str) -> &str {
        self.fields.iter().find(|(key, _)| key == field).map_or("", |(_, value)| value)
    }

    /// The address of the same, before this event.
    fn address(&self, page: &str, before: Option<u64>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let numbers = [("from", self.from), ("to", self.to), ("before", before.map(u64::cast_signed))];
        for (key, number) in numbers.into_iter().filter_map(|(key, number)| Some((key, number?))) {
            query.append_pair(key, &number.to_string());
        }
        query.extend_pairs(&self.fields);
        format!("{page}?{}", query.finish())
    }

    /// The event's fields, if it is looked for.
    fn matches(&self, event: &StoredEvent) -> Option<Value> {
        let second = event.timestamp.map(jiff::Timestamp::as_second);
        let is_in_time = self.from.is_none_or(|from| second.is_some_and(|at| at >= from))
            && self.to.is_none_or(|to| second.is_some_and(|at| at < to));
        if !is_in_time {
            return None;
        }
        let fields: Value = serde_json::from_slice(&event.json).ok()?;
        self.fields.iter().all(|(field, wanted)| is(fields.get(field), wanted)).then_some(fields)
    }
}

/// Whether a field has this value; a list, whether it holds it.
fn is(found: Option<&Value>, wanted: &str) -> bool {
    match found {
        Some(Value::Array(elements)) => elements.iter().any(|element| is(Some(element), wanted)),
        Some(Value::String(found)) => found == wanted,
        Some(Value::Bool(found)) => (if *found { "true" } else { "false" }) == wanted,
        Some(Value::Number(found)) => {
            wanted.parse::<serde_json::Number>().is_ok_and(|wanted| wanted == *found)
        }
        Some(Value::Null | Value::Object(_)) | None => false,
    }
}

/// Events that were found, newest first.
struct Found {
    events: Vec<(StoredEvent, Value)>,
    /// Where to go on; `None`: there are no older ones.
    rest: Option<u64>,
}

async fn find(journal: &Journal, filter: &Filter) -> Result<Found, JournalError> {
    let mut before = filter.before.unwrap_or(u64::MAX);
    let (mut events, mut looked_at) = (Vec::new(), 0);
    while looked_at < LOOKED_AT {
        let page = journal.before(before, READ).await?.events;
        looked_at += page.len();
        for event in page.into_iter().rev() {
            before = event.sequence;
            if let Some(fields) = filter.matches(&event) {
                events.push((event, fields));
                if events.len() == ROWS {
                    return Ok(Found { events, rest: Some(before) });
                }
            }
        }
        if journal.before(before, 1).await?.events.is_empty() {
            return Ok(Found { events, rest: None });
        }
    }
    Ok(Found { events, rest: Some(before) })
}

/// The page.
pub(super) async fn page(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let filter = Filter::of(query);
    let Some(journal) = state.overview.journal() else { return not_yet(&caller) };
    match find(&journal, &filter).await {
        Ok(found) => whole(&caller, Some(Place::Events), "Events", &content(&filter, &found)).into_response(),
        Err(error) => failed(&caller, &error),
    }
}

fn not_yet(caller: &Caller) -> Response {
    let content = html! { p { "The journal is not open yet." } };
    (StatusCode::SERVICE_UNAVAILABLE, whole(caller, Some(Place::Events), "Events", &content)).into_response()
}

fn failed(caller: &Caller, error: &JournalError) -> Response {
    let content = html! { div.notice.bad role="alert" { p { (text(&error.to_string())) } } };
    (StatusCode::INTERNAL_SERVER_ERROR, whole(caller, Some(Place::Events), "Events", &content))
        .into_response()
}

fn content(filter: &Filter, found: &Found) -> Markup {
    let offered = |field: &str| OFFERED.iter().any(|(name, _)| *name == field);
    html! {
        form.actions method="get" action="/events" {
            @for (field, name) in OFFERED {
                div { label for=(field) { (name) } input id=(field) name=(field) value=(filter.value(field)) autocomplete="off"; }
            }
            @for (field, value) in filter.fields.iter().filter(|(field, _)| !offered(field)) {
                div { label for=(field) { (text(field)) } input id=(field) name=(field) value=(value); }
            }
            div { label for="field" { "Other field" } input id="field" name="field" list="fields" autocomplete="off" spellcheck="false"; }
            div { label for="value" { "Its value" } input id="value" name="value" autocomplete="off"; }
            datalist #fields { @for field in FIELDS { option value=(field) {} } }
            @for (name, label, second) in [("from", "From (UTC)", filter.from), ("to", "Until (UTC)", filter.to)] {
                div { label for=(name) { (label) } input id=(name) name=(name) type="datetime-local" step="1" value=(moment::field(second)); }
            }
            button.end type="submit" { "Filter" }
            a.button.plain.end href=(filter.address("/events.ndjson", None)) download="sign-ins.ndjson" { "Download" }
        }
        section.card aria-labelledby="found" {
            h2 #found { "As they arrived, newest first" }
            @if found.events.is_empty() { p { "None found" @if found.rest.is_some() { " so far" } "." } } @else {
                table.stack {
                    thead { tr { @for (_, name) in COLUMNS { th scope="col" { (name) } } } }
                    tbody { @for (event, fields) in &found.events { (row(event, fields)) } }
                }
            }
        }
        @if let Some(rest) = found.rest { p { a.button href=(filter.address("/events", Some(rest))) { "Older" } } }
    }
}

fn row(event: &StoredEvent, fields: &Value) -> Markup {
    html! {
        tr { @for (field, name) in COLUMNS {
            @if field == "time_str" {
                th scope="row" { a.nowrap href={ "/event?at=" (event.sequence) } { (shown(fields.get(field))) } }
            } @else {
                td data-label=(name) { (shown(fields.get(field))) }
            }
        } }
    }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(string)) => text(string),
        Some(other) => text(&other.to_string()),
    }
}

/// One event.
#[derive(serde::Deserialize)]
pub(super) struct At {
    at: u64,
}

/// One event in full, with the record that it was made from.
pub(super) async fn one(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(At { at }): Query<At>,
) -> Response {
    let Some(journal) = state.overview.journal() else { return not_yet(&caller) };
    match journal.one(at).await {
        Ok(Some(event)) => whole(&caller, Some(Place::Events), "Event", &in_full(&event)).into_response(),
        Ok(None) => {
            let content =
                html! { p { "The journal keeps this event no longer. " a href="/events" { "Events" } } };
            (StatusCode::NOT_FOUND, whole(&caller, Some(Place::Events), "Event", &content)).into_response()
        }
        Err(error) => failed(&caller, &error),
    }
}

fn in_full(event: &StoredEvent) -> Markup {
    let fields: Value = serde_json::from_slice(&event.json).unwrap_or_default();
    let raw = event.raw.as_ref().and_then(|raw| serde_json::from_slice::<Value>(raw).ok());
    html! {
        section.card aria-labelledby="fields" {
            h2 #fields { "Fields" }
            dl { @for (field, value) in fields.as_object().into_iter().flatten() { dt { (text(field)) } dd { (shown(Some(value))) } } }
        }
        @if let Some(raw) = raw {
            section.card aria-labelledby="record" {
                h2 #record { "Microsoft's record" }
                pre tabindex="0" { (crate::printable::lines(&serde_json::to_string_pretty(&raw).unwrap_or_default())) }
            }
        }
    }
}

/// Everything that is found, newest first, one JSON object a line, as it is read.
pub(super) async fn download(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<Vec<(String, String)>>,
) -> Response {
    let filter = Arc::new(Filter::of(query));
    let Some(journal) = state.overview.journal() else { return not_yet(&caller) };
    let lines = stream::try_unfold((journal, u64::MAX), move |(journal, before)| {
        let filter = Arc::clone(&filter);
        async move {
            let page = journal.before(before, READ).await?.events;
            let Some(oldest) = page.first().map(|event| event.sequence) else { return Ok(None) };
            let mut lines = Vec::new();
            for event in page.iter().rev().filter(|event| filter.matches(event).is_some()) {
                lines.extend_from_slice(&event.json);
                lines.push(b'\n');
            }
            Ok::<_, JournalError>(Some((Bytes::from(lines), (journal, oldest))))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"sign-ins.ndjson\""),
    ];
    (headers, axum::body::Body::from_stream(lines)).into_response()
}
