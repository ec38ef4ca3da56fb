//! Tests of many mistakes at once.

use super::load;

/// A configuration in which nearly everything is wrong, `hunter2` wherever a value can be.
const BROKEN: &str = "
app_budget_share = 2
colour = 'hunter2'
[[microsoft_365]]
name = 'contoso'
tenant_id = 'hunter2'
client_id = 'hunter2'
cloud = 'hunter2'
graph_endpoint = 'http://hunter2.example.com'
auth.strategy = 'client_secret'
auth.client_secret = 'hunter2'
auth.client_secret_file = '/hunter2'
auth.secret = 'hunter2'
[[microsoft_365]]
name = 'contoso'
tenant_id = 'contoso.com'
client_id = '11111111-2222-3333-4444-555555555555'
auth.strategy = 'hunter2'
[[azure_ad]]
name = 'one'
connector_tenant = 'hunter2'
permissions = 'hunter2'
sign_in_event_types = ['hunter2']
start = 'hunter2'
poll_interval_secs = 0
page_size = 5000
include_raw = 'hunter2'
filter = '(hunter2'
[[azure_ad]]
name = 'one'
connector_tenant = 'contoso'
";

/// Scenario: nineteen mistakes in one file.
/// Guarantee: all are reported in one go, in the order of the file, each with its line and key and without its value.
#[test]
fn every_mistake_is_reported_at_once() {
    let shown = load(BROKEN).unwrap_err();
    let places: Vec<_> =
        shown.lines().map(|line| line.splitn(3, ": ").take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        places,
        [
            "c.toml:2 app_budget_share",
            "c.toml:3 colour",
            "c.toml:6 microsoft_365[0].tenant_id",
            "c.toml:7 microsoft_365[0].client_id",
            "c.toml:8 microsoft_365[0].cloud",
            "c.toml:9 microsoft_365[0].graph_endpoint",
            "c.toml:12 microsoft_365[0].auth.client_secret_file",
            "c.toml:13 microsoft_365[0].auth.secret",
            "c.toml:15 microsoft_365[1].name",
            "c.toml:18 microsoft_365[1].auth.strategy",
            "c.toml:21 azure_ad[0].connector_tenant",
            "c.toml:22 azure_ad[0].permissions",
            "c.toml:23 azure_ad[0].sign_in_event_types[0]",
            "c.toml:24 azure_ad[0].start",
            "c.toml:25 azure_ad[0].poll_interval_secs",
            "c.toml:26 azure_ad[0].page_size",
            "c.toml:27 azure_ad[0].include_raw",
            "c.toml:28 azure_ad[0].filter",
            "c.toml:30 azure_ad[1].name",
        ]
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// Scenario: an empty source, and one that has parents alone: its connectors are still to be made.
/// Guarantee: both can be used.
#[test]
fn a_source_may_begin_empty() {
    assert_eq!(load("").unwrap().microsoft_365.len(), 0);
    assert_eq!(load(super::PARENT).unwrap().microsoft_365.len(), 1);
}
