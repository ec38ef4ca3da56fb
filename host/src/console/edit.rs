//! Making and removing connectors: the panel "Edit connector".

use std::sync::Arc;

use axum::Extension;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use collector::health::ConnectorReport;
use collector::sensitive::SensitiveString;
use maud::{Markup, html};
use serde::Deserialize;

use super::layout::{Place, text, word};
use super::{Console, whole};
use crate::access::form::Form;
use crate::access::guard::LOG_IN;
use crate::access::{Caller, Session};
use crate::connectors::{Application, AzureAd, ConnectorError, Connectors, Entry, Microsoft365, New};

/// Kinds of sign-in, as the configuration and as people call them.
const KINDS: [(&str, &str); 4] = [
    ("interactiveUser", "Interactive user"),
    ("nonInteractiveUser", "Non-interactive user"),
    ("servicePrincipal", "Service principal"),
    ("managedIdentity", "Managed identity"),
];
const CLOUDS: [(&str, &str); 4] = [
    ("", "Global"),
    ("us_government", "US Government"),
    ("us_government_dod", "US Government (DoD)"),
    ("china", "China (21Vianet)"),
];

/// What was filled in. Of the two applications, each has its own fields.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct FilledIn {
    application: String,
    source: String,
    name: String,
    tenant_id: String,
    client_id: String,
    client_secret: String,
    cloud: String,
    login_endpoint: String,
    graph_endpoint: String,
    connector_tenant: String,
    start: String,
    #[serde(rename = "interactiveUser")]
    interactive_user: Option<String>,
    #[serde(rename = "nonInteractiveUser")]
    non_interactive_user: Option<String>,
    #[serde(rename = "servicePrincipal")]
    service_principal: Option<String>,
    #[serde(rename = "managedIdentity")]
    managed_identity: Option<String>,
}

/// Which panel, and below which parent.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    application: String,
    connector_tenant: String,
}

const AZURE_AD: &str = "azure_ad";

impl FilledIn {
    fn is_child(&self) -> bool {
        self.application == AZURE_AD
    }

    fn chosen(&self) -> [bool; 4] {
        [&self.interactive_user, &self.non_interactive_user, &self.service_principal, &self.managed_identity]
            .map(Option::is_some)
    }

    fn into_new(self) -> New {
        let said = |text: &str| Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
        let name = self.name.trim().to_owned();
        let source = said(&self.source);
        if self.is_child() {
            let chosen = KINDS.iter().zip(self.chosen()).filter(|(_, chosen)| *chosen);
            return New::AzureAd(AzureAd {
                name,
                source,
                connector_tenant: self.connector_tenant,
                sign_in_event_types: chosen.map(|((kind, _), _)| (*kind).to_owned()).collect(),
                start: said(&self.start),
                poll_interval_secs: None,
            });
        }
        New::Microsoft365(Box::new(Microsoft365 {
            name,
            source,
            tenant_id: self.tenant_id.trim().to_owned(),
            tenant_name: None,
            client_id: self.client_id.trim().to_owned(),
            cloud: said(&self.cloud),
            login_endpoint: said(&self.login_endpoint),
            graph_endpoint: said(&self.graph_endpoint),
            client_secret: Some(SensitiveString::from(self.client_secret)),
        }))
    }
}

/// Does something with the connectors where it may wait for the disk.
async fn with<T: Send + 'static>(
    console: &Arc<Console>,
    work: impl FnOnce(&Connectors) -> Result<T, ConnectorError> + Send + 'static,
) -> Result<T, String> {
    let console = Arc::clone(console);
    let done = tokio::task::spawn_blocking(move || match &console.connectors {
        Some(connectors) => work(connectors).map_err(|error| error.to_string()),
        None => Err("connectors cannot be changed here".to_owned()),
    });
    done.await.map_err(|error| error.to_string())?
}

/// Whether a connector was made here, and can be changed here.
pub(super) async fn is_editable(console: &Arc<Console>, report: &ConnectorReport) -> bool {
    let entries = with(console, Connectors::list).await.unwrap_or_default();
    let is_it =
        |entry: &Entry| entry.name == report.name && entry.application.to_string() == report.application;
    entries.iter().any(|entry| is_it(entry) && entry.is_editable)
}

/// The panel, empty.
pub(super) async fn panel(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Query(Wanted { application, connector_tenant }): Query<Wanted>,
) -> Response {
    let Caller::Browser(session) = &caller else {
        return Redirect::to(&format!("{LOG_IN}?next=/connectors/new")).into_response();
    };
    let filled_in = FilledIn {
        application,
        connector_tenant,
        start: "24h".to_owned(),
        interactive_user: Some(String::new()),
        non_interactive_user: Some(String::new()),
        service_principal: Some(String::new()),
        managed_identity: Some(String::new()),
        ..FilledIn::default()
    };
    let entries = with(&console, Connectors::list).await;
    let content = match entries {
        Ok(entries) => form(session, &filled_in, &entries, None),
        Err(problem) => html! { div.notice.bad role="alert" { pre { (crate::printable::lines(&problem)) } } },
    };
    whole(&caller, Some(Place::Integrations), "New connector", &content).into_response()
}

