//! Words of Microsoft's that become words of Cato's. Words that are not known here pass, since Microsoft adds to
//! them without notice.

use std::borrow::Cow;

/// Cato capitalises risk levels: `none` is `None`, and any later level likewise.
pub(super) fn risk_level(level: &str) -> Cow<'static, str> {
    const LEVELS: [(&str, &str); 5] =
        [("none", "None"), ("low", "Low"), ("medium", "Medium"), ("high", "High"), ("hidden", "Hidden")];
    if let Some((_, known)) = LEVELS.into_iter().find(|(name, _)| *name == level) {
        return Cow::Borrowed(known);
    }
    let mut letters = level.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What proves an identity, for requirements that are known. SIEM parsers of Cato's events file an event under
/// authentication by this field.
pub(super) fn authentication_type(requirement: &str) -> Option<&'static str> {
    if requirement.eq_ignore_ascii_case("multiFactorAuthentication") {
        Some("MFA")
    } else if requirement.eq_ignore_ascii_case("singleFactorAuthentication") {
        Some("Single-factor")
    } else {
        None
    }
}

/// Whether a conditional access policy with this result took part in the decision.
pub(super) fn is_applied(result: &str) -> bool {
    matches!(result, "success" | "failure")
}

/// Graph's filler for "no reason".
pub(super) const NO_REASON: &str = "Other.";

/// The operating systems of Cato by the beginning of Graph's name, longer names before those that begin alike.
pub(super) const OPERATING_SYSTEMS: [(&str, &str); 18] = [
    ("windows", "OS_WINDOWS"),
    ("mac os x", "OS_MAC"),
    ("mac os", "OS_MAC"),
    ("macos", "OS_MAC"),
    ("os x", "OS_MAC"),
    ("mac", "OS_MAC"),
    ("ipados", "OS_IOS"),
    ("ios", "OS_IOS"),
    ("android", "OS_ANDROID"),
    ("red hat enterprise linux", "OS_LINUX"),
    ("linux", "OS_LINUX"),
    ("ubuntu", "OS_LINUX"),
    ("debian", "OS_LINUX"),
    ("fedora", "OS_LINUX"),
    ("centos", "OS_LINUX"),
    ("rhel", "OS_LINUX"),
    ("opensuse", "OS_LINUX"),
    ("suse", "OS_LINUX"),
];

/// Every other operating system, ChromeOS among them.
pub(super) const OS_UNKNOWN: &str = "OS_UNKNOWN";
