use super::ErrorAnswer;

const WHOLE: &str = r#"{
    "error": "invalid_client",
    "error_description": "AADSTS7000215: Invalid client secret provided.\r\n Ensure it is the value. Trace ID: 11111111-0000 Correlation ID: 22222222-0000 Timestamp: 2026-01-02 03:04:05Z",
    "error_codes": [7000215],
    "timestamp": "2026-01-02 03:04:05Z",
    "trace_id": "11111111-0000",
    "correlation_id": "22222222-0000",
    "error_uri": "https://login.microsoftonline.com/error?code=7000215",
    "suberror": "bad_token",
    "claims": "{\"access_token\":{}}"
}"#;

fn described(description: &str) -> ErrorAnswer {
    ErrorAnswer { error_description: Some(description.to_owned()), ..ErrorAnswer::default() }
}

/// Scenario: a refusal with everything that Microsoft ever sends.
/// Guarantees: numbers, suberror, claims and ids are kept; the description is one line without the ids.
#[test]
fn everything_is_kept() {
    let answer: ErrorAnswer = serde_json::from_str(WHOLE).expect("is a refusal");
    assert_eq!(answer.numbers(), [7_000_215]);
    assert_eq!(answer.suberror.as_deref(), Some("bad_token"));
    assert_eq!(answer.claims.as_deref(), Some("{\"access_token\":{}}"));
    assert_eq!(answer.trace_id.as_deref(), Some("11111111-0000"));
    assert_eq!(answer.correlation_id.as_deref(), Some("22222222-0000"));
    let said = "AADSTS7000215: Invalid client secret provided. Ensure it is the value.";
    assert_eq!(answer.description().as_deref(), Some(said));
}

/// Scenario: a refusal as RFC 6749 has it, with and without a number in its description.
/// Guarantees: it is understood; the number is found; nothing is made up.
#[test]
fn little_is_enough() {
    let answer: ErrorAnswer = serde_json::from_str(r#"{"error":"invalid_grant"}"#).expect("is a refusal");
    assert_eq!((answer.numbers(), answer.description()), (vec![], None));
    assert_eq!(described("AADSTS65001: not consented").numbers(), [65_001]);
    assert_eq!(described("AADSTS: what").numbers(), Vec::<u32>::new());
    assert_eq!(described("AADSTS99999999999999").numbers(), Vec::<u32>::new());
}

/// Scenario: descriptions that are not Microsoft's, are endless, or hold control characters.
/// Guarantees: only Microsoft's own text is kept, on one line of bounded length.
#[test]
fn only_microsofts_words_are_kept() {
    assert_eq!(described("you sent hush").description(), None);
    let endless = format!("AADSTS1: \u{1b}[31m{}", "x".repeat(10_000));
    let kept = described(&endless).description().expect("is kept");
    assert_eq!(kept.len(), 500);
    assert!(!kept.contains(char::is_control), "{kept:?}");
}

/// Scenario: a text that repeats a secret as it is, encoded, encoded in part, and cut short or folded; another text; no secret. Guarantees: each
/// repetition of all of it is found, and nothing else is.
#[test]
fn repetitions_are_found() {
    for (text, secret, expected) in [
        ("you sent a b=c", "a b=c", true),
        ("you sent a+b%3Dc", "a b=c", true),
        ("you sent a%20b=c", "a b=c", true),
        ("you sent a%2Bb", "a+b", true),
        ("you sent a+b", "a+b", true),
        ("you sent a%252Bb", "a+b", true),
        ("you sent a b", "a  b", true),
        ("you sent a b", "a c", false),
        ("anything", "", false),
    ] {
        assert_eq!(super::repeats(text, secret), expected, "{text}");
    }
}
