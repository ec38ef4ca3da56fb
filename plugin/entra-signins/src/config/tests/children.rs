//! Tests of sign-in connectors.

use std::time::Duration;

use jiff::SignedDuration;

use super::super::{AzureAd, SignInEventType, Start};
use super::{CHILD, PARENT, child_problems, load};

fn child(lines: &str) -> AzureAd {
    load(&format!("{PARENT}{CHILD}{lines}\n")).unwrap().microsoft_365.remove(0).azure_ad.remove(0)
}

/// Scenario: a connector with nothing but a name and a parent; then one with everything.
/// Guarantee: defaults are the documented ones, and every key arrives.
#[test]
fn keys_and_defaults_arrive() {
    let default = AzureAd {
        name: "sign-ins".to_owned(),
        sign_in_event_types: SignInEventType::ALL.to_vec(),
        start: Start::Age(SignedDuration::from_hours(24)),
        poll_interval: Duration::from_mins(1),
        poll_interval_max: Duration::from_mins(1),
        reread_floor: Duration::from_mins(2),
        reread_ceiling: Duration::from_hours(4),
        page_size: 1_000,
        include_raw: false,
        emit_updates: false,
        filter: None,
    };
    assert_eq!(child(""), default);
    assert_eq!(child("permissions = 'read'\nfilter = ''\nstart = '24h'"), default);
    let text = "permissions = 'read'\nsign_in_event_types = ['servicePrincipal', 'interactiveUser']\nstart = 'now'\n\
                poll_interval_secs = 1\npoll_interval_max_secs = 600\npage_size = 1\nreread_floor_secs = 60\nreread_ceiling_secs = 900\ninclude_raw = true\nemit_updates = true\nfilter = \"userPrincipalName eq 'o''neil'\"";
    let full = AzureAd {
        sign_in_event_types: vec![SignInEventType::ServicePrincipal, SignInEventType::InteractiveUser],
        start: Start::Now,
        poll_interval: Duration::from_secs(1),
        poll_interval_max: Duration::from_mins(10),
        page_size: 1,
        reread_floor: Duration::from_mins(1),
        reread_ceiling: Duration::from_mins(15),
        include_raw: true,
        emit_updates: true,
        filter: Some("userPrincipalName eq 'o''neil'".to_owned()),
        ..default
    };
    assert_eq!(child(text), full);
}

/// Scenario: one wrong key at a time.
/// Guarantee: each message says what is wrong at its line and what to write.
#[test]
fn each_mistake_has_its_message() {
    let kinds = "\"interactiveUser\", \"nonInteractiveUser\", \"servicePrincipal\", \"managedIdentity\"";
    let start = "\"now\", an age such as \"24h\" or \"30d\", or a time such as \"2026-01-31T00:00:00Z\"";
    for (lines, message) in [
        ("permissions = 'write'", "permissions: is no known word; write one of \"read\"".to_owned()),
        ("sign_in_event_types = []", format!("sign_in_event_types: is empty; write one or more of {kinds}")),
        ("sign_in_event_types = ['interactiveUsr']", format!("sign_in_event_types[0]: is no known word; did you mean \"interactiveUser\"? Known are {kinds}")),
        ("start = 'yesterday'", format!("start: is malformed; write {start}")),
        ("start = '2999-01-31T00:00:00Z'", "start: lies in the future; write \"now\", or a time that has passed".to_owned()),
        ("start = 2026-01-31", format!("start: is malformed; write {start}")),
        ("poll_interval_max_secs = 59", "poll_interval_max_secs: is less than the interval itself; write at least poll_interval_secs, 60".to_owned()),
        ("reread_floor_secs = 21600", "reread_floor_secs: is above the ceiling; write at most reread_ceiling_secs, 14400".to_owned()),
        ("reread_ceiling_secs = 59", "reread_ceiling_secs: is out of range; write a number from 60 to 21600".to_owned()),
        ("poll_interval_secs = 0", "poll_interval_secs: is out of range; write a number from 1 to 86400".to_owned()),
        ("poll_interval_secs = '60'", "poll_interval_secs: is a string; write an integer".to_owned()),
        ("page_size = 1001", "page_size: is out of range; write a number from 1 to 1000".to_owned()),
        ("page_size = 0", "page_size: is out of range; write a number from 1 to 1000".to_owned()),
        ("include_raw = 'no'", "include_raw: is a string; write true or false".to_owned()),
        ("filter = \"a eq 'hunter2\"", "filter: has a quote that is not closed; close it; a quote inside a literal is doubled".to_owned()),
        ("everything = true", "everything: unknown key; known keys are name, connector_tenant, permissions, sign_in_event_types, start, poll_interval_secs, poll_interval_max_secs, reread_floor_secs, reread_ceiling_secs, page_size, include_raw, emit_updates, filter".to_owned()),
    ] {
        assert_eq!(child_problems(lines), format!("9: azure_ad[0].{message}"));
    }
}

