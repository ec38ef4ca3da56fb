//! Looking whether all is well.

use collector::health::Finding;
use tokio::sync::mpsc;

use super::*;

/// What an examination finds, as lines of subject, what was tried, and what is wrong or was found.
async fn examine(scene: &Scene, connectors: &[&str]) -> Vec<(String, String, Result<String, String>)> {
    let (context, controls) = scene.host.context();
    let slot = context.examiner.clone();
    let run = scene.host.run(scene.config.build(context).await.unwrap(), controls);
    reported(&run, "Microsoft Azure AD", |_| slot.get().is_some()).await;
    let (sender, mut findings) = mpsc::channel(1);
    let examiner = slot.get().unwrap();
    let connectors = connectors.iter().map(|name| (*name).to_owned()).collect();
    let examining = examiner.examine(connectors, sender);
    let taking = async {
        let mut lines = Vec::new();
        while let Some(Finding { subject, tried, found, problem, way_out }) = findings.recv().await {
            assert_eq!(problem.is_some(), way_out.is_some(), "{subject} {tried}: {problem:?}");
            lines.push((subject, tried, problem.map_or_else(|| Ok(found.unwrap_or_default()), Err)));
        }
        lines
    };
    let ((), lines) = tokio::join!(examining, taking);
    drop(examiner);
    run.stop().await;
    assert!(slot.get().is_none(), "nothing is offered when the source has ended");
    lines
}

/// Scenario: a tenant with a licence and all permissions is examined, then its child alone. Guarantee: each step works and says what
/// was found, in the order in which one needs the other; the child brings its parent along.
#[tokio::test]
async fn all_is_well() {
    let scene = Scene::new(vec![contoso(10)]).await;
    for (wanted, subjects) in [(&[][..], 9), (&["Contoso-sign-ins"][..], 9), (&["nobody"][..], 0)] {
        let lines = examine(&scene, wanted).await;
        assert_eq!(lines.len(), subjects, "{lines:#?}");
        assert!(lines.iter().all(|(_, _, outcome)| outcome.is_ok()), "{lines:#?}");
    }
    let lines = examine(&scene, &[]).await;
    let tried: Vec<_> = lines.iter().map(|(_, tried, _)| tried.as_str()).collect();
    let (parent, child) = tried.split_at(5);
    assert_eq!(parent, ["token", "permissions", "licence", "clock", "request budget"]);
    assert!(child.iter().all(|tried| tried.starts_with("reads ")), "{child:?}");
    assert!(lines[1].2.as_ref().unwrap().contains("AuditLog.Read.All"));
    assert_eq!(lines[2].2, Ok("Entra ID P2".to_owned()));
}

/// Scenario: no consent; no licence; a kind that Graph refuses. Guarantee: the first thing that is wrong is named with a way out, and
/// nothing that needs it is tried in vain; what does not need it is.
#[tokio::test]
async fn what_is_wrong_is_named() {
    let scene = Scene::new(vec![contoso(10)]).await;
    let tenant = scene.simulator.tenant(&TENANT).unwrap();
    tenant.set_premium(false);
    let lines = examine(&scene, &[]).await;
    let wrong: Vec<_> = lines.iter().filter(|(_, _, outcome)| outcome.is_err()).collect();
    assert_eq!(wrong.len(), 5, "the licence, and each kind: {lines:#?}");
    assert_eq!(wrong[0].1, "licence");
    tenant.set_premium(true);
    tenant.set_roles(["Directory.Read.All".to_owned()]);
    let lines = examine(&scene, &[]).await;
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert_eq!((lines[0].1.as_str(), lines[0].2.is_ok()), ("token", true));
    assert_eq!((lines[1].1.as_str(), lines[1].2.is_err()), ("permissions", true));
}
