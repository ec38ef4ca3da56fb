//! The words that records are made of: names, places, clients, applications, failures, policies.
//!
//! Addresses come from the ranges reserved for documentation; people and tenants are invented.

/// Given names with their form in a mail address.
pub(super) const GIVEN: [(&str, &str); 24] = [
    ("Adele", "adele"),
    ("Bj\u{f6}rn", "bjoern"),
    ("Chlo\u{e9}", "chloe"),
    ("Dmitri", "dmitri"),
    ("\u{c9}lodie", "elodie"),
    ("Fatima", "fatima"),
    ("Grady", "grady"),
    ("\u{4f1f}", "wei"),
    ("Isaiah", "isaiah"),
    ("Johanna", "johanna"),
    ("Kai", "kai"),
    ("Lidia", "lidia"),
    ("Megan", "megan"),
    ("Nestor", "nestor"),
    ("\u{d6}zlem", "oezlem"),
    ("Pradeep", "pradeep"),
    ("Quentin", "quentin"),
    ("R\u{f3}sa", "rosa"),
    ("\u{592a}\u{90ce}", "taro"),
    ("Siobh\u{e1}n", "siobhan"),
    ("\u{3a3}\u{3c4}\u{3ad}\u{3bb}\u{3b9}\u{3bf}\u{3c2}", "stelios"),
    ("Victoria", "victoria"),
    ("\u{5d9}\u{5e2}\u{5dc}", "yael"),
    ("Zo\u{eb} \u{1f469}\u{200d}\u{1f4bb}", "zoe"),
];

/// Family names with their form in a mail address.
pub(super) const FAMILY: [(&str, &str); 24] = [
    ("Vance", "vance"),
    ("Andersson", "andersson"),
    ("Bowen", "bowen"),
    ("Castellanos", "castellanos"),
    ("Debruyne", "debruyne"),
    ("El-Sayed", "elsayed"),
    ("Fern\u{e1}ndez", "fernandez"),
    ("Garc\u{ed}a", "garcia"),
    ("Holloway", "holloway"),
    ("Ivanova", "ivanova"),
    ("J\u{f8}rgensen", "joergensen"),
    ("Kowalczyk", "kowalczyk"),
    ("Lorenz", "lorenz"),
    ("M\u{fc}ller", "mueller"),
    ("Nakamura", "nakamura"),
    ("O'Brien", "obrien"),
    ("Petrov", "petrov"),
    ("\u{738b}", "wang"),
    ("Rossi", "rossi"),
    ("Sch\u{e4}fer", "schaefer"),
    ("Thomas \"TJ\"", "thomas"),
    ("\u{c1}lvarez", "alvarez"),
    ("Wilber", "wilber"),
    ("Yilmaz", "yilmaz"),
];

/// A place to sign in from.
pub(super) struct Place {
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) country: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) asn: u32,
}

const fn place(
    city: &'static str,
    state: &'static str,
    country: &'static str,
    (latitude, longitude): (f64, f64),
    asn: u32,
) -> Place {
    Place { city, state, country, latitude, longitude, asn }
}

pub(super) const PLACES: [Place; 16] = [
    place("Redmond", "Washington", "US", (47.6807, -122.1231), 64496),
    place("New York", "New York", "US", (40.71305, -74.00723), 64497),
    place("London", "England", "GB", (51.50853, -0.12574), 64498),
    place("M\u{fc}nchen", "Bayern", "DE", (48.13743, 11.57549), 64499),
    place("S\u{e3}o Paulo", "Sao Paulo", "BR", (-23.5475, -46.63611), 64500),
    place("Mombasa", "Coast", "KE", (-4.05466, 39.66359), 33771),
    place("\u{6771}\u{4eac}", "Tokyo", "JP", (35.6895, 139.69171), 64501),
    place("Bengaluru", "Karnataka", "IN", (12.97194, 77.59369), 64502),
    place("Tel Aviv", "Tel Aviv", "IL", (32.08088, 34.78057), 64503),
    place("Paris", "Ile-de-France", "FR", (48.85341, 2.3488), 64504),
    place("Sydney", "New South Wales", "AU", (-33.86785, 151.20732), 64505),
    place("Krak\u{f3}w", "Malopolskie", "PL", (50.06143, 19.93658), 64506),
    place("San Jos\u{e9}", "San Jose", "CR", (9.93333, -84.08333), 64507),
    place("Val-d'Or", "Quebec", "CA", (48.0974, -77.7974), 64508),
    place("Lagos", "Lagos", "NG", (6.45407, 3.39467), 64509),
    place("Singapore", "", "SG", (1.28967, 103.85007), 64510),
];

