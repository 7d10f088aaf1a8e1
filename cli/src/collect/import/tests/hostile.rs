//! Trees that somebody built to reach beyond the import.

use super::*;

#[cfg(unix)]
#[test]
fn links_are_followed_within_the_tree_only() {
    use std::os::unix::fs::symlink;
    let setup = Setup::new();
    setup.write("a/covmeta.a", "meta");
    setup.write("../secret", "secret");
    setup.write("../outside/covmeta.b", "other");
    symlink("covmeta.a", setup.tree.join("a/covmeta.same")).unwrap();
    symlink("../../secret", setup.tree.join("a/covmeta.evil")).unwrap();
    symlink("nowhere", setup.tree.join("a/covmeta.gone")).unwrap();
    symlink("../secret", setup.tree.join("unrelated")).unwrap();
    symlink("../outside", setup.tree.join("dir")).unwrap();
    symlink(".", setup.tree.join("loop")).unwrap();
    let mut summary = setup.import();
    summary.problems.sort();
    assert_eq!(
        kinds(&summary),
        [
            (Severity::Loss, "broken-link", "covmeta.gone"),
            (Severity::Loss, "link-leaves-tree", "covmeta.evil"),
            (Severity::Loss, "link-leaves-tree", "dir"),
        ]
    );
    let stored = setup.stored();
    assert_eq!(stored.len(), 2, "{stored:?}");
    assert!(stored.iter().all(|file| file.ends_with("=meta")));
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_not_opened() {
    let setup = Setup::new();
    setup.write("covmeta.a", "meta");
    let socket = setup.tree.join("covcounters.a.1.1");
    let _listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
    let summary = setup.import();
    assert_eq!(kinds(&summary), [(Severity::Loss, "not-a-file", "covcounters.a.1.1")]);
    assert_eq!(setup.stored().len(), 1);
}

#[test]
fn hostile_names_stay_inside_the_collection() {
    let setup = Setup::new();
    setup.write(
        "x/metadata.json",
        r#"{"pod_name":"../../../evil","namespace":"..","hostname":"/etc","cluster":"..",
            "binary_name":"a\u0000b","container":{"name":"\\","image":"~"}}"#,
    );
    setup.write("x/covmeta.a", "meta");
    let _ = setup.import();
    let report = setup.collection.reports().unwrap().remove(0);
    assert!(report.path().starts_with(setup.collection.coverage_dir()));
    assert!(report.name().starts_with("%2e.~%2e.~%2e.%2f..%2f..%2fevil~"), "{}", report.name());
    assert_eq!(setup.stored().len(), 1);
}
