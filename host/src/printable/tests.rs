//! Tests of what is escaped and how.

use super::{json, line, lines};

/// Scenario: a terminal's escapes, a C1 control, marks of direction, invisible letters, and line ends.
/// Guarantee: each is shown as an escape; a line has no line end; text without them is not copied.
#[test]
fn what_acts_is_shown() {
    for (text, shown) in [
        ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
        ("\u{9b}2J", "\\u{9b}2J"),
        ("exe.\u{202e}gpj", "exe.\\u{202e}gpj"),
        ("a\u{2066}b\u{200f}c\u{feff}d\u{e0041}", "a\\u{2066}b\\u{200f}c\\u{feff}d\\u{e0041}"),
        ("a\r\nb\u{2028}c\td", "a\\u{d}\\u{a}b\\u{2028}c\\u{9}d"),
    ] {
        assert_eq!(line(text), shown);
    }
    assert_eq!(lines("a\nb\r"), "a\nb\\u{d}");
    let plain = "M\u{fc}nchen \u{6a9}\u{200c}\u{627} \u{1f600}";
    assert_eq!(line(plain).as_ptr(), plain.as_ptr());
}

/// Scenario: JSON with such characters in its strings, one of them outside of the first plane.
/// Guarantee: it holds none of them any more and means the same.
#[test]
fn json_means_the_same() {
    let text = "{\"a\":\"\u{202e}\u{7f}\u{e0041}\u{85}\",\n\"b\":\"\\u001b\"}";
    let shown = json(text);
    assert!(shown.chars().all(|c| c == '\n' || c.is_ascii_graphic()), "{shown}");
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(parsed(&shown), parsed(text));
}
