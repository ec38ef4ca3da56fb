//! Tests of how long a session lasts, and what becomes of a page that is open when it ends.

use std::time::Duration;

use super::*;
use crate::access::sessions::Sessions;

/// Scenario: a session is not used for half an hour; one is not, while its page goes on to load itself again; another is used all the time for half a
/// day. Guarantee: all end.
#[tokio::test(start_paused = true)]
async fn sessions_end() {
    let sessions = Sessions::default();
    let begin = || sessions.begin().unwrap();
    let (idle, open, busy) = (begin(), begin(), begin());
    for minutes in (10..=700).step_by(10) {
        tokio::time::advance(Duration::from_mins(10)).await;
        sessions.find(&busy).unwrap();
        assert_eq!(sessions.look(&open).is_some(), minutes < 30, "{minutes}");
    }
    assert!(sessions.find(&idle).is_none() && sessions.find(&open).is_none());
    tokio::time::advance(Duration::from_mins(25)).await;
    assert!(sessions.find(&busy).is_none());
}

/// Scenario: a page that nobody looks at loads a part of itself again and again; another is looked at. Guarantee: the session of the first ends.
#[tokio::test(start_paused = true)]
async fn an_open_page_does_not_use_its_session() {
    let access = Access::for_tests(&ApiConfig::at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))));
    let browser = |more: &[(&str, &str)]| {
        let cookie = access.begin_session().unwrap();
        let mut headers = map(more);
        headers.insert("cookie", format!("{}={}", cookie.name(), cookie.value()).parse().unwrap());
        headers
    };
    let (open, looked_at) = (browser(&[("hx-request", "true")]), browser(&[]));
    for minutes in (10..=60).step_by(10) {
        tokio::time::advance(Duration::from_mins(10)).await;
        assert!(access.caller(&looked_at).is_known());
        assert_eq!(access.caller(&open).is_known(), minutes < 30, "{minutes}");
    }
}

/// Scenario: a page loads a part of itself again, with a session and after that has ended; the page is named in every way. Guarantee: the part comes;
/// afterwards the browser is sent to the page itself, on this console, which leads to where one logs in.
#[tokio::test]
async fn a_page_that_is_open_leads_to_the_log_in() {
    let served = Served::elsewhere().await;
    let cookie = served.log_in("correct+horse+battery+staple").await;
    let form = format!("word={}", served.word(&cookie).await);
    let part = async |page: &str| {
        let headers = [("cookie", cookie.as_str()), ("hx-request", "true"), ("hx-current-url", page)];
        served.get("/pipeline/table", &headers).await
    };
    assert_eq!(status(&part("").await), 200);
    assert_eq!(status(&served.submit("/logout", &cookie, &form).await), 303);
    for (page, expected) in [
        ("http://127.0.0.1/pipeline?a=b#c", "/pipeline?a=b"),
        ("http://127.0.0.1//evil.example/", "/"),
        ("https://evil.example", "/"),
        ("nonsense", "/"),
        ("", "/"),
    ] {
        let answer = part(page).await;
        assert_eq!(status(&answer), 401, "{page}");
        assert_eq!(answer.headers()["hx-redirect"], expected, "{page}");
        assert!(!answer.text().await.unwrap().contains("<form"), "{page}");
    }
    served.stop().await;
}
