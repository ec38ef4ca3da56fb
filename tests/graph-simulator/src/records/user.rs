//! Sign-ins of users: `interactiveUser` and `nonInteractiveUser`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::draw::Draw;
use super::json::Object;
use super::parts::{location, no_list, no_object, no_string, policies, status};
use super::people::{Person, address};
use super::vocabulary::{APPS, Failure, PLACES, RESOURCES, USER_FAILURES};
use super::{Population, View, time_text};
use crate::clock::SECOND;
use crate::sign_ins::{Entry, SignInKind};

/// What the groups of properties of one record agree on.
struct SignIn<'a> {
    person: &'a Person,
    entry: &'a Entry,
    failure: Option<&'static Failure>,
    mfa: bool,
    risky: bool,
    revised: bool,
}

impl SignIn<'_> {
    fn interactive(&self) -> bool {
        self.entry.kind == SignInKind::InteractiveUser
    }
}

impl Population {
    pub(super) fn user(&self, o: &mut Object<'_>, draw: &mut Draw, entry: &Entry, view: View) {
        let interactive = entry.kind == SignInKind::InteractiveUser;
        let sign_in = SignIn {
            person: draw.pick(&self.people),
            entry,
            failure: draw.one_in(if interactive { 6 } else { 20 }).then(|| draw.pick(&USER_FAILURES)),
            mfa: draw.one_in(2),
            risky: draw.one_in(60),
            revised: view.revised,
        };
        identity(o, draw, &sign_in);
        self.applications(o, draw, &sign_in);
        client(o, draw, &sign_in);
        tokens(o, draw, &sign_in);
        risk(o, draw, &sign_in);
        self.tenants(o, draw, &sign_in);
        status(o, draw, sign_in.failure);
        device(o, draw, &sign_in);
        let away = draw.one_in(15);
        let place = if away { draw.pick(&PLACES) } else { sign_in.person.place };
        location(o, draw, place);
        let blocked = sign_in.failure.is_some_and(|failure| failure.code == 53003);
        if view.policies {
            policies(o, &mut self.policy_draw(entry), self.seed, blocked);
        }
        steps(o, draw, &sign_in);
        rest(o, draw, &sign_in);
    }

    fn applications(&self, o: &mut Object<'_>, draw: &mut Draw, sign_in: &SignIn<'_>) {
        let (name, id) = *draw.pick(&APPS);
        o.plain("appId", id);
        if draw.one_in(80) {
            no_string(o, draw, "appDisplayName");
        } else {
            o.string("appDisplayName", name);
        }
        let resource = draw.below(RESOURCES.len());
        let (resource_name, resource_id) = RESOURCES[resource];
        o.string("resourceDisplayName", resource_name);
        o.plain("resourceId", resource_id);
        o.plain("resourceServicePrincipalId", self.resource_principals[resource]);
        o.raw("appOwnerTenantId", "\"f8cdef31-a31e-4b4a-93e4-5f571e91255a\"");
        o.raw("resourceOwnerTenantId", "\"f8cdef31-a31e-4b4a-93e4-5f571e91255a\"");
        o.plain("clientCredentialType", if sign_in.interactive() { "none" } else { "clientAssertion" });
        no_string(o, draw, "servicePrincipalId");
        no_string(o, draw, "servicePrincipalName");
        no_string(o, draw, "servicePrincipalCredentialKeyId");
        no_string(o, draw, "federatedCredentialId");
    }

    fn tenants(&self, o: &mut Object<'_>, draw: &mut Draw, sign_in: &SignIn<'_>) {
        o.plain("homeTenantId", sign_in.person.guest_of.unwrap_or(self.tenant_id));
        no_string(o, draw, "homeTenantName");
        o.plain("resourceTenantId", self.tenant_id);
        let guest = sign_in.person.guest_of.is_some();
        o.plain("crossTenantAccessType", if guest { "b2bCollaboration" } else { "none" });
        o.plain("userType", if guest { "guest" } else { "member" });
        o.literal("isTenantRestricted", false);
    }
}

