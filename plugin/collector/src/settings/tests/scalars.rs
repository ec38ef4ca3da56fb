//! Tests of text, words, numbers and lists.

use std::net::IpAddr;

use super::reading;

/// Scenario: every getter meets a value of a kind it does not take, and then an absent key.
/// Guarantee: each says what is there and what to write; an absent key is no problem.
#[test]
fn wrong_kinds_say_what_to_write() {
    let ((), problems) = reading("s = 1\nb = 'yes'\ni = 1.5\nn = true\nl = 'x'\nt = ['x', 2]", |reader| {
        assert_eq!(reader.string("s"), None);
        assert_eq!(reader.boolean("b"), None);
        assert_eq!(reader.integer("i", 0..=9), None);
        assert_eq!(reader.number("n", 0.0..=9.0), None);
        assert_eq!(reader.strings("l"), None);
        assert_eq!(reader.strings("t").unwrap().len(), 1);
        assert_eq!((reader.string("absent"), reader.boolean("absent")), (None, None));
    });
    assert_eq!(
        problems,
        "c.toml:1: s: is an integer; write a string\n\
         c.toml:2: b: is a string; write true or false\n\
         c.toml:3: i: is a number; write an integer\n\
         c.toml:4: n: is a boolean; write a number\n\
         c.toml:5: l: is a string; write an array\n\
         c.toml:6: t[1]: is an integer; write a string"
    );
}

/// Scenario: numbers at the ends of a range and one past them.
/// Guarantee: ends belong to it; past them the range is named, without its upper end if it has none.
#[test]
fn ranges_hold_their_ends() {
    let (read, problems) = reading("one = 1\nten = 10\nzero = 0\neleven = 11\nhalf = 0.5", |reader| {
        let inside = (reader.integer("one", 1..=10), reader.integer("ten", 1..=10));
        assert_eq!((reader.integer("eleven", 1..=10), reader.integer("zero", 1..=i64::MAX)), (None, None));
        assert_eq!(
            (reader.number("half", 0.0..=1.0), reader.number("one", 0.0..=1.0)),
            (Some(0.5), Some(1.0))
        );
        assert_eq!(reader.number("ten", 0.0..=1.0), None);
        inside
    });
    assert_eq!(read, (Some(1), Some(10)));
    assert_eq!(
        problems,
        "c.toml:4: eleven: is out of range; write a number from 1 to 10\n\
         c.toml:3: zero: is out of range; write 1 or more\n\
         c.toml:2: ten: is out of range; write a number from 0 to 1"
    );
}

/// Scenario: required text that is there, blank, absent.
/// Guarantee: only text passes, and the others differ in what they say.
#[test]
fn required_text_is_there_and_not_blank() {
    let (read, problems) = reading("a = 'x'\nb = ' '", |reader| {
        (reader.required_string("a"), reader.required_string("b"), reader.required_string("c"))
    });
    assert_eq!(read, (Some("x".to_owned()), None, None));
    assert_eq!(problems, "c.toml:2: b: is empty; write a value\nc.toml:1: c: is missing; add c = ...");
}

const CHOICES: &[(&str, u8)] = &[("global", 1), ("china", 2)];

/// Scenario: a known word, one nearly right, one far off, alone and in lists.
/// Guarantee: the near word is suggested, all are listed, and what was written is not repeated.
#[test]
fn words_are_checked_and_suggested() {
    let (read, problems) =
        reading("a = 'china'\nb = 'globl'\nc = 'zzz'\nl = ['china', 'chinna', 'china']\ne = []", |reader| {
            assert_eq!((reader.one_of("b", CHOICES), reader.one_of("c", CHOICES)), (None, None));
            assert_eq!((reader.some_of("l", CHOICES), reader.some_of("e", CHOICES)), (Some(vec![2]), None));
            reader.one_of("a", CHOICES)
        });
    assert_eq!(read, Some(2));
    assert_eq!(
        problems,
        "c.toml:2: b: is no known word; did you mean \"global\"? Known are \"global\", \"china\"\n\
         c.toml:3: c: is no known word; write one of \"global\", \"china\"\n\
         c.toml:4: l[1]: is no known word; did you mean \"china\"? Known are \"global\", \"china\"\n\
         c.toml:4: l[2]: stands twice; remove one of the two\n\
         c.toml:5: e: is empty; write one or more of \"global\", \"china\""
    );
}

/// Scenario: addresses, good and bad, alone and in a list.
/// Guarantee: good ones are parsed; bad ones are named by their place in the list.
#[test]
fn parsed_values_say_what_is_expected() {
    let (read, problems) = reading("a = '::1'\nb = 'x'\nl = ['::1', 'x', '127.0.0.1']", |reader| {
        assert_eq!(reader.parsed::<IpAddr>("b", "an address"), None);
        (
            reader.parsed::<IpAddr>("a", "an address"),
            reader.parsed_list::<IpAddr>("l", "an address").unwrap().len(),
        )
    });
    assert_eq!(read, (Some("::1".parse().unwrap()), 2));
    assert_eq!(
        problems,
        "c.toml:2: b: is malformed; write an address\n\
         c.toml:3: l[1]: is malformed; write an address"
    );
}
