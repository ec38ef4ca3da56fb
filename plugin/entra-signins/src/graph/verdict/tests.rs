use serde_json::json;

use super::*;

fn judged(status: u16, body: &str) -> GraphError {
    judged_with(status, &[], body)
}

fn judged_with(status: u16, headers: &[(&'static str, &str)], body: &str) -> GraphError {
    let headers: HeaderMap =
        headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    let said = Said::parse(body.as_bytes());
    of(status.try_into().expect("is a status"), &headers, Some(Duration::from_secs(7)), said, Box::default())
}

fn error(code: &str, message: &str) -> String {
    json!({"error": {"code": code, "message": message, "innerError": {"request-id": "1"}}}).to_string()
}

/// Scenario: every status that Graph, a gateway or a proxy answers with, without a body that could help.
/// Guarantees: each is sorted by what the caller can do.
#[test]
fn every_status_has_its_sort() {
    type Sort = fn(&GraphError) -> bool;
    let sorts: [(&[u16], Sort); 8] = [
        (&[429, 509], |e| matches!(e, GraphError::Throttled { retry_after: Some(_), .. })),
        (&[504], |e| matches!(e, GraphError::Narrow { how: TooMuch::GatewayTimeout, .. })),
        (&[401], |e| matches!(e, GraphError::TokenRejected { claims: None, .. })),
        (&[403], |e| matches!(e, GraphError::Refused { reason: Refusal::Other, .. })),
        (&[400, 404, 405, 409, 410, 415, 499], |e| matches!(e, GraphError::BadRequest { .. })),
        (&[301, 302, 304, 307, 308], |e| matches!(e, GraphError::Redirected { .. })),
        (&[408, 500, 501, 502, 503, 507, 599], |e| {
            matches!(e, GraphError::Transient { retry_after: Some(_), .. })
        }),
        (&[407], |e| matches!(e, GraphError::Unreachable { .. })),
    ];
    for (statuses, is_sort) in sorts {
        for status in statuses {
            for body in
                ["", "<html>", "{}", "[1]", r#"{"error":"text"}"#, r#"{"error":{"code":7,"message":null}}"#]
            {
                let judged = judged(*status, body);
                assert!(is_sort(&judged), "{status} {body}: {judged:?}");
            }
        }
    }
    assert!(matches!(judged(204, ""), GraphError::Malformed { .. }));
}

/// Scenario: 400s that tell of a dead paging token, in its code or in its message.
/// Guarantees: they are told from requests that are wrong for good.
#[test]
fn dead_tokens_are_told_from_bad_requests() {
    for body in [
        error("UnknownError", "Invalid Skip Token, skip token is null"),
        error("", "Invalid Skip Token"),
        error("BadRequest", "Invalid skipToken."),
        error("Directory_ExpiredPageToken", "The specified page token value has expired."),
        json!({"error": {"code": "Request_BadRequest", "innererror": {"code": "DirectoryPageTokenNotFoundException"}}}).to_string(),
    ] {
        assert!(matches!(judged(400, &body), GraphError::DeadLink { .. }), "{body}");
    }
    for (status, message, kind, kept) in [
        (400, "Invalid filter clause", BadRequest::InvalidFilter, "Invalid filter clause"),
        (
            400,
            "Query option 'Skip'\n is not allowed",
            BadRequest::Other,
            "Query option 'Skip' is not allowed",
        ),
        (
            404,
            "Resource not found for the segment 'signIns'.",
            BadRequest::NotFound,
            "Resource not found for the segment 'signIns'.",
        ),
        (400, "", BadRequest::Other, "it does not say why"),
    ] {
        let judged = judged(status, &error("BadRequest", message));
        let GraphError::BadRequest { kind: found, message, .. } = judged else { panic!("{judged:?}") };
        assert_eq!((found, message.as_str()), (kind, kept));
    }
}

/// Scenario: a claims challenge on a 401 and on a 403; a 403 that lacks the claims it speaks of.
/// Guarantees: with claims, another token helps; without, somebody must look at the policy.
#[test]
fn challenges_are_answered_with_a_token() {
    let challenge = ("www-authenticate", r#"Bearer error="insufficient_claims", claims="eyJhIjoxfQ==""#);
    for status in [401, 403] {
        let judged = judged_with(status, &[challenge], "");
        let GraphError::TokenRejected { claims, .. } = judged else { panic!("{judged:?}") };
        assert_eq!(claims.as_deref(), Some(r#"{"a":1}"#));
    }
    let empty = ("www-authenticate", r#"Bearer error="insufficient_claims""#);
    let judged = judged_with(403, &[empty], &error("InvalidAuthenticationToken", ""));
    assert!(matches!(judged, GraphError::Refused { reason: Refusal::InsufficientClaims, .. }), "{judged:?}");
}

/// Scenario: errors within errors, in both spellings, empty and numeric codes, endless and many-lined messages.
/// Guarantees: codes from the inside out, without what says nothing; messages on one line of bounded length.
#[test]
fn the_most_specific_code_comes_first() {
    let nested = json!({"error": {
        "code": "UnknownError",
        "message": format!("line\r\n  two {}", "x".repeat(1_000)),
        "innerError": {"code": "429", "innererror": {"code": "TooManyRequests", "innerError": {"code": ""}}},
    }});
    let said = Said::parse(nested.to_string().as_bytes());
    assert_eq!(said.codes, ["TooManyRequests", "UnknownError"]);
    assert!(said.message.starts_with("line two xxx"), "{}", said.message);
    assert_eq!(said.message.len(), LONGEST);
    for body in [&b"\xff\xfe"[..], b"", b"{", b"null"] {
        let said = Said::parse(body);
        assert!(said.codes.is_empty() && said.message.is_empty());
    }
}
