//! Links of the corpus, as they are and changed at random.

use proptest::prelude::*;
use url::form_urlencoded;

use super::super::*;
use crate::corpus::{changed, inputs};

const ORIGIN: &str = "https://graph.microsoft.com";
const PATH: &str = "/beta/auditLogs/signIns";

fn parse(link: &str) -> Result<NextLink, ForeignLink> {
    NextLink::parse(link, &format!("{ORIGIN}{PATH}").parse().unwrap())
}

/// What follows this address in a link, if that is a query or nothing.
fn after<'l>(link: &'l str, origin: &str) -> Option<&'l str> {
    let rest = link.strip_prefix(origin)?;
    let (path, rest) = rest.split_at_checked(PATH.len())?;
    let ends = rest.is_empty() || rest.starts_with(['?', '#']);
    (ends && path.eq_ignore_ascii_case(PATH)).then_some(rest)
}

/// Names and values of a query as they are meant, whichever of their characters are escaped.
fn meant(rest: &str) -> Vec<(String, String)> {
    let query = rest.strip_prefix('?').unwrap_or_default();
    let query = query.split_once('#').map_or(query, |(query, _)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// Whether the text is taken for a link of ours; checks everything that is promised of any text.
fn check(link: &str) -> bool {
    let accepted = parse(link);
    if let Ok(next) = &accepted {
        let sent = next.url().as_str();
        assert!(after(sent, ORIGIN).is_some(), "it leads to {sent}");
        assert!(!format!("{next} {next:?}").contains("skiptoken"));
    }
    // What is neither a blank at an end nor a line end anywhere is part of a URL.
    let written = link.trim_matches(|c| c <= ' ').replace(['\t', '\r', '\n'], "");
    if let Some(rest) = after(&written, ORIGIN) {
        let next = accepted.as_ref().expect("it is ours");
        let sent = next.url().as_str();
        assert_eq!(after(sent, ORIGIN).map(meant), Some(meant(rest)));
        if rest.chars().all(|c| c.is_ascii_graphic() && !"\"'<>`#".contains(c)) {
            assert_eq!(sent, written);
        }
    }
    accepted.is_ok()
}

/// Scenario: every link of the corpus.
/// Guarantees: ours are followed, and none else.
#[test]
fn ours_are_followed_and_none_else() {
    for input in inputs("next_links") {
        let link = String::from_utf8_lossy(&input.bytes);
        assert_eq!(check(&link), input.name.starts_with("ours"), "{input:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8192))]

    /// Scenario: links of the corpus with bytes changed, cut, inserted, repeated, and ends of other links.
    /// Guarantees: never a panic. What is followed leads to our server and path, by the very text that is sent. A link that
    /// begins with our address is followed, its query means what it meant, and byte for byte if it is all of characters
    /// that a URL may have.
    #[test]
    fn a_changed_link_leads_nowhere_else(input in changed("next_links")) {
        check(&String::from_utf8_lossy(&input.bytes));
    }
}
