//! Rows and tables of real and damaged directories.

use std::path::{Path, PathBuf};

use super::*;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/small")
}

/// Number and directory of each golden.
fn directories() -> Vec<(String, PathBuf)> {
    let index = fs_err::read_to_string(fixtures().join("golden/INDEX.tsv")).unwrap();
    let rows = index.lines().skip(1).map(|line| line.split_once('\t').unwrap());
    rows.map(|(number, dir)| (number.to_owned(), fixtures().join("data").join(dir))).collect()
}

/// A copy of one of the corpus' directories, to be damaged.
fn copy_of(number: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (_, from) = directories().into_iter().find(|(known, _)| known == number).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs_err::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
    }
    dir
}

fn inspect(root: &Path) -> Vec<Inspected> {
    let workshop = Workshop::default();
    walk(root).unwrap().iter().map(|dir| inspect_dir(dir, &workshop)).collect()
}

fn name_of(dir: &Path, start: &str) -> String {
    let files = walk(dir).unwrap().remove(0).files;
    files.into_iter().map(|file| file.name).find(|name| name.starts_with(start)).unwrap()
}

fn dir_row(inspected: &Inspected) -> &DirRow {
    match inspected.rows.last() {
        Some(Row::Dir(row)) => row,
        other => panic!("{other:?}"),
    }
}

/// Units, statements and covered statements of a text profile.
fn of_profile(text: &str) -> (u64, u64, u64) {
    let rows = text.lines().skip(1).map(|line| {
        let mut numbers = line.rsplit(' ').map(|number| number.parse::<u64>().unwrap());
        let [count, statements] = [numbers.next().unwrap(), numbers.next().unwrap()];
        (1, statements, if count > 0 { statements } else { 0 })
    });
    rows.fold((0, 0, 0), |sum, row| (sum.0 + row.0, sum.1 + row.1, sum.2 + row.2))
}

#[test]
fn directories_of_one_program_agree_with_its_text_profile() {
    let mut n_compared = 0;
    for (number, dir) in directories() {
        let [inspected] = &inspect(&dir)[..] else { panic!("{number}") };
        let row = dir_row(inspected);
        if row.n_builds == 1 {
            let golden = fixtures().join(format!("golden/{number}.txt"));
            let want = of_profile(&fs_err::read_to_string(golden).unwrap());
            assert_eq!((row.units, row.statements, row.covered), want, "{number}");
            n_compared += 1;
        }
    }
    assert!(n_compared >= 10, "{n_compared}");
}

#[test]
fn a_tree_gives_every_directory_once_and_sorted() {
    let inspected = inspect(&fixtures().join("data"));
    let paths: Vec<_> = inspected.iter().map(|dir| dir.path.clone()).collect();
    let mut want: Vec<_> =
        directories().iter().map(|(_, dir)| dir.to_string_lossy().into_owned()).collect();
    want.sort();
    assert_eq!(paths, want);
}

#[test]
fn files_of_several_builds_count_once_when_their_units_are_equal() {
    let one = copy_of("00");
    let [alone] = &inspect(one.path())[..] else { panic!() };
    let meta = name_of(one.path(), "covmeta");
    let mut bytes = fs_err::read(one.path().join(&meta)).unwrap();
    bytes[24] ^= 1; // another build of the same source
    fs_err::write(one.path().join("covmeta.second"), bytes).unwrap();
    let [both] = &inspect(one.path())[..] else { panic!() };
    assert_eq!((dir_row(alone).n_builds, dir_row(both).n_builds), (1, 2));
    let numbers = |row: &DirRow| (row.units, row.statements, row.covered);
    assert_eq!(numbers(dir_row(alone)), numbers(dir_row(both)));
}

#[test]
fn damage_names_file_place_field_and_cause_and_orphans_their_remedy() {
    let dir = copy_of("00");
    let meta = name_of(dir.path(), "covmeta");
    let bytes = fs_err::read(dir.path().join(&meta)).unwrap();
    fs_err::write(dir.path().join(&meta), &bytes[..100]).unwrap();
    let inspected = inspect(dir.path());
    let found: Vec<_> = problems(&inspected).into_iter().collect();
    let [damaged, orphan] = &found[..] else { panic!("{found:?}") };
    assert_eq!(damaged.kind.as_ref(), "damaged");
    assert!(damaged.item.ends_with(&meta), "{}", damaged.item);
    let start = "Truncated at byte 100, while reading file size: the file ends here";
    assert!(damaged.cause.starts_with(start), "{}", damaged.cause);
    assert_eq!(orphan.kind.as_ref(), "orphan");
    let wanted = "bring covmeta.369b8754522872c04f60fb74faf4bb52 of the same build";
    assert!(orphan.remedy.starts_with(wanted), "{}", orphan.remedy);
    assert!(orphan.cause.ends_with(&meta), "{}", orphan.cause);
}

#[test]
fn an_orphan_learns_which_directory_has_its_meta_file() {
    let root = tempfile::tempdir().unwrap();
    let from = copy_of("00");
    for (dir, start) in [("a", "covcounters"), ("b", "covmeta")] {
        fs_err::create_dir_all(root.path().join(dir)).unwrap();
        let name = name_of(from.path(), start);
        fs_err::copy(from.path().join(&name), root.path().join(dir).join(&name)).unwrap();
    }
    let inspected = inspect(root.path());
    let found: Vec<_> = problems(&inspected).into_iter().collect();
    let [orphan] = &found[..] else { panic!("{found:?}") };
    let home = root.path().join("b").to_string_lossy().into_owned();
    assert_eq!(orphan.remedy, format!("{home} has a meta file of this hash"));
    let warnings = &dir_row(&inspected[0]).warnings;
    assert_eq!(warnings[0].class, "Orphan");
    assert!(warnings[0].file.as_ref().unwrap().contains("/a/covcounters."));
}

