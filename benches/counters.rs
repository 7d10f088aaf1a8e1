//! How long the counter files of one directory take to read: each by itself, and each by what
//! differs from the one before.
//!
//!     cargo run --release -p covdata --example counters -- DIR
//!
//! Gives the best of many rounds, so that other work on the machine matters little.

#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a measurement, not a part of the product"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};
use std::{env, fs};

use covdata::{CounterFile, FileName, LastFile, MetaFile};

/// Rounds per number.
const ROUNDS: usize = 40;

fn main() {
    let dir = env::args().nth(1).expect("usage: counters DIR");
    let (mut meta, mut files) = (None, Vec::new());
    let mut names: Vec<_> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for path in names {
        let name = path.file_name().unwrap().to_str().unwrap();
        match FileName::parse(name) {
            Some(FileName::Meta { .. }) => {
                meta = Some(MetaFile::decode(&fs::read(&path).unwrap()).unwrap());
            }
            Some(FileName::Counters { .. }) => files.push(fs::read(&path).unwrap()),
            _ => {}
        }
    }
    let meta = meta.expect("a directory with a meta file");
    let n_bytes: usize = files.iter().map(Vec::len).sum();
    let n_units = meta.units().len();
    println!("{} files of {n_bytes} bytes, {n_units} units", files.len());
    let mut counts = Vec::new();
    report("each by itself", n_bytes, || {
        for file in &files {
            black_box(CounterFile::read_into(file, &meta, &mut counts).unwrap());
        }
    });
    let (mut bytes, mut risen, mut n_followed) = (Vec::new(), Vec::new(), 0);
    report("by what differs", n_bytes, || {
        let mut last = LastFile::default();
        n_followed = 0;
        for file in &files {
            bytes.clear();
            bytes.extend_from_slice(file);
            if last.follow(&mut bytes, &meta, &mut counts, &mut risen) {
                n_followed += 1;
            } else {
                CounterFile::read_into(&bytes, &meta, &mut counts).unwrap();
                last.remember(&mut bytes);
            }
        }
    });
    println!("{n_followed} files followed another");
}

/// Prints the best time.
fn report(what: &str, n_bytes: usize, mut run: impl FnMut()) {
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed());
    }
    let per_byte = best.as_secs_f64() * 1e9 / n_bytes as f64;
    println!("{what:<16} {:>8.3} ms, {per_byte:.3} ns a byte", best.as_secs_f64() * 1e3);
}
