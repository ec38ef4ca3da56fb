//! Names and versions, which Graph writes as one text.

use super::vocabulary::{OPERATING_SYSTEMS, OS_UNKNOWN};

/// A browser, such as `Edge` and `119.0.0`.
pub(super) struct Browser<'a> {
    pub(super) name: &'a str,
    pub(super) version: Option<&'a str>,
}

/// An operating system, such as `OS_WINDOWS` and `10`.
pub(super) struct OperatingSystem<'a> {
    pub(super) kind: &'static str,
    pub(super) version: Option<&'a str>,
}

/// `Edge 119.0.0` in its parts; nothing for blank text. A last word that is no number belongs to the name.
pub(super) fn browser(text: &str) -> Option<Browser<'_>> {
    let (name, version) = split_version(text);
    (!name.is_empty()).then_some(Browser { name, version })
}

/// `Windows 10`, `Windows10` and `MacOs 14.1` in their parts; nothing for blank text.
pub(super) fn operating_system(text: &str) -> Option<OperatingSystem<'_>> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let known = OPERATING_SYSTEMS.iter().find_map(|(name, kind)| {
        let version = strip_name(text, name)?;
        Some(OperatingSystem { kind, version: Some(version.trim()).filter(|version| !version.is_empty()) })
    });
    Some(known.unwrap_or_else(|| OperatingSystem { kind: OS_UNKNOWN, version: split_version(text).1 }))
}

/// What follows a name, whatever its letter case, if the name ends there.
fn strip_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (begin, rest) = text.split_at_checked(name.len())?;
    let ends = !rest.starts_with(|next: char| next.is_alphabetic());
    (begin.eq_ignore_ascii_case(name) && ends).then_some(rest)
}

/// Everything before the last word, and the last word if it is a number such as `119.0.0` or `v3.14`.
fn split_version(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    let Some((name, last)) = text.rsplit_once(' ') else { return (text, None) };
    let version = last.strip_prefix('v').unwrap_or(last);
    if version.starts_with(|first: char| first.is_ascii_digit()) {
        (name.trim_end(), Some(version))
    } else {
        (text, None)
    }
}
