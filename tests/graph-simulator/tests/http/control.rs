//! `/_simulator/`: steering a simulator over HTTP.

use graph_simulator::{Fault, FaultKind};
use serde_json::Value;

use crate::support::{ALL_KINDS, HOUR, Scene, contoso, ids, scene};

/// The status of the next answer.
async fn status(scene: &Scene) -> u16 {
    scene.list(&[("$filter", ALL_KINDS)]).await.status().as_u16()
}

async fn get(scene: &Scene, path: &str) -> Value {
    let answer = scene.client.get(scene.url(path)).send().await.expect("answers");
    answer.json().await.expect("is JSON")
}

/// Scenario: a fault with a chance, one that waits, and one until cleared, posted over HTTP.
/// Guarantees: about so many requests meet the first; the second leaves the first requests alone; the last ends when cleared.
#[tokio::test]
async fn chances_and_the_control_api() {
    let unavailable = FaultKind::Status { status: 503, retry_after_secs: None };
    let scene = scene(contoso().history(30, HOUR)).await;
    scene.tenant.inject(Fault::new(unavailable).always().probability(0.5));
    let mut refused = 0;
    for _ in 0..60 {
        refused += u32::from(status(&scene).await == 503);
    }
    assert!((15..45).contains(&refused), "{refused} of 60");
    let control = scene.url(&format!("_simulator/faults?tenant={}", scene.config.id));
    assert_eq!(scene.client.delete(&control).send().await.expect("answers").status(), 200);
    let fault = serde_json::json!({"kind": "invalid_token", "after": 2, "times": null});
    assert_eq!(scene.client.post(&control).json(&fault).send().await.expect("answers").status(), 200);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(status(&scene).await);
    }
    assert_eq!(statuses, [200, 200, 401, 401]);
    scene.client.delete(&control).send().await.expect("answers");
    assert_eq!(status(&scene).await, 200);
    let state = get(&scene, "_simulator/state").await;
    assert_eq!(state["tenants"][0]["sign_ins"], 30);
    assert_eq!(state["totals"]["by_status"]["503"], refused);
    let sign_ins = scene.url(&format!("_simulator/sign-ins?tenant={}", scene.config.id));
    let travel = serde_json::json!([{"kind": "interactiveUser", "properties": {"userDisplayName": "Traveller", "location": {"city": "Quito"}}}]);
    let added = scene.client.post(sign_ins).json(&travel).send().await.expect("answers");
    let added: Vec<String> = added.json().await.expect("is JSON");
    let found =
        scene.walk(&[("$filter", "userDisplayName eq 'traveller' and location/city eq 'Quito'")]).await;
    assert_eq!(ids(&found), added);
    let truth = get(&scene, &format!("_simulator/truth?tenant={}", scene.config.domains[0])).await;
    assert_eq!(truth.as_array().expect("is a list").len(), 31);
}

/// Scenario: somebody looks up what can go wrong and how the simulator is steered, and mistypes. Guarantee: each kind of fault is
/// shown as it can be posted; a request that does nothing says so, instead of being taken for another one.
#[tokio::test]
async fn the_control_api_explains_itself() {
    let scene = scene(contoso()).await;
    let shown = get(&scene, "_simulator/faults").await;
    let shown = shown.as_array().expect("is a list");
    let all = Value::Array(shown.iter().map(|one| one["fault"].clone()).collect());
    let control = scene.url("_simulator/faults?tenant=contoso.example");
    let post = async |body: &str| {
        let answer = scene.client.post(&control).body(body.to_owned()).send().await.expect("answers");
        (answer.status().as_u16(), answer.text().await.expect("is text"))
    };
    assert_eq!(post(&all.to_string()).await.0, 200);
    let kinds: Vec<_> = scene.tenant.faults().into_iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, FaultKind::examples());
    for (body, complaint) in [
        (r#"{"kind": "reset", "time": 3}"#, "unknown field `time`"),
        (r#"[{"kind": "resett"}]"#, "unknown variant `resett`"),
    ] {
        let (status, said) = post(body).await;
        assert_eq!(status, 400);
        assert!(said.contains(complaint), "{said}");
    }
    let list = get(&scene, "_simulator/").await;
    assert_eq!(list.as_object().expect("is an object").len(), graph_simulator::REQUESTS.len());
    let unknown = scene.client.get(scene.url("_simulator/fault")).send().await.expect("answers");
    assert_eq!(unknown.status(), 400);
    assert!(unknown.text().await.expect("is text").contains("lists what there is"));
}
