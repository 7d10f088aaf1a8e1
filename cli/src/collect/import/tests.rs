use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::collection::Metadata;
use crate::problems::Severity;

mod hostile;

const T: &str = "20240229T235959Z";

/// A folder to import from and a collection to import into.
struct Setup {
    _guard: tempfile::TempDir,
    tree: Utf8PathBuf,
    collection: Collection,
    options: ImportOptions,
}

impl Setup {
    fn new() -> Self {
        let guard = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(guard.path().canonicalize().unwrap()).unwrap();
        let tree = dir.join("run-7");
        fs_err::create_dir_all(&tree).unwrap();
        let collection = Collection::create(&dir.join("collection")).unwrap();
        let now = Timestamp::from_compact("20250101T000000Z").unwrap();
        Self { _guard: guard, tree, collection, options: ImportOptions::new(now) }
    }

    /// Writes a file of the tree, last written so many seconds after 1970.
    fn write_at(&self, path: &str, contents: &str, seconds: u64) {
        let path = self.tree.join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(&path, contents).unwrap();
        let file = fs_err::OpenOptions::new().write(true).open(&path).unwrap();
        file.file().set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }

    fn write(&self, path: &str, contents: &str) {
        self.write_at(path, contents, 1_700_000_000);
    }

    fn import(&self) -> ImportSummary {
        self.try_import().unwrap()
    }

    fn try_import(&self) -> Result<ImportSummary, ImportError> {
        import(std::slice::from_ref(&self.tree), &self.collection, &self.options)
    }

    /// Every file of the collection but metadata.json, as `<report>/<name>=<contents>`.
    fn stored(&self) -> Vec<String> {
        let mut stored = Vec::new();
        for report in self.collection.reports().unwrap() {
            for file in report.files().unwrap() {
                if file.role != FileRole::Metadata {
                    let contents = fs_err::read_to_string(report.file(&file.name)).unwrap();
                    stored.push(format!("{}/{}={contents}", report.name(), file.name));
                }
            }
        }
        stored
    }

    fn metadata(&self) -> Vec<Metadata> {
        let reports = self.collection.reports().unwrap();
        reports.iter().map(|report| report.metadata().unwrap().unwrap()).collect()
    }
}

fn kinds(summary: &ImportSummary) -> Vec<(Severity, &str, &str)> {
    let problems = summary.problems.iter();
    problems.map(|p| (p.severity, &*p.kind, p.item.as_str())).collect()
}

#[test]
fn labels_stay_and_new_ones_are_added() {
    let mut setup = Setup::new();
    setup.write(&format!("n1/ns/web-0/web/{T}/img/bin/covmeta.a"), "meta");
    let labels = |setup: &Setup| {
        let labels = setup.metadata().remove(0).labels.into_iter();
        labels.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>()
    };
    setup.options.labels = ["job=aws", "team=web"].map(|l| l.parse().unwrap()).into();
    let _first = setup.import();
    assert_eq!(labels(&setup), ["job=aws", "team=web"]);
    setup.options.labels = vec!["job=gcp".parse().unwrap()];
    let _second = setup.import();
    assert_eq!(labels(&setup), ["job=gcp", "team=web"], "the last word counts");
    setup.options.labels.clear();
    let _third = setup.import();
    assert_eq!(labels(&setup), ["job=gcp", "team=web"]);

    // A collection brings its labels along.
    let mut all = Setup::new();
    all.tree = setup.collection.dir().to_owned();
    all.options.labels = vec!["night=1".parse().unwrap()];
    let _united = all.import();
    assert_eq!(labels(&all), ["job=gcp", "night=1", "team=web"]);
}

#[test]
fn a_tree_of_keys_becomes_reports() {
    let setup = Setup::new();
    setup.write(&format!("n1/ns/web-0/web/{T}/img/bin/covmeta.a"), "meta");
    setup.write(&format!("n1/ns/web-0/web/{T}/img/bin/covcounters.a.1.1"), "1");
    setup.write(&format!("n1/ns/web-0/web/{T}/img/bin/info.json"), "{}");
    setup.write(&format!("n1/ns/web-0/web/{T}/img/bin/tmp.covmeta.b"), "");
    setup.write(&format!("n1/ns/web-0/web/{T}/img/bin/other.txt"), "");
    setup.write(&format!("n1/_host_/{T}/kubelet/covmeta.k"), "kubelet");
    let summary = setup.import();
    assert_eq!((summary.reports, summary.linked, summary.done()), (2, 4, 4));
    assert_eq!((summary.temporary, summary.ignored), (1, 1));
    assert!(summary.problems.is_empty());
    let pod = format!("run-7~ns~web-0~web~bin~{T}~n1~img");
    assert_eq!(
        setup.stored(),
        [
            format!("run-7~_host_~kubelet~{T}~n1/covmeta.k=kubelet"),
            format!("{pod}/covcounters.a.1.1=1"),
            format!("{pod}/covmeta.a=meta"),
            format!("{pod}/info.json={{}}"),
        ]
    );
    let metadata = setup.metadata();
    assert!(metadata[0].host_process);
    assert_eq!(metadata[1].pod_name, "web-0");
    assert_eq!(metadata[1].cluster, "run-7");
    assert_eq!(metadata[1].collected_at, Some(setup.options.now));
}

