//! What goes wrong, and how it is sorted.

use super::*;

/// Scenario: everything that Graph and what stands before it can do wrong.
/// Guarantees: each is sorted by what the caller can do.
#[tokio::test]
async fn every_fault_has_its_sort() {
    let scene = Scene::new(50).await;
    let status = |status, retry_after_secs| FaultKind::Status { status, retry_after_secs };
    let retried = |error: &GraphError, wait: u64| match error {
        GraphError::Transient { retry_after, .. } => {
            *retry_after == (wait > 0).then_some(Duration::from_secs(wait))
        }
        _ => false,
    };
    assert!(retried(&scene.under(status(500, None)).await, 0));
    assert!(retried(&scene.under(status(502, None)).await, 0));
    assert!(retried(&scene.under(status(503, Some(9))).await, 9));
    assert!(retried(&scene.under(FaultKind::Reset).await, 0));
    assert!(retried(&scene.under(FaultKind::HalfBody).await, 0));
    assert!(retried(&scene.under(FaultKind::CutBody).await, 0), "its gzip has no end");
    let timeout = scene.under(status(504, None)).await;
    assert!(matches!(timeout, GraphError::Narrow { how: TooMuch::GatewayTimeout, .. }), "{timeout:?}");
    for fault in [FaultKind::Html, FaultKind::BrokenJson, FaultKind::WrongShape, FaultKind::EmptyBody] {
        let error = scene.under(fault).await;
        assert!(matches!(error, GraphError::Malformed { .. }), "{error:?}");
    }
    let filter = scene.under(FaultKind::InvalidFilter).await;
    assert!(matches!(filter, GraphError::BadRequest { kind: BadRequest::InvalidFilter, .. }), "{filter:?}");
    let location = "http://127.0.0.1:1/?hush".to_owned();
    let redirected = scene.under(FaultKind::Redirect { status: 302, location }).await;
    assert!(matches!(redirected, GraphError::Redirected { .. }) && !redirected.to_string().contains("hush"));
    for (part, what) in [
        (LinkPart::Host, ForeignLink::Origin),
        (LinkPart::Port, ForeignLink::Origin),
        (LinkPart::Scheme, ForeignLink::Origin),
        (LinkPart::Path, ForeignLink::Path),
        (LinkPart::Garbage, ForeignLink::NotAUrl),
    ] {
        let error = scene.under(FaultKind::ForeignNextLink { part }).await;
        assert!(
            matches!(error, GraphError::ForeignNextLink { what: found, .. } if found == what),
            "{error:?}"
        );
    }
}

/// Scenario: the paging token of a walk has died.
/// Guarantees: that is told from a request that is wrong for good, and the same query begins anew.
#[tokio::test]
async fn a_dead_paging_token_is_told() {
    let scene = Scene::new(20).await;
    let link = scene.page(5).await.expect("a page").next.expect("has a next");
    scene.tenant.inject(FaultKind::DeadSkiptoken);
    let error = scene.graph.page(&scene.token, PageRequest::Next(link), || {}).await.expect_err("is dead");
    assert!(matches!(error, GraphError::DeadLink { .. }), "{error:?}");
    assert_eq!(scene.page(5).await.expect("a page").records.len(), 5);
}

/// Scenario: 429 with every form of Retry-After.
/// Guarantees: the wait is what Graph asks for, to the millisecond where it says so.
#[tokio::test]
async fn throttling_says_how_long() {
    let scene = Scene::new(1).await;
    for (retry_after, waits) in [
        (RetryAfter::Absent, None),
        (RetryAfter::Seconds, Some(3_000..=3_000)),
        (RetryAfter::Decimal, Some(2_128..=2_128)),
        (RetryAfter::HttpDate, Some(2_000..=4_000)),
    ] {
        let error = scene.under(FaultKind::Throttle { retry_after, wait_millis: 2_128 }).await;
        let GraphError::Throttled { retry_after: wait, .. } = &error else { panic!("{error:?}") };
        match waits {
            None => assert_eq!(*wait, None),
            Some(waits) => assert!(waits.contains(&wait.expect("is said").as_millis()), "{error:?}"),
        }
    }
}