/// Makes it.
pub(super) async fn add(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Form(filled_in): Form<FilledIn>,
) -> Response {
    let Caller::Browser(session) = &caller else { return StatusCode::UNAUTHORIZED.into_response() };
    let new = filled_in.clone().into_new();
    let Err(problem) = with(&console, move |connectors| connectors.add(&new)).await else {
        return Redirect::to("/").into_response();
    };
    let entries = with(&console, Connectors::list).await.unwrap_or_default();
    let content = form(session, &filled_in, &entries, Some(&problem));
    let page = whole(&caller, Some(Place::Integrations), "New connector", &content);
    (StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// Which connector.
#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
    #[serde(default)]
    client_secret: String,
}

/// Removes it.
pub(super) async fn remove(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Form(Named { name, .. }): Form<Named>,
) -> Response {
    done(&caller, with(&console, move |connectors| connectors.remove(&name).map(drop)).await)
}

/// Gives it another secret.
pub(super) async fn set_secret(
    Extension(console): Extension<Arc<Console>>,
    Extension(caller): Extension<Caller>,
    Form(Named { name, client_secret }): Form<Named>,
) -> Response {
    let secret = SensitiveString::from(client_secret);
    done(&caller, with(&console, move |connectors| connectors.set_secret(&name, &secret)).await)
}

fn done(caller: &Caller, outcome: Result<(), String>) -> Response {
    let Err(problem) = outcome else { return Redirect::to("/").into_response() };
    let content = html! {
        div.notice.bad role="alert" { pre { (crate::printable::lines(&problem)) } }
        p { a.button href="/" { "Integrations" } }
    };
    (StatusCode::CONFLICT, whole(caller, Some(Place::Integrations), "Nothing was changed", &content))
        .into_response()
}

fn form(session: &Session, filled_in: &FilledIn, entries: &[Entry], problem: Option<&str>) -> Markup {
    let is_child = filled_in.is_child();
    html! {
        nav.actions aria-label="Application" {
            a.button.plain href="/connectors/new" aria-current=[(!is_child).then_some("page")] { "Microsoft 365" }
            a.button.plain href="/connectors/new?application=azure_ad" aria-current=[is_child.then_some("page")] { "Microsoft Azure AD" }
        }
        @if let Some(problem) = problem { div.notice.bad role="alert" { pre { (crate::printable::lines(problem)) } } }
        section.card aria-labelledby="edit" {
            h2 #edit { "Edit connector: " @if is_child { "Microsoft Azure AD" } @else { "Microsoft 365" } }
            form method="post" action="/connectors/new" {
                (word(session))
                input type="hidden" name="application" value=(filled_in.application);
                (field("name", "Name", &filled_in.name, "text", true, "Letters, digits, - and _; its file has the same name."))
                @if is_child { (of_child(filled_in, entries)) } @else { (of_parent(filled_in)) }
                div.field { label for="permissions" { "Permissions" } select #permissions disabled { option { "Read" } } }
                (field("source", "Source", &filled_in.source, "text", false, "Id of the source in the configuration; empty where there is one alone."))
                button type="submit" { "Save" } " " a.button.plain href="/" { "Cancel" }
            }
        }
    }
}

fn of_parent(filled_in: &FilledIn) -> Markup {
    html! {
        (field("tenant_id", "Tenant", &filled_in.tenant_id, "text", true, "The tenant's GUID or a verified domain."))
        (field("client_id", "Application (client) ID", &filled_in.client_id, "text", true, "GUID of the app registration."))
        // Never filled in again: what was entered is not shown to anybody.
        (field("client_secret", "Client secret", "", "password", true, "Its value, not its ID. It is kept encrypted and never shown."))
        div.field {
            label for="cloud" { "Cloud" }
            select #cloud name="cloud" { @for (value, name) in CLOUDS { option value=(value) selected[filled_in.cloud == value] { (name) } } }
        }
        details {
            summary { "Other endpoints" }
            (field("login_endpoint", "Identity platform", &filled_in.login_endpoint, "url", false, "Instead of the cloud's, for a test or a gateway."))
            (field("graph_endpoint", "Microsoft Graph", &filled_in.graph_endpoint, "url", false, "The same."))
        }
    }
}

fn of_child(filled_in: &FilledIn, entries: &[Entry]) -> Markup {
    let parents: Vec<_> =
        entries.iter().filter(|entry| entry.application == Application::Microsoft365).collect();
    html! {
        div.field {
            label for="connector_tenant" { "Connector tenant" }
            select #connector_tenant name="connector_tenant" required {
                @for parent in &parents {
                    option value=(parent.name) selected[filled_in.connector_tenant == parent.name] { (text(&parent.name)) }
                }
            }
            @if parents.is_empty() { p.hint { "Make a Microsoft 365 connector first: " a href="/connectors/new" { "New" } } }
        }
        fieldset.field {
            legend { "Sign-ins" }
            @for ((kind, name), chosen) in KINDS.iter().zip(filled_in.chosen()) {
                div { input type="checkbox" id=(kind) name=(kind) checked[chosen]; " " label.beside for=(kind) { (name) } }
            }
        }
        (field("start", "Begin", &filled_in.start, "text", false, "now, an age such as 24h or 30d, or a time."))
    }
}

fn field(name: &str, label: &str, value: &str, kind: &str, required: bool, hint: &str) -> Markup {
    let hint_id = format!("{name}-hint");
    html! {
        div.field {
            label for=(name) { (label) }
            input id=(name) name=(name) type=(kind) value=(value) required[required] aria-describedby=(hint_id) autocomplete="off" spellcheck="false";
            p.hint id=(hint_id) { (hint) }
        }
    }
}