#[test]
fn a_second_run_changes_nothing() {
    for transfer in [Transfer::Link, Transfer::Copy] {
        let mut setup = Setup::new();
        setup.options.transfer = transfer;
        setup.write(&format!("n1/ns/web-0/web/{T}/img/bin/covmeta.a"), "meta");
        setup.write(&format!("n1/ns/web-0/web/{T}/img/bin/covcounters.a.1.1"), "1");
        let first = setup.import();
        assert_eq!(first.done(), 2);
        let (stored, metadata) = (setup.stored(), setup.metadata());
        setup.options.now = Timestamp::from_compact("20260101T000000Z").unwrap();
        let second = setup.import();
        assert_eq!((second.done(), second.skipped, second.reports), (0, 2, 1));
        assert_eq!((setup.stored(), setup.metadata()), (stored, metadata));
    }
}

#[test]
fn other_contents_of_one_name_are_both_kept() {
    for transfer in [Transfer::Link, Transfer::Copy] {
        let mut setup = Setup::new();
        setup.options.transfer = transfer;
        let dir = format!("n1/ns/web-0/web/{T}/img/bin");
        let counters = format!("{dir}/covcounters.a.1.1");
        for (contents, seconds) in [("1", 1_700_000_000), ("2", 1_700_000_060)] {
            // A producer that writes by renaming, as Go does.
            fs_err::remove_file(setup.tree.join(&counters)).ok();
            setup.write_at(&counters, contents, seconds);
            fs_err::remove_file(setup.tree.join(format!("{dir}/covmeta.a"))).ok();
            setup.write_at(&format!("{dir}/covmeta.a"), contents, seconds);
            let _ = setup.import();
        }
        let again = setup.import();
        assert_eq!((again.done(), again.skipped), (0, 2), "{transfer:?}");
        let digest = &blake3::hash(b"2").to_hex()[..32];
        let names: Vec<_> = setup.stored();
        let report = format!("run-7~ns~web-0~web~bin~{T}~n1~img");
        assert_eq!(
            names,
            [
                format!("{report}/covcounters.a.1.1=1"),
                format!("{report}/covcounters.a.1.1700000060000000000=2"),
                format!("{report}/covmeta.{digest}=2"),
                format!("{report}/covmeta.a=1"),
            ]
        );
    }
}

#[test]
fn of_two_info_files_the_newer_stays() {
    let setup = Setup::new();
    let dir = format!("n1/ns/web-0/web/{T}/img/bin");
    setup.write(&format!("{dir}/covmeta.a"), "meta");
    for (contents, seconds) in [("{\"pid\":1}", 20), ("{\"pid\":2}", 10), ("{\"pid\":3}", 30)] {
        fs_err::remove_file(setup.tree.join(format!("{dir}/info.json"))).ok();
        setup.write_at(&format!("{dir}/info.json"), contents, seconds);
        let _ = setup.import();
        let kept = if contents.contains('3') { "3" } else { "1" };
        assert!(setup.stored()[1].ends_with(&format!("={{\"pid\":{kept}}}")), "{contents}");
    }
}

#[cfg(unix)]
#[test]
fn identical_meta_files_are_on_disk_once() {
    use std::os::unix::fs::MetadataExt as _;
    for transfer in [Transfer::Link, Transfer::Copy] {
        let mut setup = Setup::new();
        setup.options.transfer = transfer;
        for pod in ["p1", "p2", "p3"] {
            let other = if pod == "p3" { "METH" } else { "meta" };
            setup.write(&format!("n1/ns/{pod}/web/{T}/img/bin/covmeta.a"), other);
        }
        let first = setup.import();
        assert_eq!((first.shared, first.done()), (1, 3), "{transfer:?}");
        // The next import finds what the collection already has.
        setup.write(&format!("n1/ns/p4/web/{T}/img/bin/covmeta.a"), "meta");
        assert_eq!(setup.import().shared, 1);
        let inodes: Vec<_> = setup
            .collection
            .reports()
            .unwrap()
            .iter()
            .map(|report| fs_err::metadata(report.file("covmeta.a")).unwrap().ino())
            .collect();
        assert!(inodes[0] == inodes[1] && inodes[1] == inodes[3] && inodes[0] != inodes[2]);
    }
}

