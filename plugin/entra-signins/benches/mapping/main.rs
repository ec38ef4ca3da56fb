//! One page of 1,000 sign-ins from bytes to encoded events, on one core: the product's way, and the same mapping
//! done plainly with `serde_json::Value`. Both are checked to write the same events before anything is measured.
//!
//! `cargo bench -p entra-signins --bench mapping`
#![allow(clippy::unwrap_used, clippy::panic, reason = "a bench ends where its input is wrong")]

mod naive;
mod page;

use std::sync::LazyLock;

use bytes::Bytes;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use entra_signins::cato::{self, ConnectorFacts};
use entra_signins::config::{IpRange, TenantId};
use entra_signins::graph::sign_in::{SignIn, SignInKey};
use serde::Deserialize;
use serde_json::value::RawValue;

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
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    value: Vec<&'a RawValue>,
}

fn split(page: &Bytes) -> Vec<&RawValue> {
    serde_json::from_str::<Page<'_>>(std::str::from_utf8(page).unwrap()).unwrap().value
}

/// Events as lines, each with its record as a slice of the page.
fn typed(page: &Bytes, lines: &mut Vec<u8>) {
    for record in split(page) {
        let sign_in = SignIn::parse(record.get().as_bytes()).unwrap();
        let raw = page.slice_ref(record.get().as_bytes());
        let event = cato::event(&sign_in, &CONNECTOR, Some(raw));
        serde_json::to_writer(&mut *lines, &event).unwrap();
        lines.push(b'\n');
    }
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

/// What a re-read costs before anything is known to be new.
#[divan::bench]
fn keys(bencher: Bencher<'_, '_>) {
    counted(bencher).bench(|| {
        let keys = split(black_box(&PAGE));
        keys.into_iter().filter(|record| SignInKey::parse(record.get().as_bytes()).is_ok()).count()
    });
}

#[divan::bench]
fn split_page(bencher: Bencher<'_, '_>) {
    counted(bencher).bench(|| split(black_box(&PAGE)).len());
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let records = split(&PAGE);
    counted(bencher).bench(|| {
        for record in black_box(&records) {
            black_box(SignIn::parse(record.get().as_bytes()).unwrap());
        }
    });
}

#[divan::bench]
fn map(bencher: Bencher<'_, '_>) {
    let records = split(&PAGE);
    let sign_ins: Vec<_> =
        records.iter().map(|record| SignIn::parse(record.get().as_bytes()).unwrap()).collect();
    counted(bencher).bench(|| {
        for sign_in in black_box(&sign_ins) {
            black_box(cato::event(sign_in, &CONNECTOR, None));
        }
    });
}

#[divan::bench]
fn encode(bencher: Bencher<'_, '_>) {
    let records = split(&PAGE);
    let event =
        |record: &&RawValue| cato::event(&SignIn::parse(record.get().as_bytes()).unwrap(), &CONNECTOR, None);
    let events: Vec<_> = records.iter().map(event).collect();
    let mut lines = Vec::with_capacity(PAGE.len());
    counted(bencher).bench_local(|| {
        lines.clear();
        for event in black_box(&events) {
            serde_json::to_writer(&mut lines, event).unwrap();
        }
    });
}
