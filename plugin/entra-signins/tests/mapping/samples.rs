//! Real records that somebody has: the folder is named by `SIGNIN_SAMPLES`, below it `graph-shape/` with `signIn`
//! records and `event-hub-shape/` with envelopes, one JSON file each.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use entra_signins::cato::{self, map};
use serde_json::Value as Json;

use crate::table::assert_fits_table;
use crate::{connector, written};

/// Scenario: every record below the folder. Guarantee: it becomes an event whose important fields are what an
/// independent reading of the same JSON says, or it has no id or no time and is refused for that.
#[test]
fn samples_become_events() {
    let Ok(folder) = std::env::var("SIGNIN_SAMPLES") else {
        // Not by a macro: what those print of a test that passes is shown to nobody.
        std::io::stderr().write_all(b"skipped: SIGNIN_SAMPLES names no folder of sample records\n").unwrap();
        return;
    };
    let files = json_files(Path::new(&folder));
    assert!(!files.is_empty(), "{folder} holds no records");
    let (mut mapped, mut refused) = (0, 0);
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        let independent: Json = serde_json::from_str(&text).unwrap();
        let independent = independent.get("properties").unwrap_or(&independent);
        let records: Vec<_> = map::records(&text).map(Result::unwrap).collect();
        assert_eq!(records.len(), 1, "{}", file.display());
        let Ok(sign_in) = records[0].sign_in() else {
            let unusable = independent["id"].is_null() || independent["createdDateTime"].is_null();
            assert!(unusable, "{} has id and time", file.display());
            refused += 1;
            continue;
        };
        assert_eq!(sign_in.anomalies(), [], "{}", file.display());
        let event = cato::event(&sign_in, &connector(), None);
        assert_fits_table(&event);
        assert_important_fields(&written(&event), independent, file);
        mapped += 1;
    }
    println!("{mapped} records mapped, {refused} refused for want of an id or a time");
    assert!(mapped > refused);
}

fn assert_important_fields(event: &Json, record: &Json, file: &Path) {
    let text = |json: &Json| json.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let code = &record["status"]["errorCode"];
    let code = code.as_i64().or_else(|| code.as_str()?.parse().ok());
    let outcome = code.map(|code| if code == 0 { "Succeeded" } else { "Failed" }.to_owned());
    let country = text(&record["location"]["countryOrRegion"]).map(|country| country[..2].to_uppercase());
    let expected = [
        ("vendor_event_id", text(&record["id"])),
        ("user_name", text(&record["userPrincipalName"]).or_else(|| text(&record["servicePrincipalName"]))),
        ("vendor_user_id", text(&record["userId"]).or_else(|| text(&record["servicePrincipalId"]))),
        ("application_name", text(&record["appDisplayName"])),
        ("application_id", text(&record["appId"])),
        ("src_ip", text(&record["ipAddress"])),
        ("src_city", text(&record["location"]["city"])),
        ("src_country_code", country),
        ("client_class", text(&record["clientAppUsed"])),
        ("correlation_id", text(&record["correlationId"])),
        ("user_agent", text(&record["userAgent"])),
        ("action", outcome),
    ];
    for (name, expected) in expected {
        assert_eq!(text(&event[name]), expected, "{name} of {}", file.display());
    }
    let (second, given) = (event["time_str"].as_str().unwrap(), record["createdDateTime"].as_str().unwrap());
    assert_eq!(second[..10], given[..10], "{}", file.display());
    assert_eq!(second[11..19], given[11..19], "{}", file.display());
    assert_eq!(event["is_compliant"], record["deviceDetail"]["isCompliant"], "{}", file.display());
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    files
}
