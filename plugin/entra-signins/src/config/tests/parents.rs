//! Tests of parent connectors.

use super::super::{ClientSecret, Strategy, Tenant};
use super::{CHILD, PARENT, load, parent_problems};

/// Scenario: a parent with nothing but what it must have.
/// Guarantee: everything else has its documented default.
#[test]
fn defaults_are_the_documented_ones() {
    let config = load(&format!("{PARENT}{CHILD}")).unwrap();
    assert!((config.app_budget_share - 1.0).abs() < f64::EPSILON);
    let [parent] = config.microsoft_365.as_slice() else { panic!("one parent") };
    assert_eq!(parent.name, "contoso");
    assert_eq!(parent.tenant, Tenant::Domain("contoso.onmicrosoft.com".to_owned()));
    assert_eq!((parent.tenant_name.as_deref(), parent.account_id), (None, None));
    assert_eq!(parent.endpoints.login.as_str(), "https://login.microsoftonline.com/");
    assert_eq!(parent.endpoints.graph.as_str(), "https://graph.microsoft.com/");
    assert_eq!(parent.endpoints.scope, "https://graph.microsoft.com/.default");
    assert_eq!((&parent.endpoints.ca_file, &parent.endpoints.proxy), (&None, &None));
    assert!(
        matches!(&parent.credential.strategy, Strategy::ClientSecret(ClientSecret::Given(secret)) if secret.inner() == "hunter2")
    );
    assert!(parent.cato_egress_ranges.is_empty());
    assert_eq!(parent.azure_ad.len(), 1);
}

/// Scenario: each cloud by its word.
/// Guarantee: hosts and scope are those of Microsoft's table of national clouds; tokens are asked for the cloud's
/// own Graph.
#[test]
fn clouds_have_their_hosts_and_scope() {
    for (cloud, login, graph) in [
        ("global", "login.microsoftonline.com", "graph.microsoft.com"),
        ("us_government", "login.microsoftonline.us", "graph.microsoft.us"),
        ("us_government_dod", "login.microsoftonline.us", "dod-graph.microsoft.us"),
        ("china", "login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn"),
    ] {
        let config = load(&format!("{PARENT}cloud = '{cloud}'\n{CHILD}")).unwrap();
        let endpoints = &config.microsoft_365[0].endpoints;
        assert_eq!(endpoints.login.as_str(), format!("https://{login}/"));
        assert_eq!(endpoints.graph.as_str(), format!("https://{graph}/"));
        assert_eq!(endpoints.scope, format!("https://{graph}/.default"));
    }
}

/// Scenario: endpoints of a test server with and without a path, and a gateway that wants Microsoft's scope.
/// Guarantee: they end in a slash, the scope follows the overridden Graph host, and a configured scope stands.
#[test]
fn endpoints_can_be_overridden() {
    let text = "login_endpoint = 'http://127.0.0.1:8001'\ngraph_endpoint = 'http://127.0.0.1:8002/g'\n";
    let config = load(&format!("{PARENT}{text}{CHILD}")).unwrap();
    let endpoints = &config.microsoft_365[0].endpoints;
    assert_eq!(endpoints.login.as_str(), "http://127.0.0.1:8001/");
    assert_eq!(endpoints.graph.as_str(), "http://127.0.0.1:8002/g/");
    assert_eq!(endpoints.scope, "http://127.0.0.1:8002/.default");
    let text =
        "graph_endpoint = 'https://gateway.example.com'\nscope = 'https://graph.microsoft.com/.default'\n";
    let config = load(&format!("{PARENT}{text}{CHILD}")).unwrap();
    assert_eq!(config.microsoft_365[0].endpoints.scope, "https://graph.microsoft.com/.default");
}

/// Scenario: every optional key of a parent.
/// Guarantee: each arrives where the source looks for it.
#[test]
fn optional_keys_arrive() {
    let text = "tenant_name = 'Contoso'\naccount_id = 42\ncato_egress_ranges = ['192.0.2.0/24', '2001:db8::1']\n\
                proxy = 'http://hunter2@proxy:3128'\n";
    let config = load(&format!("app_budget_share = 0.5\n{PARENT}{text}{CHILD}")).unwrap();
    assert!((config.app_budget_share - 0.5).abs() < f64::EPSILON);
    let parent = &config.microsoft_365[0];
    assert_eq!((parent.tenant_name.as_deref(), parent.account_id), (Some("Contoso"), Some(42)));
    let ranges: Vec<_> =
        parent.cato_egress_ranges.iter().map(|range| (range.network.to_string(), range.prefix)).collect();
    assert_eq!(ranges, [("192.0.2.0".to_owned(), 24), ("2001:db8::1".to_owned(), 128)]);
    let proxy = parent.endpoints.proxy.as_ref().unwrap();
    assert_eq!(proxy.https.as_deref(), Some("http://hunter2@proxy:3128"));
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
}