/// Scenario: every 403 of Graph, a token that is not good, and one that lacks claims.
/// Guarantees: reason or claims, with the code and the request's id.
#[tokio::test]
async fn refusals_say_why() {
    let scene = Scene::new(1).await;
    let expected = [
        Refusal::NoLicence,
        Refusal::PermissionMissing,
        Refusal::DirectoryReadMissing,
        Refusal::PermissionMissing,
        Refusal::RequestDenied,
        Refusal::RoleMissing,
    ];
    for ((code, _), refusal) in graph_simulator::FORBIDDEN_CODES.iter().zip(expected) {
        let error = scene.under(FaultKind::Forbidden { code: (*code).to_owned() }).await;
        assert!(matches!(error, GraphError::Refused { reason, .. } if reason == refusal), "{error:?}");
        let answer = error.answer();
        assert_eq!((answer.status, answer.code.as_deref()), (Some(403), Some(*code)));
        let shown = error.to_string();
        assert!(shown.contains(&format!("(HTTP 403, {code}, request id ")), "{shown}");
        assert!(answer.server_date.is_some() && !answer.client_request_id.is_nil());
    }
    let error = scene.under(FaultKind::InvalidToken).await;
    assert!(matches!(error, GraphError::TokenRejected { claims: None, .. }), "{error:?}");
    let wanted = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#.to_owned();
    scene.tenant.inject(FaultKind::ClaimsChallenge { claims: wanted.clone() });
    let error = scene.page(1).await.expect_err("is challenged");
    assert!(
        matches!(&error, GraphError::TokenRejected { claims: Some(claims), .. } if *claims == wanted),
        "{error:?}"
    );
}

/// Scenario: a page that inflates beyond the cap, an answer that does not begin, one that stops in the middle.
/// Guarantees: less is to be asked for; memory is not filled.
#[tokio::test]
async fn too_much_is_to_be_narrowed() {
    let scene = Scene::new(20).await;
    let limits = PageLimits { most_bytes: 1024 * 1024, ..PageLimits::default() };
    scene.tenant.inject(FaultKind::HugePage { mebibytes: 8 });
    let error = scene.graph.clone().with_limits(limits).page(&scene.token, scene.query(10), || {}).await;
    let error = error.expect_err("is too large");
    assert!(matches!(error, GraphError::Narrow { how: TooMuch::TooLarge(1_048_576), .. }), "{error:?}");

    let brief = Duration::from_millis(50);
    let silent = Canned::serve("", Then::Stall).await;
    let stalled = Canned::serve("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", Then::Stall).await;
    for (server, begun) in [(silent, 0), (stalled, 1)] {
        let limits = PageLimits { first_byte: brief, stall: brief, ..PageLimits::default() };
        let answers = AtomicUsize::new(0);
        let count = || {
            answers.fetch_add(1, Ordering::Relaxed);
        };
        let error = client(&server.url).with_limits(limits).page(&token("hush"), any_query(), count).await;
        let error = error.expect_err("takes too long");
        assert!(matches!(error, GraphError::Narrow { how: TooMuch::TimedOut, .. }), "{error:?}");
        assert_eq!(answers.into_inner(), begun);
    }
}

/// Scenario: every sort of error from a server that repeats the token in all that it says.
/// Guarantees: neither token nor paging token nor body shows in what is printed, for people or for debugging.
#[tokio::test]
async fn errors_show_no_secret() {
    let cases = [
        answer("200 OK", "", r#"{"value":"Bearer hush"}"#),
        answer("200 OK", "", "hush"),
        answer("200 OK", "", r#"{"value":[],"@odata.nextLink":"https://evil.example/hush?hush"}"#),
        answer("302 Found", "Location: https://evil.example/?hush\r\n", "hush"),
        answer(
            "400 Bad Request",
            "",
            r#"{"error":{"code":"BadRequest","message":"Invalid Skip Token hush"}}"#,
        ),
        answer("401 Unauthorized", "WWW-Authenticate: Bearer realm=\"hush\"\r\n", "hush"),
        answer("403 Forbidden", "", r#"{"error":{"code":"x","message":"hush"}}"#),
        answer("500 Internal Server Error", "", "hush"),
        answer("200 OK", "Content-Encoding: gzip\r\n", "hush"),
        b"hush\r\n\r\n".to_vec(),
        Vec::new(),
    ];
    for case in cases {
        let server = Canned::serve(case.clone(), Then::Close).await;
        let graph = client(&server.url);
        let link = format!("{}beta/auditLogs/signIns?$skiptoken=hush", server.url);
        let next = NextLink::parse(&link, &graph.sign_ins).expect("is ours");
        let error = graph.page(&token("hush"), PageRequest::Next(next), || {}).await.expect_err("is no page");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hush"), "{}: {shown}", String::from_utf8_lossy(&case));
        assert!(server.requests()[0].contains("Bearer hush"), "it was sent");
    }
}
