//! Tests of values that are written as text.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::super::values::filter_mistake;
use super::super::{IpRange, Malformed, Start, Tenant};

/// Scenario: GUIDs and domains, and what looks like them.
/// Guarantee: only what can name one tenant passes; domains compare in lower case.
#[test]
fn tenants_are_guids_or_domains() {
    let tenant = |text: &str| text.parse::<Tenant>();
    assert!(matches!(tenant("72F988BF-86f1-41af-91ab-2d7cd011db47"), Ok(Tenant::Id(_))));
    assert_eq!(tenant("Contoso.COM"), Ok(Tenant::Domain("contoso.com".to_owned())));
    assert_eq!(tenant("b\u{fc}cher.example"), Ok(Tenant::Domain("xn--bcher-kva.example".to_owned())));
    for text in [
        "",
        "common",
        "organizations",
        "contoso",
        "contoso.",
        ".com",
        "-x.com",
        "x_y.com",
        "a b.com",
        "https://contoso.com",
        "contoso.com/",
        "contoso.com:443",
        "user@contoso.com",
        "192.0.2.1",
        "00000000-0000-0000-0000-000000000000",
    ] {
        assert_eq!(tenant(text), Err(Malformed), "{text}");
    }
}

/// Scenario: starts in every form, and near misses.
/// Guarantee: an age has one whole number and one unit; a time says its offset.
#[test]
fn starts_are_now_an_age_or_a_time() {
    let start = |text: &str| text.parse::<Start>();
    assert_eq!(start("now"), Ok(Start::Now));
    for (text, seconds) in [("90s", 90), ("15m", 900), ("24h", 86_400), ("30d", 2_592_000), ("0h", 0)] {
        assert_eq!(start(text), Ok(Start::Age(SignedDuration::from_secs(seconds))));
    }
    assert_eq!(start("2026-01-31T01:00:00+01:00"), Ok(Start::At("2026-01-31T00:00:00Z".parse().unwrap())));
    for text in [
        "",
        "Now",
        "24",
        "h",
        "-1h",
        "1.5h",
        "24 h",
        "1w",
        "1h30m",
        "99999999999d",
        "2026-01-31",
        "2026-01-31T00:00:00",
    ] {
        assert_eq!(start(text), Err(Malformed), "{text}");
    }
}

/// Scenario: ranges of both families, whole and with bits behind their prefix.
/// Guarantee: a range is named by its first address, so that a slip of the prefix is seen.
#[test]
fn ranges_begin_with_their_first_address() {
    let range = |text: &str| text.parse::<IpRange>().map(|range| (range.network.to_string(), range.prefix));
    for (text, network, prefix) in [
        ("192.0.2.7", "192.0.2.7", 32),
        ("192.0.2.7/32", "192.0.2.7", 32),
        ("10.0.0.0/8", "10.0.0.0", 8),
        ("0.0.0.0/0", "0.0.0.0", 0),
        ("2001:db8::/32", "2001:db8::", 32),
        ("::1", "::1", 128),
        ("::/0", "::", 0),
    ] {
        assert_eq!(range(text), Ok((network.to_owned(), prefix)));
    }
    for text in [
        "",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.1/8",
        "10.0.0.0/-1",
        "2001:db8::1/32",
        "::/129",
        "::/256",
        "x/8",
    ] {
        assert_eq!(range(text), Err(Malformed), "{text}");
    }
}

/// Scenario: filters that hold together and filters that do not.
/// Guarantee: parentheses inside literals do not count, doubled quotes do not open, and each break has its words.
#[test]
fn broken_filters_are_seen() {
    for whole in ["a eq 1", "(a eq 1) or (b eq 2)", "a eq 'it''s :)'", "startswith(a, '(')", "''"] {
        assert_eq!(filter_mistake(whole), None, "{whole}");
    }
    for (broken, what) in [
        ("a eq 'x", "has a quote that is not closed"),
        ("(a eq 1", "has a parenthesis that is not closed"),
        ("a eq 1) or (b eq 2", "closes a parenthesis that is not open"),
        ("$filter=a eq 1", "begins with $filter"),
    ] {
        assert_eq!(filter_mistake(broken).unwrap().0, what);
    }
}

proptest! {
    /// Scenario: any text at all.
    /// Guarantee: reading it never panics, and a filter passes exactly when it is whole between parentheses of ours.
    #[test]
    fn any_text_is_taken_or_refused(text in "[a'()$ 0-9:/.hd-]{0,24}|\\PC{0,12}") {
        let read = (text.parse::<Tenant>(), text.parse::<Start>(), text.parse::<IpRange>());
        prop_assert!(text != "now" || read.1 == Ok(Start::Now));
        let wrapped = format!("({text})");
        let begins = text.trim_start().starts_with("$filter");
        prop_assert_eq!(filter_mistake(&text).is_none(), filter_mistake(&wrapped).is_none() && closes_last(&text) && !begins);
    }
}

/// Whether no parenthesis in the text closes one that stands before it.
fn closes_last(text: &str) -> bool {
    let outside: String = text.split('\'').step_by(2).collect();
    let mut depth = 0_i32;
    outside.chars().all(|character| {
        depth += i32::from(character == '(') - i32::from(character == ')');
        depth >= 0
    })
}
