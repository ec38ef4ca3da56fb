//! Tests of the mapping from sign-in to event.

use super::country;

/// Scenario: countries as records write them: codes of two and three letters, English names, nonsense.
/// Guarantee: the code is alpha-2 in upper case, the name is CLDR's; what no library knows has no name, what is no
/// code and no name is nothing.
#[test]
fn countries_have_codes_and_everyday_names() {
    let cases = [
        ("US", "US", "United States"),
        ("de", "DE", "Germany"),
        (" KR ", "KR", "South Korea"),
        ("CZ", "CZ", "Czechia"),
        ("TR", "TR", "T\u{fc}rkiye"),
        ("HK", "HK", "Hong Kong SAR China"),
        ("XK", "XK", "Kosovo"),
        ("USA", "US", "United States"),
        ("gbr", "GB", "United Kingdom"),
        ("United States", "US", "United States"),
        ("south korea", "KR", "South Korea"),
        ("Russia", "RU", "Russia"),
        ("The United States of America", "US", "United States"),
        ("Turkey", "TR", "T\u{fc}rkiye"),
    ];
    for (text, code, name) in cases {
        let country = country::of(text).unwrap_or_else(|| panic!("{text} is a country"));
        assert_eq!((country.code.as_ref(), country.name), (code, Some(name)), "{text}");
    }
    let unknown = country::of("qq").unwrap();
    assert_eq!((unknown.code.as_ref(), unknown.name), ("QQ", None));
    let known_to_cldr_only = country::of("ZZ").unwrap();
    assert_eq!(known_to_cldr_only.name, None, "`Unknown Region` is no country");
    for text in ["", " ", "1A", "A1", "QQQ", "Narnia", "\u{e4}\u{e4}"] {
        assert!(country::of(text).is_none(), "{text}");
    }
}