fn identity(o: &mut Object<'_>, draw: &mut Draw, sign_in: &SignIn<'_>) {
    let (person, kind) = (sign_in.person, sign_in.entry.kind);
    o.string("userDisplayName", &person.display_name);
    o.plain("userPrincipalName", &person.principal_name);
    o.plain("userId", person.id);
    o.literal("isInteractive", sign_in.interactive());
    o.strings("signInEventTypes", &[kind.as_str()]);
    if sign_in.interactive() {
        o.plain("signInIdentifier", &person.principal_name);
        o.plain("signInIdentifierType", "userPrincipalName");
    } else {
        no_string(o, draw, "signInIdentifier");
        o.raw("signInIdentifierType", "null");
    }
}

fn client(o: &mut Object<'_>, draw: &mut Draw, SignIn { person, .. }: &SignIn<'_>) {
    if draw.one_in(10) {
        o.plain("ipAddress", address(draw));
    } else {
        o.plain("ipAddress", &person.address);
    }
    no_string(o, draw, "ipAddressFromResourceProvider");
    no_string(o, draw, "globalSecureAccessIpAddress");
    o.literal("isThroughGlobalSecureAccess", false);
    o.literal("autonomousSystemNumber", person.place.asn);
    o.string("clientAppUsed", person.client.app_used);
    o.string("userAgent", person.client.user_agent);
}

fn tokens(o: &mut Object<'_>, draw: &mut Draw, sign_in: &SignIn<'_>) {
    o.plain("correlationId", draw.guid());
    o.plain("originalRequestId", draw.guid());
    let [a, b] = [draw.next(), draw.next()];
    let unique = STANDARD.encode([a.to_le_bytes(), b.to_le_bytes()].concat());
    o.plain("uniqueTokenIdentifier", unique.trim_end_matches('='));
    if draw.one_in(9) {
        no_string(o, draw, "sessionId");
    } else {
        o.plain("sessionId", draw.guid());
    }
    let incoming = ["none", "primaryRefreshToken", "refreshToken", "Primary Refresh Token", "saml20"];
    o.plain("incomingTokenType", if sign_in.interactive() { "none" } else { draw.pick(&incoming) });
    o.plain(
        "authenticationProtocol",
        draw.pick(&["none", "oAuth2", "deviceCode", "ropc", "saml20", "prtGrant"]),
    );
    o.plain("originalTransferMethod", "none");
    o.plain("tokenIssuerType", if draw.one_in(30) { "ADFederationServices" } else { "AzureAD" });
    no_string(o, draw, "tokenIssuerName");
    o.literal("processingTimeInMilliseconds", 20 + draw.below(900));
    o.plain("signInTokenProtectionStatus", "none");
    o.raw(
        "tokenProtectionStatusDetails",
        r#"{"signInSessionStatus":"unbound","signInSessionStatusCode":1002}"#,
    );
}

fn risk(o: &mut Object<'_>, draw: &mut Draw, sign_in: &SignIn<'_>) {
    let during = if sign_in.risky { *draw.pick(&["low", "medium", "high", "hidden"]) } else { "none" };
    let found = sign_in.risky || sign_in.revised;
    let aggregated = if sign_in.revised { "medium" } else { during };
    o.plain("riskLevelDuringSignIn", during);
    o.plain("riskLevelAggregated", aggregated);
    o.plain("riskState", if found { "atRisk" } else { "none" });
    o.plain(
        "riskDetail",
        if sign_in.risky && draw.one_in(3) { "adminDismissedRiskForSignIn" } else { "none" },
    );
    if found {
        o.strings(
            "riskEventTypes_v2",
            &[*draw.pick(&["unlikelyTravel", "anonymizedIPAddress", "unfamiliarFeatures"])],
        );
    } else {
        no_list(o, draw, "riskEventTypes_v2");
    }
    o.literal("flaggedForReview", false);
    let access = match sign_in.failure {
        Some(failure) if failure.code == 53003 => "failure",
        _ => draw.pick(&["success", "notApplied"]),
    };
    o.plain("conditionalAccessStatus", access);
}

fn device(o: &mut Object<'_>, draw: &mut Draw, SignIn { person, .. }: &SignIn<'_>) {
    if draw.one_in(50) {
        return no_object(o, draw, "deviceDetail");
    }
    let registered = !draw.one_in(3);
    o.object("deviceDetail", |o| {
        if registered {
            o.plain("deviceId", person.device_id);
            o.plain("displayName", &person.device_name);
        } else {
            no_string(o, draw, "deviceId");
            no_string(o, draw, "displayName");
        }
        o.string("operatingSystem", person.client.system);
        o.string("browser", person.client.browser);
        no_string(o, draw, "browserId");
        if draw.one_in(20) {
            o.raw("isCompliant", "null");
        } else {
            o.literal("isCompliant", registered && draw.one_in(2));
        }
        o.literal("isManaged", registered && draw.one_in(2));
        let trust = ["Azure AD registered", "Azure AD joined", "Hybrid Azure AD joined"];
        if registered {
            o.plain("trustType", draw.pick(&trust));
        } else {
            no_string(o, draw, "trustType");
        }
    });
}

