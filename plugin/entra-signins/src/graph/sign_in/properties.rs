//! The properties of a sign-in that the event needs, by Graph's names.

use std::borrow::Cow;

/// Text of a record, never empty.
pub type Text<'a> = Option<Cow<'a, str>>;

/// The properties of a sign-in, each under Graph's name (beta `signIn`).
#[derive(Clone, Debug, Default, Hash)]
#[expect(missing_docs, reason = "the names are Graph's own and documented there")]
pub struct Properties<'a> {
    pub app_display_name: Text<'a>,
    pub app_id: Text<'a>,
    /// Also under its name of before 2019, `conditionalAccessPolicies`.
    pub applied_conditional_access_policies: Vec<Policy<'a>>,
    pub authentication_requirement: Text<'a>,
    pub client_app_used: Text<'a>,
    pub correlation_id: Text<'a>,
    pub device_detail: DeviceDetail<'a>,
    pub home_tenant_id: Text<'a>,
    pub ip_address: Text<'a>,
    pub location: Location<'a>,
    pub resource_display_name: Text<'a>,
    pub resource_id: Text<'a>,
    pub risk_level_during_sign_in: Text<'a>,
    pub service_principal_id: Text<'a>,
    pub service_principal_name: Text<'a>,
    pub session_id: Text<'a>,
    pub sign_in_event_types: Vec<Cow<'a, str>>,
    pub status: Status<'a>,
    pub user_agent: Text<'a>,
    pub user_display_name: Text<'a>,
    pub user_id: Text<'a>,
    pub user_principal_name: Text<'a>,
    pub user_type: Text<'a>,
}

/// `status` of a sign-in.
#[derive(Clone, Debug, Default, Hash)]
#[expect(missing_docs, reason = "the names are Graph's own and documented there")]
pub struct Status<'a> {
    /// 0 is success, everything else the number of an AADSTS error.
    pub error_code: Option<i64>,
    pub failure_reason: Text<'a>,
    pub additional_details: Text<'a>,
}

/// `deviceDetail` of a sign-in.
#[derive(Clone, Debug, Default, Hash)]
#[expect(missing_docs, reason = "the names are Graph's own and documented there")]
pub struct DeviceDetail<'a> {
    pub browser: Text<'a>,
    pub device_id: Text<'a>,
    pub display_name: Text<'a>,
    pub is_compliant: Option<bool>,
    pub is_managed: Option<bool>,
    pub operating_system: Text<'a>,
    pub trust_type: Text<'a>,
}

/// `location` of a sign-in.
#[derive(Clone, Debug, Default, Hash)]
#[expect(missing_docs, reason = "the names are Graph's own and documented there")]
pub struct Location<'a> {
    pub city: Text<'a>,
    pub state: Text<'a>,
    pub country_or_region: Text<'a>,
}

/// One of the conditional access policies of a sign-in.
#[derive(Clone, Debug, Default, Hash)]
#[expect(missing_docs, reason = "the names are Graph's own and documented there")]
pub struct Policy<'a> {
    pub id: Text<'a>,
    pub display_name: Text<'a>,
    pub result: Text<'a>,
}
