use super::*;

mod corpus;

const SIGN_INS: &str = "https://graph.example/base/beta/auditLogs/signIns";

fn parse(link: &str) -> Result<NextLink, ForeignLink> {
    NextLink::parse(link, &SIGN_INS.parse().expect("is a URL"))
}

/// Scenario: links to the same list, also with the port spelt out and the path in another case.
/// Guarantees: they are followed exactly as they are.
#[test]
fn our_own_links_are_followed() {
    for link in [
        "https://graph.example/base/beta/auditLogs/signIns?$top=2&$skiptoken=a%2Bb%3D",
        "https://graph.example:443/base/beta/auditlogs/signins?$skiptoken=",
        "https://GRAPH.example/base/beta/auditLogs/signIns",
    ] {
        let followed = parse(link).expect("is ours");
        assert_eq!(followed.url(), &Url::parse(link).expect("is a URL"));
    }
}

/// Scenario: links elsewhere, by every part of a URL, and tricks to look like ours.
/// Guarantees: none is followed, and what is foreign is named.
#[test]
fn foreign_links_are_not_followed() {
    for (link, what) in [
        ("", ForeignLink::NotAUrl),
        ("/beta/auditLogs/signIns?$skiptoken=a", ForeignLink::NotAUrl),
        ("http://graph.example/base/beta/auditLogs/signIns", ForeignLink::Origin),
        ("https://graph.example:8443/base/beta/auditLogs/signIns", ForeignLink::Origin),
        ("https://graph.example.evil/base/beta/auditLogs/signIns", ForeignLink::Origin),
        ("https://graph.example@evil.example/base/beta/auditLogs/signIns", ForeignLink::Origin),
        ("https://user:pass@graph.example/base/beta/auditLogs/signIns", ForeignLink::Origin),
        ("data:text/plain,signIns", ForeignLink::Origin),
        ("https://graph.example/beta/auditLogs/signIns", ForeignLink::Path),
        ("https://graph.example/base/beta/auditLogs/signInsX", ForeignLink::Path),
        ("https://graph.example/base/beta/auditLogs/signIns/../../../users", ForeignLink::Path),
        ("https://graph.example/base/beta/auditLogs/signIns/%2e%2e/users", ForeignLink::Path),
        ("https://graph.example/base/v1.0/auditLogs/signIns", ForeignLink::Path),
    ] {
        assert_eq!(parse(link), Err(what), "{link}");
    }
}

/// Scenario: a link is printed, for people and for debugging.
/// Guarantees: the paging token does not show.
#[test]
fn the_token_does_not_show() {
    let link = parse(&format!("{SIGN_INS}?$skiptoken=hush")).expect("is ours");
    let shown = format!("{link} {link:?}");
    assert!(shown.contains(SIGN_INS) && !shown.contains("hush"), "{shown}");
}
