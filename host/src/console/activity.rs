//! Cloud Activity: sign-ins over time and by what they have in common, each number with the events that it counts.

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use url::form_urlencoded;

use super::layout::{Place, number, text};
use super::{moment, whole};
use crate::access::Caller;
use crate::activity::{self, Dashboard, Dimension, Row, Slot};
use crate::api::ApiState;

/// Times that can be chosen: hours, and what people call them.
const RANGES: [(i64, &str); 5] = [
    (6, "Last 6 hours"),
    (24, "Last 24 hours"),
    (72, "Last 3 days"),
    (168, "Last 7 days"),
    (720, "Last 30 days"),
];
const HOUR: i64 = 3_600;
/// Counts are kept for so long.
const LONGEST: i64 = 31 * 24 * HOUR;
/// Kinds of sign-in, as events and as people call them; the first is the default.
const KINDS: [(&str, &str); 5] = [
    ("interactiveUser", "Interactive user"),
    ("nonInteractiveUser", "Non-interactive user"),
    ("servicePrincipal", "Service principal"),
    ("managedIdentity", "Managed identity"),
    ("all", "All"),
];

/// What was chosen.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Chosen {
    pub(super) hours: i64,
    /// Instead of the last hours: from when, and until when.
    pub(super) from: String,
    pub(super) to: String,
    pub(super) tenant: String,
    pub(super) kind: String,
}

impl Default for Chosen {
    fn default() -> Self {
        let (from, to, tenant) = (String::new(), String::new(), String::new());
        Self { hours: 24, from, to, tenant, kind: KINDS[0].0.to_owned() }
    }
}

impl Chosen {
    fn hours(&self) -> i64 {
        RANGES.iter().find(|(hours, _)| *hours == self.hours).map_or(24, |(hours, _)| *hours)
    }

    pub(super) fn query(&self, now: Timestamp) -> activity::Query {
        let latest = now.as_second() + 1;
        let to = moment::parse(&self.to).map_or(latest, |to| to.clamp(LONGEST, latest));
        let from = moment::parse(&self.from).unwrap_or_else(|| to - self.hours() * HOUR);
        let said =
            |text: &str| Some(text).filter(|text| !text.is_empty() && *text != "all").map(str::to_owned);
        activity::Query {
            // No time is longer than what is counted, whatever an address says.
            from: from.clamp(to - LONGEST, to - 1),
            to,
            tenant: said(&self.tenant),
            kind: said(&self.kind),
        }
    }
}

/// The page.
pub(super) async fn page(
    State(state): State<ApiState>,
    Extension(caller): Extension<Caller>,
    Query(chosen): Query<Chosen>,
) -> Response {
    let now = state.overview.now();
    let query = chosen.query(now);
    let dashboard = match state.overview.activity() {
        Some(activity) => activity.dashboard(query.clone()).await.map_err(|error| error.to_string()),
        None => Err("Sign-ins are not counted yet.".to_owned()),
    };
    let content = match dashboard {
        Ok(dashboard) => content(&chosen, &query, &dashboard),
        Err(problem) => html! { div.notice.bad role="alert" { p { (text(&problem)) } } },
    };
    whole(&caller, Some(Place::Activity), "Cloud Activity", &content).into_response()
}