#[cfg(unix)]
#[test]
fn copies_share_nothing_with_the_original_but_its_time() {
    use std::os::unix::fs::MetadataExt as _;
    let mut setup = Setup::new();
    setup.options.transfer = Transfer::Copy;
    setup.write_at("covcounters.a.1.1", "1", 1_700_000_000);
    assert_eq!(setup.import().copied, 1);
    let report = setup.collection.reports().unwrap().remove(0);
    let copy = fs_err::metadata(report.file("covcounters.a.1.1")).unwrap();
    assert_eq!((copy.nlink(), copy.mtime()), (1, 1_700_000_000));
}

#[test]
fn a_plain_directory_is_a_local_process() {
    let mut setup = Setup::new();
    setup.write("covmeta.a", "meta");
    setup.write("covcounters.a.7.1709251199000000001", "1");
    setup.write("covcounters.a.7.1709251200000000001", "2");
    assert_eq!(setup.import().reports, 1);
    let metadata = setup.metadata().remove(0);
    assert!(metadata.local_process);
    assert_eq!((metadata.namespace.as_str(), metadata.pod_name.as_str()), ("local", "run-7"));
    assert_eq!(metadata.discovered_at, Some(Timestamp::from_compact(T).unwrap()));

    setup.options.host = Some("n9".to_owned());
    setup.options.namespace = Some("ns".to_owned());
    setup.options.pod = Some("web-0".to_owned());
    setup.options.container = Some("web".to_owned());
    setup.options.image = Some("quay.io/x/y@sha256:0".to_owned());
    setup.options.binary = Some("web".to_owned());
    setup.options.discovered = Some(setup.options.now);
    setup.options.cluster = Some("ci".to_owned());
    let _ = setup.import();
    let metadata = setup.metadata().remove(0);
    let key = metadata.report_key(setup.options.now);
    assert_eq!(key.to_string(), "n9/ns/web-0/web/20250101T000000Z/quay.io/x/y@sha256:0/web");
    assert_eq!((metadata.cluster.as_str(), metadata.local_process), ("ci", false));
    assert_eq!(key.owner().kind, crate::owner::OwnerKind::StatefulSet);
}

#[test]
fn plain_directories_below_the_folder_are_named_by_their_path() {
    let setup = Setup::new();
    setup.write("a/cov/covmeta.a", "meta");
    setup.write("b/cov/covmeta.a", "meta");
    setup.write("docs/info.json", "{}");
    setup.write("docs/metadata.json", "[]");
    setup.write(".git/covmeta.a", "meta");
    assert_eq!(setup.import().reports, 2);
    let pods: Vec<_> = setup.metadata().into_iter().map(|metadata| metadata.pod_name).collect();
    assert_eq!(pods, ["a/cov", "b/cov"]);
    assert_eq!(setup.metadata()[0].discovered_at.unwrap().unix_seconds(), 1_700_000_000);
}

#[test]
fn slots_without_a_time_are_as_old_as_their_files() {
    let setup = Setup::new();
    setup.write_at("covmeta.a", "meta", 5);
    setup.write_at("covcounters.a.1.1", "1", 1_700_000_009);
    setup.write_at("covcounters.a.1.2", "2", 1_700_000_003);
    let _ = setup.import();
    assert_eq!(setup.metadata()[0].discovered_at.unwrap().unix_seconds(), 1_700_000_003);
}

#[test]
fn directories_with_metadata_keep_what_it_says() {
    let setup = Setup::new();
    setup.write(
        "coverage/x/metadata.json",
        r#"{"pod_name":"web-0","namespace":"ns","container":{"name":"web","image":"quay.io/a/b:1"},
            "binary_name":"bin","collected_at":"2024-03-01T00:00:00Z","hostname":"n1"}"#,
    );
    setup.write("coverage/x/covmeta.a", "meta");
    setup.write(
        "coverage/y/metadata.json",
        r#"{"hostname":"n1","host_process":true,"binary_name":"kubelet","cluster":"east",
            "discovered_at":"2024-02-29T23:59:59Z"}"#,
    );
    setup.write("coverage/y/covmeta.a", "meta");
    setup.write("coverage/z/metadata.json", "{");
    setup.write("coverage/z/covmeta.a", "meta");
    let summary = setup.import();
    assert_eq!((summary.reports, summary.rejected), (2, 1));
    assert_eq!(kinds(&summary), [(Severity::Loss, "bad-metadata", "coverage/z")]);
    let [host, pod] = setup.metadata().try_into().unwrap();
    assert_eq!((host.cluster.as_str(), host.host_process), ("east", true));
    assert_eq!(pod.cluster, "run-7");
    assert_eq!(pod.collected_at.unwrap().to_string(), "2024-03-01T00:00:00Z");
    assert_eq!(pod.discovered_at, pod.collected_at);
    assert_eq!(pod.container.image, "quay.io/a/b:1");
    assert_eq!(setup.import().done(), 0);
}

