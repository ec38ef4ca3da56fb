//! Parts that records of several kinds share.

use super::draw::Draw;
use super::json::Object;
use super::vocabulary::{Failure, POLICIES, POLICY_RESULTS, Place};

/// One of Graph's ways to write an absent string: no member, `null` or `""`.
pub(super) fn no_string(o: &mut Object<'_>, draw: &mut Draw, key: &str) {
    match draw.below(3) {
        0 => {}
        1 => o.raw(key, "null"),
        _ => o.raw(key, "\"\""),
    }
}

/// One of Graph's ways to write an absent list.
pub(super) fn no_list(o: &mut Object<'_>, draw: &mut Draw, key: &str) {
    match draw.below(4) {
        0 => {}
        1 => o.raw(key, "null"),
        _ => o.raw(key, "[]"),
    }
}

/// One of Graph's ways to write an absent object.
pub(super) fn no_object(o: &mut Object<'_>, draw: &mut Draw, key: &str) {
    match draw.below(3) {
        0 => {}
        1 => o.raw(key, "null"),
        _ => o.raw(key, "{}"),
    }
}

/// `status`; success has code 0 and Graph's filler reason.
pub(super) fn status(o: &mut Object<'_>, draw: &mut Draw, failure: Option<&Failure>) {
    o.object("status", |o| match failure {
        None => {
            o.literal("errorCode", 0);
            match draw.below(3) {
                0 => o.raw("failureReason", "null"),
                _ => o.raw("failureReason", "\"Other.\""),
            }
            match draw.below(4) {
                0 => o.raw("additionalDetails", "\"MFA requirement satisfied by claim in the token\""),
                _ => o.raw("additionalDetails", "null"),
            }
        }
        Some(failure) => {
            o.literal("errorCode", failure.code);
            o.string("failureReason", failure.reason);
            match failure.details {
                Some(details) => o.string("additionalDetails", details),
                None => o.raw("additionalDetails", "null"),
            }
        }
    });
}

/// `location`, sometimes without coordinates or city.
pub(super) fn location(o: &mut Object<'_>, draw: &mut Draw, place: &Place) {
    if draw.one_in(60) {
        return no_object(o, draw, "location");
    }
    o.object("location", |o| {
        if draw.one_in(40) {
            no_string(o, draw, "city");
        } else {
            o.string("city", place.city);
        }
        o.string("state", place.state);
        o.plain("countryOrRegion", place.country);
        if draw.one_in(8) {
            o.raw("geoCoordinates", "{}");
        } else {
            o.object("geoCoordinates", |o| {
                o.raw("altitude", "null");
                o.literal("latitude", place.latitude);
                o.literal("longitude", place.longitude);
            });
        }
    });
}

/// `appliedConditionalAccessPolicies`.
pub(super) fn policies(o: &mut Object<'_>, draw: &mut Draw, seed: u64, blocked: bool) {
    let count = draw.below(4);
    if count == 0 && !blocked {
        return no_list(o, draw, "appliedConditionalAccessPolicies");
    }
    let start = draw.below(POLICIES.len());
    o.objects("appliedConditionalAccessPolicies", 0..count.max(1), |o, index| {
        let which = (start + index) % POLICIES.len();
        let (name, control) = POLICIES[which];
        let result = if blocked && index == 0 { "failure" } else { draw.pick(&POLICY_RESULTS) };
        let applied = matches!(result, "success" | "failure");
        o.plain("id", Draw::new(seed ^ 0xca, which as u64).guid());
        o.string("displayName", name);
        if applied && !control.is_empty() {
            o.strings("enforcedGrantControls", &[control]);
        } else {
            o.raw("enforcedGrantControls", "[]");
        }
        o.raw("enforcedSessionControls", if which == 4 { r#"["CloudAppSecurity"]"# } else { "[]" });
        o.raw("sessionControlsNotSatisfied", "[]");
        o.plain("result", result);
        o.plain("conditionsSatisfied", if applied { "application,users" } else { "none" });
        o.plain("conditionsNotSatisfied", if applied { "none" } else { "users" });
        if applied {
            o.raw("includeRulesSatisfied", r#"[{"conditionalAccessCondition":"application","ruleSatisfied":"allApps"},{"conditionalAccessCondition":"users","ruleSatisfied":"allUsers"}]"#);
            o.raw("authenticationStrength", "null");
        } else {
            o.raw("includeRulesSatisfied", "[]");
        }
        o.raw("excludeRulesSatisfied", "[]");
    });
}
