//! Tests of sources and sinks.

use collector::config::ComponentKey;

use super::{WHOLE, load};

const SINK: &str = "[sinks.siem]\ntype = 'post'\ninputs = ['probe']\n";

/// Scenario: a source and a sink that reads it.
/// Guarantee: both are there with their type, inputs and whole tables, and nothing is left to say.
#[test]
fn components_arrive() {
    let config = load(&[&format!("{WHOLE}{SINK}endpoint = 'https://siem.example.com'\n")]).unwrap();
    let [source] = config.sources.as_slice() else { panic!("one source") };
    assert_eq!((source.key.id(), source.kind), ("probe", "probe"));
    assert_eq!(source.table.str("type"), Some("probe"));
    let [sink] = config.sinks.as_slice() else { panic!("one sink") };
    assert_eq!(
        (sink.key.id(), sink.description.name, sink.inputs.keys().map(ComponentKey::id).collect()),
        ("siem", "post", vec!["probe"])
    );
    assert_eq!(sink.table.str("endpoint"), Some("https://siem.example.com"));
    assert!(config.notes.is_empty());
}

/// Scenario: a source that no sink reads.
/// Guarantee: it is allowed, with a note at its place.
#[test]
fn a_source_without_a_sink_is_worth_a_note() {
    let notes = load(&[WHOLE]).unwrap().notes;
    let [note] = notes.as_slice() else { panic!("one note") };
    let shown = note.to_string();
    assert!(shown.contains("one.toml:1: sources.probe: no sink reads it"), "{shown}");
    assert!(shown.contains("inputs = [\"probe\"]"), "{shown}");
}

/// Scenario: components without a type, of an unknown type, without inputs, with unknown ones, with bad ids, one id
/// for two, something that is no table; and a source and a sink with mistakes of their own.
/// Guarantee: all are reported in one go, each with its full key, in the order of the file.
#[test]
fn every_mistake_is_reported_at_once() {
    let text = "[sources]
plain = 'hunter2'
[sources.untyped]
[sources.Upper]
type = 'prob'
[sources.probe]
type = 'probe'
port = 0
secrt = 'hunter2'
[sinks.lonely]
type = 'post'
[sinks.empty]
type = 'post'
inputs = []
[sinks.lost]
type = 'http'
inputs = ['prob', 'probe', 'probe']
[sinks.probe]
type = 'post'
inputs = ['probe']
endpoint = 'http://hunter2.example.com'
url = 'x'
";
    let kinds = "\"Upper\", \"probe\", \"untyped\"";
    assert_eq!(
        load(&[text]).unwrap_err(),
        format!(
            "one.toml:2: sources.plain: is a string; write a table\n\
             one.toml:3: sources.untyped.type: is missing; add type = ...\n\
             one.toml:4: sources.Upper: is not the id of a component; use lower-case letters, digits, - and _ alone\n\
             one.toml:5: sources.Upper.type: is no known word; did you mean \"probe\"? Known are \"probe\"\n\
             one.toml:6: sources.probe.secret: is missing; add secret = \"${{VARIABLE}}\" or secret_file = ...\n\
             one.toml:8: sources.probe.port: is out of range; write a number from 1 to 65535\n\
             one.toml:9: sources.probe.secrt: unknown key; did you mean secret?\n\
             one.toml:10: sinks.lonely.inputs: is missing; add inputs = ...\n\
             one.toml:14: sinks.empty.inputs: is empty; write one or more of {kinds}\n\
             one.toml:16: sinks.lost.type: is no known word; write one of \"post\"\n\
             one.toml:17: sinks.lost.inputs[0]: is no known word; did you mean \"probe\"? Known are {kinds}\n\
             one.toml:17: sinks.lost.inputs[2]: stands twice; remove one of the two\n\
             one.toml:18: sinks.probe: is also the id of a source; give it another id: status and metrics name components by it\n\
             one.toml:21: sinks.probe.endpoint: is plain http:// to another machine; write https://\n\
             one.toml:22: sinks.probe.url: unknown key; known keys are type, inputs, endpoint, seen"
        )
    );
}

/// Scenario: sources with the ids of what the program itself has in the data directory, and sinks with such ids.
/// Guarantee: the sources are refused, since their state would lie there; the sinks, whose state lies elsewhere, are not.
#[test]
fn ids_that_the_program_needs_are_refused() {
    for id in ["journal", "lock", "sinks"] {
        let source = format!("[sources.{id}]\ntype = 'probe'\nsecret = 'x'\n");
        let refused = format!(
            "one.toml:1: sources.{id}: is an id that the program needs itself; \
             give it another id: its state would lie where the program keeps its own"
        );
        assert_eq!(load(&[&source]).unwrap_err(), refused);
        let sink = format!("{WHOLE}[sinks.{id}]\ntype = 'post'\ninputs = ['probe']\n");
        assert_eq!(load(&[&sink]).unwrap().sinks.len(), 1);
    }
}

/// Scenario: sinks that read a whole source, and a whole and a broken one.
/// Guarantee: a sink is shown the schemas of its inputs, or none if one of them is unknown yet.
#[test]
fn sinks_see_the_schemas_of_their_inputs() {
    let seen = format!("{WHOLE}{SINK}seen = 1\n");
    assert_eq!(load(&[&seen]).unwrap_err(), "one.toml:7: sinks.siem.seen: saw [probe in probe]");
    let text =
        format!("{}[sources.broken]\ntype = 'probe'\n", seen.replace("['probe']", "['probe', 'broken']"));
    assert!(load(&[&text]).unwrap_err().starts_with("one.toml:7: sinks.siem.seen: saw []\n"));
}

/// Scenario: a file of no bytes, one without a source, one whose table of sources is empty, and a sink that names one.
/// Guarantee: what is missing and the heading to write are named, once.
#[test]
fn a_source_is_needed() {
    let words = "nothing is collected; add a table [sources.ID] with type = \"probe\"";
    for text in ["", "data_dir = 'x'", SINK] {
        assert_eq!(load(&[text]).unwrap_err(), format!("one.toml:1: sources: is missing; {words}"));
    }
    let empty = format!("[sources]\n{SINK}");
    assert_eq!(load(&[&empty]).unwrap_err(), format!("one.toml:1: sources: is empty; {words}"));
}

/// Scenario: sinks without inputs, and with an unknown one, that have mistakes in other keys too.
/// Guarantee: all are reported at once.
#[test]
fn bad_inputs_hide_no_other_mistake() {
    let text = format!(
        "{WHOLE}[sinks.a]\ntype = 'post'\nurl = 1\n[sinks.b]\ntype = 'post'\ninputs = ['x']\nendpoint = 'http://x.example'\n"
    );
    assert_eq!(
        load(&[&text]).unwrap_err(),
        "one.toml:4: sinks.a.inputs: is missing; add inputs = ...\n\
         one.toml:6: sinks.a.url: unknown key; known keys are type, inputs, endpoint, seen\n\
         one.toml:9: sinks.b.inputs[0]: is no known word; write one of \"probe\"\n\
         one.toml:10: sinks.b.endpoint: is plain http:// to another machine; write https://"
    );
}
