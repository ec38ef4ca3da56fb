//! Pages, filters, order and versions of the sign-in list.

use std::collections::HashSet;

use graph_simulator::{NewSignIn, SignInKind, SimulatorConfig, TenantConfig};
use serde_json::{Value, json};

use crate::support::{ALL_KINDS, HOUR, contoso, created, ids, scene, scene_with};

/// Scenario: a walk in small pages over all kinds, in both orders.
/// Guarantees: every sign-in of the truth comes exactly once, in order, and equal walks give equal results.
#[tokio::test]
async fn a_walk_is_complete_and_stable() {
    let scene = scene(contoso().history(2_345, HOUR)).await;
    let truth: Vec<String> = scene.tenant.truth().into_iter().map(|sign_in| sign_in.id).collect();
    let oldest_first = [("$filter", ALL_KINDS), ("$top", "97"), ("$orderby", "createdDateTime asc")];
    let walk = scene.walk(&oldest_first).await;
    assert_eq!(ids(&walk), truth);
    assert!(walk.is_sorted_by_key(created));
    assert_eq!(scene.walk(&oldest_first).await, walk);
    let mut newest_first = ids(&scene.walk(&[("$filter", ALL_KINDS), ("$top", "1000")]).await);
    newest_first.reverse();
    assert_eq!(newest_first, truth);
    assert_eq!(truth.iter().collect::<HashSet<_>>().len(), 2_345);
}

/// Scenario: a list without a filter on kinds, and with `ne`.
/// Guarantees: the default is interactive only; `ne` gives the other kinds.
#[tokio::test]
async fn kinds_default_to_interactive() {
    let scene = scene(contoso().history(400, HOUR)).await;
    let of = |kinds: &[SignInKind]| -> HashSet<String> {
        let truth = scene.tenant.truth().into_iter();
        truth.filter(|sign_in| kinds.contains(&sign_in.kind)).map(|sign_in| sign_in.id).collect()
    };
    let unfiltered = scene.walk(&[]).await;
    assert_eq!(ids(&unfiltered).into_iter().collect::<HashSet<_>>(), of(&[SignInKind::InteractiveUser]));
    let others = scene.walk(&[("$filter", "signInEventTypes/any(t: t ne 'interactiveUser')")]).await;
    assert_eq!(ids(&others).into_iter().collect::<HashSet<_>>(), of(&SignInKind::ALL[1..]));
}

/// Scenario: a window whose bounds are the times of records, and a filter on properties.
/// Guarantees: `ge` and `le` include their bounds, `gt` and `lt` do not; `eq` and `startswith` select by value.
#[tokio::test]
async fn filters_select_what_they_say() {
    let scene = scene(contoso()).await;
    let now = scene.simulator.now();
    let times = [30, 20, 20, 10]
        .map(|age| (now - jiff::SignedDuration::from_secs(age)).round(jiff::Unit::Second).expect("rounds"));
    let made = scene.tenant.add_sign_ins(times.map(|created| NewSignIn {
        created: Some(created),
        kind: Some(SignInKind::InteractiveUser),
        ..NewSignIn::default()
    }));
    let [first, middle, _, last] = times;
    for (filter, expected) in [
        (format!("createdDateTime ge {middle} and createdDateTime le {last}"), &made[1..]),
        (format!("createdDateTime gt {middle} and createdDateTime le {last}"), &made[3..]),
        (format!("createdDateTime ge {first} and createdDateTime lt {last}"), &made[..3]),
        (format!("createdDateTime eq {middle}"), &made[1..3]),
        (format!("id eq '{}'", made[2]), &made[2..3]),
        (format!("startswith(id,'{}') and createdDateTime ge {first}", &made[3][..20]), &made[3..]),
        (format!("(createdDateTime eq {first}) or (createdDateTime eq {last} and id eq 'x')"), &made[..1]),
    ] {
        let records = scene.walk(&[("$filter", &filter), ("$orderby", "createdDateTime asc")]).await;
        assert_eq!(ids(&records), expected, "{filter}");
    }
}

