//! What the units of all builds are, each file once.

use std::collections::BTreeMap;

use covatlas_shared::{
    shard::Kind,
    units::{FileOf, FileUnits, UnitsShard},
};

use super::{Input, RenderError, Writer, count, positions::Positions};
use crate::profile::{BuildFile, BuildTable, FileDigest};

/// Writes the shard; gives its name.
pub(super) fn write(input: &Input, writer: &Writer) -> Result<String, RenderError> {
    Ok(writer.shard(Kind::Units, &shard(input).encode()?)?)
}

fn shard(input: &Input) -> UnitsShard {
    let mut files: BTreeMap<(&str, FileDigest), (&BuildTable, &BuildFile)> = BTreeMap::new();
    for build in &input.builds {
        for file in build.table.files() {
            let known = files.entry((&file.path, file.digest)).or_insert((&build.table, file));
            // A text profile knows no funcs.
            if known.1.funcs.is_empty() {
                *known = (&build.table, file);
            }
        }
    }
    let position: BTreeMap<_, u32> = files.keys().copied().zip(0..).collect();
    let mut repos: Positions<String> = Positions::default();
    let mut builds = Vec::new();
    for (build_idx, build) in input.builds.iter().enumerate() {
        let mut own = Vec::new();
        for (file_idx, file) in build.table.files().iter().enumerate() {
            let found = input.resolution((build_idx, file_idx)).filter(|r| !r.repo.is_empty());
            let repo = found.map(|found| repos.add(found.repo.clone()));
            let file = position.get(&(file.path.as_str(), file.digest)).copied().unwrap_or(0);
            own.push(FileOf { file, repo });
        }
        builds.push((build.row.hash.clone(), own));
    }
    UnitsShard::new(builds, repos.items(), files.into_values().map(units).collect())
}

fn units((table, file): (&BuildTable, &BuildFile)) -> FileUnits {
    let statements = table.units_of(file).iter().map(|unit| unit.statements);
    let func = |func: usize| if file.funcs.is_empty() { 0 } else { count(func) };
    let funcs = table.unit_funcs_of(file).map(func);
    FileUnits { n_funcs: count(file.funcs.len()), units: statements.zip(funcs).collect() }
}

#[cfg(test)]
mod tests {
    use crate::{
        db::Database,
        encode::FuncSpec,
        sample::{POD, REPLICA, Run, counters, func, meta, time},
        site::Input,
    };

    #[test]
    fn a_file_of_two_builds_is_there_once() {
        let run = Run::new();
        let library = || {
            [
                func("m/lib.go", &[1, 1]),
                FuncSpec { units: vec![[9, 2, 9, 9, 5]], ..func("m/lib.go", &[]) },
            ]
        };
        for (pod, hash, own) in [(POD, 1, func("m/a.go", &[3])), (REPLICA, 2, func("m/b.go", &[4]))]
        {
            let [first, second] = library();
            run.put(pod, "covmeta.x", &meta(hash, vec![own, second, first]));
            let records: [&[u32]; 3] = [&[1], &[1], &[0, 1]];
            run.put(pod, &format!("covcounters.x.1.{}", time(1)), &counters(hash, &records));
        }
        run.compile();
        let db = Database::open(&run.collection.database()).unwrap();
        let shard = super::shard(&Input::read_all(&db).unwrap());
        assert_eq!((shard.n_files(), shard.builds.len()), (3, 2));
        assert_eq!(
            [0, 1].map(|build| shard.files_of(build).iter().map(|f| f.file).collect::<Vec<_>>()),
            [[0, 2], [1, 2]]
        );
        let library = shard.range(2);
        assert_eq!(shard.statements(library.clone()), [1, 1, 5]);
        assert_eq!((shard.funcs(library), shard.n_funcs(2)), (&[0, 0, 1][..], 2));
    }
}
