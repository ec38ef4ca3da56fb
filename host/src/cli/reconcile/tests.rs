//! Tests of what is made of a comparison.

use serde_json::json;

use super::*;

fn row(more: &serde_json::Value) -> Row {
    let mut row = json!({
        "source": "entra", "connector": "contoso", "tenant": "t", "kind": "interactiveUser",
        "from": "2026-01-31T00:00:00Z", "to": "2026-01-31T01:00:00Z", "shown": 5, "journal": 5,
        "sinks": {"out": 5}, "missing": 0, "missing_ids": [], "repaired": false, "unstable": false,
        "proven": true, "account": {"delivered": 5},
    });
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(row).unwrap()
}

/// Scenario: times and ages, right and wrong. Guarantee: both are understood, an age counts from now.
#[test]
fn times_and_ages_are_understood() {
    let now: Timestamp = "2026-01-31T00:00:00Z".parse().unwrap();
    let before = |text: &str| text.parse::<Moment>().map(|moment| moment.before(now).to_string());
    assert_eq!(before("2026-01-30T12:00:00Z").unwrap(), "2026-01-30T12:00:00Z");
    assert_eq!(before("2d").unwrap(), "2026-01-29T00:00:00Z");
    assert_eq!(before("90m").unwrap(), "2026-01-30T22:30:00Z");
    assert!(before("yesterday").unwrap_err().contains("write a time"));
}

/// Scenario: an hour that is complete, one that Graph shows less of than before, one that could not be compared, and one that lacks
/// something. Guarantee: only the last is a gap; what was not compared is no success either.
#[test]
fn only_what_we_lack_is_a_gap() {
    let (good, unstable) = (row(&json!({})), row(&json!({"shown": 4, "journal": 4, "unstable": true})));
    let (failed, gap) = (row(&json!({"error": "Graph refuses"})), row(&json!({"journal": 4, "missing": 1})));
    let code = |rows: &[&Row]| verdict(&rows.iter().map(|row| (*row).clone()).collect::<Vec<_>>(), false);
    assert_eq!(code(&[&good, &unstable]), ExitCode::SUCCESS);
    assert_eq!(code(&[&good, &failed]), Exit::Temporary.into());
    assert_eq!(code(&[&failed, &gap]), Exit::Found.into());
    assert_eq!(code(&[]), Exit::Temporary.into());
}

/// Scenario: two connectors are named, one of them wrongly. Guarantee: the wrong name is said, and what came of the other is no success.
#[test]
fn a_connector_of_which_nothing_came_is_named() {
    let rows = [row(&json!({}))];
    let names = ["contoso", "contso"].map(str::to_owned);
    assert_eq!(unheard_of(&names, &rows), ["contso"]);
    assert_eq!(verdict(&rows, true), Exit::Temporary.into());
    assert_eq!(verdict(&[row(&json!({"missing": 1}))], true), Exit::Found.into());
}

/// Scenario: the same hours for people. Guarantee: each has its counts, and says what is wrong and what to do; hours in which nothing
/// happened are left out.
#[test]
fn a_table_says_what_to_do() {
    let nothing = row(&json!({"shown": 0, "journal": 0, "sinks": {"out": 0}, "kind": "nothing"}));
    let gap = row(&json!({"journal": 4, "missing": 1, "sinks": {"out": 3}, "from": "2026-01-31T02:00:00Z"}));
    let failed = row(&json!({"error": "Graph refuses", "from": "2026-01-31T03:00:00Z"}));
    let stopped = row(
        &json!({"error": "it was stopped", "from": "2026-01-31T04:00:00Z", "to": "2026-01-31T09:00:00Z", "shown": 0, "journal": 0, "sinks": {}}),
    );
    let text = lines::of(&[row(&json!({})), nothing, gap, failed, stopped], false);
    assert!(!text.contains("nothing"), "{text}");
    let lines: Vec<_> =
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(lines[0], "CONNECTOR KIND HOUR GRAPH JOURNAL OUT MISSING REMARK");
    assert_eq!(lines[1], "contoso interactiveUser 2026-01-31T00:00:00Z 5 5 5 0 complete");
    assert_eq!(
        lines[2],
        "contoso interactiveUser 2026-01-31T02:00:00Z 5 4 3 1 --repair fetches what is missing"
    );
    assert_eq!(lines[3], "contoso interactiveUser 2026-01-31T03:00:00Z - - - - not compared: Graph refuses");
    assert_eq!(
        lines[4],
        "contoso interactiveUser 2026-01-31T04:00:00Z - - - - not compared up to 2026-01-31T09:00:00Z: it was stopped"
    );
    assert_eq!(
        lines[6],
        "15 sign-ins in Graph now, 14 of them in the journal, 13 delivered by out, 1 missing, 2 rows not compared."
    );
}

/// Scenario: the accounts are wanted, of a whole hour and of a part of one. Guarantee: the first shows what was kept account of, the
/// second that there is none.
#[test]
fn accounts_are_shown_where_there_are_any() {
    let account = json!({"fetched": 9, "delivered": 5, "late": 2, "repeated": 4, "changed": 1, "set_aside": 3, "reads": 6});
    let part = row(&json!({"account": null, "from": "2026-01-31T02:00:00Z"}));
    let text = lines::of(&[row(&json!({"account": account})), part], true);
    let lines: Vec<_> =
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let columns = "READ NEW LATE REPEATED CHANGED SET ASIDE READS MISSING REMARK";
    assert_eq!(lines[0], format!("CONNECTOR KIND HOUR GRAPH JOURNAL OUT {columns}"));
    assert_eq!(lines[1], "contoso interactiveUser 2026-01-31T00:00:00Z 5 5 5 9 5 2 4 1 3 6 0 complete");
    assert_eq!(lines[2], "contoso interactiveUser 2026-01-31T02:00:00Z 5 5 5 - - - - - - - 0 complete");
}
