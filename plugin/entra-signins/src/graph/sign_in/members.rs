//! How the properties are found in a record: each object's names, and where their values go.

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess};

use super::mode::Mode;
use super::properties::{DeviceDetail, Location, Policy, Properties, Status, Text};
use super::reader::{Object, Reader};

/// A record as read, before it is known to be a sign-in.
#[derive(Default)]
pub(super) struct Draft<'a> {
    pub(super) id: Text<'a>,
    pub(super) created_date_time: Text<'a>,
    pub(super) properties: Properties<'a>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Property {
    Id,
    CreatedDateTime,
    AppDisplayName,
    AppId,
    #[serde(alias = "conditionalAccessPolicies")]
    AppliedConditionalAccessPolicies,
    AuthenticationRequirement,
    ClientAppUsed,
    CorrelationId,
    DeviceDetail,
    HomeTenantId,
    IpAddress,
    Location,
    ResourceDisplayName,
    ResourceId,
    RiskLevelDuringSignIn,
    ServicePrincipalId,
    ServicePrincipalName,
    SessionId,
    SignInEventTypes,
    Status,
    UserAgent,
    UserDisplayName,
    UserId,
    UserPrincipalName,
    UserType,
    #[serde(other)]
    Unknown,
}

impl<'a> Object<'a> for Draft<'a> {
    const NAME: &'static str = "signIn";

    fn read<'de, M, A>(&mut self, reader: &mut Reader<'_, M>, map: &mut A) -> Result<(), A::Error>
    where
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        let to = &mut self.properties;
        while let Some(name) = map.next_key()? {
            match name {
                Property::Id => self.id = reader.text("id", map)?,
                Property::CreatedDateTime => self.created_date_time = reader.text("createdDateTime", map)?,
                Property::AppDisplayName => to.app_display_name = reader.text("appDisplayName", map)?,
                Property::AppId => to.app_id = reader.text("appId", map)?,
                Property::AppliedConditionalAccessPolicies => {
                    to.applied_conditional_access_policies = reader.objects(map)?;
                }
                Property::AuthenticationRequirement => {
                    to.authentication_requirement = reader.text("authenticationRequirement", map)?;
                }
                Property::ClientAppUsed => to.client_app_used = reader.text("clientAppUsed", map)?,
                Property::CorrelationId => to.correlation_id = reader.text("correlationId", map)?,
                Property::DeviceDetail => to.device_detail = reader.object(map)?,
                Property::HomeTenantId => to.home_tenant_id = reader.text("homeTenantId", map)?,
                Property::IpAddress => to.ip_address = reader.text("ipAddress", map)?,
                Property::Location => to.location = reader.object(map)?,
                Property::ResourceDisplayName => {
                    to.resource_display_name = reader.text("resourceDisplayName", map)?;
                }
                Property::ResourceId => to.resource_id = reader.text("resourceId", map)?,
                Property::RiskLevelDuringSignIn => {
                    to.risk_level_during_sign_in = reader.text("riskLevelDuringSignIn", map)?;
                }
                Property::ServicePrincipalId => {
                    to.service_principal_id = reader.text("servicePrincipalId", map)?;
                }
                Property::ServicePrincipalName => {
                    to.service_principal_name = reader.text("servicePrincipalName", map)?;
                }
                Property::SessionId => to.session_id = reader.text("sessionId", map)?,
                Property::SignInEventTypes => {
                    to.sign_in_event_types = reader.texts("signInEventTypes", map)?;
                }
                Property::Status => to.status = reader.object(map)?,
                Property::UserAgent => to.user_agent = reader.text("userAgent", map)?,
                Property::UserDisplayName => to.user_display_name = reader.text("userDisplayName", map)?,
                Property::UserId => to.user_id = reader.text("userId", map)?,
                Property::UserPrincipalName => {
                    to.user_principal_name = reader.text("userPrincipalName", map)?;
                }
                Property::UserType => to.user_type = reader.text("userType", map)?,
                Property::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum StatusName {
    ErrorCode,
    FailureReason,
    AdditionalDetails,
    #[serde(other)]
    Unknown,
}

impl<'a> Object<'a> for Status<'a> {
    const NAME: &'static str = "status";

    fn read<'de, M, A>(&mut self, reader: &mut Reader<'_, M>, map: &mut A) -> Result<(), A::Error>
    where
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        while let Some(name) = map.next_key()? {
            match name {
                StatusName::ErrorCode => self.error_code = reader.integer("status.errorCode", map)?,
                StatusName::FailureReason => {
                    self.failure_reason = reader.text("status.failureReason", map)?;
                }
                StatusName::AdditionalDetails => {
                    self.additional_details = reader.text("status.additionalDetails", map)?;
                }
                StatusName::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum DeviceName {
    Browser,
    DeviceId,
    DisplayName,
    IsCompliant,
    IsManaged,
    OperatingSystem,
    TrustType,
    #[serde(other)]
    Unknown,
}

impl<'a> Object<'a> for DeviceDetail<'a> {
    const NAME: &'static str = "deviceDetail";

    fn read<'de, M, A>(&mut self, reader: &mut Reader<'_, M>, map: &mut A) -> Result<(), A::Error>
    where
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        while let Some(name) = map.next_key()? {
            match name {
                DeviceName::Browser => self.browser = reader.text("deviceDetail.browser", map)?,
                DeviceName::DeviceId => self.device_id = reader.text("deviceDetail.deviceId", map)?,
                DeviceName::DisplayName => {
                    self.display_name = reader.text("deviceDetail.displayName", map)?;
                }
                DeviceName::IsCompliant => {
                    self.is_compliant = reader.boolean("deviceDetail.isCompliant", map)?;
                }
                DeviceName::IsManaged => self.is_managed = reader.boolean("deviceDetail.isManaged", map)?,
                DeviceName::OperatingSystem => {
                    self.operating_system = reader.text("deviceDetail.operatingSystem", map)?;
                }
                DeviceName::TrustType => self.trust_type = reader.text("deviceDetail.trustType", map)?,
                DeviceName::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum LocationName {
    City,
    State,
    CountryOrRegion,
    #[serde(other)]
    Unknown,
}

impl<'a> Object<'a> for Location<'a> {
    const NAME: &'static str = "location";

    fn read<'de, M, A>(&mut self, reader: &mut Reader<'_, M>, map: &mut A) -> Result<(), A::Error>
    where
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        while let Some(name) = map.next_key()? {
            match name {
                LocationName::City => self.city = reader.text("location.city", map)?,
                LocationName::State => self.state = reader.text("location.state", map)?,
                LocationName::CountryOrRegion => {
                    self.country_or_region = reader.text("location.countryOrRegion", map)?;
                }
                LocationName::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum PolicyName {
    Id,
    DisplayName,
    Result,
    #[serde(other)]
    Unknown,
}

impl<'a> Object<'a> for Policy<'a> {
    const NAME: &'static str = "appliedConditionalAccessPolicies";

    fn read<'de, M, A>(&mut self, reader: &mut Reader<'_, M>, map: &mut A) -> Result<(), A::Error>
    where
        M: Mode<'de, 'a>,
        A: MapAccess<'de>,
    {
        while let Some(name) = map.next_key()? {
            match name {
                PolicyName::Id => self.id = reader.text("appliedConditionalAccessPolicies.id", map)?,
                PolicyName::DisplayName => {
                    self.display_name = reader.text("appliedConditionalAccessPolicies.displayName", map)?;
                }
                PolicyName::Result => {
                    self.result = reader.text("appliedConditionalAccessPolicies.result", map)?;
                }
                PolicyName::Unknown => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}
