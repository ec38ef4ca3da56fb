use base64::engine::general_purpose;
use reqwest::header::HeaderValue;

use super::*;

const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1604106651"},"x":"??>>"}}"#;

fn headers(values: &[&str]) -> HeaderMap {
    let value = |value: &&str| (WWW_AUTHENTICATE, HeaderValue::from_str(value).expect("is a value"));
    values.iter().map(value).collect()
}

/// Scenario: challenges in every spelling: order, case, spaces, unquoted, padding, either alphabet, several headers.
/// Guarantees: the claims come out as the JSON that went in.
#[test]
fn claims_are_found() {
    let standard = general_purpose::STANDARD.encode(CLAIMS);
    let url_safe = general_purpose::URL_SAFE_NO_PAD.encode(CLAIMS);
    assert!(standard.contains(['+', '/', '=']), "the example tells the alphabets apart");
    for values in [
        vec![format!(
            r#"Bearer realm="", authorization_uri="https://login.example/a=b,c", error="insufficient_claims", claims="{standard}""#
        )],
        vec![format!(r#"Bearer claims="{url_safe}", error="insufficient_claims""#)],
        vec![format!(r#"bearer Claims = "{standard}""#)],
        vec![format!("Bearer error=insufficient_claims,claims={url_safe}")],
        vec!["Negotiate".to_owned(), format!(r#"Bearer realm="a \"claims=\" b", claims="{standard}""#)],
    ] {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(claims(&headers(&values)).as_deref(), Some(CLAIMS), "{values:?}");
    }
}

/// Scenario: challenges without claims, and claims that are no base64, no UTF-8 or no JSON.
/// Guarantees: nothing is taken for claims, and nothing breaks.
#[test]
fn what_is_no_claims_is_none() {
    let broken = general_purpose::STANDARD.encode([0xff, 0xfe]);
    let no_json = general_purpose::STANDARD.encode("hello");
    for value in [
        "Bearer".to_owned(),
        String::new(),
        "=".to_owned(),
        r#"Bearer realm="claims=abc""#.to_owned(),
        r#"Bearer claims="%%%""#.to_owned(),
        r#"Bearer claims=""#.to_owned(),
        r#"Bearer claims="unclosed\"#.to_owned(),
        format!(r#"Bearer claims="{broken}""#),
        format!(r#"Bearer claims="{no_json}""#),
    ] {
        assert_eq!(claims(&headers(&[&value])), None, "{value}");
    }
    assert_eq!(claims(&HeaderMap::new()), None);
}

/// Scenario: challenges with and without the error that a policy gives.
/// Guarantees: it is found in its parameter alone.
#[test]
fn insufficient_claims_are_told() {
    assert!(is_insufficient_claims(&headers(&["Bearer error=\"insufficient_claims\""])));
    assert!(is_insufficient_claims(&headers(&["Negotiate", "Bearer realm=\"\", ERROR=insufficient_claims"])));
    assert!(!is_insufficient_claims(&headers(&["Bearer error=\"invalid_token\""])));
    assert!(!is_insufficient_claims(&headers(&["Bearer error_description=\"insufficient_claims\""])));
}