/// The authentication steps; a revised record has the second step that was missing at first.
fn steps(o: &mut Object<'_>, draw: &mut Draw, sign_in: &SignIn<'_>) {
    let required = if sign_in.mfa { "multiFactorAuthentication" } else { "singleFactorAuthentication" };
    o.plain("authenticationRequirement", required);
    if !sign_in.interactive() {
        o.raw("authenticationMethodsUsed", "[]");
        return no_list(o, draw, "authenticationDetails");
    }
    let succeeded = sign_in.failure.is_none();
    let count = 1 + usize::from(sign_in.mfa || sign_in.revised);
    o.objects("authenticationDetails", 0..count, |o, step| {
        let seconds = i64::try_from(step).unwrap_or(0) * 7;
        o.plain("authenticationStepDateTime", time_text(sign_in.entry.created + seconds * SECOND, 0));
        if step == 0 {
            o.raw("authenticationMethod", "\"Password\"");
            o.raw("authenticationMethodDetail", "\"Password in the cloud\"");
            o.literal("succeeded", succeeded);
            let detail = if succeeded {
                "Correct password"
            } else {
                "Invalid username or password or Invalid on-premise username or password."
            };
            o.plain("authenticationStepResultDetail", detail);
            o.raw("authenticationStepRequirement", "\"Primary authentication\"");
        } else {
            o.raw("authenticationMethod", "\"Mobile app notification\"");
            o.raw("authenticationMethodDetail", "null");
            o.literal("succeeded", succeeded);
            o.plain(
                "authenticationStepResultDetail",
                if succeeded {
                    "MFA completed in Azure AD"
                } else {
                    "MFA denied; user declined the authentication"
                },
            );
            o.raw("authenticationStepRequirement", "\"\"");
        }
    });
    o.raw(
        "authenticationMethodsUsed",
        if sign_in.mfa { r#"["Password","Authenticator App"]"# } else { "[]" },
    );
}

fn rest(o: &mut Object<'_>, draw: &mut Draw, sign_in: &SignIn<'_>) {
    o.objects("authenticationProcessingDetails", 0..2, |o, index| {
        let (key, value) = [
            ("Login Hint Present", "True"),
            ("Oauth Scope Info", r#"["User.Read","openid","profile","email","AuditLog.Read.All"]"#),
        ][index];
        o.string("key", key);
        o.string("value", value);
    });
    if sign_in.mfa {
        o.raw(
            "authenticationRequirementPolicies",
            r#"[{"requirementProvider":"multiConditionalAccess","detail":"Conditional Access"}]"#,
        );
    } else {
        no_list(o, draw, "authenticationRequirementPolicies");
    }
    if draw.one_in(4) {
        o.raw(
            "networkLocationDetails",
            r#"[{"networkType":"namedNetwork","networkNames":["Head office","B\u00fcro \"Nord\""]}]"#,
        );
    } else {
        no_list(o, draw, "networkLocationDetails");
    }
    no_list(o, draw, "sessionLifetimePolicies");
    no_list(o, draw, "authenticationContextClassReferences");
    no_list(o, draw, "appliedEventListeners");
    no_object(o, draw, "privateLinkDetails");
    if draw.one_in(3) {
        o.raw("conditionalAccessAudiences", r#"["00000003-0000-0000-c000-000000000000"]"#);
    }
    if sign_in.mfa && sign_in.interactive() {
        o.raw("mfaDetail", r#"{"authMethod":"Mobile app notification","authDetail":null}"#);
    } else {
        o.raw("mfaDetail", "null");
    }
    if sign_in.interactive() && draw.one_in(5) {
        o.raw("authenticationAppDeviceDetails", r#"{"deviceId":"3f4a","operatingSystem":"ios","appVersion":"6.8.17","clientApp":"MicrosoftAuthenticator"}"#);
    }
}
