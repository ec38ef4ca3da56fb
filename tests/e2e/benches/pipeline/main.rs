//! The whole way of a sign-in, as the built program goes it: from simulated tenants over HTTP with gzip through the journal to a
//! sink, everything synced to the disk as always. The simulated Microsoft runs in this process, so that it takes its share of
//! the machine as well.
//!
//! `cargo bench -p e2e --bench pipeline` measures everything, which takes three quarters of an hour;
//! `-- throughput 1 30` and the like one part, with other numbers of tenants.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench ends where something is wrong"
)]

mod ceiling;
mod freshness;
mod lines;
mod program;
mod rest;
mod scene;
mod throughput;

/// What to measure, and with how many tenants if nobody says.
const PARTS: [(&str, &[usize]); 4] =
    [("throughput", &[1, 30, 1_000]), ("ceiling", &[1, 30]), ("freshness", &[1]), ("rest", &[1, 30, 1_000])];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let wanted = arguments.first().map(String::as_str);
    let numbers: Vec<usize> = arguments.iter().skip(1).map(|number| number.parse().unwrap()).collect();
    assert!(wanted.is_none_or(|wanted| PARTS.iter().any(|(part, _)| *part == wanted)), "one of {PARTS:?}");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    for (part, usual) in PARTS.into_iter().filter(|(part, _)| wanted.is_none_or(|wanted| wanted == *part)) {
        let tenants = if numbers.is_empty() { usual } else { &numbers };
        runtime.block_on(async {
            match part {
                "throughput" => throughput::measure(tenants).await,
                "ceiling" => ceiling::measure(tenants).await,
                "freshness" => freshness::measure(tenants).await,
                _ => rest::measure(tenants).await,
            }
        });
        println!();
    }
}