/// Scenario: one wrong key at a time.
/// Guarantee: each message says what is wrong at its line and what to write.
#[test]
fn each_mistake_has_its_message() {
    for (lines, message) in [
        (
            "cloud = 'germany'",
            "cloud: is no known word; write one of \"global\", \"us_government\", \"us_government_dod\", \"china\"",
        ),
        (
            "cloud = 'us_goverment'",
            "cloud: is no known word; did you mean \"us_government\"? Known are \"global\", \"us_government\", \"us_government_dod\", \"china\"",
        ),
        (
            "graph_endpoint = 'http://graph.example.com'",
            "graph_endpoint: is plain http:// to another machine; write https://",
        ),
        (
            "login_endpoint = 'https://x.example.com/?a=1'",
            "login_endpoint: has a query; leave out ? and what follows",
        ),
        ("scope = ' '", "scope: is empty; write a value"),
        ("tenant_name = ''", "tenant_name: is empty; write a value"),
        ("account_id = 0", "account_id: is out of range; write 1 or more"),
        ("account_id = '7'", "account_id: is a string; write an integer"),
        (
            "cato_egress_ranges = ['10.0.0.1/8']",
            "cato_egress_ranges[0]: is malformed; write a range that begins with its first address, such as 192.0.2.0/24",
        ),
        ("tls.verify = false", "tls.verify: unknown key; known keys are ca_file"),
        (
            "tls.ca_file = 'absent.pem'",
            "tls.ca_file: the file cannot be read (entity not found); check the path and its permissions",
        ),
        ("proxy = 'proxy:3128'", "proxy: is not the URL of a proxy; write http://host:port"),
        ("client_secret = 'hunter2'", "client_secret: unknown key; did you mean client_id?"),
    ] {
        assert_eq!(parent_problems(lines), format!("6: microsoft_365[0].{message}"));
    }
}

/// Scenario: a parent with nothing in it.
/// Guarantee: every key that it must have is named at once, at its heading.
#[test]
fn missing_keys_are_all_named() {
    assert_eq!(
        load(&format!("{PARENT}{CHILD}[[microsoft_365]]")).unwrap_err(),
        "c.toml:9: microsoft_365[1].name: is missing; add name = ...\n\
         c.toml:9: microsoft_365[1].tenant_id: is missing; add tenant_id = ...\n\
         c.toml:9: microsoft_365[1].client_id: is missing; add client_id = ...\n\
         c.toml:9: microsoft_365[1].auth.strategy: is missing; add auth.strategy = \"client_secret\" and \
         auth.client_secret = \"${VARIABLE}\""
    );
}

/// Scenario: malformed ids.
/// Guarantee: both are named; neither is repeated.
#[test]
fn ids_are_checked() {
    let text = format!("{PARENT}{CHILD}")
        .replace("contoso.onmicrosoft.com", "common")
        .replace("11111111-", "hunter2-");
    assert_eq!(
        load(&text).unwrap_err(),
        "c.toml:3: microsoft_365[0].tenant_id: is malformed; write a tenant's GUID or verified domain\n\
         c.toml:4: microsoft_365[0].client_id: is malformed; write a GUID"
    );
}

/// Scenario: two parents of one name.
/// Guarantee: the second is reported and says where the first stands.
#[test]
fn names_are_unique() {
    assert_eq!(
        load(&format!("{PARENT}{PARENT}{CHILD}")).unwrap_err(),
        "c.toml:7: microsoft_365[1].name: is also the name at c.toml:2; give each connector its own"
    );
    assert_eq!(
        load(&format!("{PARENT}{CHILD}").replace("'contoso'", "\"con\\ntoso\"")).unwrap_err(),
        "c.toml:2: microsoft_365[0].name: has control characters; write it on one line\n\
         c.toml:8: azure_ad[0].connector_tenant: is the name of no parent connector; \
         write the name of one of the microsoft_365 connectors"
    );
}

/// Scenario: shares of the budget at and past the ends.
/// Guarantee: 1 is a share; zero, less, and more than one are none.
#[test]
fn a_budget_share_is_above_zero_and_up_to_one() {
    let share = |share: &str| load(&format!("app_budget_share = {share}\n{PARENT}{CHILD}"));
    assert!((share("1").unwrap().app_budget_share - 1.0).abs() < f64::EPSILON);
    let range = "c.toml:1: app_budget_share: is out of range; write a number from 0 to 1";
    assert_eq!(share("1.01").unwrap_err(), range);
    assert_eq!(share("-0.5").unwrap_err(), range);
    assert_eq!(
        share("0.0").unwrap_err(),
        "c.toml:1: app_budget_share: is zero; write a number above 0 and up to 1"
    );
}
