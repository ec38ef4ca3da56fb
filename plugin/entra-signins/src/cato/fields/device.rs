//! On what device.

use collector::event::Value;

use super::text;
use crate::cato::field::{Confidence, Field, Kind};

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "browser_type",
        kind: Kind::String,
        source: "deviceDetail.browser",
        rule: "without the number at its end",
        confidence: Confidence::Ours,
        meaning: "the browser",
        value: Some(|subject| subject.browser.as_ref().map(|browser| browser.name.into())),
    },
    Field {
        name: "browser_version",
        kind: Kind::String,
        source: "deviceDetail.browser",
        rule: "the number at its end",
        confidence: Confidence::Ours,
        meaning: "the browser's version",
        value: Some(|subject| subject.browser.as_ref()?.version.map(Value::from)),
    },
    Field {
        name: "os_type",
        kind: Kind::String,
        source: "deviceDetail.operatingSystem",
        rule: "`OS_WINDOWS`, `OS_MAC`, `OS_LINUX`, `OS_IOS`, `OS_ANDROID`, else `OS_UNKNOWN`",
        confidence: Confidence::DocumentedName,
        meaning: "the operating system",
        value: Some(|subject| subject.os.as_ref().map(|os| Value::fixed(os.kind))),
    },
    Field {
        name: "os_version",
        kind: Kind::String,
        source: "deviceDetail.operatingSystem",
        rule: "what follows the name",
        confidence: Confidence::Ours,
        meaning: "the operating system's version",
        value: Some(|subject| subject.os.as_ref()?.version.map(Value::from)),
    },
    Field {
        name: "vendor_device_id",
        kind: Kind::String,
        source: "deviceDetail.deviceId",
        rule: "",
        confidence: Confidence::Ours,
        meaning: "the directory's id of a registered device",
        value: Some(|subject| text(&subject.properties.device_detail.device_id)),
    },
    Field {
        name: "vendor_device_name",
        kind: Kind::String,
        source: "deviceDetail.displayName",
        rule: "",
        confidence: Confidence::Ours,
        meaning: "the device's name",
        value: Some(|subject| text(&subject.properties.device_detail.display_name)),
    },
    Field {
        name: "trust_type",
        kind: Kind::String,
        source: "deviceDetail.trustType",
        rule: "",
        confidence: Confidence::Ours,
        meaning: "how the device is joined to the directory",
        value: Some(|subject| text(&subject.properties.device_detail.trust_type)),
    },
];
