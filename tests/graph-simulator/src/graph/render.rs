//! Pages as bytes.

use std::io::Write as _;

use serde_json::Value;
use url::form_urlencoded;

use super::Version;
use super::page::{NextLink, Page, PageToken, Place};
use super::query::ListQuery;
use super::shape::{shaped, use_unknown_values};
use crate::faults::LinkPart;
use crate::server::Shared;
use crate::sign_ins::Entry;
use crate::sign_ins::log::SignInLog;
use crate::tenant::Tenant;
use crate::wire::Incoming;

/// Bytes to expect of a record.
const TYPICAL_RECORD: usize = 4096;

/// Whether the request takes enum members that are newer than `unknownFutureValue`.
pub(super) fn knows_newer_members(request: &Incoming) -> bool {
    request.headers.get_all("prefer").iter().any(|value| {
        value.to_str().is_ok_and(|value| value.split(',').any(|p| p.trim() == "include-unknown-enum-members"))
    })
}

/// The JSON of a page.
pub(super) fn page(
    tenant: &Tenant,
    log: &SignInLog,
    query: &ListQuery,
    page: &Page,
    request: &Incoming,
    shared: &Shared,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(512 + page.entries.len() * TYPICAL_RECORD);
    let version = query.version.as_str();
    // Writing to a vector cannot fail.
    drop(write!(out, r#"{{"@odata.context":"{}/{version}/$metadata#auditLogs/signIns""#, request.origin()));
    if let Some(count) = page.count {
        drop(write!(out, r#","@odata.count":{count}"#));
    }
    if let Some(next) = page.next {
        drop(write!(out, r#","@odata.nextLink":{}"#, Value::String(link(next, query, request, shared))));
    }
    out.extend_from_slice(br#","value":["#);
    let reader = Reader::new(tenant, log, query, page, request);
    let mut separator: &[u8] = b"";
    for extra in &page.extras {
        out.extend_from_slice(separator);
        out.extend_from_slice(extra.as_bytes());
        separator = b",";
    }
    for entry in &page.entries {
        out.extend_from_slice(separator);
        reader.write(&mut out, entry);
        separator = b",";
    }
    out.extend_from_slice(b"]}");
    out
}

/// Writes records for one request.
struct Reader<'a> {
    tenant: &'a Tenant,
    log: &'a SignInLog,
    query: &'a ListQuery,
    page: &'a Page,
    request: &'a Incoming,
    policies: bool,
    knows_newer_members: bool,
    /// Records go out as the generator writes them.
    plain: bool,
}

impl<'a> Reader<'a> {
    fn new(
        tenant: &'a Tenant,
        log: &'a SignInLog,
        query: &'a ListQuery,
        page: &'a Page,
        request: &'a Incoming,
    ) -> Self {
        let knows_newer_members = knows_newer_members(request);
        let plain = knows_newer_members
            && query.version == Version::Beta
            && query.select.is_none()
            && !page.decoration.unknown_enum_values;
        Self {
            tenant,
            log,
            query,
            page,
            request,
            policies: tenant.shows_policies(),
            knows_newer_members,
            plain,
        }
    }

    fn write(&self, out: &mut Vec<u8>, entry: &Entry) {
        if self.plain && self.log.special(entry.seq).is_none() {
            let view = self.tenant.view(entry, self.request.now, self.policies);
            self.tenant.write_plain(out, entry, view);
        } else {
            let mut record = self.tenant.record(self.log, entry, self.request.now, self.policies);
            if self.page.decoration.unknown_enum_values {
                use_unknown_values(&mut record);
            }
            let select = self.query.select.as_deref();
            let record = shaped(record, self.query.version, self.knows_newer_members, select);
            out.extend_from_slice(Value::Object(record).to_string().as_bytes());
        }
        self.decorate(out);
    }

    /// Adds members at the end of the object that was just written.
    fn decorate(&self, out: &mut Vec<u8>) {
        let decoration = self.page.decoration;
        if !decoration.unknown_fields && decoration.padding_kibibytes == 0 {
            return;
        }
        out.pop();
        if decoration.unknown_fields {
            out.extend_from_slice(
                br#","futureProperty":{"a":[1,{"b":null}],"c":"\"}]"},"futureList":[[],{}]"#,
            );
        }
        if decoration.padding_kibibytes > 0 {
            out.extend_from_slice(br#","padding":""#);
            out.resize(out.len() + decoration.padding_kibibytes * 1024, b'x');
            out.push(b'"');
        }
        out.push(b'}');
    }
}

fn link(next: NextLink, query: &ListQuery, request: &Incoming, shared: &Shared) -> String {
    let origin = request.origin();
    let path = format!("/{}/auditLogs/signIns", query.version.as_str());
    let to = |origin: &str, path: &str, after: Place| {
        let token = PageToken { after, issued: shared.clock.elapsed(), query: query.fingerprint() }.encode();
        let mut options = form_urlencoded::Serializer::new(String::new());
        options.extend_pairs(&query.carried).append_pair("$skiptoken", &token);
        format!("{origin}{path}?{}", options.finish())
    };
    match next {
        NextLink::After(place) => to(&origin, &path, place),
        NextLink::Same => format!("{origin}{path}?{}", request.query),
        NextLink::Foreign(LinkPart::Host, place) => to("http://graph.example.net", &path, place),
        NextLink::Foreign(LinkPart::Port, place) => {
            let host = origin.rsplit_once(':').map_or(origin.as_str(), |(host, _)| host);
            to(&format!("{host}:9"), &path, place)
        }
        NextLink::Foreign(LinkPart::Scheme, place) => {
            to(&origin.replacen("http:", "https:", 1), &path, place)
        }
        NextLink::Foreign(LinkPart::Path, place) => to(&origin, "/beta/users", place),
        NextLink::Foreign(LinkPart::Garbage, _) => "::not a url::".to_owned(),
    }
}
