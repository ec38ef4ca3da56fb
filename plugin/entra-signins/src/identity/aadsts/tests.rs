use std::collections::HashSet;

use super::*;
use crate::identity::IdentityError;

/// Every number of Microsoft's list that a collector can meet, by what helps, written down apart from the table.
const TRANSIENT: &[u32] = &[50_033, 50_087, 90_006, 90_012, 90_024, 90_033, 90_090, 90_055, 70_016];
const CONSENT: &[u32] = &[65_001, 90_094, 90_095, 7_000_229, 700_011, 700_016, 650_056, 65_004, 90_093];
const CONFIGURATION: &[u32] = &[
    50_001, 500_011, 50_011, 50_012, 700_027, 50_013, 500_133, 50_020, 50_034, 51_004, 50_053, 50_055,
    50_057, 50_126, 50_144, 50_059, 90_019, 50_128, 50_072, 50_074, 50_076, 50_078, 50_079, 50_158, 50_089,
    50_132, 50_133, 50_173, 70_000, 70_008, 700_082, 700_084, 70_043, 50_105, 50_194, 500_021, 500_022,
    500_212, 500_213, 53_000, 53_001, 53_002, 53_003, 530_032, 530_034, 530_035, 54_005, 65_005, 90_008,
    650_052, 650_054, 650_057, 70_001, 7_000_112, 1_000_031, 70_002, 7_000_215, 7_000_222, 7_000_218,
    900_144, 90_014, 700_024, 700_025, 700_030, 700_229, 70_021, 700_211, 700_212, 700_213, 70_011, 28_002,
    700_022, 70_018, 70_019, 90_002, 90_038, 90_051, 900_432, 900_382, 90_099, 9_001_023, 50_027, 700_021,
    700_023, 1_002_012, 70_003, 9_002_313, 70_020, 700_051, 500_113, 501_481,
];

fn answer(error: &str, numbers: &[u32]) -> ErrorAnswer {
    ErrorAnswer { error: error.to_owned(), error_codes: numbers.to_vec(), ..ErrorAnswer::default() }
}

/// Scenario: every number, with an OAuth error that says something else.
/// Guarantees: the number decides what helps, and none is missing from the table or in it for another reason.
#[test]
fn every_number_has_its_class() {
    let expected = [
        (Class::Transient, TRANSIENT),
        (Class::Consent, CONSENT),
        (Class::Configuration, CONFIGURATION),
        (Class::BackOff, &[50_196]),
    ];
    for (class, numbers) in expected {
        for number in numbers {
            let (meaning, said) = meaning(&answer("whatever", &[*number]), false);
            assert_eq!((meaning.class, said), (class, Some(*number)), "{number}");
            assert_ne!(meaning.reason, UNKNOWN.reason, "{number}");
        }
    }
    let known: HashSet<u32> = expected.iter().flat_map(|(_, numbers)| numbers.iter().copied()).collect();
    let table: Vec<u32> = NUMBERS.iter().flat_map(|(numbers, _)| numbers.iter().copied()).collect();
    assert_eq!(table.len(), known.len(), "none twice");
    assert_eq!(table.into_iter().collect::<HashSet<_>>(), known);
}

/// Scenario: all texts of the table.
/// Guarantees: reasons are stable codes, unique per row; sentences can be put together; a wrong tenant is mentioned
/// where it is as likely as missing consent.
#[test]
fn texts_are_in_order() {
    let mut reasons = HashSet::new();
    for (numbers, meaning) in NUMBERS {
        assert!(reasons.insert(meaning.reason), "{} twice", meaning.reason);
        assert!(!numbers.is_empty());
    }
    let all = NUMBERS.iter().map(|(_, meaning)| meaning).chain(ERRORS.iter().map(|(_, meaning)| meaning));
    for meaning in all.chain([&UNKNOWN]) {
        let snake = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(meaning.reason.chars().all(snake), "{}", meaning.reason);
        assert!(!meaning.sentence.ends_with('.') && meaning.sentence.len() > 10, "{}", meaning.sentence);
        assert!(meaning.way_out.ends_with('.'), "{}", meaning.way_out);
    }
    let (app_unknown, _) = meaning(&answer("unauthorized_client", &[700_016]), false);
    assert!(app_unknown.sentence.contains("wrong tenant"));
}

/// Scenario: numbers that nobody has heard of, or none.
/// Guarantees: OAuth's error decides, then the status; an error that nobody has heard of is said to be one.
#[test]
fn an_unknown_number_falls_back_on_the_error() {
    for (error, class, reason) in [
        ("temporarily_unavailable", Class::Transient, "microsoft_unavailable"),
        ("server_error", Class::Transient, "microsoft_unavailable"),
        ("consent_required", Class::Consent, "consent_missing"),
        ("authorization_declined", Class::Consent, "consent_declined"),
        ("permission_denied", Class::Consent, "consent_declined"),
        ("expired_token", Class::Configuration, "device_code_expired"),
        ("bad_verification_code", Class::Configuration, "device_code_wrong"),
        ("interaction_required", Class::Configuration, "interaction_required"),
        ("login_required", Class::Configuration, "interaction_required"),
        ("invalid_client", Class::Configuration, "client_refused"),
        ("unauthorized_client", Class::Configuration, "client_not_allowed"),
        ("invalid_grant", Class::Configuration, "grant_refused"),
        ("invalid_scope", Class::Configuration, "scope_wrong"),
        ("invalid_resource", Class::Configuration, "resource_not_found"),
        ("access_denied", Class::Configuration, "access_denied"),
        ("invalid_request", Class::Configuration, "request_refused"),
        ("unsupported_grant_type", Class::Configuration, "grant_not_enabled"),
        ("brand_new", Class::Configuration, "token_refused"),
    ] {
        let (found, number) = meaning(&answer(error, &[123_456_789]), false);
        assert_eq!((found.class, found.reason, number), (class, reason, Some(123_456_789)), "{error}");
        assert_eq!(meaning(&answer(error, &[]), false).1, None);
    }
    assert_eq!(meaning(&answer("brand_new", &[1]), true).0.class, Class::Transient, "with 429 or 5xx");
    assert_eq!(
        meaning(&answer("brand_new", &[65_001]), true).0.class,
        Class::Consent,
        "but a known number knows"
    );
    let refined =
        ErrorAnswer { suberror: Some("consent_required".to_owned()), ..answer("invalid_grant", &[]) };
    assert_eq!(meaning(&refined, false).0.class, Class::Consent);
}

/// Scenario: several numbers, the first unknown.
/// Guarantees: the first known one is taken.
#[test]
fn the_first_known_number_counts() {
    let (found, number) = meaning(&answer("invalid_client", &[1, 7_000_222, 65_001]), false);
    assert_eq!((found.reason, number), ("client_secret_expired", Some(7_000_222)));
}

/// Scenario: the reasons that another credential may help against.
/// Guarantees: each is a reason that there is, and lasts or is of a service that is not there.
#[test]
fn credentials_are_to_blame_for_known_reasons() {
    let known: std::collections::BTreeSet<_> = testing::errors().iter().map(IdentityError::reason).collect();
    for reason in OF_CREDENTIALS {
        assert!(known.contains(reason), "{reason}");
    }
}
