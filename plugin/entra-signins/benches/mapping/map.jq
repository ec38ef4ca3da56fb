# Sign-ins to Cato events, as jq can: everything but `event_id`, for which jq has no hash.
def text: if . == "" then null else . end;
def without_port:
    if startswith("[") then .[1:index("]")]
    else split(":") as $parts | if ($parts | length) == 2 then $parts[0] else . end
    end;
def version: if . == null then [null, null] else
    (rindex(" ")) as $at | if $at != null and (.[$at + 1:$at + 2] | . >= "0" and . <= "9") then [.[:$at], .[$at + 1:]] else [., null] end
  end;
def os: if . == null then [null, null] else
    ascii_downcase as $lower
    | (if $lower | startswith("windows") then ["OS_WINDOWS", .[7:]]
       elif $lower | startswith("macos") then ["OS_MAC", .[5:]]
       elif $lower | startswith("ios") then ["OS_IOS", .[3:]]
       elif $lower | startswith("android") then ["OS_ANDROID", .[7:]]
       elif $lower | startswith("linux") then ["OS_LINUX", .[5:]]
       else ["OS_UNKNOWN", (version[1] // "")] end)
    | [.[0], (.[1] | ltrimstr(" ") | text)]
  end;
.value[]
| (.deviceDetail.browser | text | version) as $browser
| (.deviceDetail.operatingSystem | text | os) as $os
| (.location.countryOrRegion | text | if . then ascii_upcase else null end) as $country
| .status as $status
| (.ipAddress | text | if . then without_port else null end) as $address
| (.createdDateTime | text) as $time
| [.appliedConditionalAccessPolicies[]? | select(.result == "success" or .result == "failure")] as $policies
| {
    account_id: 1714,
    action: (if $status.errorCode == null then null elif $status.errorCode == 0 then "Succeeded" else "Failed" end),
    application_id: (.appId | text),
    application_name: (.appDisplayName | text),
    authentication_type: (.authenticationRequirement | text
      | if . == "multiFactorAuthentication" then "MFA" elif . == "singleFactorAuthentication" then "Single-factor" else . end),
    browser_type: $browser[0],
    browser_version: $browser[1],
    client_class: (.clientAppUsed | text),
    connector_name: "Contoso sign-ins",
    connector_type: "Microsoft Azure AD",
    correlation_id: (.correlationId | text),
    display_name: (.userDisplayName | text),
    event_count: 1,
    event_message: ($status.additionalDetails | text),
    event_sub_type: "Application Sign-in",
    event_type: "Security",
    failure_reason: (if ($status.errorCode // 0) == 0 then null
      elif $status.failureReason == "Other." or ($status.failureReason | text) == null then $status.errorCode | tostring
      else "\($status.errorCode): \($status.failureReason)" end),
    is_compliant: .deviceDetail.isCompliant,
    is_managed: .deviceDetail.isManaged,
    os_type: $os[0],
    os_version: $os[1],
    out_of_band_access: (if $address then ($address | startswith("198.51.100.") | not) else null end),
    parent_connector_name: "Contoso Microsoft 365",
    resource_id: (.resourceId | text),
    resource_name: (.resourceDisplayName | text | if . then [.] else null end),
    risk_level: (.riskLevelDuringSignIn | text | if . then (.[:1] | ascii_upcase) + .[1:] else null end),
    service_name: "Microsoft Entra ID",
    session_id: (.sessionId | text),
    sign_in_event_types: (.signInEventTypes | if . == [] then null else . end),
    src_city: (.location.city | text),
    src_country: (if $country then $countries[0][$country] else null end),
    src_country_code: $country,
    src_ip: $address,
    tenant_id: "c0ffee00-1234-4abc-8def-0123456789ab",
    tenant_name: "Contoso",
    time: ($time | .[:19] + "Z" | fromdateiso8601 * 1000),
    time_str: $time,
    trust_type: (.deviceDetail.trustType | text),
    user_agent: (.userAgent | text),
    user_name: ((.userPrincipalName | text) // (.servicePrincipalName | text)),
    user_origin: (.userType | text),
    vendor: "Microsoft",
    vendor_device_id: (.deviceDetail.deviceId | text),
    vendor_device_name: (.deviceDetail.displayName | text),
    vendor_event_id: .id,
    vendor_location: ([(.location.city | text), (.location.state | text), $country] | map(select(. != null)) | if . == [] then null else join(", ") end),
    vendor_org_id: (.homeTenantId | text),
    vendor_policy_description: ($policies | if . == [] then null else map(.result // "") end),
    vendor_policy_id: ($policies | if . == [] then null else map(.id // "") end),
    vendor_policy_name: ($policies | if . == [] then null else map(.displayName // "") end),
    vendor_user_id: ((.userId | text) // (.servicePrincipalId | text))
  }
| del(.[] | select(. == null))
