//! Values that are written as text: tenants, starts, address ranges, filters.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use url::Host;

use super::{IpRange, Start, Tenant};

/// The text is none of what was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not in the expected form")]
pub struct Malformed;

impl FromStr for Tenant {
    type Err = Malformed;

    /// A GUID other than zero, or a domain of two labels or more, in lower case; an international one becomes
    /// punycode. Names of all tenants (`common`, `organizations`) are neither.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        if let Ok(id) = text.parse::<super::TenantId>() {
            return if id.0.is_nil() { Err(Malformed) } else { Ok(Self::Id(id)) };
        }
        match Host::parse(text) {
            Ok(Host::Domain(domain)) if is_domain(&domain) => Ok(Self::Domain(domain)),
            _ => Err(Malformed),
        }
    }
}

fn is_domain(domain: &str) -> bool {
    let label_holds = |label: &str| {
        let inside = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        inside && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    domain.contains('.') && domain.len() <= 253 && domain.split('.').all(label_holds)
}

impl FromStr for Start {
    type Err = Malformed;

    /// `now`, an age such as `24h` or `30d`, or an RFC 3339 time.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text == "now" {
            return Ok(Self::Now);
        }
        if let Ok(instant) = text.parse::<Timestamp>() {
            return Ok(Self::At(instant));
        }
        let unit = text.chars().last().ok_or(Malformed)?;
        let seconds: i64 = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(Malformed),
        };
        let count: u32 = text.strip_suffix(unit).and_then(|count| count.parse().ok()).ok_or(Malformed)?;
        Ok(Self::Age(SignedDuration::from_secs(i64::from(count) * seconds)))
    }
}

impl fmt::Display for Start {
    /// As somebody might have written it; equal starts are written alike.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Age(age) => write!(f, "{}s", age.as_secs()),
            Self::At(instant) => instant.fmt(f),
        }
    }
}

impl FromStr for IpRange {
    type Err = Malformed;

    /// CIDR notation, the first address of the range before the slash; an address alone is a range of one.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let network: IpAddr = address.parse().map_err(|_| Malformed)?;
        let (bits, width) = match network {
            IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let prefix = prefix.map_or(Ok(width), |prefix| prefix.parse::<u8>().map_err(|_| Malformed))?;
        let host_bits = bits.checked_shl(prefix.into()).unwrap_or(0);
        if prefix > width || host_bits != 0 {
            return Err(Malformed);
        }
        Ok(Self { network, prefix })
    }
}

/// What is plainly broken in an OData filter: its text goes to Graph and-ed to ours in parentheses, so it must be
/// whole. Quotes inside a literal are doubled in OData, which leaves them balanced.
pub(super) fn filter_mistake(filter: &str) -> Option<(&'static str, &'static str)> {
    if filter.trim_start().starts_with("$filter") {
        return Some(("begins with $filter", "write the expression alone"));
    }
    let (mut depth, mut quoted) = (0_usize, false);
    for character in filter.chars() {
        match character {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 0 => {
                return Some(("closes a parenthesis that is not open", "remove it or open one"));
            }
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    match (quoted, depth) {
        (true, _) => {
            Some(("has a quote that is not closed", "close it; a quote inside a literal is doubled"))
        }
        (false, 0) => None,
        (false, _) => Some(("has a parenthesis that is not closed", "close it")),
    }
}
