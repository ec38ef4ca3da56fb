//! What Azure tells its workloads through environment variables, where the configuration is silent.

use collector::settings::{Setting, Spanned, Table};

/// The variable of this name.
pub(super) type Variable<'v> = dyn Fn(&str) -> Option<String> + 'v;

/// Hosts of identity platforms, each with the word of its cloud.
const AUTHORITIES: &[(&str, &str)] = &[
    ("login.microsoftonline.com", "global"),
    ("login.microsoftonline.us", "us_government"),
    ("login.chinacloudapi.cn", "china"),
    ("login.partner.microsoftonline.cn", "china"),
];

/// The source's table with what the environment adds to parent connectors, as if it had been written there.
pub(super) fn completed(source: &Table, variable: &Variable<'_>) -> Table {
    let mut source = source.clone();
    if let Some(parents) = source.entries.get_mut("microsoft_365")
        && let Setting::Array(parents) = &mut parents.setting
    {
        for parent in parents {
            if let Setting::Table(parent) = &mut parent.setting {
                complete(parent, variable);
            }
        }
    }
    source
}

fn complete(parent: &mut Table, variable: &Variable<'_>) {
    let Some(auth) = parent.entries.get_mut("auth").and_then(table) else { return };
    let mut workload_identity = complete_credential(auth, variable);
    if let Some(next) = auth.entries.get_mut("next").and_then(table) {
        workload_identity |= complete_credential(next, variable);
    }
    if workload_identity {
        app_and_tenant(parent, variable);
    }
}

/// Completes one credential; whether it is one of Azure Workload Identity.
fn complete_credential(auth: &mut Table, variable: &Variable<'_>) -> bool {
    let Some(Setting::String(strategy)) = auth.get("strategy").map(|strategy| &strategy.setting) else {
        return false;
    };
    match strategy.as_str() {
        "federated_token" => {
            add(auth, "token_file", variable("AZURE_FEDERATED_TOKEN_FILE"));
            return true;
        }
        "managed_identity" => identity_service(auth, variable),
        _ => {}
    }
    false
}

/// As the webhook of Azure Workload Identity sets them.
fn app_and_tenant(parent: &mut Table, variable: &Variable<'_>) {
    add(parent, "client_id", variable("AZURE_CLIENT_ID"));
    add(parent, "tenant_id", variable("AZURE_TENANT_ID"));
    if let Some(authority) = variable("AZURE_AUTHORITY_HOST")
        && parent.get("login_endpoint").is_none()
        && parent.get("cloud").is_none()
    {
        let host = authority.trim_start_matches("https://").trim_end_matches('/');
        match AUTHORITIES.iter().find(|(known, _)| host.eq_ignore_ascii_case(known)) {
            Some((_, cloud)) => add(parent, "cloud", Some((*cloud).to_owned())),
            None => add(parent, "login_endpoint", Some(authority)),
        }
    }
}

/// As App Service, Functions and Container Apps set them. One without the other is of another service.
fn identity_service(auth: &mut Table, variable: &Variable<'_>) {
    let written = ["identity_endpoint", "identity_header", "identity_header_file"];
    if written.iter().any(|key| auth.get(key).is_some()) {
        return;
    }
    if let (Some(endpoint), Some(header)) = (variable("IDENTITY_ENDPOINT"), variable("IDENTITY_HEADER")) {
        add(auth, "identity_endpoint", Some(endpoint));
        add(auth, "identity_header", Some(header));
    }
}

fn table(value: &mut Spanned) -> Option<&mut Table> {
    match &mut value.setting {
        Setting::Table(table) => Some(table),
        _ => None,
    }
}

/// Adds a key that is not written, at the place of its table.
fn add(table: &mut Table, name: &str, value: Option<String>) {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return };
    if table.get(name).is_none() {
        let at = table.at.clone();
        table.entries.insert(name.to_owned(), Spanned { setting: Setting::String(value), at });
    }
}