pub(super) fn content(chosen: &Chosen, query: &activity::Query, dashboard: &Dashboard) -> Markup {
    html! {
        (choice(chosen, dashboard))
        section.card aria-labelledby="over-time" {
            div.head {
                h2 #over-time { "Sign-in activity over time" }
                p {
                    a href=(events(query, &[])) { strong { (number(dashboard.sign_ins)) } " sign-ins" } ", "
                    a href=(events(query, &[("action", "Failed")])) { strong { (number(dashboard.failed)) } " failed" }
                }
            }
            (chart(dashboard))
        }
        div.grid {
            (table(query, dashboard, Dimension::Application, "Sign-ins by application", "Application"))
            (table(query, dashboard, Dimension::User, "Users with most failed sign-ins", "User"))
            (table(query, dashboard, Dimension::Country, "By country", "Country"))
            (table(query, dashboard, Dimension::Os, "By operating system", "Operating system"))
            (table(query, dashboard, Dimension::Browser, "By browser", "Browser"))
            (table(query, dashboard, Dimension::ClientClass, "By client", "Client"))
            (table(query, dashboard, Dimension::Risk, "By risk level", "Risk level"))
            (table(query, dashboard, Dimension::Compliant, "By compliant device", "Compliant"))
            (table(query, dashboard, Dimension::Managed, "By managed device", "Managed"))
            @if dashboard.by.contains_key(&Dimension::OutsideCato) {
                (table(query, dashboard, Dimension::OutsideCato, "Sign-ins outside of Cato", "Outside"))
            }
        }
    }
}

fn choice(chosen: &Chosen, dashboard: &Dashboard) -> Markup {
    html! {
        form.actions method="get" action="/activity" {
            div { label for="hours" { "Time" } select #hours name="hours" {
                @for (hours, name) in RANGES { option value=(hours) selected[hours == chosen.hours()] { (name) } }
            } }
            @for (name, label, chosen) in [("from", "or from (UTC)", &chosen.from), ("to", "until (UTC)", &chosen.to)] {
                div { label for=(name) { (label) } input id=(name) name=(name) type="datetime-local" value=(moment::field(moment::parse(chosen))); }
            }
            div { label for="tenant" { "Tenant" } select #tenant name="tenant" {
                option value="" { "All" }
                @for tenant in &dashboard.tenants { option value=(tenant.id) selected[tenant.id == chosen.tenant] { (text(&tenant.name)) } }
            } }
            div { label for="kind" { "Sign-in type" } select #kind name="kind" {
                @for (kind, name) in KINDS { option value=(kind) selected[kind == chosen.kind] { (name) } }
            } }
            button.end type="submit" { "Show" }
        }
    }
}

/// Where the events are that a number counts.
fn events(query: &activity::Query, fields: &[(&str, &str)]) -> String {
    let mut filter = form_urlencoded::Serializer::new(String::new());
    filter.append_pair("from", &(query.from.div_euclid(HOUR) * HOUR).to_string());
    filter.append_pair("to", &(((query.to - 1).div_euclid(HOUR) + 1) * HOUR).to_string());
    let own = [("tenant_id", query.tenant.as_deref()), ("sign_in_event_types", query.kind.as_deref())];
    let own = own.into_iter().filter_map(|(field, value)| Some((field, value?)));
    for (field, value) in own.chain(fields.iter().copied()) {
        filter.append_pair(field, value);
    }
    format!("/events?{}", filter.finish())
}

fn table(
    query: &activity::Query,
    dashboard: &Dashboard,
    dimension: Dimension,
    title: &str,
    heading: &str,
) -> Markup {
    let rows = dashboard.by.get(&dimension).map(Vec::as_slice).unwrap_or_default();
    let most = rows.iter().filter(|row| row.value.is_some()).map(|row| row.sign_ins).max().unwrap_or(1);
    let id = dimension.field();
    let with_tenants = dimension == Dimension::Application;
    let failed_alone = dimension == Dimension::User;
    html! {
        section.card aria-labelledby=(id) {
            h2 id=(id) { (title) }
            @if rows.is_empty() { p.quiet { "None in this time." } } @else {
                table {
                    thead { tr {
                        th scope="col" { (heading) }
                        @if !failed_alone { th.number scope="col" { "Sign-ins" } }
                        th.number scope="col" { "Failed" }
                        @if with_tenants { th.number scope="col" { "Tenants" } }
                    } }
                    tbody { @for row in rows { (self::row(query, dimension, row, most)) } }
                }
            }
        }
    }
}

