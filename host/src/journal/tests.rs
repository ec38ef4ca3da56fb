//! Tests of the journal as its users see it.

mod append;
mod browse;
mod crash;
mod damage;
mod duplicates;
mod earlier;
mod full;
mod lineage;
mod model;
mod readers;
mod retention;
mod support;
mod torn;
