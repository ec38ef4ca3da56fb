//! Queries of the sign-in log, as URLs.

use jiff::Timestamp;
use url::{Url, form_urlencoded};

use crate::config::SignInEventType;

#[cfg(test)]
mod tests;

/// Which sign-ins to list: `GET /beta/auditLogs/signIns`, oldest first. v1.0 knows no `signInEventTypes`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignInQuery {
    /// The kinds. Without any, Graph lists interactive ones alone.
    pub kinds: Vec<SignInEventType>,
    /// The first second since 1970, inclusive.
    pub from: i64,
    /// The last second, inclusive: Graph documents `ge` and `le` alone.
    pub to: i64,
    /// OData, and-ed to ours.
    pub filter: Option<String>,
    /// Records per page, 1 to 1,000.
    pub top: u16,
    /// Whether records need no more than id and time.
    pub ids_alone: bool,
    /// Whether the answer should say how many there are on all pages.
    pub count: bool,
}

impl SignInQuery {
    pub(super) fn url(&self, sign_ins: &Url) -> Url {
        let mut url = sign_ins.clone();
        let filter = encoded(&self.filter());
        let select = if self.ids_alone { "&$select=id,createdDateTime" } else { "" };
        let count = if self.count { "&$count=true" } else { "" };
        url.set_query(Some(&format!(
            "$filter={filter}&$orderby={}&$top={}{select}{count}",
            encoded("createdDateTime asc"),
            self.top
        )));
        url
    }

    fn filter(&self) -> String {
        let mut clauses = vec![
            format!("createdDateTime ge {}", literal(self.from)),
            format!("createdDateTime le {}", literal(self.to)),
        ];
        if !self.kinds.is_empty() {
            let kinds: Vec<String> = self.kinds.iter().map(|kind| format!("t eq '{kind}'")).collect();
            clauses.push(format!("signInEventTypes/any(t: {})", kinds.join(" or ")));
        }
        let extra = self.filter.as_deref().map(str::trim).filter(|extra| !extra.is_empty());
        clauses.extend(extra.map(|extra| format!("({extra})")));
        clauses.join(" and ")
    }
}

/// A time as OData has it: unquoted. Graph calls a quoted one an invalid filter.
fn literal(second: i64) -> String {
    let second = Timestamp::from_second(second).unwrap_or(Timestamp::UNIX_EPOCH);
    second.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Percent-encoded; a space as `%20`, which means the same everywhere.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}
