//! The query options of the list of sign-ins.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use url::form_urlencoded;

use super::Version;
use super::errors::GraphError;
use super::filter::Filter;
use super::page::{PageToken, Place};
use crate::clock::{Nanos, span};
use crate::server::Shared;
use crate::sign_ins::SignInKind;
use crate::wire::Incoming;

/// The largest page.
pub(crate) const MAX_PAGE: usize = 1000;

/// A list request, checked.
#[derive(Debug)]
pub(crate) struct ListQuery {
    pub(crate) version: Version,
    pub(crate) filter: Option<Filter>,
    pub(crate) ascending: bool,
    pub(crate) top: usize,
    pub(crate) count: bool,
    pub(crate) select: Option<Vec<String>>,
    /// Where the page begins: behind this record.
    pub(crate) after: Option<Place>,
    /// The other options as sent, which a next link repeats.
    pub(crate) carried: Vec<(String, String)>,
}

/// Whether the raw query has a `$skiptoken`.
pub(crate) fn has_skiptoken(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| is_skiptoken(&name))
}

/// The first and the last instant that the raw query asks for.
pub(crate) fn asked_range(query: &str) -> (Nanos, Nanos) {
    let filter = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "$filter");
    let filter = filter.and_then(|(_, filter)| Filter::parse(&filter).ok());
    filter.map_or((Nanos::MIN, Nanos::MAX), |filter| filter.range())
}

fn is_skiptoken(name: &str) -> bool {
    name.eq_ignore_ascii_case("$skiptoken")
}

impl ListQuery {
    pub(crate) fn parse(version: Version, request: &Incoming, shared: &Shared) -> Result<Self, GraphError> {
        let (token, carried): (Vec<_>, Vec<_>) = form_urlencoded::parse(request.query.as_bytes())
            .into_owned()
            .partition(|(name, _)| is_skiptoken(name));
        let mut query = Self {
            version,
            filter: None,
            ascending: false,
            top: MAX_PAGE,
            count: false,
            select: None,
            after: None,
            carried,
        };
        for (name, value) in query.carried.clone() {
            query.option(&name, &value)?;
        }
        query.check_filter(request.now, shared.oldest)?;
        if let Some((_, token)) = token.first() {
            let token = PageToken::decode(token).ok_or_else(GraphError::invalid_skiptoken)?;
            let age = shared.clock.elapsed().saturating_sub(token.issued);
            if token.query != query.fingerprint() || shared.skiptoken_life.is_some_and(|life| age > life) {
                return Err(GraphError::invalid_skiptoken());
            }
            query.after = Some(token.after);
        }
        Ok(query)
    }

    fn option(&mut self, name: &str, value: &str) -> Result<(), GraphError> {
        match name {
            "$filter" => self.filter = Some(Filter::parse(value)?),
            "$orderby" => self.ascending = ascending(value)?,
            "$top" => self.top = page_size(value)?,
            "$count" => self.count = value == "true",
            "$select" => self.select = Some(value.split(',').map(|name| name.trim().to_owned()).collect()),
            "$skip" => {
                return Err(GraphError::bad_request(
                    "Query option 'Skip' is not allowed. To allow it, set the 'AllowedQueryOptions' property on EnableQueryAttribute or QueryValidationSettings.",
                ));
            }
            name if name.starts_with('$') => {
                return Err(GraphError::bad_request(format!(
                    "The query parameter '{name}' is not supported."
                )));
            }
            _ => {}
        }
        Ok(())
    }

    fn check_filter(&self, now: Nanos, oldest: Duration) -> Result<(), GraphError> {
        let Some(filter) = &self.filter else { return Ok(()) };
        let too_old = filter.oldest_bound().is_some_and(|at| at < now.saturating_sub(span(oldest)));
        if too_old || (self.version == Version::V1 && filter.names_kinds()) {
            return Err(GraphError::invalid_filter());
        }
        Ok(())
    }

    /// Whether sign-ins of this kind can be in the answer; the filter still has its say.
    pub(crate) fn matches_kind(&self, kind: SignInKind) -> bool {
        self.filter.as_ref().is_some_and(Filter::names_kinds) || kind == SignInKind::InteractiveUser
    }

    /// Stands for all options but the place: a token is good only for the query it was made for.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.version.as_str().hash(&mut hasher);
        self.carried.hash(&mut hasher);
        hasher.finish()
    }
}

fn ascending(value: &str) -> Result<bool, GraphError> {
    match value.split_whitespace().collect::<Vec<_>>().as_slice() {
        ["createdDateTime"] | ["createdDateTime", "asc"] => Ok(true),
        ["createdDateTime", "desc"] => Ok(false),
        _ => Err(GraphError::bad_request(format!("Invalid orderby clause '{value}'."))),
    }
}

/// More than the maximum is the maximum.
fn page_size(value: &str) -> Result<usize, GraphError> {
    match value.parse::<usize>() {
        Ok(top) if top >= 1 => Ok(top.min(MAX_PAGE)),
        _ => Err(GraphError::bad_request(format!(
            "Invalid value '{value}' for $top query option found. The $top query option requires a positive integer value."
        ))),
    }
}
