use proptest::prelude::*;

use super::*;

mod corpus;

fn parse(body: impl Into<Vec<u8>>) -> Result<Content<Bytes>, NoPage> {
    slices(&Bytes::from(body.into()))
}

fn slices(body: &Bytes) -> Result<Content<Bytes>, NoPage> {
    Content::parse(body, |record, _| record)
}

fn texts(content: &Content<Bytes>) -> Vec<String> {
    content.records.iter().map(|record| String::from_utf8(record.to_vec()).expect("is text")).collect()
}

/// Scenario: a page with everything that a page can have, and members that nobody has heard of.
/// Guarantees: records are the very bytes of the body, not copies; link and count are kept.
#[test]
fn records_are_slices_of_the_body() {
    let body = Bytes::from_static(
        br#"{"@odata.context":"c","@odata.count":12,"new":{"value":[0]}, "value" : [ {"id":"a"} , {"id":"b","x":[1,{}]} ],
            "@odata.nextLink":"https://graph.example/?a=\u0026"}"#,
    );
    let content = slices(&body).expect("is a page");
    assert_eq!(texts(&content), [r#"{"id":"a"}"#, r#"{"id":"b","x":[1,{}]}"#]);
    assert_eq!(content.next.as_deref(), Some("https://graph.example/?a=&"));
    assert_eq!(content.count, Some(12));
    let inside = body.as_ptr_range();
    for record in &content.records {
        assert!(inside.contains(&record.as_ptr()));
    }
    assert_eq!(content.body.as_ptr(), body.as_ptr());
}

/// Scenario: elements that are no objects, or are objects with details that JSON frowns upon.
/// Guarantees: each is handed out as it is: what it is worth is for others to judge.
#[test]
fn whatever_stands_in_the_list_is_a_record() {
    let deep = format!("{}{}", "[".repeat(5_000), "]".repeat(5_000));
    let elements =
        ["null", "7", r#""text""#, "[]", "{}", r#"{"a":1,"a":2}"#, r#"{"a":"\ud800"}"#, "1e999", &deep];
    let content = parse(format!(r#"{{"value":[{}]}}"#, elements.join(","))).expect("is a page");
    assert_eq!(texts(&content), elements);
}

/// Scenario: pages with more and fewer records that are no sign-ins, in Graph's form and in an unusual one. Guarantees: a page
/// most of whose many records cannot be read is doubted, others are taken record by record.
#[test]
fn a_page_of_unreadable_records_is_doubted() {
    for (readable, unreadable, doubted) in
        [(4, 6, true), (5, 5, false), (0, 9, false), (0, 10, true), (600, 400, false)]
    {
        let good =
            (0..readable).map(|id| format!(r#"{{"id":"{id}","createdDateTime":"2026-03-02T08:15:27Z"}}"#));
        for bad in [r#"{"id":""}"#, "7"] {
            let records: Vec<_> =
                good.clone().chain(std::iter::repeat_n(bad.to_owned(), unreadable)).collect();
            let content = parse(format!(r#"{{"value":[{}]}}"#, records.join(","))).expect("is a page");
            assert_eq!((content.records.len(), content.is_doubtful), (readable + unreadable, doubted));
        }
    }
}

/// Scenario: broken UTF-8, a bare control character, a byte order mark.
/// Guarantees: what is broken is replaced, where it stands; every record is there.
#[test]
fn a_broken_record_costs_the_others_nothing() {
    let content =
        parse(*b"{\"value\":[{\"id\":\"a\"},{\"id\":\"\xff\xfe\"},{\"id\":\"c\"}]}").expect("is a page");
    assert_eq!(texts(&content), [r#"{"id":"a"}"#, "{\"id\":\"\u{fffd}\u{fffd}\"}", r#"{"id":"c"}"#]);
    let content = parse("{\"value\":[\n\t{\"id\":\"a\nb\u{1}\"},\r\n{\"id\":\"c\"}]}").expect("is a page");
    assert_eq!(texts(&content), [r#"{"id":"a b "}"#, r#"{"id":"c"}"#]);
    let marked = Bytes::from("\u{feff}{\"value\":[{\"id\":\"a\"}]}");
    let content = slices(&marked).expect("is a page");
    assert_eq!(texts(&content), [r#"{"id":"a"}"#]);
}

/// Scenario: an empty page with a link, one without, a null link.
/// Guarantees: all are pages; only a link is a link.
#[test]
fn an_empty_page_is_a_page() {
    for (body, next) in [
        (r#"{"value":[],"@odata.nextLink":"x"}"#, Some("x")),
        (r#"{"value":[]}"#, None),
        (r#"{"value":[],"@odata.nextLink":null}"#, None),
    ] {
        let content = parse(body).expect("is a page");
        assert_eq!((content.records.len(), content.next.as_deref()), (0, next), "{body}");
    }
}

/// Scenario: pages in Graph's form, among them ones whose records are no sign-ins, with members in any order and blanks.
/// Guarantees: they are read in one pass, and each record goes to the caller with what it was read as.
#[test]
fn usual_pages_take_one_pass() {
    let time = r#""createdDateTime":"2026-03-02T08:15:27Z""#;
    for page in [
        format!(
            r#"{{"value":[{{"id":"a",{time}}},{{}},{{"id":"b",{time},"x":[{{"]":"}}"}}]}}],"@odata.nextLink":"n"}}"#
        ),
        format!(
            " {{ \"@odata.count\" : 3 ,\t\"@odata.nextLink\":\"n\", \"x\":[1e9,null], \"value\" : [ {{\"id\":\"a\",{time}}} ,\r\n{{ }}, \
             {{\"id\":\"b\",{time}}}\n] }}\n"
        ),
    ] {
        let id = |sign_in: Result<SignIn<'_>, NotASignIn>| sign_in.map(|sign_in| sign_in.id.into_owned());
        let quick = quick::read(&page, &mut |_, sign_in| id(sign_in)).expect("is usual");
        assert_eq!(quick.records, [Ok("a".to_owned()), Err(NotASignIn::NoId), Ok("b".to_owned())], "{page}");
        assert_eq!(quick.next.as_deref(), Some("n"));
    }
}

/// Scenario: bodies that are no page.
/// Guarantees: they are refused with what and where, and without a word of what stands there.
#[test]
fn what_is_no_page_is_refused() {
    for (body, what, place) in [
        ("", "it is empty", None),
        (" \n ", "it is empty", None),
        ("<!DOCTYPE html><p>hush</p>", "web page", None),
        ("hush", "it is not JSON", Some((1, 1))),
        (r#"{"value":[{"hush":"#, "ends in the middle", Some((1, 18))),
        ("{\n\"value\": [hush]}", "it is not JSON", Some((2, 11))),
        (r#"{"value":null}"#, "not a list", Some((1, 13))),
        (r#"{"value":{"signIns":["hush"]}}"#, "not a list", Some((1, 9))),
        (r#"{"value":"hush"}"#, "not a list", Some((1, 15))),
        (r#"{"error":"hush"}"#, "not a list", Some((1, 16))),
        (r#"{"value":[],"@odata.nextLink":"hush","@odata.count":"hush"}"#, "not a list", Some((1, 58))),
        (r#"{"value":[],"value":["hush"]}"#, "not a list", Some((1, 19))),
        (r#"{"value":[]} hush"#, "it is not JSON", Some((1, 14))),
        ("[]", "not a list", None),
        (r#"[[{"id":"hush"}],null,1]"#, "not a list", None),
        ("null", "not a list", Some((1, 4))),
    ] {
        let error = parse(body).expect_err(body);
        assert!(error.what.contains(what), "{body}: {error:?}");
        assert_eq!(error.place.map(|place| (place.line, place.column)), place, "{body}: {error:?}");
        assert!(!format!("{error:?}").contains("hush"), "{error:?}");
    }
    assert!(parse([0xff, 0xfe]).is_err());
}

proptest! {
    /// Scenario: any bytes, and any bytes in the middle of a page.
    /// Guarantees: a page or an error, never a panic; and what was whole before the damage stays readable or the
    /// whole page is refused.
    #[test]
    fn any_bytes(noise in prop::collection::vec(any::<u8>(), 0..60)) {
        if let Ok(content) = parse(noise.clone()) {
            prop_assert!(content.body.len() >= noise.len());
        }
        let page = [&b"{\"value\":[{\"id\":\"a\"},\""[..], &noise, b"\",{\"id\":\"c\"}]}"].concat();
        if let Ok(content) = parse(page) {
            prop_assert_eq!(content.records[0].as_ref(), br#"{"id":"a"}"#);
        }
    }

    /// Scenario: a page with any bytes somewhere in it.
    /// Guarantees: where the quick way reads it, the patient way reads the same.
    #[test]
    fn both_ways_agree(noise in "[\\[\\]{},:\"a0 \\\\e-]{0,12}", at in 0_usize..70) {
        let mut page = r#"{"@odata.count":1,"value":[{"id":"a","x":1},{"id":"b"}],"@odata.nextLink":"n"}"#.to_owned();
        page.insert_str(at, &noise);
        if let Some(quick) = quick::read(&page, &mut |record, _| record.to_owned()) {
            let patient = envelope(&page).expect("is a page too");
            prop_assert_eq!(quick.records, patient.value.iter().map(|record| record.get()).collect::<Vec<_>>());
            prop_assert_eq!((quick.next, quick.count), (patient.next, patient.count));
        }
    }

    /// Scenario: pages of any JSON.
    /// Guarantees: records come out in order and equal to what went in.
    #[test]
    fn any_records(texts_in in prop::collection::vec("[ -~\u{e9}\u{1f600}]{0,20}", 0..20)) {
        let elements: Vec<String> = texts_in.iter().map(|text| serde_json::json!({"id": text}).to_string()).collect();
        let content = parse(format!(r#"{{"value":[{}]}}"#, elements.join(" , "))).expect("is a page");
        prop_assert_eq!(texts(&content), elements);
    }
}
