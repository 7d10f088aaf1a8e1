//! Every meta file of the small corpus against the sources it was built from: builds of several
//! Go releases, so both shapes of units.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use covdata::MetaFile;

use super::super::tree::fake;
use super::*;

fn corpus() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/small")
}

/// All files below a folder, with paths relative to it.
fn files(dir: &Utf8Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir_utf8().unwrap() {
            let path = entry.unwrap().into_path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(dir).unwrap().to_string());
            }
        }
    }
    found
}

fn checkout(name: &str) -> Checkout {
    let dir = corpus().join("src").join(name);
    let texts: Vec<(String, String)> = files(&dir)
        .into_iter()
        .map(|path| (path.clone(), fs_err::read_to_string(dir.join(path)).unwrap()))
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    fake::checkout(&format!("github.com/example/{name}"), "c0ffee0", &texts)
}

fn metas() -> Vec<MetaFile> {
    let data = corpus().join("data");
    let is_meta = |path: &String| path.contains("/covmeta.");
    let decode = |path: String| MetaFile::decode(&fs_err::read(data.join(&path)).unwrap()).unwrap();
    files(&data).into_iter().filter(is_meta).map(decode).collect()
}

fn resolve(
    meta: &MetaFile,
    checkouts: &[Checkout],
    change: impl Fn(&mut covdata::Unit),
) -> Vec<(String, String)> {
    let units: Vec<Vec<covdata::Unit>> = meta
        .funcs()
        .iter()
        .map(|func| {
            let mut units = meta.func_units(func).to_vec();
            units.iter_mut().for_each(&change);
            units
        })
        .collect();
    let mut by_file: BTreeMap<&str, Vec<FuncUnits<'_>>> = BTreeMap::new();
    for (func, units) in meta.funcs().iter().zip(&units) {
        let name = meta.str(func.name);
        let func_units = FuncUnits { name, literal: func.is_literal, units };
        by_file.entry(meta.str(func.file)).or_default().push(func_units);
    }
    let files: Vec<_> =
        by_file.iter().map(|(path, funcs)| BuildFile { path, module: "", funcs }).collect();
    let build = Build { named: &[], owners: &[], files: &files };
    let found = Resolver::new(checkouts).resolve(&build);
    let found = files.iter().zip(&found);
    found.map(|(file, result)| (file.path.to_owned(), result.resolution.to_string())).collect()
}

/// Files whose source is not in the corpus: the Go toolchain's, and one that only a `//line`
/// directive names.
fn is_foreign(path: &str) -> bool {
    ["cmd/gofmt/", "go/", "text/", "example.com/demo/weird.y"].iter().any(|p| path.starts_with(p))
}

/// How often each word comes up in the results.
fn counts(change: impl Fn(&mut covdata::Unit)) -> BTreeMap<String, usize> {
    let checkouts = [checkout("demo"), checkout("covdemo")];
    let mut counts = BTreeMap::new();
    for meta in &metas() {
        for (path, resolution) in resolve(meta, &checkouts, &change) {
            let word = if is_foreign(&path) { format!("foreign {resolution}") } else { resolution };
            *counts.entry(word).or_default() += 1;
        }
    }
    counts
}

#[test]
fn all_files_are_found_and_fit() {
    let found = counts(|_| {});
    let want = [("exact", 72), ("foreign unresolved", 15), ("rewritten", 2)];
    assert_eq!(found, want.map(|(word, count)| (word.to_owned(), count)).into());
}

#[test]
fn no_file_fits_when_the_text_moved_by_a_line() {
    let found = counts(|unit| {
        unit.start_line += 1;
        unit.end_line += 1;
    });
    let want = [("foreign unresolved", 15), ("mismatch", 74)];
    assert_eq!(found, want.map(|(word, count)| (word.to_owned(), count)).into());
}