/// Scenario: a connector under a parent that is not there, one without a parent, one under a parent that has
/// mistakes of its own.
/// Guarantee: the first two are reported; the third is no orphan.
#[test]
fn a_connector_stands_under_a_parent() {
    let text = format!("{PARENT}{}{CHILD}", CHILD.replace("'contoso'", "'hunter2'"))
        .replace("client_id = '1", "client_id = 'x")
        .replacen("[[azure_ad]]", "[[azure_ad]]\nname = 'alone'\n[[azure_ad]]", 1);
    assert_eq!(
        load(&text).unwrap_err().lines().filter(|line| line.contains("azure_ad")).collect::<Vec<_>>(),
        [
            "c.toml:6: azure_ad[0].connector_tenant: is missing; add connector_tenant = ...",
            "c.toml:10: azure_ad[1].connector_tenant: is the name of no parent connector; \
             write the name of one of the microsoft_365 connectors",
            "c.toml:12: azure_ad[2].name: is also the name at c.toml:9; give each connector its own",
        ]
    );
}

/// Scenario: two connectors of one tenant that share a kind, under one parent and under two parents of the tenant.
/// Guarantee: each shared kind is reported with the place of its first reader.
#[test]
fn a_kind_of_a_tenant_has_one_reader() {
    let first = format!("{CHILD}sign_in_event_types = ['interactiveUser', 'servicePrincipal']\n");
    let second = "[[azure_ad]]\nname = 'more'\nconnector_tenant = 'contoso'\n\
                  sign_in_event_types = ['servicePrincipal', 'managedIdentity']\n";
    assert_eq!(
        load(&format!("{PARENT}{first}{second}")).unwrap_err(),
        "c.toml:13: azure_ad[1].sign_in_event_types: servicePrincipal of this tenant is read by the connector at \
         c.toml:7 already; give each kind of a tenant to one connector"
    );
    let other = PARENT.replace("name = 'contoso'", "name = 'again'").replace("contoso.onm", "CONTOSO.onm");
    let text = format!("{PARENT}{first}{other}{}", second.replace("'contoso'", "'again'"));
    assert!(
        load(&text)
            .unwrap_err()
            .contains("servicePrincipal of this tenant is read by the connector at c.toml:7")
    );
    let other = other.replace("CONTOSO", "fabrikam");
    assert!(load(&format!("{PARENT}{first}{other}{}", second.replace("'contoso'", "'again'"))).is_ok());
}

/// Scenario: connectors that split the kinds of a tenant.
/// Guarantee: both stand under the parent, in the order of the file.
#[test]
fn connectors_can_split_the_kinds() {
    let text = format!(
        "{PARENT}{CHILD}sign_in_event_types = ['interactiveUser']\n{}sign_in_event_types = ['managedIdentity']\n",
        CHILD.replace("'sign-ins'", "'machines'")
    );
    let config = load(&text).unwrap();
    let names: Vec<_> = config.microsoft_365[0].azure_ad.iter().map(|child| child.name.as_str()).collect();
    assert_eq!(names, ["sign-ins", "machines"]);
}
