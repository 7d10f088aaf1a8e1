//! What was lost, left out or is doubtful: numbers for the manifest, and the lists behind them.

use std::cmp::Reverse;

use covatlas_shared::{
    manifest::Trust,
    shard::Kind,
    trust::{DoubtfulBuild, Listed, Problem, TrustShard},
};

use super::{Input, RenderError, Writer, builds::BuildShards, count};
use crate::db::StoredProblem;

/// So many entries of each list are in the site; the database has all.
const MAX_LISTED: usize = 1000;

/// Writes the lists; gives the numbers and the name of the shard.
pub(super) fn write(
    input: &Input,
    builds: &[BuildShards],
    writer: &Writer,
) -> Result<Trust, RenderError> {
    let lists = lists(input, builds);
    let evidence = |is: fn(&str) -> bool| input.owners.iter().filter(|o| is(&o.evidence)).count();
    Ok(Trust {
        shard: writer.shard(Kind::Trust, &lists.encode()?)?,
        files_unresolved: count(builds.iter().map(|b| b.unresolved).sum()),
        files_mismatched: count(builds.iter().map(|b| b.mismatched).sum()),
        owners_guessed: count(evidence(|e| ["alphabet", "pattern"].contains(&e))),
        owners_told: count(evidence(|e| e == "owner-reference")),
        namespaces_unmeasured: lists.unmeasured.n,
        excluded: input.excluded.clone(),
    })
}

fn lists(input: &Input, shards: &[BuildShards]) -> TrustShard {
    let is_loss = |p: &StoredProblem| p.severity == "loss";
    let is_unmeasured = |p: &StoredProblem| p.kind == "not-measured";
    let of = |is: &dyn Fn(&StoredProblem) -> bool| {
        listed(input.problems.iter().filter(|p| is(p)).map(problem))
    };
    let mut builds: Vec<DoubtfulBuild> = input
        .builds
        .iter()
        .zip(shards)
        .filter(|(_, shard)| shard.unresolved + shard.mismatched > 0)
        .map(|(build, shard)| DoubtfulBuild {
            binary: build.row.binary.clone(),
            hash: build.row.hash.clone(),
            files: count(build.table.files().len()),
            unresolved: count(shard.unresolved),
            mismatched: count(shard.mismatched),
        })
        .collect();
    builds.sort_by_key(|b| Reverse(u64::from(b.unresolved) + u64::from(b.mismatched)));
    TrustShard {
        losses: of(&is_loss),
        unmeasured: of(&|p| !is_loss(p) && is_unmeasured(p)),
        notes: of(&|p| !is_loss(p) && !is_unmeasured(p)),
        builds: listed(builds.into_iter()),
    }
}

/// A problem without what only means something on the machine that met it: of its place the name of
/// the coverage file stays.
fn problem(problem: &StoredProblem) -> Problem {
    let name = problem.place.rsplit('/').next().unwrap_or_default();
    let is_coverage = ["covmeta.", "covcounters."].iter().any(|start| name.starts_with(start));
    Problem {
        kind: problem.kind.clone(),
        item: problem.item.clone(),
        file: if is_coverage { name.to_owned() } else { String::new() },
        cause: problem.cause.clone(),
        remedy: problem.remedy.clone(),
    }
}

fn listed<T>(mut items: impl Iterator<Item = T>) -> Listed<T> {
    let first: Vec<T> = items.by_ref().take(MAX_LISTED).collect();
    Listed { n: count(first.len().saturating_add(items.count())), first }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_say_how_long_they_are() {
        let long = listed(0..2500);
        assert_eq!((long.n, long.first.len(), long.first.last()), (2500, 1000, Some(&999)));
        assert_eq!(listed(0..3), Listed { n: 3, first: vec![0, 1, 2] });
    }

    #[test]
    fn no_folder_of_this_machine_gets_into_a_site() {
        let stored = StoredProblem {
            stage: "compile".into(),
            build: String::new(),
            severity: "loss".into(),
            kind: "Orphan".into(),
            item: "ns/pod/c/app".into(),
            place: "/home/me/run1/coverage/x/covcounters.00.1.1".into(),
            cause: "no meta file".into(),
            remedy: String::new(),
        };
        assert_eq!(problem(&stored).file, "covcounters.00.1.1");
        let url = StoredProblem { place: "https://git.example.com/o/r".into(), ..stored };
        assert_eq!(problem(&url).file, "");
    }
}