#[test]
fn json_lines_have_the_promised_keys_and_no_process_arguments() {
    let dir = copy_of("00");
    fs_err::write(dir.path().join("covcounters.x.7.8"), b"nonsense").unwrap();
    fs_err::write(dir.path().join("info.json"), b"{}").unwrap();
    let root = dir.path().to_string_lossy().into_owned();
    let rows = inspect(dir.path()).remove(0).rows;
    let lines: Vec<_> =
        rows.iter().map(|row| row.to_json().unwrap().replace(&root, "DIR")).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"file":"DIR/covcounters.369b8754522872c04f60fb74faf4bb52.4028.1795418200923135430","kind":"counters","hash":"369b8754522872c04f60fb74faf4bb52","go_version":null,"packages":null,"funcs":22,"units":118,"statements":null,"segments":1,"pid":4028,"time":1795418200923135430,"warnings":[]}
    {"file":"DIR/covcounters.x.7.8","error":{"class":"BadMagic","offset":0,"field":"magic","message":"`nons` is not how a counter file starts"}}
    {"file":"DIR/covmeta.369b8754522872c04f60fb74faf4bb52","kind":"meta","hash":"369b8754522872c04f60fb74faf4bb52","go_version":null,"packages":4,"funcs":23,"units":123,"statements":221,"segments":null,"pid":null,"time":null,"warnings":[]}
    {"file":"DIR/info.json","kind":"other","hash":null,"go_version":null,"packages":null,"funcs":null,"units":null,"statements":null,"segments":null,"pid":null,"time":null,"warnings":[]}
    {"file":"DIR","kind":"directory","units":123,"statements":221,"covered":177,"warnings":[]}
    "#);
    assert!(!lines.join("").contains("argv"));
}

#[test]
fn tables_are_aligned_and_show_what_is_damaged() {
    let dir = copy_of("00");
    fs_err::write(dir.path().join("covcounters.x.7.8"), b"nonsense").unwrap();
    let root = dir.path().to_string_lossy().into_owned();
    let table = to_table(&inspect(dir.path())[0]).replace(&root, "DIR");
    insta::assert_snapshot!(table, @r"
    DIR: 80.09 %, 177 of 221 statements, 1 build, 1 counter file
      FILE                                                                   KIND          PACKAGES  FUNCS  UNITS  STATEMENTS  HASH
      covmeta.369b8754522872c04f60fb74faf4bb52                               meta, atomic         4     23    123         221  369b8754522872c04f60fb74faf4bb52
      covcounters.369b8754522872c04f60fb74faf4bb52.4028.1795418200923135430  counters             -     22    118           -  369b8754522872c04f60fb74faf4bb52
      covcounters.x.7.8                                                      ! BadMagic           -      -      -           -  -
    ");
}

#[test]
fn a_directory_without_data_says_so_once() {
    let dir = tempfile::tempdir().unwrap();
    fs_err::create_dir_all(dir.path().join("a/b")).unwrap();
    let inspected = inspect(dir.path());
    let [empty] = &inspected[..] else { panic!("{inspected:?}") };
    assert_eq!(dir_row(empty).warnings[0].class, "NoData");
    let found: Vec<_> = problems(&inspected).into_iter().collect();
    assert_eq!((found.len(), found[0].kind.as_ref()), (1, "no-data"));
}

#[test]
#[cfg(unix)]
fn links_to_files_are_followed_and_links_to_directories_are_not() {
    use std::os::unix::fs::symlink;
    let from = copy_of("00");
    let root = tempfile::tempdir().unwrap();
    for start in ["covmeta", "covcounters"] {
        let name = name_of(from.path(), start);
        symlink(from.path().join(&name), root.path().join(&name)).unwrap();
    }
    symlink(from.path(), root.path().join("elsewhere")).unwrap();
    symlink(root.path(), root.path().join("covmeta.loop")).unwrap();
    let inspected = inspect(root.path());
    let [dir] = &inspected[..] else { panic!("{inspected:?}") };
    assert!(dir_row(dir).covered > 0);
    let found: Vec<_> = problems(&inspected).into_iter().collect();
    let [odd] = &found[..] else { panic!("{found:?}") };
    assert_eq!(odd.cause, "Unreadable: not a regular file");
}

#[test]
fn a_single_file_is_known_by_its_name_or_else_by_its_first_bytes() {
    let dir = copy_of("00");
    let meta = dir.path().join(name_of(dir.path(), "covmeta"));
    let renamed = dir.path().join("renamed.bin");
    let other = dir.path().join("other.bin");
    let wrong = dir.path().join("covcounters.x.5.6");
    fs_err::copy(&meta, &renamed).unwrap();
    fs_err::copy(&meta, &wrong).unwrap();
    fs_err::write(&other, b"x").unwrap();
    let row = |path: &Path| inspect_file(path).unwrap().rows.remove(0);
    for path in [&meta, &renamed] {
        assert!(matches!(row(path), Row::File(FileRow { kind: Kind::Meta, .. })), "{path:?}");
    }
    assert!(matches!(row(&other), Row::File(FileRow { kind: Kind::Other, .. })));
    let Row::Damage(damage) = row(&wrong) else { panic!() };
    assert_eq!((damage.error.class, damage.error.offset), ("BadMagic", 0));
    assert!(inspect_file(&dir.path().join("missing")).is_err());
}
