//! Records against what is known of Graph's.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{Population, View};
use crate::sign_ins::{Entry, SignInKind};

const TENANT: Uuid = Uuid::from_u128(0xc0);

/// The first `count` records of a kind, and their bytes.
fn records(kind: SignInKind, count: u32) -> Vec<(Map<String, Value>, String)> {
    let population = Population::new(TENANT, 7, "contoso.example", 100);
    let view = View { revised: false, policies: true };
    let record = |seq: u32| {
        let created = 1_795_413_955_000_000_000 + i64::from(seq) * 1_000_000_000;
        let entry = Entry { created, appears: created, seq, kind, digits: 0 };
        let mut json = Vec::new();
        population.write(&mut json, &entry, Uuid::from_u128(u128::from(seq)), view);
        let json = String::from_utf8(json).expect("is UTF-8");
        (serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}")), json)
    };
    (0..count).map(record).collect()
}

fn is_nothing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        Some(_) => false,
    }
}

/// Scenario: thousands of records of each kind.
/// Guarantees: each is JSON without a member twice, has id, time and its kind, and is of a real record's size.
#[test]
fn every_record_is_sound() {
    for kind in SignInKind::ALL {
        let mut sizes = 0;
        for (record, json) in records(kind, 300) {
            for name in record.keys() {
                assert_eq!(
                    json.matches(&format!("\"{name}\":")).count(),
                    occurrences(&record, name),
                    "{name}: {json}"
                );
            }
            assert_eq!(record["signInEventTypes"], Value::from([kind.as_str()].as_slice()));
            assert_eq!(record["isInteractive"], kind == SignInKind::InteractiveUser);
            assert!(record["createdDateTime"].as_str().is_some_and(|at| at.len() == 20 && at.ends_with('Z')));
            sizes += json.len();
        }
        let average = sizes / 300;
        let expected = if kind.is_user() { 3000..4400 } else { 1800..3000 };
        assert!(expected.contains(&average), "{kind}: {average} bytes");
    }
}

/// How often `name` is a member anywhere within a record.
fn occurrences(record: &Map<String, Value>, name: &str) -> usize {
    fn within(value: &Value, name: &str) -> usize {
        match value {
            Value::Object(members) => occurrences(members, name),
            Value::Array(items) => items.iter().map(|item| within(item, name)).sum(),
            _ => 0,
        }
    }
    record.iter().map(|(key, value)| usize::from(key == name) + within(value, name)).sum()
}

/// Scenario: properties that some kinds never have.
/// Guarantees: users have user properties, workloads have workload properties, and nobody has the other's.
#[test]
fn each_kind_has_its_properties() {
    use SignInKind::{
        InteractiveUser as I, ManagedIdentity as M, NonInteractiveUser as N, ServicePrincipal as S,
    };
    let rules: [(&str, &[SignInKind]); 10] = [
        ("userPrincipalName", &[I, N]),
        ("userId", &[I, N]),
        ("userDisplayName", &[I, N]),
        ("servicePrincipalId", &[S, M]),
        ("servicePrincipalName", &[S, M]),
        ("ipAddress", &[I, N, S]),
        ("managedServiceIdentity", &[M]),
        ("azureResourceId", &[M]),
        ("authenticationDetails", &[I]),
        ("deviceDetail", &[I, N]),
    ];
    for kind in SignInKind::ALL {
        let records = records(kind, 500);
        for (name, kinds) in rules {
            let filled = records.iter().filter(|(record, _)| !is_nothing(record.get(name))).count();
            if kinds.contains(&kind) {
                assert!(filled > 470, "{kind} {name}: {filled}");
            } else {
                assert_eq!(filled, 0, "{kind} {name}");
            }
        }
    }
}

/// Scenario: the ways to write nothing, over all records.
/// Guarantees: strings, lists and objects each come missing, as null and empty.
#[test]
fn nothing_is_written_in_every_way() {
    let mut forms: BTreeMap<&str, HashSet<String>> = BTreeMap::new();
    for (record, _) in SignInKind::ALL.into_iter().flat_map(|kind| records(kind, 500)) {
        for name in ["sessionId", "networkLocationDetails", "deviceDetail", "userPrincipalName"] {
            if is_nothing(record.get(name)) {
                let form = record.get(name).map_or_else(|| "missing".to_owned(), Value::to_string);
                forms.entry(name).or_default().insert(form);
            }
        }
    }
    let set = |empty: &str| HashSet::from(["missing", "null", empty].map(str::to_owned));
    let expected = [
        ("deviceDetail", set("{}")),
        ("networkLocationDetails", set("[]")),
        ("sessionId", set("\"\"")),
        ("userPrincipalName", set("\"\"")),
    ];
    assert_eq!(forms, BTreeMap::from(expected));
}

/// Scenario: all texts of many records.
/// Guarantees: there are escapes, scripts, emoji, both address families with and without port, success and failure.
#[test]
fn texts_are_awkward() {
    let all: Vec<(Map<String, Value>, String)> = records(SignInKind::InteractiveUser, 2000);
    let json: String = all.iter().map(|(_, json)| json.as_str()).collect();
    for part in [
        "\\\"",
        "\\\\",
        "\\n",
        "\\t",
        "\\u0007",
        "\\ud83d\\udcb6",
        "\u{1f4b6}",
        "\\u00e9",
        "\u{e9}",
        "\u{6771}\u{4eac}",
    ] {
        assert!(json.contains(part), "{part}");
    }
    let has = |test: &dyn Fn(&Map<String, Value>) -> bool| all.iter().any(|(record, _)| test(record));
    let address = |record: &Map<String, Value>| record["ipAddress"].as_str().unwrap_or("").to_owned();
    assert!(has(&|record| address(record).parse::<std::net::Ipv4Addr>().is_ok()));
    assert!(has(&|record| address(record).parse::<std::net::Ipv6Addr>().is_ok()));
    assert!(has(&|record| address(record).parse::<std::net::SocketAddrV4>().is_ok()));
    assert!(has(&|record| address(record).parse::<std::net::SocketAddrV6>().is_ok()));
    assert!(has(&|record| record["status"]["errorCode"] == 0));
    assert!(has(&|record| record["status"]["errorCode"] == 50126));
}

/// Scenario: the same record before and after Microsoft has changed it.
/// Guarantees: only risk and authentication steps differ.
#[test]
fn a_revision_changes_risk_and_steps() {
    let population = Population::new(TENANT, 7, "contoso.example", 100);
    let write = |seq: u32, revised: bool| -> Map<String, Value> {
        let entry = Entry { created: 0, appears: 0, seq, kind: SignInKind::InteractiveUser, digits: 0 };
        let mut json = Vec::new();
        population.write(&mut json, &entry, TENANT, View { revised, policies: true });
        serde_json::from_slice(&json).expect("is JSON")
    };
    let may_differ = ["riskLevelAggregated", "riskState", "riskEventTypes_v2", "authenticationDetails"];
    for seq in 0..200 {
        let (before, after) = (write(seq, false), write(seq, true));
        assert_ne!(before, after);
        let names: HashSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            assert!(before.get(name) == after.get(name) || may_differ.contains(&name.as_str()), "{name}");
        }
    }
}
