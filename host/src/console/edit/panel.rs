//! The panel "Edit connector": what is filled in, and how it is shown.

use collector::sensitive::SensitiveString;
use maud::{Markup, html};
use serde::Deserialize;

use super::super::layout::{text, word};
use crate::access::Session;
use crate::connectors::{Application, Entry, New, Settings};

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
const STRATEGIES: [(&str, &str); 3] = [
    ("client_secret", "Client secret"),
    ("authorization_code", "A user signs in, in a browser that comes back here"),
    ("device_code", "A user signs in with a code, in a browser anywhere"),
];
const APPLICATIONS: [(&str, &str); 2] =
    [("microsoft_365", "Microsoft 365 (New Tenant)"), (AZURE_AD, "Microsoft Azure AD")];
const AZURE_AD: &str = "azure_ad";

/// What was filled in. Of the two applications, each has its own fields.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct FilledIn {
    application: String,
    source: String,
    name: String,
    tenant_id: String,
    tenant_name: String,
    client_id: String,
    strategy: String,
    client_secret: String,
    expires_at: String,
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

impl FilledIn {
    /// Of a connector that is to be made.
    pub(super) fn empty(application: String, connector_tenant: String) -> Self {
        Self { application, connector_tenant, start: "24h".to_owned(), ..Self::default() }.with_kinds(None)
    }

    /// Of one that is there. Its secret is shown to nobody.
    pub(super) fn of(name: String, application: Application, settings: Settings) -> Self {
        let application = match application {
            Application::Microsoft365 => APPLICATIONS[0].0.to_owned(),
            Application::AzureAd => AZURE_AD.to_owned(),
        };
        Self {
            application,
            name,
            tenant_id: settings.tenant_id.unwrap_or_default(),
            tenant_name: settings.tenant_name.unwrap_or_default(),
            client_id: settings.client_id.unwrap_or_default(),
            strategy: settings.strategy.unwrap_or_default(),
            expires_at: settings.expires_at.unwrap_or_default(),
            cloud: settings.cloud.unwrap_or_default(),
            login_endpoint: settings.login_endpoint.unwrap_or_default(),
            graph_endpoint: settings.graph_endpoint.unwrap_or_default(),
            connector_tenant: settings.connector_tenant.unwrap_or_default(),
            start: settings.start.unwrap_or_default(),
            ..Self::default()
        }
        .with_kinds(settings.sign_in_event_types.as_deref())
    }

    /// With these kinds checked; all, where nobody says.
    fn with_kinds(self, kinds: Option<&[String]>) -> Self {
        let is_read = |kind: &str| kinds.is_none_or(|kinds| kinds.iter().any(|read| read == kind));
        let [interactive_user, non_interactive_user, service_principal, managed_identity] =
            KINDS.map(|(kind, _)| is_read(kind).then(String::new));
        Self { interactive_user, non_interactive_user, service_principal, managed_identity, ..self }
    }

    fn is_child(&self) -> bool {
        self.application == AZURE_AD
    }

    fn chosen(&self) -> [bool; 4] {
        [&self.interactive_user, &self.non_interactive_user, &self.service_principal, &self.managed_identity]
            .map(Option::is_some)
    }

    pub(super) fn name(&self) -> &str {
        self.name.trim()
    }

    /// The secret, if one was entered.
    pub(super) fn secret(&self) -> Option<SensitiveString> {
        let entered =
            Some(self.client_secret.as_str()).filter(|secret| !secret.is_empty() && !self.is_child());
        entered.map(SensitiveString::from)
    }

    /// What is asked for.
    pub(super) fn new_connector(&self) -> New {
        let source = Some(self.source.trim()).filter(|source| !source.is_empty()).map(str::to_owned);
        let (application, settings) = if self.is_child() {
            (Application::AzureAd, self.of_child())
        } else {
            (Application::Microsoft365, self.of_parent())
        };
        New { application, name: self.name().to_owned(), source, settings }
    }

    fn of_child(&self) -> Settings {
        let chosen = KINDS.iter().zip(self.chosen()).filter(|(_, chosen)| *chosen);
        Settings {
            connector_tenant: Some(self.connector_tenant.clone()),
            sign_in_event_types: Some(chosen.map(|((kind, _), _)| (*kind).to_owned()).collect()),
            start: Some(self.start.clone()),
            ..Settings::default()
        }
    }

    fn of_parent(&self) -> Settings {
        Settings {
            tenant_id: Some(self.tenant_id.clone()),
            tenant_name: Some(self.tenant_name.clone()),
            client_id: Some(self.client_id.clone()),
            strategy: Some(self.strategy.clone()).filter(|strategy| !strategy.is_empty()),
            expires_at: Some(self.expires_at.clone()),
            cloud: Some(self.cloud.clone()),
            login_endpoint: Some(self.login_endpoint.clone()),
            graph_endpoint: Some(self.graph_endpoint.clone()),
            ..Settings::default()
        }
    }
}

/// The panel, as it stands on a page.
pub(super) struct Panel<'a> {
    pub(super) session: &'a Session,
    pub(super) filled_in: &'a FilledIn,
    pub(super) entries: &'a [Entry],
    pub(super) problem: Option<&'a str>,
    /// Whether the connector is to be made; else its name and application stay.
    pub(super) is_new: bool,
}

