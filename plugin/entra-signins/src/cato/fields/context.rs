//! What the sign-in belongs to, what decided on it, and who read it.

use collector::event::Value;

use super::{text, texts};
use crate::cato::field::{Confidence, Field, Kind};
use crate::graph::sign_in;

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "correlation_id",
        kind: Kind::String,
        source: "correlationId",
        rule: "",
        confidence: Confidence::DocumentedName,
        meaning: "the client's id for a chain of sign-ins",
        value: Some(|subject| text(&subject.properties.correlation_id)),
    },
    Field {
        name: "session_id",
        kind: Kind::String,
        source: "sessionId",
        rule: "",
        confidence: Confidence::Ours,
        meaning: "the session that the sign-in began or went on with",
        value: Some(|subject| text(&subject.properties.session_id)),
    },
    Field {
        name: "vendor_policy_id",
        kind: Kind::StringArray,
        source: "appliedConditionalAccessPolicies",
        rule: "`id` of those with the result success or failure, in their order",
        confidence: Confidence::KnownType,
        meaning: "the conditional access policies that were applied",
        value: Some(|subject| {
            texts(subject.applied_policies().map(|policy| policy.id.as_deref().unwrap_or_default()))
        }),
    },
    Field {
        name: "vendor_policy_name",
        kind: Kind::StringArray,
        source: "appliedConditionalAccessPolicies",
        rule: "`displayName` of the same, empty for an unnamed one",
        confidence: Confidence::KnownType,
        meaning: "their names",
        value: Some(|subject| {
            texts(subject.applied_policies().map(|policy| policy.display_name.as_deref().unwrap_or_default()))
        }),
    },
    Field {
        name: "vendor_policy_description",
        kind: Kind::StringArray,
        source: "appliedConditionalAccessPolicies",
        rule: "`result` of the same",
        confidence: Confidence::KnownType,
        meaning: "success or failure of each",
        value: Some(|subject| {
            texts(subject.applied_policies().map(|policy| policy.result.as_deref().unwrap_or_default()))
        }),
    },
    Field {
        name: "connector_name",
        kind: Kind::String,
        source: "",
        rule: "as configured",
        confidence: Confidence::Documented,
        meaning: "the Azure AD connector that read the sign-in",
        value: Some(|subject| subject.connector.connector_name.as_deref().map(Value::from)),
    },
    Field {
        name: "connector_type",
        kind: Kind::String,
        source: "",
        rule: "`Microsoft Azure AD`",
        confidence: Confidence::Ours,
        meaning: "the connector's application",
        value: Some(|subject| {
            subject.connector.connector_name.as_ref().map(|_| Value::fixed("Microsoft Azure AD"))
        }),
    },
    Field {
        name: "parent_connector_name",
        kind: Kind::String,
        source: "",
        rule: "as configured",
        confidence: Confidence::Documented,
        meaning: "the Microsoft 365 connector above it",
        value: Some(|subject| subject.connector.parent_connector_name.as_deref().map(Value::from)),
    },
    Field {
        name: "account_id",
        kind: Kind::Integer,
        source: "",
        rule: "as configured",
        confidence: Confidence::KnownType,
        meaning: "the Cato account",
        value: Some(|subject| subject.connector.account_id.map(Value::from)),
    },
    Field {
        name: "raw_data",
        kind: Kind::Object,
        source: "all",
        rule: "with `include_raw`: the record as Graph sent it, unknown properties included, nulls left out",
        confidence: Confidence::DocumentedName,
        meaning: "the record itself",
        value: Some(|subject| {
            let raw = subject.raw.filter(|_| subject.connector.include_raw)?;
            sign_in::object(raw).map(Value::from)
        }),
    },
];
