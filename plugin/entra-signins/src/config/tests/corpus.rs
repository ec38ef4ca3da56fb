//! Configurations of the corpus, as they are and changed at random.

use std::collections::HashSet;
use std::path::Path;

use collector::settings::{Problems, from_toml};
use proptest::prelude::*;

use super::super::EntraSigninsConfig;
use crate::corpus::{Input, changed, inputs};

const FILE: &str = "no-such-directory/c.toml";

/// Whether the text is a configuration; checks everything that is promised of any text.
fn check(input: &Input) -> bool {
    let text = String::from_utf8_lossy(&input.bytes);
    let table = from_toml(&text, Path::new(FILE));
    let is_toml = table.is_ok();
    match table.and_then(|table| EntraSigninsConfig::from_table(&table)) {
        Ok(config) => check_config(&config),
        Err(problems) => {
            check_problems(&problems, &text, is_toml);
            return false;
        }
    }
    true
}

/// Each problem is one line that names the file, a line of it and, once it is TOML, a key.
fn check_problems(problems: &Problems, text: &str, is_toml: bool) {
    assert!(!problems.0.is_empty());
    let lines = text.split('\n').count();
    for problem in &problems.0 {
        let at = problem.at.as_ref().unwrap_or_else(|| panic!("{problem} stands nowhere"));
        assert!(at.file.as_ref() == Path::new(FILE) && (1..=lines).contains(&at.line), "{problem}");
        // A key of no characters is told by its line alone.
        let is_named = !is_toml || !problem.key.is_empty() || problem.what == "unknown key";
        assert!(is_named && !problem.what.is_empty(), "{problem}");
        assert!(!problem.to_string().contains(char::is_control), "{problem}");
    }
}

/// No two connectors share a name or a kind of a tenant, and none is out of Microsoft's bounds.
fn check_config(config: &EntraSigninsConfig) {
    assert!(config.app_budget_share > 0.0 && config.app_budget_share <= 1.0);
    let (mut parents, mut children, mut claims) = (HashSet::new(), HashSet::new(), HashSet::new());
    for parent in &config.microsoft_365 {
        assert!(parents.insert(&parent.name) && !parent.name.is_empty() && !parent.unlimited_requests);
        for child in &parent.azure_ad {
            assert!(children.insert(&child.name) && !child.name.is_empty());
            assert!(child.sign_in_event_types.iter().all(|kind| claims.insert((&parent.tenant, *kind))));
            assert!((1..=1_000).contains(&child.page_size) && child.poll_interval <= child.poll_interval_max);
            assert!(child.reread_floor <= child.reread_ceiling);
        }
    }
}

/// Scenario: every configuration of the corpus, `hunter2` where a secret stands.
/// Guarantees: those that are whole are taken, the others are refused without a word of the secret.
#[test]
fn every_configuration_is_taken_or_refused() {
    for input in inputs("configurations") {
        assert_eq!(check(&input), input.name.starts_with("whole"), "{input:?}");
        let text = String::from_utf8_lossy(&input.bytes);
        let read = from_toml(&text, Path::new(FILE)).and_then(|table| EntraSigninsConfig::from_table(&table));
        let shown = match read {
            Ok(config) => format!("{config:?}"),
            Err(problems) => format!("{problems} {problems:?}"),
        };
        assert!(!shown.contains("hunter2"), "{}: {shown}", input.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Scenario: configurations of the corpus with bytes changed, cut, inserted, repeated, and ends of other ones.
    /// Guarantees: never a panic; a configuration in which nothing contradicts itself, or problems of which each is one line
    /// and says where it stands and of which key it is.
    #[test]
    fn a_changed_configuration_is_taken_or_refused(input in changed("configurations")) {
        check(&input);
    }
}