fn row(query: &activity::Query, dimension: Dimension, row: &Row, most: u64) -> Markup {
    let shown = row.value.as_deref().map_or_else(|| "others".to_owned(), text);
    // Of others nobody can say which they are.
    let linked = |count: u64, fields: &[(&str, &str)]| {
        html! {
            @match &row.value {
                Some(value) if count > 0 => {
                    @let fields: Vec<_> = std::iter::once((dimension.field(), value.as_str())).chain(fields.iter().copied()).collect();
                    a href=(events(query, &fields)) { (number(count)) }
                }
                _ => (number(count)),
            }
        }
    };
    html! {
        tr {
            th scope="row" { (shown) @if row.value.is_some() { (bar(row.sign_ins, row.failed, most)) } }
            @if dimension != Dimension::User { td.number { (linked(row.sign_ins, &[])) } }
            td.number { (linked(row.failed, &[("action", "Failed")])) }
            @if dimension == Dimension::Application { td.number { (row.tenants) } }
        }
    }
}

/// A bar beside a number that says the same.
fn bar(sign_ins: u64, failed: u64, most: u64) -> Markup {
    let width = |count: u64| (count.saturating_mul(1_000) / most.max(1)).to_string();
    html! {
        svg.bar viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.all width=(width(sign_ins)) height="8" {}
            rect.failed width=(width(failed)) height="8" {}
        }
    }
}

const HEIGHT: u64 = 200;

/// Bars over time; the same numbers stand in a table below, for who does not see them.
fn chart(dashboard: &Dashboard) -> Markup {
    let bars = dashboard.over_time.len().max(1);
    let most = dashboard.over_time.iter().map(|slot| slot.sign_ins).max().unwrap_or(0).max(1);
    let label = format!("{} sign-ins, {} of them failed, over time", dashboard.sign_ins, dashboard.failed);
    let step = 1_000 / bars;
    html! {
        svg.chart viewBox={ "0 0 " (step * bars) " " (HEIGHT) } preserveAspectRatio="none" role="img" aria-label=(label) {
            @for (index, slot) in dashboard.over_time.iter().enumerate() { (column(slot, index * step, step, most)) }
        }
        p.quiet.small.ends {
            @if let (Some(first), Some(last)) = (dashboard.over_time.first(), dashboard.over_time.last()) {
                span { (moment(first.from)) } span { "at most " (number(most)) " in " (super::layout::lasting(jiff::SignedDuration::from_secs(dashboard.slot_secs))) } span { (moment(last.from + dashboard.slot_secs)) }
            }
        }
        details {
            summary { "As a table" }
            div.wide { table {
                thead { tr { th scope="col" { "From" } th.number scope="col" { "Sign-ins" } th.number scope="col" { "Failed" } } }
                tbody { @for slot in dashboard.over_time.iter().filter(|slot| slot.sign_ins > 0) { tr {
                    th scope="row" { (moment(slot.from)) } td.number { (number(slot.sign_ins)) } td.number { (number(slot.failed)) }
                } } }
            } }
        }
    }
}

fn column(slot: &Slot, x: usize, step: usize, most: u64) -> Markup {
    let height = |count: u64| count * HEIGHT / most;
    let (all, failed) = (height(slot.sign_ins), height(slot.failed));
    let width = step.saturating_sub(step / 6).max(1);
    html! {
        g {
            title { (moment(slot.from)) ": " (slot.sign_ins) " sign-ins, " (slot.failed) " failed" }
            rect.all x=(x) y=(HEIGHT - all) width=(width) height=(all) {}
            rect.failed x=(x) y=(HEIGHT - failed) width=(width) height=(failed) {}
        }
    }
}

fn moment(second: i64) -> Markup {
    let at = Timestamp::from_second(second).unwrap_or_default();
    html! { time datetime=(at) { (PreEscaped(at.strftime("%Y-%m-%d %H:%M UTC").to_string())) } }
}
