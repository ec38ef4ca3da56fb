use std::fmt::Write as _;

use collector::settings::Table;

use super::*;
use crate::config::{IdentityService, ManagedIdentity};

/// So many tenants with one app registration; the first has another one.
fn config(tenants: usize, poll_interval_secs: u64) -> EntraSigninsConfig {
    let mut toml = String::new();
    for number in 1..=tenants {
        let app = if number == 1 { "a" } else { "b" };
        write!(
            toml,
            "[[microsoft_365]]\nname = 't{number}'\ntenant_id = '00000000-0000-4000-8000-{number:012}'\n\
             client_id = '00000000-0000-4000-8000-00000000000{app}'\n\
             auth = {{ strategy = 'client_secret', client_secret = 's' }}\n\
             [[azure_ad]]\nname = 's{number}'\nconnector_tenant = 't{number}'\npoll_interval_secs = {poll_interval_secs}\n",
        )
        .unwrap();
    }
    let table: toml::Table = toml.parse().unwrap();
    let serde_json::Value::Object(table) = serde_json::to_value(table).unwrap() else { panic!("a table") };
    EntraSigninsConfig::from_table(&Table::from_json(table)).unwrap()
}

fn intervals(config: &EntraSigninsConfig) -> Vec<(u64, bool)> {
    let plan = Plan::of(config);
    let parents = config.microsoft_365.iter();
    let interval = |parent: &Microsoft365| {
        let (Intervals { apart: interval, .. }, remark) = plan.intervals(parent, &parent.azure_ad[0]);
        (interval.as_secs(), remark.is_some_and(|remark| remark.contains(&interval.as_secs().to_string())))
    };
    parents.map(interval).collect()
}

/// Scenario: a tenant with an app registration of its own, and 200 that share one. Guarantee: the former is polled as configured,
/// the others as often as fits, which is remarked.
#[test]
fn only_a_crowded_app_is_stretched() {
    let found = intervals(&config(201, 60));
    assert_eq!(found[0], (60, false));
    assert!(found[1..].iter().all(|interval| *interval == (132, true)), "{:?}", found[1]);
    assert_eq!(intervals(&config(2, 5)), [(16, true), (16, true)]);
    assert_eq!(intervals(&config(2, 16)), [(16, false), (16, false)]);
}

/// Scenario: a tenant polled every 5 seconds, with four kinds and with two that are not both of users.
/// Guarantee: once one request lists both user kinds it is polled more often, which is remarked; there is no such promise without them.
#[test]
fn user_kinds_in_one_request_are_polled_more_often() {
    let mut config = config(1, 5);
    let (intervals, remark) =
        Plan::of(&config).intervals(&config.microsoft_365[0], &config.microsoft_365[0].azure_ad[0]);
    assert_eq!(intervals, Intervals { apart: Duration::from_secs(16), together: Duration::from_secs(12) });
    assert!(remark.is_some_and(|remark| remark.contains("stretched to 16 (12 once")));
    config.microsoft_365[0].azure_ad[0].sign_in_event_types.retain(|kind| *kind != USER_KINDS[1]);
    let (intervals, remark) =
        Plan::of(&config).intervals(&config.microsoft_365[0], &config.microsoft_365[0].azure_ad[0]);
    assert_eq!((intervals.apart, intervals.together), (Duration::from_secs(12), Duration::from_secs(12)));
    assert!(remark.is_some_and(|remark| !remark.contains("once")));
}

/// Scenario: as above. Guarantee: somebody reads what is needed, what is allowed and what to do.
#[test]
fn the_budget_is_said() {
    assert_eq!(
        Plan::of(&config(201, 60)).remarks(),
        [
            "app registration 00000000-0000-4000-8000-00000000000a: 1 tenant with 4 kinds of sign-in; polling takes 0.07 of the 12.20 \
             requests a second that Microsoft allows, which fits; the rest is for history and re-reads.",
            "app registration 00000000-0000-4000-8000-00000000000b: 200 tenants with 800 kinds of sign-in; polling takes 13.33 of the \
             12.20 requests a second that Microsoft allows, which is more than the half that polls may take: intervals below 132 s are \
             stretched to it. Spread the tenants over more app registrations, or raise poll_interval_secs where that is good enough; several \
             hosts that read with one app registration each need their app_budget_share.",
        ]
    );
}

/// Scenario: a managed identity that is not named, and one by its client id.
/// Guarantee: the remark calls each as the configuration does, not by an id that stands for it.
#[test]
fn a_managed_identity_is_called_by_its_connector() {
    let mut config = config(1, 60);
    let client_id = config.microsoft_365[0].client_id;
    for (which, called) in [
        (WhichIdentity::SystemAssigned, "managed identity of t1: ".to_owned()),
        (WhichIdentity::ClientId(client_id), format!("app registration {client_id}: ")),
    ] {
        let service = IdentityService::Machine { endpoint: "http://127.0.0.1/".parse().unwrap() };
        config.microsoft_365[0].credential =
            Strategy::ManagedIdentity(ManagedIdentity { service, which }).into();
        let remarks = Plan::of(&config).remarks();
        assert!(remarks[0].starts_with(&called), "{remarks:?}");
    }
}
