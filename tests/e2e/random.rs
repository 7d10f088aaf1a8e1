//! Random snapshots of random processes, against an oracle that asks Go about each file by itself.

use std::fs;
use std::path::{Path, PathBuf};

use covatlas_tests::golden::Golden;
use covatlas_tests::layout::MetaLayout;
use covatlas_tests::rng::Rng;
use covatlas_tests::{Collection, files, fixtures, oracle, tools};

use crate::real;

/// A program: the bytes of its meta file, and how many units each of its functions has.
struct Program {
    meta: Vec<u8>,
    units: Vec<Vec<usize>>,
    is_set: bool,
}

impl Program {
    /// The first program of a folder.
    fn of(dir: &Path) -> Self {
        let meta = fs::read(fixtures::metas(dir).remove(0)).unwrap();
        let packages = MetaLayout::of(&meta).packages;
        let units = packages.iter().map(|p| p.funcs.iter().map(|(_, n)| *n).collect()).collect();
        Self { is_set: meta[48] == 1, meta, units }
    }

    fn hash(&self) -> String {
        fixtures::hex(&self.meta[24..40])
    }

    /// A counter file as the runtime writes it: only functions that ran, without arguments.
    fn counter_file(&self, counts: &Counts) -> Vec<u8> {
        let mut records = Vec::new();
        let mut n = 0_u64;
        for (package, funcs) in counts.iter().enumerate() {
            for (func, counts) in funcs.iter().enumerate() {
                if counts.iter().any(|count| *count > 0) {
                    n += 1;
                    let head = [counts.len(), package, func].map(|value| value as u32);
                    head.iter().chain(counts).for_each(|value| uleb(&mut records, *value));
                }
            }
        }
        let mut out = b"\0cwm\x01\0\0\0".to_vec();
        out.extend(&self.meta[24..40]);
        out.extend([2, 0, 0, 0, 0, 0, 0, 0]);
        out.extend(n.to_le_bytes());
        // One empty string, no arguments, padded to four bytes.
        out.extend([2, 0, 0, 0, 2, 0, 0, 0]);
        out.extend([1, 0, 0, 0]);
        out.extend(records);
        out.extend(b"\0cwm\0\0\0\0\x01\0\0\0\0\0\0\0");
        out
    }
}

fn uleb(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Counts by package, function and unit.
type Counts = Vec<Vec<Vec<u32>>>;

/// Some of the program runs on.
fn run_on(program: &Program, counts: &mut Counts, rng: &mut Rng) {
    for (package, funcs) in program.units.iter().enumerate() {
        for (func, n) in funcs.iter().enumerate().filter(|(_, n)| **n > 0) {
            if rng.chance(25) {
                let unit = rng.below(*n);
                let count = &mut counts[package][func][unit];
                let more = if rng.chance(10) { 70_000 } else { 1 + rng.below(5) as u32 };
                *count = if program.is_set { 1 } else { count.saturating_add(more) };
            }
        }
    }
}

fn nothing_ran(program: &Program) -> Counts {
    program.units.iter().map(|f| f.iter().map(|n| vec![0; *n]).collect()).collect()
}

/// A process's snapshots in one folder: cumulative, by time or in two alternating slots.
fn process(program: &Program, dir: &Path, pid: usize, rng: &mut Rng) {
    let mut counts = nothing_ran(program);
    let n = 1 + rng.below(4);
    let in_slots = rng.chance(40);
    for snapshot in 0..n {
        run_on(program, &mut counts, rng);
        let number = match in_slots {
            true => 1 + snapshot % 2,
            false => 1_795_418_194_000_000_000 + snapshot * 1_000 + rng.below(1_000),
        };
        // The tag in the name is opaque.
        let tag = if rng.chance(30) { "unknown".to_owned() } else { program.hash() };
        let name = format!("covcounters.{tag}.{pid}.{number}");
        files::replace(&dir.join(name), &program.counter_file(&counts));
    }
}

/// Builds a tree of reports; gives the folder of each with the owner it belongs to.
fn tree(root: &Path, programs: &[Program], rng: &mut Rng) -> Vec<(String, PathBuf)> {
    let mut reports = Vec::new();
    for owner in ["alpha", "beta", "gamma"] {
        let binary = *rng.pick(&["one", "two"]);
        for replica in 0..1 + rng.below(3) {
            let pod = format!("{owner}-7d9f8b6c5d-x2x9{}", ["k", "b", "d"][replica]);
            let rest = format!("n{replica}/ns/{pod}/c/2026112{replica}T081502Z/i/{binary}");
            let dir = root.join(rest);
            fs::create_dir_all(&dir).unwrap();
            for program in programs {
                if rng.chance(50) {
                    continue;
                }
                files::replace(&dir.join(format!("covmeta.{}", program.hash())), &program.meta);
                for _ in 0..rng.below(3) {
                    let pid = 1 + rng.below(9_999);
                    process(program, &dir, pid, rng);
                }
            }
            if !fixtures::metas(&dir).is_empty() {
                reports.push((owner.to_owned(), dir));
            }
        }
    }
    reports
}

/// Random snapshots of these programs, compiled and compared.
fn compare(programs: &[Program], seed: u64) {
    let mut rng = Rng::new(seed);
    let collection = Collection::new();
    let data = collection.beside("data");
    let reports = tree(&data, programs, &mut rng);
    let wanted = oracle::profiles(&reports, &collection.beside("scratch"));
    assert!(wanted.len() > 3, "seed {seed} gives too little");
    collection.import(&data).exits(0);
    collection.run(["compile", "--json"]).exits(0);
    oracle::assert_agrees(&collection, &wanted);
}

#[test]
fn random_snapshots_have_the_numbers_of_an_oracle_over_go() {
    if !tools::has("random_snapshots_have_the_numbers_of_an_oracle_over_go", "go") {
        return;
    }
    let goldens = Golden::all();
    let programs = [0, 1, 8, 12].map(|number| Program::of(&goldens[number].dir()));
    for seed in [11, 12, 13] {
        compare(&programs, seed);
    }
}

#[test]
#[ignore = "needs tests/setup/real-corpus.sh"]
fn random_clusters_of_large_programs_have_the_numbers_of_an_oracle_over_go() {
    let programs: Vec<Program> = real::programs().iter().map(|dir| Program::of(dir)).collect();
    for seed in [21, 22] {
        compare(&programs, seed);
    }
}
