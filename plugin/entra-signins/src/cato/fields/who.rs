//! Who signed in, with which application, to what.

use super::{text, texts};
use crate::cato::field::{Confidence, Field, Kind};

pub(super) static FIELDS: &[Field] = &[
    Field {
        name: "user_name",
        kind: Kind::String,
        source: "userPrincipalName",
        rule: "`servicePrincipalName` for service principals and managed identities",
        confidence: Confidence::Ours,
        meaning: "the principal name, which is what other logs join on",
        value: Some(|subject| {
            text(&subject.properties.user_principal_name)
                .or_else(|| text(&subject.properties.service_principal_name))
        }),
    },
    Field {
        name: "display_name",
        kind: Kind::String,
        source: "userDisplayName",
        rule: "",
        confidence: Confidence::Ours,
        meaning: "the user's name for people",
        value: Some(|subject| text(&subject.properties.user_display_name)),
    },
    Field {
        name: "vendor_user_id",
        kind: Kind::String,
        source: "userId",
        rule: "else `servicePrincipalId`",
        confidence: Confidence::Ours,
        meaning: "the directory's object id of who signed in",
        value: Some(|subject| {
            text(&subject.properties.user_id).or_else(|| text(&subject.properties.service_principal_id))
        }),
    },
    Field {
        name: "user_origin",
        kind: Kind::String,
        source: "userType",
        rule: "",
        confidence: Confidence::Ours,
        meaning: "member or guest",
        value: Some(|subject| text(&subject.properties.user_type)),
    },
    Field {
        name: "application_name",
        kind: Kind::String,
        source: "appDisplayName",
        rule: "",
        confidence: Confidence::DocumentedName,
        meaning: "the application signed in with",
        value: Some(|subject| text(&subject.properties.app_display_name)),
    },
    Field {
        name: "application_id",
        kind: Kind::String,
        source: "appId",
        rule: "",
        confidence: Confidence::Ours,
        meaning: "the application's (client) GUID",
        value: Some(|subject| text(&subject.properties.app_id)),
    },
    Field {
        name: "resource_name",
        kind: Kind::StringArray,
        source: "resourceDisplayName",
        rule: "a list of one",
        confidence: Confidence::KnownType,
        meaning: "the resource signed in to",
        value: Some(|subject| texts(subject.properties.resource_display_name.as_deref().into_iter())),
    },
    Field {
        name: "resource_id",
        kind: Kind::String,
        source: "resourceId",
        rule: "",
        confidence: Confidence::Ours,
        meaning: "the resource's application GUID",
        value: Some(|subject| text(&subject.properties.resource_id)),
    },
];
