//! Tests of the mapping from sign-in to event.

use super::{address, country, device, vocabulary};
use crate::config::IpRange;

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

/// Scenario: addresses plain, with a port, in brackets, and texts that are none.
/// Guarantee: the address alone is left; what is no address is not passed on as one.
#[test]
fn addresses_lose_their_port() {
    let cases = [
        ("203.0.113.9", Some("203.0.113.9")),
        (" 203.0.113.9 ", Some("203.0.113.9")),
        ("203.0.113.9:443", Some("203.0.113.9")),
        ("2001:db8::1", Some("2001:db8::1")),
        ("[2001:db8::1]:443", Some("2001:db8::1")),
        ("[2001:db8::1]", Some("2001:db8::1")),
        ("::ffff:203.0.113.9", Some("::ffff:203.0.113.9")),
        ("proxy:8080", None),
        ("[nonsense]:1", None),
        ("203.0.113.9:99999", None),
        ("999.1.1.1", None),
        ("\u{202e}203.0.113.9", None),
        ("  ", None),
        ("", None),
    ];
    for (text, expected) in cases {
        assert_eq!(address::without_port(text), expected, "{text}");
    }
}

/// Scenario: ranges of every odd length, whole families, IPv4 mapped into IPv6 on either side.
/// Guarantee: exactly the addresses between a range's first and last are in it.
#[test]
fn ranges_hold_their_addresses() {
    let cases = [
        ("203.0.113.0", 24, "203.0.113.255", true),
        ("203.0.113.0", 24, "203.0.114.0", false),
        ("203.0.113.7", 32, "203.0.113.7", true),
        ("203.0.113.7", 32, "203.0.113.6", false),
        ("203.0.112.0", 23, "203.0.113.1", true),
        ("203.0.112.0", 23, "203.0.114.1", false),
        ("0.0.0.0", 0, "198.51.100.1", true),
        ("0.0.0.0", 0, "2001:db8::1", false),
        ("2001:db8::", 33, "2001:db8:7fff::1", true),
        ("2001:db8::", 33, "2001:db8:8000::1", false),
        ("2001:db8::1", 128, "2001:db8::1", true),
        ("2001:db8::1", 128, "2001:db8::2", false),
        ("::", 0, "2001:db8::1", true),
        ("203.0.113.0", 24, "::ffff:203.0.113.5", true),
        ("::ffff:203.0.113.0", 120, "203.0.113.5", true),
        ("::ffff:203.0.113.0", 120, "203.0.114.5", false),
    ];
    for (network, prefix, text, expected) in cases {
        let range = IpRange { network: network.parse().unwrap(), prefix };
        assert_eq!(address::contains(&range, text.parse().unwrap()), expected, "{network}/{prefix} {text}");
    }
}

/// Scenario: browsers as Graph names them. Guarantee: a number at the end is the version, the rest the name.
#[test]
fn browsers_have_name_and_version() {
    let cases = [
        ("Edge 119.0.0", "Edge", Some("119.0.0")),
        ("Mobile Safari 17.1", "Mobile Safari", Some("17.1")),
        ("IE 11.0", "IE", Some("11.0")),
        ("Rich Client v3.14.1592.7", "Rich Client", Some("3.14.1592.7")),
        ("Rich Client", "Rich Client", None),
        ("Chrome", "Chrome", None),
        ("119.0", "119.0", None),
        ("Edge  119 ", "Edge", Some("119")),
    ];
    for (text, name, version) in cases {
        let browser = device::browser(text).unwrap();
        assert_eq!((browser.name, browser.version), (name, version), "{text}");
    }
    assert!(device::browser("  ").is_none());
}

/// Scenario: operating systems as Graph, exports and people name them.
/// Guarantee: the type is Cato's word, the version what follows the name; unknown ones are `OS_UNKNOWN`.
#[test]
fn operating_systems_have_type_and_version() {
    let cases = [
        ("Windows 10", "OS_WINDOWS", Some("10")),
        ("Windows10", "OS_WINDOWS", Some("10")),
        ("windows", "OS_WINDOWS", None),
        ("Windows Server 2022", "OS_WINDOWS", Some("Server 2022")),
        ("MacOs", "OS_MAC", None),
        ("MacOs 14.1", "OS_MAC", Some("14.1")),
        ("Mac OS X 10.15.7", "OS_MAC", Some("10.15.7")),
        ("Ios 17.1", "OS_IOS", Some("17.1")),
        ("iPadOS 17", "OS_IOS", Some("17")),
        ("Android 13", "OS_ANDROID", Some("13")),
        ("Linux", "OS_LINUX", None),
        ("Ubuntu 22.04", "OS_LINUX", Some("22.04")),
        ("ChromeOS", "OS_UNKNOWN", None),
        ("ChromeOS 120.0", "OS_UNKNOWN", Some("120.0")),
        ("IosLike", "OS_UNKNOWN", None),
        ("\u{130}os 17", "OS_UNKNOWN", Some("17")),
    ];
    for (text, kind, version) in cases {
        let os = device::operating_system(text).unwrap();
        assert_eq!((os.kind, os.version), (kind, version), "{text}");
    }
    assert!(device::operating_system("  ").is_none());
}

/// Scenario: levels and requirements that are known, written otherwise, and new.
/// Guarantee: known ones become Cato's words, new ones pass.
#[test]
fn words_of_microsoft_become_words_of_cato() {
    let levels =
        ["none", "low", "hidden", "unknownFutureValue", "\u{e9}lev\u{e9}", ""].map(vocabulary::risk_level);
    assert_eq!(levels, ["None", "Low", "Hidden", "UnknownFutureValue", "\u{c9}lev\u{e9}", ""]);
    let requirements = ["multiFactorAuthentication", "SINGLEFACTORAUTHENTICATION", "passkey"];
    assert_eq!(requirements.map(vocabulary::authentication_type), [Some("MFA"), Some("Single-factor"), None]);
    let results = ["success", "failure", "notApplied", "notEnabled", "reportOnlySuccess", "unknown", ""];
    assert_eq!(results.map(vocabulary::is_applied), [true, true, false, false, false, false, false]);
}
