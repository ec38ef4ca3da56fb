//! What counts of an event: Cato's field names, as every consumer of its events knows them.

use std::borrow::Cow;

use serde::Deserialize;

/// The fields that are counted. What is no sign-in has no `tenant_id` and no `action`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SignIn<'a> {
    /// Milliseconds since 1970.
    pub(super) time: i64,
    #[serde(borrow)]
    pub(super) tenant_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) tenant_name: Option<Cow<'a, str>>,
    #[serde(borrow, rename = "sign_in_event_types")]
    pub(super) kinds: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) action: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) application_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) src_country: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) user_name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) os_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) browser_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) risk_level: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) client_class: Option<Cow<'a, str>>,
    pub(super) is_compliant: Option<bool>,
    pub(super) is_managed: Option<bool>,
    pub(super) out_of_band_access: Option<bool>,
}

impl SignIn<'_> {
    /// Whether it failed, in Cato's word.
    pub(super) fn is_failed(&self) -> bool {
        self.action.as_deref() == Some("Failed")
    }
}
