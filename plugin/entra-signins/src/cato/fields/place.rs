//! From where the sign-in came.

use collector::event::Value;

use super::text;
use crate::cato::field::{Confidence, Field, Kind};
use crate::cato::subject::Subject;

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "src_ip",
        kind: Kind::String,
        source: "ipAddress",
        rule: "without a port; absent if it is no address",
        confidence: Confidence::DocumentedName,
        meaning: "the client's address, IPv4 or IPv6",
        value: Some(|subject| subject.address.map(Value::from)),
    },
    Field {
        name: "src_country_code",
        kind: Kind::String,
        source: "location.countryOrRegion",
        rule: "two letters, upper case; three letters or an English name are converted; else absent",
        confidence: Confidence::DocumentedName,
        meaning: "the country, ISO 3166-1 alpha-2",
        value: Some(|subject| subject.country.as_ref().map(|country| country.code.as_ref().into())),
    },
    Field {
        name: "src_country",
        kind: Kind::String,
        source: "location.countryOrRegion",
        rule: "the everyday English name of CLDR; absent for an unknown code",
        confidence: Confidence::DocumentedName,
        meaning: "the country",
        value: Some(|subject| subject.country.as_ref()?.name.map(Value::fixed)),
    },
    Field {
        name: "src_city",
        kind: Kind::String,
        source: "location.city",
        rule: "",
        confidence: Confidence::DocumentedName,
        meaning: "the city",
        value: Some(|subject| text(&subject.properties.location.city)),
    },
    Field {
        name: "vendor_location",
        kind: Kind::String,
        source: "location",
        rule: "`city, state, country code`, what there is",
        confidence: Confidence::Ours,
        meaning: "the place as Microsoft found it",
        value: Some(vendor_location),
    },
    Field {
        name: "ISP_name",
        kind: Kind::String,
        source: "",
        rule: "not in Graph: always absent",
        confidence: Confidence::Ours,
        meaning: "the client's internet provider",
        value: None,
    },
    Field {
        name: "out_of_band_access",
        kind: Kind::Boolean,
        source: "ipAddress",
        rule: "true when in none of the configured `cato_egress_ranges`; absent when none is configured",
        confidence: Confidence::DocumentedName,
        meaning: "whether the sign-in went past Cato",
        value: Some(|subject| subject.out_of_band().map(Value::from)),
    },
    Field {
        name: "user_agent",
        kind: Kind::String,
        source: "userAgent",
        rule: "",
        confidence: Confidence::DocumentedName,
        meaning: "the client's User-Agent",
        value: Some(|subject| text(&subject.properties.user_agent)),
    },
];

fn vendor_location(subject: &Subject<'_>) -> Option<Value> {
    let location = &subject.properties.location;
    let country = subject.country.as_ref().map(|country| country.code.as_ref());
    let mut place = String::new();
    for part in [location.city.as_deref(), location.state.as_deref(), country].into_iter().flatten() {
        if !place.is_empty() {
            place.push_str(", ");
        }
        place.push_str(part);
    }
    (!place.is_empty()).then(|| place.into())
}