/// How a user's client shows: its user agent, `deviceDetail` and `clientAppUsed`.
pub(super) struct Client {
    pub(super) user_agent: &'static str,
    pub(super) browser: &'static str,
    pub(super) system: &'static str,
    pub(super) app_used: &'static str,
}

const fn client(
    app_used: &'static str,
    system: &'static str,
    browser: &'static str,
    user_agent: &'static str,
) -> Client {
    Client { user_agent, browser, system, app_used }
}

pub(super) const CLIENTS: [Client; 12] = [
    client(
        "Browser",
        "Windows 10",
        "Edge 119.0.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36 Edg/119.0.0.0",
    ),
    client(
        "Browser",
        "Windows10",
        "Chrome 131.0.0",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    ),
    client(
        "Browser",
        "MacOs 14.1",
        "Safari 17.1",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
    ),
    client(
        "Browser",
        "Linux",
        "Firefox 133.0",
        "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
    ),
    client(
        "Mobile Apps and Desktop clients",
        "Windows 11",
        "",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; WebView/3.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/70.0.3538.102 Safari/537.36 Edge/18.26100",
    ),
    client(
        "Mobile Apps and Desktop clients",
        "Ios 18.1.1",
        "Mobile Safari",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    ),
    client(
        "Mobile Apps and Desktop clients",
        "Android 14",
        "Chrome Mobile 130.0.6723",
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.6723.102 Mobile Safari/537.36",
    ),
    client(
        "Mobile Apps and Desktop clients",
        "Windows",
        "Rich Client 4.61.0.0",
        "Dalvik/2.1.0 (\"quoted\"; path C:\\Windows\\System32)",
    ),
    client("Authenticated SMTP", "", "", "BAV2ROPC"),
    client("Exchange Web Services", "", "Unknown", "ExchangeServicesClient/15.20.0004.000"),
    client("Other clients; IMAP", "", "", ""),
    client(
        "Browser",
        "ChromeOS 16002.51",
        "Chrome 130.0.0",
        "Mozilla/5.0 (X11; CrOS x86_64 16002.51.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    ),
];

/// Applications that users sign in to: name and application id.
pub(super) const APPS: [(&str, &str); 14] = [
    ("Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"),
    ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    ("Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264"),
    ("Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c"),
    ("OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca"),
    ("Graph Explorer", "de8bc8b5-d9f9-48b1-a8ad-b748da725064"),
    ("Microsoft Azure CLI", "04b07795-8ddb-461a-bbee-02f9e1bf7b46"),
    ("One Outlook Web", "9199bf20-a13f-4107-85dc-02114787ef48"),
    ("My Apps", "2793995e-0a7d-40d7-bd35-6968ba142197"),
    ("Payroll \u{1f4b6} (\"Lohn\" & Geh\u{e4}lter)", "6b1f3c1e-8a54-4a1c-9d1e-5a8e0d3c7f10"),
    ("R\u{e9}servations\tsalles", "7c2f4d2f-9b65-4b2d-8e2f-6b9f1e4d8a21"),
    ("Legacy\\Intranet", "8d3a5e3a-0c76-4c3e-9f3a-7c0a2f5e9b32"),
    ("\u{5728}\u{5eab}\u{7ba1}\u{7406}", "9e4b6f4b-1d87-4d4f-8a4b-8d1b3a6f0c43"),
    ("Line one\nline two \u{7}", "af5c7a5c-2e98-4e5a-9b5c-9e2c4b7a1d54"),
];

/// Resources: name, application id.
pub(super) const RESOURCES: [(&str, &str); 6] = [
    ("Microsoft Graph", "00000003-0000-0000-c000-000000000000"),
    ("Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013"),
    ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    ("Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000"),
    ("Azure Key Vault", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"),
    ("Windows Azure Active Directory", "00000002-0000-0000-c000-000000000000"),
];

/// Names of service principals and managed identities.
pub(super) const WORKLOADS: [&str; 10] = [
    "backup-runner",
    "ci-deploy (prod)",
    "hr-sync \u{2192} payroll",
    "very-normal-service-principal",
    "aks-agentpool",
    "vm-web-01",
    "func-orders",
    "terraform",
    "\"legacy\" importer",
    "\u{1f916} ops-bot",
];

/// A failed sign-in: `errorCode`, `failureReason`, `additionalDetails`.
pub(super) struct Failure {
    pub(super) code: u32,
    pub(super) reason: &'static str,
    pub(super) details: Option<&'static str>,
}

const fn failure(code: u32, reason: &'static str, details: Option<&'static str>) -> Failure {
    Failure { code, reason, details }
}

pub(super) const USER_FAILURES: [Failure; 14] = [
    failure(
        50126,
        "Error validating credentials due to invalid username or password.",
        Some(
            "The user didn't enter the right credentials.  It's expected to see some number of these errors in your logs due to users making mistakes.",
        ),
    ),
    failure(50126, "Error validating credentials due to invalid username or password.", None),
    failure(
        50076,
        "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{identifier}'.",
        Some("MFA required in Azure AD"),
    ),
    failure(
        50074,
        "Strong Authentication is required.",
        Some(
            "User needs to perform multi-factor authentication. There could be multiple things requiring multi-factor, e.g. Conditional Access policies, per-user enforcement, requested by client, among others.",
        ),
    ),
    failure(
        50140,
        "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
        None,
    ),
    failure(
        50053,
        "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
        None,
    ),
    failure(
        53003,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        None,
    ),
    failure(50055, "Invalid password, entered expired password.", None),
    failure(50057, "The user account is disabled.", Some("")),
    failure(
        65001,
        "The user or administrator has not consented to use the application with ID '{identifier}'{namePhrase}. Send an interactive authorization request for this user and resource.",
        None,
    ),
    failure(
        50034,
        "The user account {identifier} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory.",
        None,
    ),
    failure(
        50105,
        "Your administrator has configured the application {appName} ('{appId}') to block users unless they are specifically granted ('assigned') access to the application.",
        None,
    ),
    failure(
        500_121,
        "Authentication failed during strong authentication request.",
        Some("MFA denied; user declined the authentication"),
    ),
    failure(90095, "Other.", None),
];

pub(super) const WORKLOAD_FAILURES: [Failure; 4] = [
    failure(
        7_000_215,
        "Invalid client secret is provided.",
        Some(
            "Developer error - the app is attempting to sign in without the necessary or correct authentication parameters.",
        ),
    ),
    failure(
        7_000_222,
        "The provided client secret keys are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds",
        None,
    ),
    failure(
        700_016,
        "Application with identifier '{appIdentifier}' was not found in the directory '{tenantName}'.",
        None,
    ),
    failure(
        53003,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
        Some(""),
    ),
];

/// Conditional Access policies: name, grant control.
pub(super) const POLICIES: [(&str, &str); 8] = [
    ("Require MFA for all users", "Mfa"),
    ("Block legacy authentication", "Block"),
    ("Exchange Online Requires Compliant Device", "RequireCompliantDevice"),
    ("CA004: Admins \u{2013} phishing-resistant MFA \u{1f510}", "Mfa"),
    ("Office 365 App Control", ""),
    ("Block \"risky\" countries", "Block"),
    ("", "Mfa"),
    ("Exclude: C:\\BreakGlass", "RequireDomainJoinedDevice"),
];

/// Results of a policy in a sign-in that no policy blocked, the likely ones more than once; the report-only ones are
/// newer members.
pub(super) const POLICY_RESULTS: [&str; 10] = [
    "notApplied",
    "notApplied",
    "notApplied",
    "notEnabled",
    "success",
    "success",
    "success",
    "reportOnlySuccess",
    "reportOnlyNotApplied",
    "reportOnlyInterrupted",
];
