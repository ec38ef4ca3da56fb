//! How the sign-in went.

use collector::event::Value;

use super::text;
use crate::cato::field::{Confidence, Field, Kind};
use crate::cato::subject::Subject;
use crate::cato::vocabulary;

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "risk_level",
        kind: Kind::String,
        source: "riskLevelDuringSignIn",
        rule: "first letter upper case",
        confidence: Confidence::Documented,
        meaning: "None, Low, Medium, High, or Hidden where the tenant lacks Entra ID P2",
        value: Some(|subject| {
            subject
                .properties
                .risk_level_during_sign_in
                .as_deref()
                .map(|level| Value::String(vocabulary::risk_level(level)))
        }),
    },
    Field {
        name: "client_class",
        kind: Kind::String,
        source: "clientAppUsed",
        rule: "",
        confidence: Confidence::Documented,
        meaning: "Browser, Mobile Apps and Desktop clients, or a legacy protocol",
        value: Some(|subject| text(&subject.properties.client_app_used)),
    },
    Field {
        name: "is_compliant",
        kind: Kind::Boolean,
        source: "deviceDetail.isCompliant",
        rule: "",
        confidence: Confidence::Documented,
        meaning: "whether the device meets the organization's rules",
        value: Some(|subject| subject.properties.device_detail.is_compliant.map(Value::from)),
    },
    Field {
        name: "is_managed",
        kind: Kind::Boolean,
        source: "deviceDetail.isManaged",
        rule: "",
        confidence: Confidence::Documented,
        meaning: "whether the organization manages the device",
        value: Some(|subject| subject.properties.device_detail.is_managed.map(Value::from)),
    },
    Field {
        name: "action",
        kind: Kind::String,
        source: "status.errorCode",
        rule: "`Succeeded` for 0, `Failed` otherwise; absent without a status",
        confidence: Confidence::Ours,
        meaning: "the outcome; an interrupted sign-in (MFA or consent asked) has Failed",
        value: Some(|subject| {
            subject.failed().map(|failed| Value::fixed(if failed { "Failed" } else { "Succeeded" }))
        }),
    },
    Field {
        name: "failure_reason",
        kind: Kind::String,
        source: "status",
        rule: "when failed: `errorCode: failureReason`, the code alone without a reason or with the filler `Other.`",
        confidence: Confidence::DocumentedName,
        meaning: "the AADSTS code and what it says",
        value: Some(failure_reason),
    },
    Field {
        name: "event_message",
        kind: Kind::String,
        source: "status.additionalDetails",
        rule: "",
        confidence: Confidence::Ours,
        meaning: "more on the outcome, such as how MFA was satisfied",
        value: Some(|subject| text(&subject.properties.status.additional_details)),
    },
    Field {
        name: "authentication_type",
        kind: Kind::String,
        source: "authenticationRequirement",
        rule: "`MFA` for multiFactorAuthentication, `Single-factor` for singleFactorAuthentication, else as is",
        confidence: Confidence::Ours,
        meaning: "what the sign-in asked for",
        value: Some(|subject| {
            let requirement = subject.properties.authentication_requirement.as_deref()?;
            Some(
                vocabulary::authentication_type(requirement).map_or_else(|| requirement.into(), Value::fixed),
            )
        }),
    },
];

fn failure_reason(subject: &Subject<'_>) -> Option<Value> {
    let status = &subject.properties.status;
    let code = status.error_code.filter(|code| *code != 0)?;
    let reason = status.failure_reason.as_deref().filter(|reason| *reason != vocabulary::NO_REASON);
    Some(reason.map_or_else(|| code.to_string(), |reason| format!("{code}: {reason}")).into())
}
