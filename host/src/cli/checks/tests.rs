//! Tests of what is said of checks.

use collector::health::{Finding, WayOut};

use super::{Check, Verdict, in_lines};

fn finding(subject: &str, problem: Option<&str>, way_out: &str) -> Check {
    let way_out = WayOut { text: way_out.to_owned(), url: Some("https://consent.example".to_owned()) };
    let (tried, problem) = ("token".to_owned(), problem.map(str::to_owned));
    Finding { subject: subject.to_owned(), tried, found: None, problem, way_out: Some(way_out) }.into()
}

/// Scenario: three checks of two connectors fail for one reason, one for another, one works, and one says what it found; a name and a reason hold
/// what a terminal acts on.
/// Guarantee: a line each; each way out stands once, with whom it helps; nothing draws.
#[test]
fn a_way_out_is_said_once() {
    let skipped = Check { verdict: Verdict::Skipped("it runs".to_owned()), ..Check::new("s", "t", Ok(())) };
    let checks = [
        finding("a", Some("no consent"), "Consent."),
        finding("b\u{202e}", Some("no\nconsent"), "Consent."),
        finding("a", Some("no consent"), "Consent."),
        finding("c", Some("no licence"), "Buy one."),
        finding("d", None, "Nothing."),
        Finding {
            subject: "e".to_owned(),
            tried: "clock".to_owned(),
            found: Some("1 s off".to_owned()),
            ..Finding::default()
        }
        .into(),
        skipped,
    ];
    let expected = "\
a          token  failed     no consent
b\\u{202e}  token  failed     no\\u{a}consent
a          token  failed     no consent
c          token  failed     no licence
d          token  ok
e          clock  ok         1 s off
s          t      not tried  it runs

a, b\\u{202e}: Consent. https://consent.example

c: Buy one. https://consent.example
";
    assert_eq!(in_lines(&checks), expected);
}
