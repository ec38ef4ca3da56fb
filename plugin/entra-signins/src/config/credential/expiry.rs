//! When a credential expires: a certificate says so itself, of a secret somebody has to write it down.

use std::str::FromStr;

use collector::settings::Reader;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Strategy;
use crate::config::Malformed;

/// An instant, or the beginning of a day.
struct Expiry(Timestamp);

impl FromStr for Expiry {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if let Ok(instant) = text.parse() {
            return Ok(Self(instant));
        }
        let day: Date = text.parse().map_err(|_| Malformed)?;
        day.to_zoned(TimeZone::UTC).map(|midnight| Self(midnight.timestamp())).map_err(|_| Malformed)
    }
}

/// When what a strategy shows expires, if that is known.
pub(super) fn of(auth: &Reader<'_>, strategy: &Strategy) -> Option<Timestamp> {
    let written = auth.has("expires_at");
    match strategy {
        Strategy::FederatedToken { .. } | Strategy::ManagedIdentity(_) if written => {
            let fix = "remove it: such a credential is renewed by itself";
            auth.problem("expires_at", "does not belong to this strategy", Some(fix.to_owned()));
            None
        }
        Strategy::DeviceCode | Strategy::AuthorizationCode { client_secret: None } if written => {
            let fix = "remove it: there is no secret that could expire";
            auth.problem("expires_at", "does not belong to this strategy", Some(fix.to_owned()));
            None
        }
        _ if written => {
            let expected = "a day such as \"2026-12-31\", or a time such as \"2026-12-31T12:00:00Z\"";
            auth.parsed("expires_at", expected).map(|Expiry(instant)| instant)
        }
        Strategy::ClientCertificate { certificate, .. } => not_after(certificate),
        Strategy::ClientSecret(_)
        | Strategy::FederatedToken { .. }
        | Strategy::ManagedIdentity(_)
        | Strategy::AuthorizationCode { .. }
        | Strategy::DeviceCode => None,
    }
}

/// The end of the validity of the first certificate of this PEM.
fn not_after(certificate: &str) -> Option<Timestamp> {
    let block = pem::parse(certificate).ok()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(block.contents()).ok()?;
    Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
}