#[test]
fn importing_a_collection_into_itself_changes_nothing() {
    let mut setup = Setup::new();
    setup.write(&format!("n1/_host_/{T}/kubelet/covmeta.k"), "kubelet");
    let _ = setup.import();
    let stored = setup.stored();
    setup.tree = setup.collection.coverage_dir();
    let again = setup.import();
    assert_eq!((again.done(), again.skipped, again.reports), (0, 1, 1));
    assert_eq!(setup.stored(), stored);
}

#[test]
fn a_wrong_level_shows_the_right_one() {
    let setup = Setup::new();
    setup.write(&format!("x/run/n1/ns/web-0/web/{T}/img/bin/covmeta.a"), "meta");
    let error = setup.try_import().unwrap_err();
    let ImportError::WrongPrefix(wrong) = &error else { panic!("{error}") };
    assert_eq!(wrong.likely.as_deref(), Some(setup.tree.join("x/run").as_str()));
    assert_eq!(wrong.found, [format!("x/run/n1/ns/web-0/web/{T}/img/bin/covmeta.a")]);
    assert_eq!(setup.stored(), Vec::<String>::new());

    let mut deeper = Setup::new();
    deeper.write(&format!("n1/ns/web-0/web/{T}/img/bin/covmeta.a"), "meta");
    let right = deeper.tree.clone();
    deeper.tree = right.join("n1/ns");
    let error = deeper.try_import().unwrap_err();
    let ImportError::WrongPrefix(wrong) = &error else { panic!("{error}") };
    assert_eq!(wrong.likely, Some(right.into_string()));

    let timeless = Setup::new();
    timeless.write("n1/ns/web-0/web/not-a-time/img/bin/covmeta.a", "meta");
    assert!(matches!(timeless.try_import().unwrap_err(), ImportError::WrongPrefix(_)));
}

#[test]
fn a_wrong_level_beside_right_ones_is_a_loss_of_that_folder() {
    let setup = Setup::new();
    setup.write(&format!("n1/_host_/{T}/kubelet/covmeta.k"), "kubelet");
    setup.write(&format!("x/n1/_host_/{T}/kubelet/covmeta.k"), "kubelet");
    setup.write("n1/_host_/not-a-time/kubelet/covmeta.k", "kubelet");
    setup.write("covmeta.k", "kubelet");
    let summary = setup.import();
    assert_eq!((summary.reports, summary.rejected), (1, 3));
    let items: Vec<_> = kinds(&summary).into_iter().map(|(_, kind, item)| (kind, item)).collect();
    let deeper = format!("x/n1/_host_/{T}/kubelet");
    assert_eq!(
        items,
        [
            ("rejected-path", ""),
            ("rejected-path", "n1/_host_/not-a-time/kubelet"),
            ("rejected-path", deeper.as_str())
        ]
    );
}

#[test]
fn one_bad_source_does_not_stop_the_others() {
    let setup = Setup::new();
    setup.write("covmeta.a", "meta");
    let empty = setup.tree.join("../empty");
    fs_err::create_dir_all(&empty).unwrap();
    let missing = setup.tree.join("missing");
    let sources = [missing.clone(), empty.clone(), setup.tree.clone()];
    let summary = import(&sources, &setup.collection, &setup.options).unwrap();
    assert_eq!(summary.reports, 1);
    assert_eq!(
        kinds(&summary),
        [
            (Severity::Loss, "unreadable", missing.as_str()),
            (Severity::Loss, "no-coverage-data", empty.as_str())
        ]
    );
    let error = import(&[empty], &setup.collection, &setup.options).unwrap_err();
    assert!(error.to_string().starts_with("no coverage data in `"), "{error}");
}

#[test]
fn a_text_profile_counts_only_without_binary_data() {
    let setup = Setup::new();
    setup.write("both/coverage.out", "mode: set\n");
    setup.write("both/covmeta.a", "meta");
    setup.write("text/coverage_filtered.out", "mode: set\n");
    let summary = setup.import();
    assert_eq!((summary.reports, summary.text_reports, summary.ignored), (2, 1, 1));
    let flags: Vec<_> = setup.metadata().into_iter().map(|m| (m.pod_name, m.text)).collect();
    assert_eq!(flags, [("both".to_owned(), false), ("text".to_owned(), true)]);
    assert_eq!(setup.stored().len(), 2);

    // Binary data of the same report arrives later, and wins from then on.
    let mut later = setup.options.clone();
    later.discovered = setup.metadata()[1].discovered_at;
    setup.write("text/covmeta.a", "meta");
    let summary = import(std::slice::from_ref(&setup.tree), &setup.collection, &later).unwrap();
    assert_eq!(summary.text_reports, 0);
    assert!(setup.metadata().iter().all(|metadata| !metadata.text));
}