/// Scenario: options that Graph refuses.
/// Guarantees: each is a 400 with Graph's words.
#[tokio::test]
async fn refuses_what_graph_refuses() {
    let scene = scene(contoso()).await;
    for (option, value, message) in [
        ("$filter", "createdDateTime ge '2026-01-01T00:00:00Z'", "Invalid filter clause"),
        ("$filter", "createdDateTime ge 2001-01-01T00:00:00Z", "Invalid filter clause"),
        ("$filter", "favouriteColour eq 'blue'", "Invalid filter clause"),
        ("$filter", "createdDateTime ge 2026-01-01T00:00:00Z and", "Invalid filter clause"),
        ("$skiptoken", "", "Invalid Skip Token, skip token is null"),
        ("$skiptoken", "tampered", "Invalid Skip Token, skip token is null"),
        ("$skip", "10", "Query option 'Skip' is not allowed"),
        ("$top", "0", "Invalid value '0' for $top"),
        ("$orderby", "appId", "Invalid orderby clause"),
    ] {
        let response = scene.list(&[(option, value)]).await;
        assert_eq!(response.status(), 400, "{option}={value}");
        let body: Value = response.json().await.expect("is JSON");
        let said = body["error"]["message"].as_str().expect("has a message");
        assert!(said.starts_with(message), "{option}={value}: {said}");
    }
}

/// Scenario: v1.0 instead of beta.
/// Guarantees: interactive sign-ins only, v1.0 properties only, and no filter on kinds.
#[tokio::test]
async fn v1_is_smaller() {
    let scene = scene(contoso().history(100, HOUR)).await;
    let v1 = scene.url("v1.0/auditLogs/signIns");
    let page: Value = scene.get(&v1).send().await.expect("answers").json().await.expect("is JSON");
    let records = page["value"].as_array().expect("is a list");
    assert!(!records.is_empty());
    for record in records {
        assert_eq!(record["isInteractive"], true);
        for absent in ["signInEventTypes", "authenticationDetails", "authenticationRequirement", "sessionId"]
        {
            assert!(record.get(absent).is_none(), "{absent}");
        }
        assert!(record.get("userPrincipalName").is_some());
    }
    let refused = scene.get(&format!("{v1}?$filter={ALL_KINDS}")).send().await.expect("answers");
    assert_eq!(refused.status(), 400);
}

/// Scenario: `$select`, `$count` and a page without the header for newer enum members.
/// Guarantees: only what was selected comes, with `id`; the count is of all pages; newer members are masked per page.
#[tokio::test]
async fn select_count_and_masked_members() {
    let scene = scene(contoso()).await;
    let policies = json!([{"id": "p", "result": "reportOnlyFailure"}]);
    let properties =
        json!({"incomingTokenType": "refreshToken", "appliedConditionalAccessPolicies": policies});
    let properties = properties.as_object().expect("is an object").clone();
    let kind = Some(SignInKind::InteractiveUser);
    scene.tenant.add_sign_ins([0, 1, 2].map(|_| NewSignIn {
        kind,
        properties: properties.clone(),
        ..NewSignIn::default()
    }));
    let pages = scene.pages(&[("$select", "appId,riskState"), ("$count", "true"), ("$top", "2")]).await;
    assert_eq!(pages.iter().map(|page| &page["@odata.count"]).collect::<Vec<_>>(), [&json!(3), &json!(3)]);
    let keys: Vec<&String> = pages[0]["value"][0].as_object().expect("is an object").keys().collect();
    assert_eq!(
        keys.into_iter().collect::<HashSet<_>>(),
        HashSet::from([&"id".into(), &"appId".into(), &"riskState".into()])
    );

    let known = scene.list(&[]).await.json::<Value>().await.expect("is JSON");
    assert_eq!(known["value"][0]["incomingTokenType"], "refreshToken");
    let url = scene.list_url(&[]);
    let bare = scene.client.get(url).bearer_auth(&scene.token).send().await.expect("answers");
    let bare: Value = bare.json().await.expect("is JSON");
    assert_eq!(bare["value"][0]["incomingTokenType"], "unknownFutureValue");
    assert_eq!(bare["value"][0]["appliedConditionalAccessPolicies"][0]["result"], "unknownFutureValue");
}

