//! Sequences that are kept outside the journal.

use std::fs;

use super::support::*;
use crate::journal::schema;

/// Scenario: the journal is opened three times, and nothing is written in the second. Guarantee: marks of every opening
/// are true up to their sequence.
#[tokio::test]
async fn a_mark_is_true_over_openings() {
    let mut bench = Bench::new(&[]).await;
    let mut marks = Vec::new();
    for count in [3u64, 0, 2] {
        for number in 0..count {
            bench.append(vec![event(marks.len() as u64 * 10 + number)]).await;
        }
        let reader = bench.reader("siem").await;
        marks.push(reader.lineage().mark(bench.journal.position().sequence));
        bench.restart().await;
    }
    let lineage = bench.journal.shared.lineage.clone();
    let reached: Vec<_> = marks.iter().map(|mark| lineage.reached(mark)).collect();
    assert_eq!(reached, [3, 3, 5]);
}

/// Scenario: the file is restored from a copy made while it was at work, and from one that is older than a later opening.
/// Guarantee: a mark is true up to where the copy agrees, though the same sequences were given again.
#[tokio::test]
async fn a_mark_is_not_true_of_what_was_set_back() {
    let mut bench = Bench::new(&[]).await;
    let file = schema::path_in(bench.dir.path());
    bench.append(events(0..5)).await;
    bench.restart().await;
    bench.append(events(5..7)).await;
    bench.journal.close().await;
    let copy = fs::read(&file).unwrap();
    let first = bench.journal.shared.lineage.clone();
    bench.journal = bench.open(bench.dir.path()).await.unwrap();
    let second = bench.journal.shared.lineage.clone();
    bench.journal.close().await;
    fs::write(&file, copy).unwrap();
    bench.journal = bench.open(bench.dir.path()).await.unwrap();
    bench.append(events(20..40)).await;
    let restored = &bench.journal.shared.lineage;
    assert_eq!(restored.reached(&first.mark(6)), 6);
    assert_eq!(restored.reached(&first.mark(12)), 7, "what came after the copy is not there");
    assert_eq!(restored.reached(&second.mark(12)), 0, "the opening is not known");
    assert_eq!(restored.reached(&restored.mark(12)), 12);
}
