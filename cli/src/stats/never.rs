//! Funcs that nobody ever entered.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::{
    Data, Row, StatsError,
    group::{is_func_selected, select},
    merged::{Place, source_files},
};
use crate::{
    profile::{Bits, BuildFunc, NeverEntered, SourceFuncs},
    selection::Selection,
};

/// One line for each func with statements of which no selected process ran any unit, most
/// statements first, then by path and line. Empty when every func was entered.
///
/// A func is the same in several builds when its path as built, the unit list of its file, its
/// name and its line are.
///
/// # Errors
/// [`StatsError::NoMatch`] when the selection leaves no func, [`StatsError::Nothing`] when there
/// is nothing to select from.
pub fn never(data: &Data, selection: &Selection) -> Result<Vec<Row>, StatsError> {
    let groups = select(data, selection)?;
    let ran: Vec<Bits> = groups.par_iter().map(super::group::Group::united).collect();
    let files: Vec<_> = source_files(&groups, &ran, selection).into_iter().collect();
    let found: Vec<(usize, Vec<(u64, Row)>)> =
        files.par_iter().map(|((path, _), places)| never_in(path, places, selection)).collect();
    if found.iter().all(|(n_funcs, _)| *n_funcs == 0) {
        return Err(StatsError::NoMatch(selection.to_string()));
    }
    let mut rows: Vec<(u64, Row)> = found.into_iter().flat_map(|(_, rows)| rows).collect();
    // Stable: equal ones stay in the order of path and line.
    rows.sort_by_key(|(statements, _)| std::cmp::Reverse(*statements));
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// How many funcs of a file the selection leaves, and those that nobody entered.
fn never_in(path: &str, places: &[Place<'_>], selection: &Selection) -> (usize, Vec<(u64, Row)>) {
    let mut funcs = SourceFuncs::default();
    for place in places {
        let is_wanted = |func: &BuildFunc| is_func_selected(&func.name, selection);
        funcs.add(place.table(), place.file, |at| place.ran.get(at), is_wanted);
    }
    let never: Vec<NeverEntered<'_>> = funcs.never_entered().collect();
    if never.is_empty() {
        return (funcs.len(), Vec::new());
    }
    let resolutions = || places.iter().filter_map(Place::resolution);
    let repo_path = resolutions().map(|r| r.repo_path.as_str()).find(|path| !path.is_empty());
    let is_generated = resolutions().any(|r| r.generated);
    let binaries: BTreeSet<&str> =
        places.iter().flat_map(|place| place.group.names(|r| &r.owner.key.binary)).collect();
    let binaries: Vec<&str> = binaries.into_iter().collect();
    let row = |func: NeverEntered<'_>| {
        let row = Row::default()
            .with("path", path)
            .with_known("repo_path", repo_path.unwrap_or_default())
            .with("func", func.name)
            .with("line", func.line)
            .with("statements", func.statements)
            .with("generated", is_generated)
            .with("binaries", binaries.clone());
        (func.statements, row)
    };
    (funcs.len(), never.into_iter().map(row).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::sample::{POD, REPLICA, Run, counters, func, meta, time};

    fn answer(run: &Run, filters: &[&str]) -> Result<Vec<Value>, StatsError> {
        let filters: Vec<String> = filters.iter().map(|f| (*f).to_owned()).collect();
        let rows = never(&run.data(), &Selection::parse(&filters).unwrap())?;
        Ok(rows.iter().map(|row| serde_json::to_value(row).unwrap()).collect())
    }

    fn paths(run: &Run, filters: &[&str]) -> Vec<String> {
        let rows = answer(run, filters).unwrap();
        rows.iter().map(|row| row["path"].as_str().unwrap().to_owned()).collect()
    }

    /// Two builds of one program: `m/lib/l.go` is the same in both, `m/a.go` is not.
    fn two_builds() -> Run {
        let run = Run::new();
        let lib = || func("m/lib/l.go", &[2, 3]);
        let one =
            |n: &[u32]| vec![func("m/a.go", n), lib(), func("m/z.go", &[7]), func("m/0.go", &[0])];
        run.put(POD, "covmeta.x", &meta(1, one(&[1])));
        let counts: [&[u32]; 4] = [&[1], &[0, 0], &[0], &[0]];
        run.put(POD, &format!("covcounters.x.1.{}", time(1)), &counters(1, &counts));
        run.put(REPLICA, "covmeta.y", &meta(2, one(&[1, 1])));
        let counts: [&[u32]; 4] = [&[0, 0], &[0, 1], &[0], &[0]];
        run.put(REPLICA, &format!("covcounters.y.1.{}", time(9)), &counters(2, &counts));
        run.compile();
        run
    }

    #[test]
    fn a_func_is_entered_when_any_unit_of_it_ran_in_any_build_of_the_same_file() {
        let rows = answer(&two_builds(), &[]).unwrap();
        let row = |path: &str, statements: u64| {
            json!({
                "path": path, "repo_path": null, "func": "F", "line": 1,
                "statements": statements, "generated": false, "binaries": ["api"],
            })
        };
        // `m/a.go` of the newer build is another file; a func without statements is none.
        assert_eq!(rows, [row("m/z.go", 7), row("m/a.go", 2)]);
    }

    #[test]
    fn only_selected_processes_count() {
        let run = two_builds();
        assert_eq!(paths(&run, &["node=n1"]), ["m/z.go", "m/lib/l.go"]);
        assert_eq!(paths(&run, &["node=n2"]), ["m/z.go", "m/a.go"]);
        assert_eq!(paths(&run, &["node=n2", "path=m/a*"]), ["m/a.go"]);
        assert!(paths(&run, &["path=m/lib/*"]).is_empty(), "everything there was entered");
        for nothing in ["node=n3", "path=nowhere", "func=G"] {
            let err = answer(&run, &[nothing]).unwrap_err();
            assert!(
                matches!(err, StatsError::NoMatch(ref what) if what.starts_with(nothing)),
                "{err}"
            );
        }
        let err = answer(&run, &["node=n3"]).unwrap_err().to_string();
        assert_eq!(err, "nothing matches node=n3; the nearest values are\n  n1\n  n2");
    }
}