/// Scenario: a `$skiptoken` is used again, with another query, and after its life.
/// Guarantees: again is the same page; another query or an expired token is refused.
#[tokio::test(start_paused = true)]
async fn skiptokens_are_bound_and_expire() {
    let tenant = contoso().history(50, HOUR);
    let life = std::time::Duration::from_mins(1);
    let scene =
        scene_with(SimulatorConfig { skiptoken_life: Some(life), ..SimulatorConfig::with_tenants([tenant]) })
            .await;
    let first: Value =
        scene.list(&[("$filter", ALL_KINDS), ("$top", "5")]).await.json().await.expect("is JSON");
    let next = first["@odata.nextLink"].as_str().expect("has a next page").to_owned();
    let read = async |url: &str| scene.get(url).send().await.expect("answers");
    let (one, two) = (read(&next).await, read(&next).await);
    assert_eq!(one.text().await.expect("reads"), two.text().await.expect("reads"));
    let other = next.replace("top=5", "top=6");
    assert_ne!(other, next);
    assert_eq!(read(&other).await.status(), 400);
    tokio::time::sleep(life + life).await;
    assert_eq!(read(&next).await.status(), 400);
}

/// Scenario: several records share a second.
/// Guarantees: a page that ends within the second goes on there, without loss or repeat.
#[tokio::test]
async fn pages_split_a_second() {
    let scene = scene(contoso()).await;
    let created = scene.simulator.now().round(jiff::Unit::Minute).expect("rounds")
        - jiff::SignedDuration::from_hours(1);
    let made = scene.tenant.add_spread(SignInKind::InteractiveUser, 25, created, created);
    let walk = scene.walk(&[("$top", "4"), ("$orderby", "createdDateTime asc")]).await;
    assert_eq!(ids(&walk), made);
}

/// Scenario: records with every number of fraction digits.
/// Guarantees: each is written with its digits, and found by its exact time.
#[tokio::test]
async fn fractions_have_0_to_7_digits() {
    let tenant = TenantConfig { fractional_seconds: 0.9, ..contoso().history(500, HOUR) };
    let scene = scene(tenant).await;
    let records = scene.walk(&[("$filter", ALL_KINDS)]).await;
    let digits = |record: &Value| {
        let text = record["createdDateTime"].as_str().expect("is a string");
        text.trim_end_matches('Z').split_once('.').map_or(0, |(_, fraction)| fraction.len())
    };
    assert_eq!(records.iter().map(digits).collect::<HashSet<_>>(), (0..=7).collect());
    let exact = records[7]["createdDateTime"].as_str().expect("is a string");
    let found = scene.walk(&[("$filter", &format!("createdDateTime eq {exact} and {ALL_KINDS}"))]).await;
    assert!(ids(&found).contains(&ids(&records)[7]));
}

/// Scenario: one sign-in by id, and an id that does not exist.
/// Guarantees: the record is that of the list; the other is a 404.
#[tokio::test]
async fn one_by_id() {
    let scene = scene(contoso().history(10, HOUR)).await;
    let listed = scene.walk(&[("$filter", ALL_KINDS)]).await;
    let id = &ids(&listed)[0];
    let one = scene.get(&scene.url(&format!("beta/auditLogs/signIns/{id}"))).send().await.expect("answers");
    assert_eq!(one.json::<Value>().await.expect("is JSON"), listed[0]);
    assert_eq!(scene.tenant.record(id).as_ref(), Some(&listed[0]));
    let none = scene.url("beta/auditLogs/signIns/00000000-0000-4000-8000-000000000000");
    assert_eq!(scene.get(&none).send().await.expect("answers").status(), 404);
}
