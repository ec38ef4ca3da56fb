//! Records that are not as they should be.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::timestamp;
use crate::sign_ins::Entry;

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// No `id`.
    NoId,
    /// `id` is `null`.
    NullId,
    /// `id` is not a GUID.
    OddId,
    /// No `createdDateTime`.
    NoTime,
    /// `createdDateTime` is no instant.
    OddTime,
    /// Objects where strings belong, strings where numbers belong.
    WrongTypes,
    /// Members that come twice, with different values.
    DuplicateKeys,
    /// A string instead of a record.
    NotAnObject,
    /// `null` instead of a record.
    Null,
    /// Arrays within arrays, 100 levels deep: less than what common parsers refuse.
    DeepNesting,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::NoId,
        Self::NullId,
        Self::OddId,
        Self::NoTime,
        Self::OddTime,
        Self::WrongTypes,
        Self::DuplicateKeys,
        Self::NotAnObject,
        Self::Null,
        Self::DeepNesting,
    ];

    /// A record with this flaw, at the time of `near`. Its id, if it has one, begins with `bad00000`.
    pub(crate) fn record(self, salt: Uuid, near: Option<&Entry>) -> String {
        let (_, b, c, d) = salt.as_fields();
        let id = Uuid::from_fields(0xbad0_0000, b, c, d);
        let at = timestamp(near.map_or(0, |entry| entry.created)).to_string();
        let rest = r#""userPrincipalName":"flawed@example.com","signInEventTypes":["interactiveUser"],"status":{"errorCode":0}"#;
        match self {
            Self::NoId => format!(r#"{{"createdDateTime":"{at}",{rest}}}"#),
            Self::NullId => format!(r#"{{"id":null,"createdDateTime":"{at}",{rest}}}"#),
            Self::OddId => format!(r#"{{"id":"not a guid","createdDateTime":"{at}",{rest}}}"#),
            Self::NoTime => format!(r#"{{"id":"{id}",{rest}}}"#),
            Self::OddTime => format!(r#"{{"id":"{id}","createdDateTime":"yesterday",{rest}}}"#),
            Self::WrongTypes => format!(
                r#"{{"id":"{id}","createdDateTime":"{at}","userPrincipalName":{{"a":1}},"appDisplayName":7,"ipAddress":[],"location":"Redmond","deviceDetail":[true],"status":{{"errorCode":"50126","failureReason":5}},"signInEventTypes":"interactiveUser","isInteractive":"yes","appliedConditionalAccessPolicies":{{}}}}"#
            ),
            Self::DuplicateKeys => {
                format!(
                    r#"{{"id":"{id}","createdDateTime":"{at}","appId":"first","appId":"second","status":{{"errorCode":1}},{rest}}}"#
                )
            }
            Self::NotAnObject => r#""a string""#.to_owned(),
            Self::Null => "null".to_owned(),
            Self::DeepNesting => {
                let (open, close) = ("[".repeat(100), "]".repeat(100));
                format!(r#"{{"id":"{id}","createdDateTime":"{at}","deep":{open}{close},{rest}}}"#)
            }
        }
    }
}