impl Panel<'_> {
    pub(super) fn show(&self) -> Markup {
        let Self { session, filled_in, is_new, .. } = self;
        let action = if *is_new { "/connectors/new" } else { "/connectors/edit" };
        html! {
            @if let Some(problem) = self.problem { (super::notice(problem)) }
            section.card aria-labelledby="edit" {
                h2 #edit { "Edit connector" }
                (self.application())
                form method="post" action=(action) {
                    (word(session))
                    input type="hidden" name="application" value=(filled_in.application);
                    @if filled_in.is_child() { (self.connector_tenant()) }
                    (self.name())
                    div.field { label for="permissions" { "Permissions" } select #permissions disabled { option { "Read" } } }
                    @if filled_in.is_child() { (self.of_child()) } @else { (self.of_parent()) }
                    @if *is_new {
                        (field("source", "Source", &filled_in.source, "text", false, "Id of the source in the configuration; empty where there is one alone."))
                    }
                    button type="submit" { "Save" } " " a.button.plain href="/" { "Cancel" }
                    p.hint { "Next: Authorize." }
                }
            }
        }
    }

    /// What it is for. Choosing loads the other fields: by a script, else by a button.
    fn application(&self) -> Markup {
        let is_child = self.filled_in.is_child();
        let options = html! {
            @for (value, name) in APPLICATIONS { option value=(value) selected[(value == AZURE_AD) == is_child] { (name) } }
        };
        html! {
            @if self.is_new {
                form method="get" action="/connectors/new" hx-get="/connectors/new" hx-trigger="change" hx-select="#content" hx-target="#content" hx-swap="outerHTML" {
                    div.field { label for="application" { "SaaS application" } select #application name="application" { (options) } }
                    noscript { button.plain type="submit" { "Choose" } }
                }
            } @else {
                div.field { label for="application" { "SaaS application" } select #application disabled { (options) } }
            }
        }
    }

    fn name(&self) -> Markup {
        let name = &self.filled_in.name;
        html! {
            @if self.is_new {
                (field("name", "Connector name", name, "text", true, "Letters, digits, - and _; its file has the same name."))
            } @else {
                input type="hidden" name="name" value=(name);
                div.field { label for="shown-name" { "Connector name" } input #shown-name value=(text(name)) disabled; }
            }
        }
    }

    fn connector_tenant(&self) -> Markup {
        let is_parent =
            |entry: &&Entry| entry.application == Some(Application::Microsoft365) && entry.is_used;
        let parents: Vec<_> = self.entries.iter().filter(is_parent).collect();
        html! {
            div.field {
                label for="connector_tenant" { "Connector tenant" }
                select #connector_tenant name="connector_tenant" required {
                    @for parent in &parents {
                        option value=(parent.name) selected[self.filled_in.connector_tenant == parent.name] { (text(&parent.name)) }
                    }
                }
                @if parents.is_empty() { p.hint { "Make a Microsoft 365 connector first: " a href="/connectors/new" { "New" } } }
            }
        }
    }

    fn of_parent(&self) -> Markup {
        let filled_in = self.filled_in;
        let secret = if self.is_new {
            "Its value, not its ID. It is kept encrypted and never shown. None where a user signs in, unless the app is registered for the web."
        } else {
            "Empty: the one that is kept stays. Another tenant, app, endpoint or credential clears it, so enter it then."
        };
        html! {
            (field("tenant_id", "Tenant", &filled_in.tenant_id, "text", true, "The tenant's GUID or a verified domain."))
            (field("client_id", "Application (client) ID", &filled_in.client_id, "text", true, "GUID of the app registration."))
            (choice("strategy", "Credential", &STRATEGIES, &filled_in.strategy))
            // Never filled in again: what was entered is not shown to anybody.
            (field("client_secret", "Client secret", "", "password", false, secret))
            (field("expires_at", "The secret expires", &filled_in.expires_at, "text", false, "A day such as 2027-12-31, or empty; it is warned of."))
            (choice("cloud", "Cloud", &CLOUDS, &filled_in.cloud))
            details {
                summary { "More" }
                (field("tenant_name", "Tenant's name", &filled_in.tenant_name, "text", false, "In events; empty: it is looked up."))
                (field("login_endpoint", "Identity platform", &filled_in.login_endpoint, "url", false, "Instead of the cloud's, for a test or a gateway."))
                (field("graph_endpoint", "Microsoft Graph", &filled_in.graph_endpoint, "url", false, "The same."))
            }
        }
    }

    fn of_child(&self) -> Markup {
        html! {
            fieldset.field {
                legend { "Sign-ins" }
                @for ((kind, name), chosen) in KINDS.iter().zip(self.filled_in.chosen()) {
                    div { input type="checkbox" id=(kind) name=(kind) checked[chosen]; " " label.beside for=(kind) { (name) } }
                }
            }
            (field("start", "Begin", &self.filled_in.start, "text", false, "now, an age such as 24h or 30d, or a time."))
        }
    }
}

fn choice(name: &str, label: &str, choices: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        div.field {
            label for=(name) { (label) }
            select id=(name) name=(name) { @for (value, shown) in choices { option value=(value) selected[chosen == *value] { (shown) } } }
        }
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
