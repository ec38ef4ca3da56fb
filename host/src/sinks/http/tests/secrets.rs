//! What a receiver repeats of a request: none of our secrets gets any further.

use super::*;

/// The reason that is shown for this answer of a receiver to a request of this sink, and the one that is kept with
/// the event that it sets aside.
async fn shown(settings: &[(&str, Setting)], query: &str, echo: &str) -> (String, String) {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of((1..=2).map(event)));
    receiver.answer([Answer::status(503).body(echo)]);
    receiver.refuse(&[2], echo);
    let (tasks, mut handles) = start(&feed, &format!("{}{query}", receiver.url), settings);
    let retrying = |state: &SinkState| matches!(state, SinkState::Retrying { .. });
    let report = handles.report.wait_for(|report| retrying(&report.state)).await.unwrap().clone();
    tasks.join_all().await;
    let SinkState::Retrying { reason, .. } = report.state else { panic!("it is retrying") };
    (reason, feed.aside().remove(0).1)
}

/// Scenario: receivers repeat the credentials, headers and query of the request, as they are and as JSON, HTML and
/// queries write them, in upper and lower case, at the place where the message is cut.
/// Guarantee: neither the status nor what is kept with an event set aside shows any of it; the rest is shown.
#[tokio::test]
async fn what_a_receiver_repeats_is_redacted() {
    let bearer = [("auth.strategy", text("bearer")), ("auth.token", text("T0k3n-of-ours"))];
    let basic = [
        ("auth.strategy", text("basic")),
        ("auth.user", text("Aladdin")),
        ("auth.password", text("open \"sesame\" & <go>")),
    ];
    let short = [("auth.strategy", text("basic")), ("auth.user", text("me")), ("auth.password", text("x1"))];
    let header = [("request.headers.x-api-key", text("Splunk 0123456789"))];
    let proxy = [("proxy.https", text("http://proxyuser:proxypass@127.0.0.1:1"))];
    let long = format!("{}T0k3n-of-ours", "x".repeat(288));
    let pair = "QWxhZGRpbjpvcGVuICJzZXNhbWUiICYgPGdvPg";
    for (settings, query, echo, secret) in [
        (bearer.as_slice(), "", "Authorization: Bearer T0k3n-of-ours; bad", "k3n"),
        (&bearer, "", "got t0K3N-OF-OURS; bad", "3N"),
        (&bearer, "", r#"{"message":"token 'T0k3n-of-ours' has expired; bad"}"#, "k3n"),
        (&bearer, "", &long, "T0k3"),
        (&basic, "", "Aladdin may not; bad", "laddin"),
        (&basic, "", &format!("Basic {pair}==; bad"), "QWxh"),
        (&basic, "", &format!("Basic {pair}; bad"), "QWxh"),
        (&basic, "", "open \"sesame\" & <go>; bad", "sesame"),
        (&basic, "", r#"{"error":"open \"sesame\" & <go>; bad"}"#, "sesame"),
        (&basic, "", "open &quot;sesame&quot; &amp; &lt;go&gt;; bad", "sesame"),
        (&basic, "", "?p=open+%22sesame%22+%26+%3Cgo%3E; bad", "sesame"),
        (&short, "", "some me x1 x10; bad", " x1 "),
        (&header, "", "key 0123456789; bad", "2345"),
        (&proxy, "", "proxyuser, proxypass: bad", "proxyp"),
        (&[], "?key=K3y%2Fof%20ours", "K3y/of ours; bad", "K3y"),
        (&[], "?key=K3y%2Fof%20ours", "/?key=K3y%2Fof%20ours; bad", "K3y"),
        (&[], "hooks/a0123456789012345678", "/hooks/a0123456789012345678; bad", "345"),
    ] {
        let (status, kept) = shown(settings, query, echo).await;
        for reason in [status, kept] {
            assert!(!reason.contains(secret) && reason.contains("REDACT"), "{echo}: {reason}");
            assert!(reason.contains("bad") || echo.len() > 300, "{echo}: {reason}");
            assert!(reason.len() < 400, "{reason}");
        }
    }
}

/// Scenario: a receiver sends us to a host whose name holds the token.
/// Guarantee: the host is shown without it.
#[tokio::test]
async fn a_redirect_does_not_tell_a_secret() {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of([event(1)]));
    receiver.answer([Answer::status(302).with("location", "https://T0k3n.elsewhere.example/?T0k3n")]);
    let settings = [("auth.strategy", text("bearer")), ("auth.token", text("T0k3n"))];
    let (tasks, mut handles) = start(&feed, &receiver.url, &settings);
    trouble(&mut handles, "a redirect to **REDACTED**.elsewhere.example: write").await;
    tasks.join_all().await;
}

/// Scenario: a header of ours has a word of Vector's message as its value.
/// Guarantee: what Vector means is understood all the same.
#[tokio::test]
async fn redaction_does_not_change_what_an_answer_means() {
    let (receiver, feed) = (Receiver::start().await, MemoryFeed::of([event(1)]));
    let behind = Answer::status(400).body(r#"{"code":400,"message":"Contents failed to deliver to sink"}"#);
    receiver.answer([behind]);
    run(&feed, &receiver.url, &[("request.headers.x-kind", text("sink"))]).await;
    assert_eq!((feed.confirmed(), feed.aside()), (1, vec![]));
}
