//! The `request` table.

use std::time::Duration;

use collector::settings::{Key, Reader, Setting};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::sinks::retry::{self, RetryPolicy};

/// Keys of the `request` table.
pub(crate) const KEYS: &[Key] = &[
    Key { name: "timeout_secs", doc: "Longest wait for a receiver's answer, in seconds. Default: 60." },
    retry::KEYS[0],
    retry::KEYS[1],
    Key { name: "headers", doc: "More headers of every request, as a table." },
];

/// The checked `request` table. Header values are marked as sensitive: they may be keys.
#[derive(Clone, Debug)]
pub(crate) struct RequestOptions {
    /// Longest wait for an answer.
    pub(crate) timeout: Duration,
    /// Waits between attempts.
    pub(crate) retry: RetryPolicy,
    /// More headers.
    pub(crate) headers: HeaderMap,
}

impl RequestOptions {
    /// Reads the table under `request`; `reserved` headers are set by the sink and cannot be given.
    pub(crate) fn read(sink: &Reader<'_>, reserved: &[HeaderName]) -> Self {
        let default = Self {
            timeout: Duration::from_mins(1),
            retry: RetryPolicy::default(),
            headers: HeaderMap::new(),
        };
        let Some(reader) = sink.table("request", KEYS) else { return default };
        Self {
            timeout: reader
                .number("timeout_secs", 0.1..=3600.0)
                .map_or(default.timeout, Duration::from_secs_f64),
            retry: RetryPolicy::read(&reader),
            headers: headers(&reader, reserved),
        }
    }
}

fn headers(reader: &Reader<'_>, reserved: &[HeaderName]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let Some(table) = reader.raw_table("headers") else {
        if reader.has("headers") {
            reader.problem("headers", "is no table", Some("write a table of names and values".to_owned()));
        }
        return headers;
    };
    for (name, value) in &table.entries {
        let key = format!("headers.{name}");
        let Ok(header) = HeaderName::try_from(name) else {
            reader.problem(
                &key,
                "is no name of a header",
                Some("use letters, digits and - alone".to_owned()),
            );
            continue;
        };
        if reserved.contains(&header) {
            reader.problem(&key, "is set by the sink", Some("remove it".to_owned()));
            continue;
        }
        let Setting::String(text) = &value.setting else {
            reader.problem(&key, format!("is {}", value.setting.kind()), Some("write a string".to_owned()));
            continue;
        };
        let Ok(mut value) = HeaderValue::try_from(text) else {
            let fix = "leave out line breaks and other control characters";
            reader.problem(&key, "has characters that a header cannot hold", Some(fix.to_owned()));
            continue;
        };
        value.set_sensitive(true);
        headers.insert(header, value);
    }
    headers
}
