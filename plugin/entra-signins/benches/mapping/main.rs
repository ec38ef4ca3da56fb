//! One page of 1,000 sign-ins from bytes to encoded events, on one core: the product's way, and the same mapping
//! done plainly with `serde_json::Value`, and as a jq program, which is skipped if there is no jq. All are checked to write
//! the same events before anything is measured.
//!
//! `cargo bench -p entra-signins --bench mapping`
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench ends where its input is wrong"
)]

mod jq;
mod naive;
mod page;

use std::sync::LazyLock;

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use entra_signins::cato::{self, ConnectorFacts};
use entra_signins::config::{IpRange, TenantId};
use entra_signins::graph::records_of;
use entra_signins::graph::sign_in::{NotASignIn, SignIn};

static PAGE: LazyLock<Bytes> = LazyLock::new(|| page::of(page::RECORDS));

static CONNECTOR: LazyLock<ConnectorFacts> = LazyLock::new(|| ConnectorFacts {
    tenant_id: Some(TenantId(page::TENANT)),
    tenant_name: Some("Contoso".to_owned()),
    connector_name: Some("Contoso sign-ins".to_owned()),
    parent_connector_name: Some("Contoso Microsoft 365".to_owned()),
    account_id: Some(1714),
    cato_egress_ranges: vec![IpRange { network: "198.51.100.0".parse().unwrap(), prefix: 24 }],
    include_raw: false,
});

fn main() {
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    typed(&PAGE, &mut ours);
    naive::page_to_lines(&PAGE, &CONNECTOR, &mut plain);
    for (ours, plain) in ours.split(|byte| *byte == b'\n').zip(plain.split(|byte| *byte == b'\n')) {
        assert_eq!(String::from_utf8_lossy(ours), String::from_utf8_lossy(plain));
    }
    assert_eq!(ours.len(), plain.len());
    divan::main();
    // Not when some of the benches were asked for.
    if std::env::args().skip(1).all(|argument| argument == "--bench") {
        jq::compare(&PAGE);
    }
}

/// Events as lines, each with its record as a slice of the page.
fn typed(page: &Bytes, lines: &mut Vec<u8>) {
    let line = |record: Bytes, sign_in: Result<SignIn<'_>, NotASignIn>| {
        cato::event(&sign_in.unwrap(), &CONNECTOR, Some(record)).write_json(lines);
        lines.push(b'\n');
    };
    records_of(page, line).unwrap();
}

/// The records of the page.
fn records() -> Vec<Bytes> {
    records_of(&PAGE, |record, _| record).unwrap()
}

fn counted<'a, 'b>(bencher: Bencher<'a, 'b>) -> Bencher<'a, 'b> {
    let size = PAGE.len();
    bencher.counter(ItemsCount::new(page::RECORDS)).counter(BytesCount::new(size))
}

#[divan::bench]
fn parse_map_encode(bencher: Bencher<'_, '_>) {
    let mut lines = Vec::with_capacity(PAGE.len());
    counted(bencher).bench_local(|| {
        lines.clear();
        typed(black_box(&PAGE), &mut lines);
    });
}

#[divan::bench]
fn parse_map_encode_with_values(bencher: Bencher<'_, '_>) {
    let mut lines = Vec::with_capacity(PAGE.len());
    counted(bencher).bench_local(|| {
        lines.clear();
        naive::page_to_lines(black_box(&PAGE), &CONNECTOR, &mut lines);
    });
}

/// What a re-read costs: every record is read, and no event is made of it.
#[divan::bench]
fn read_page(bencher: Bencher<'_, '_>) {
    counted(bencher).bench(|| records_of(black_box(&PAGE), |_, sign_in| sign_in.is_ok()).unwrap());
}

#[divan::bench]
fn map(bencher: Bencher<'_, '_>) {
    let records = records();
    let sign_ins: Vec<_> = records.iter().map(|record| SignIn::parse(record).unwrap()).collect();
    counted(bencher).bench(|| {
        for sign_in in black_box(&sign_ins) {
            black_box(cato::event(sign_in, &CONNECTOR, None));
        }
    });
}

#[divan::bench]
fn encode(bencher: Bencher<'_, '_>) {
    let event = |record: &Bytes| cato::event(&SignIn::parse(record).unwrap(), &CONNECTOR, None);
    let events: Vec<_> = records().iter().map(event).collect();
    let mut lines = Vec::with_capacity(PAGE.len());
    counted(bencher).bench_local(|| {
        lines.clear();
        for event in black_box(&events) {
            event.write_json(&mut lines);
        }
    });
}
