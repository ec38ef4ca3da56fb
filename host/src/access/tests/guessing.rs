//! Tests of how seldom somebody may try.

use super::*;

/// Scenario: somebody guesses. Guarantee: after some wrong guesses even the right one has to wait, and is told how long; what was guessed shows
/// nowhere.
#[tokio::test]
async fn guessing_takes_for_ever() {
    let served = Served::on_loopback().await;
    let mut answers = Vec::new();
    for guess in 0..8 {
        let answer = served.submit("/login", "", &format!("secret=guess{guess}")).await;
        answers.push(status(&answer));
        assert!(!answer.text().await.unwrap().contains("guess"));
    }
    assert_eq!(answers[..6], [403; 6]);
    assert_eq!(answers[6..], [429; 2]);
    let right = served.submit("/login", "", &format!("secret={}", served.token)).await;
    assert_eq!(status(&right), 429);
    assert!(right.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    served.stop().await;
}

/// Scenario: a stranger guesses through the proxy in front of a console with a `public_url`, from an IPv6 network of his own, and writes other addresses before
/// the one that the proxy adds; then the administrator logs in, through the proxy too. Guarantee: the stranger has to wait from whichever of his addresses; the
/// administrator does not.
#[tokio::test]
async fn a_stranger_behind_the_proxy_locks_nobody_else_out() {
    let public = "https://siem.example";
    let served =
        Served::with(|config| ApiConfig { public_url: Some(public.parse().unwrap()), ..config }).await;
    let try_from = async |forwarded: &str, secret: &str| {
        let headers = [("origin", public), ("x-forwarded-for", forwarded)];
        status(&served.post("/login", &headers, &format!("secret={secret}")).await)
    };
    for guess in 0..6 {
        let from = format!("192.0.2.{guess}, 2001:db8::{guess}:1");
        assert_eq!(try_from(&from, "guess").await, 403, "{from}");
    }
    for from in ["2001:db8::7", "[2001:db8::ffff]", "[2001:db8::8]:4711", "192.0.2.9,2001:db8::9"] {
        assert_eq!(try_from(from, "guess").await, 429, "{from}");
    }
    for from in ["2001:db8:0:1::1", "198.51.100.1", "192.0.2.1:4711"] {
        assert_eq!(try_from(from, &served.token).await, 303, "{from}");
    }
    served.stop().await;
}

/// Scenario: somebody on the machine of a console that nobody elsewhere reaches guesses, under ever other addresses of his own invention. Guarantee: he has to
/// wait.
#[tokio::test]
async fn without_a_proxy_nobody_is_believed() {
    let served = Served::on_loopback().await;
    let mut answers = Vec::new();
    for guess in 0..7 {
        let from = format!("192.0.2.{guess}");
        let headers = [("origin", served.url.as_str()), ("x-forwarded-for", from.as_str())];
        answers.push(status(&served.post("/login", &headers, "secret=guess").await));
    }
    assert_eq!(answers, [403, 403, 403, 403, 403, 403, 429]);
    served.stop().await;
}
