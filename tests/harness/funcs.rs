//! What Go's own tool says about functions.

use std::collections::{BTreeMap, BTreeSet};

use crate::golden::Golden;
use crate::world::MIXED;

/// One variant of a file: its path and its units.
pub type File = (String, Vec<(String, u64)>);

/// What Go says about a function.
#[derive(Debug, Default)]
pub struct Func {
    /// Statements, those of literals inside of it too.
    pub statements: u64,
    /// Whether any of them ran in any directory.
    pub ran: bool,
    /// The binaries that have it.
    pub binaries: BTreeSet<String>,
}

/// All functions of some directories by file, line and name, united over the directories. Go's list
/// leaves literals out.
///
/// # Panics
/// When a line has another shape.
pub fn gos_funcs(goldens: &[Golden]) -> BTreeMap<(File, u64, String), Func> {
    let mut funcs: BTreeMap<_, Func> = BTreeMap::new();
    // The mixed directory has nothing that the three it was made from have not.
    for golden in goldens.iter().filter(|g| g.number != MIXED) {
        let profile = golden.profile();
        let mut starts: BTreeMap<&str, Vec<(u64, &str, bool)>> = BTreeMap::new();
        for line in golden.funcs.lines().filter(|line| !line.starts_with("total")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [place, name, percent] = words[..] else { panic!("{line}") };
            let (path, line) = place.trim_end_matches(':').rsplit_once(':').unwrap();
            let func = (line.parse().unwrap(), name, percent != "0.0%");
            starts.entry(path).or_default().push(func);
        }
        for (path, starts) in starts {
            let units = profile.file(path);
            if units.is_empty() {
                continue; // The injected server.
            }
            let identity: Vec<_> =
                units.iter().map(|(range, (stmts, _))| ((*range).to_owned(), *stmts)).collect();
            for (at, (line, name, ran)) in starts.iter().enumerate() {
                let end = starts.get(at + 1).map_or(u64::MAX, |next| next.0);
                let own = units.iter().filter(|(range, _)| {
                    let start = range.split('.').next().unwrap().parse().unwrap();
                    (*line..end).contains(&start)
                });
                let file = (path.to_owned(), identity.clone());
                let func = funcs.entry((file, *line, (*name).to_owned())).or_default();
                func.statements = own.map(|(_, (statements, _))| statements).sum();
                func.ran |= ran;
                func.binaries.insert(golden.binary().to_owned());
            }
        }
    }
    funcs
}
