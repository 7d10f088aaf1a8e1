//! Exit statuses, and what people must read when something is wrong.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use covatlas_tests::binary::{Killed, covatlas, finish};
use covatlas_tests::git_server::{Reply, Server};
use covatlas_tests::{Collection, files, fixtures, wait};

fn str(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn without_a_collection_the_folder_and_the_command_are_named() {
    let collection = Collection::new();
    let path = collection.path();
    for command in [&["compile"][..], &["stats"], &["render"], &["clone-sources"], &["run"]] {
        let run = collection.run(command).exits(1).prints_nothing();
        run.says(&["error: no collection in", str(&path), "covatlas import"]);
        assert!(!path.exists(), "{command:?} made the folder");
    }
}

#[test]
fn a_collection_without_reports_or_database_says_what_makes_them() {
    let collection = Collection::new();
    fs::create_dir_all(collection.at("coverage")).unwrap();
    let run = collection.run(["compile"]).exits(1).prints_nothing();
    run.says(&["no reports in", str(&collection.at("coverage")), "covatlas import"]);
    let stats = collection.run(["stats"]).exits(1).prints_nothing();
    stats.says(&["no database at", "covatlas compile"]);

    // Reports of which none can be used leave a database without any number.
    files::replace(&collection.at("coverage/x/covmeta.a"), b"nonsense");
    collection.run(["compile"]).exits(3);
    let stats = collection.run(["stats"]).exits(1).prints_nothing();
    stats.says(&["no report in the database could be used", "covatlas compile"]);
}

#[test]
fn damage_is_shown_with_its_place_and_keep_going_forgives_it() {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    let file = fixtures::counters(&collection.report_dir("router-default")).remove(0);
    let good = fs::read(&file).unwrap();
    files::replace(&file, &good[..40]);
    let name = file.file_name().unwrap().to_str().unwrap();
    let seen = collection.run(["compile"]).exits(3).prints_nothing();
    seen.says(&["lost: ", "router-default", name, "Truncated: at byte ", "while reading "]);
    for args in [&["compile", "--keep-going"][..], &["--keep-going", "compile", "--quiet"]] {
        collection.run(args).exits(0).says(&["lost: ", name]);
    }
    let json = collection.run(["compile", "--json"]).exits(3).json();
    assert_eq!((&json["command"], &json["failed"]), (&"compile".into(), &1.into()));
    let number = |key: &str| json[key].as_u64().unwrap();
    assert_eq!(number("done") + number("skipped"), 13, "{json}");
    let problem = &json["problems"][0];
    let keys: Vec<&str> = problem.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["cause", "item", "kind", "place", "remedy", "severity"]);
}

#[test]
fn an_orphan_names_the_wanted_hash_and_who_has_it() {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    // The scheduler's installer loses its meta file; the etcd pod was built the same way.
    let dir = collection.report_dir("openshift-kube-scheduler");
    let meta = fixtures::metas(&dir).remove(0);
    let hash = fixtures::hex(&fs::read(&meta).unwrap()[24..40]);
    fs::remove_file(&meta).unwrap();
    let other = collection.report_dir("openshift-etcd");
    let run = collection.run(["compile"]).exits(3);
    run.says(&["Orphan", &hash, other.file_name().unwrap().to_str().unwrap()]);

    // Without the other one nobody has it.
    fs::remove_dir_all(&other).unwrap();
    // As often as it is asked, it is known who had it last.
    let last = format!("`{}` had it last", other.file_name().unwrap().to_str().unwrap());
    for _ in 0..2 {
        let run = collection.run(["compile"]).exits(3);
        run.says(&["Orphan", &hash, &last, "collect this process again"]);
    }
}

/// Sets the schema version in the header of an SQLite file; the file must be at rest.
fn set_schema_version(collection: &Collection, version: u32) {
    let path = collection.at("coverage.db");
    for end in ["-wal", "-shm"] {
        let side = collection.at(format!("coverage.db{end}"));
        assert!(fs::metadata(&side).map_or(0, |m| m.len()) == 0, "{} is in use", side.display());
    }
    let mut bytes = fs::read(&path).unwrap();
    bytes[60..64].copy_from_slice(&version.to_be_bytes());
    files::replace(&path, &bytes);
}

fn compiled() -> Collection {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    collection.run(["compile"]).exits(0);
    collection
}

#[test]
fn a_newer_database_is_refused_and_left_as_it_is() {
    let collection = compiled();
    set_schema_version(&collection, 99);
    let before = fs::read(collection.at("coverage.db")).unwrap();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let render = ["render", "--viewer", &viewer];
    for command in [&["compile"][..], &["stats"], &["clone-sources"], &render] {
        let run = collection.run(command).exits(1).prints_nothing();
        run.says(&[
            "schema version 99",
            "this covatlas knows ",
            "nothing was changed",
            "coverage.db",
        ]);
    }
    assert_eq!(fs::read(collection.at("coverage.db")).unwrap(), before);
}

#[test]
fn an_older_database_is_compiled_anew() {
    let collection = compiled();
    let before = collection.stats("owner");
    set_schema_version(&collection, 0);
    collection.run(["stats"]).exits(1).prints_nothing().says(&["older", "covatlas compile"]);
    collection.run(["compile"]).exits(0);
    assert_eq!(collection.stats("owner"), before);
}

#[test]
fn a_damaged_database_is_an_error_and_compile_says_what_to_do() {
    let collection = compiled();
    files::replace(&collection.at("coverage.db"), b"this is no database, however long it is");
    let run = collection.run(["stats"]).exits(1).prints_nothing();
    run.says(&["coverage.db", "caused by"]);
}

#[test]
fn a_second_writer_is_told_who_writes() {
    let collection = compiled();
    // A server that never answers keeps the first one writing.
    let server = Server::fixed(Reply::Silence);
    let mirror = format!("{}={}", fixtures::REPO_URL, server.url("samples"));
    collection.run(["compile", "--images", &fixtures::images()]).exits(0);
    let mut first = collection.command();
    first.args(["clone-sources", "--mirror", &mirror]).stderr(Stdio::null());
    let first = Killed(first.spawn().unwrap());
    wait::until("the first one asks the server", || server.n_requests() > 0);
    let pid = first.0.id().to_string();
    for command in ["compile", "render", "clone-sources", "verify"] {
        let run = collection.run([command]).exits(1).prints_nothing();
        run.says(&["another covatlas", &format!("pid {pid}"), "--wait"]);
    }
    // Reading needs no lock.
    assert!(!collection.stats("owner").is_empty());

    // One that waits goes on as soon as the first has ended, however that ended.
    let mut second = collection.command();
    second.args(["compile", "--wait", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut second = Killed(second.spawn().unwrap());
    drop(first);
    let mut text = String::new();
    second.0.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert!(second.0.wait().unwrap().success(), "{text}");
}

#[test]
fn bad_usage_ends_with_2_and_shows_the_way() {
    let collection = compiled();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    for args in [
        &["frobnicate"][..],
        &["stats", "--by", "colour"],
        &["compile", "--combine", "average"],
        &["import"],
        &["stats", "--limit", "many"],
        &["compile", "--max-concurrency", "0"],
        &["render", "--shards", "zip"],
        &["compile", "-q", "-v"],
        &["clone-sources", "--mirror", "nonsense"],
        &["render", "--viewer", &viewer, "--owner", "[a"],
    ] {
        let run = collection.run(args);
        assert_eq!(run.status, 2, "{args:?}: {}", run.stderr);
        run.prints_nothing().says(&[]);
    }
    covatlas::<&str>([]).exits(2);
    for args in [&["--help"][..], &["stats", "--help"], &["--version"]] {
        let help = covatlas(args).exits(0);
        assert!(help.text().contains("covatlas"), "help goes to stdout");
    }
}

#[test]
fn the_older_tools_words_work() {
    let collection = compiled();
    let path = collection.path();
    let run = covatlas(["cluster", "stats", "--cluster", str(&path), "--json"]).exits(0);
    assert_eq!(run.rows(), collection.stats("owner"));
    let mut command = covatlas_tests::binary::command();
    command.env("COVATLAS_COLLECTION", &path).args(["stats", "--json"]);
    assert_eq!(covatlas_tests::binary::finish(&mut command).exits(0).rows(), run.rows());
    let after = covatlas(["stats", "--json", "-C", str(&path)]).exits(0);
    assert_eq!(after.rows(), run.rows());
}

#[test]
fn a_wrong_prefix_shows_keys_the_shape_and_the_right_one() {
    let collection = Collection::new();
    let data = fixtures::data();
    for (folder, likely) in
        [(fixtures::small(), data.clone()), (data.join("ocp4-dev-7xk2p-master-0"), data.clone())]
    {
        let run = collection.run(["import", str(&folder)]).exits(1).prints_nothing();
        let likely = format!("reports seem to start under `{}`", likely.display());
        run.says(&["no report under", "found `", "expected <hostname>/<namespace>/<pod>", &likely]);
    }
    let empty = collection.beside("empty");
    fs::create_dir_all(&empty).unwrap();
    let run = collection.run(["import", str(&empty)]).exits(1);
    run.says(&["no coverage data in", str(&empty), "covmeta"]);
    collection.run(["import", str(&collection.beside("nowhere"))]).exits(1).says(&["nowhere"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let collection = Collection::new();
    if is_root() {
        // Nothing is forbidden to root but a file in the way.
        fs::write(collection.path(), "a file").unwrap();
    } else {
        fs::create_dir_all(collection.path()).unwrap();
        fs::set_permissions(collection.path(), fs::Permissions::from_mode(0o500)).unwrap();
    }
    let run = collection.import(&fixtures::data()).exits(1).prints_nothing();
    run.says(&["error: ", str(&collection.path())]);
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.starts_with(b"0")
}

#[test]
fn without_a_network_there_is_one_note_per_host() {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    // Two repositories on one host where nobody listens.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mapping = fs::read_to_string(fixtures::images()).unwrap();
    let other = mapping.lines().next().unwrap().replace("/ocp/samples", "/ocp/other");
    let rest: Vec<&str> = mapping.lines().skip(1).collect();
    let path = collection.beside("images.tsv");
    fs::write(&path, format!("{other}\n{}\n", rest.join("\n"))).unwrap();
    collection.run(["compile", "--images", str(&path)]).exits(0);
    let mirror = format!("https://git.example.com=http://127.0.0.1:{port}");
    let run = collection.run(["clone-sources", "--json", "--mirror", &mirror]).exits(0);
    let problems = run.problems();
    assert!(problems.iter().all(|p| p["severity"] == "note"), "{problems:?}");
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn names_from_the_cluster_cannot_move_the_terminals_cursor() {
    let collection = Collection::new();
    let good = "ocp4-dev-7xk2p-master-2/_host_/20261120T081502Z/kubelet";
    for dir in [good, "n/ns/evil\u{1b}[2Jpod/c/20261120T081502Z/i/b"] {
        files::copy(&fixtures::data().join(good), &collection.beside("data").join(dir));
    }
    let no_escape = |run: &covatlas_tests::Finished| {
        assert!(!run.stderr.contains('\u{1b}') && !run.text().contains('\u{1b}'), "{run:?}");
    };
    let run = collection.run(["import", "--copy", str(&collection.beside("data"))]).exits(3);
    no_escape(&run);
    run.says(&["[2Jpod", "the character '\\u{1b}'"]);

    // By itself the folder is a plain GOCOVERDIR, and its name that of a pod.
    let alone = Collection::new();
    files::copy(&fixtures::data().join(good), &alone.beside("a\u{1b}[2Jb"));
    no_escape(&alone.run(["import", "--copy", str(&alone.beside("a\u{1b}[2Jb"))]));
    no_escape(&alone.run(["compile", "-vv"]).exits(0));
    no_escape(&alone.run(["stats"]).exits(0));
    no_escape(&alone.run(["stats", "--by", "pod", "--json"]).exits(0));
}

#[test]
fn data_that_nobody_reads_is_no_error() {
    let collection = compiled();
    let mut command = collection.command();
    command.args(["stats", "--json", "--by", "func"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut reader = BufReader::with_capacity(64, child.stdout.take().unwrap());
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(child.wait().unwrap().success(), "{errors}");
    assert_eq!(errors, "");
}

/// Where an error message stands: paths in it must be usable as they are.
#[test]
fn a_missing_input_file_is_named() {
    let collection = compiled();
    let gone: PathBuf = collection.beside("gone.tsv");
    for flag in ["--images", "--owners"] {
        let run = collection.run(["compile", flag, str(&gone)]).exits(1).prints_nothing();
        run.says(&[str(&gone)]);
    }
    let bad = collection.beside("bad.tsv");
    fs::write(&bad, "only-one-column\n").unwrap();
    let run = collection.run(["compile", "--images", str(&bad)]).exits(1);
    run.says(&[str(&bad), "line 1"]);
}

#[test]
fn nobody_needs_to_listen_to_what_is_said() {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let data = collection.beside("data");
    for args in [&["import", str(&data)][..], &["compile"], &["-vv", "stats"], &["verify"]] {
        let mut command = collection.command();
        let status = command.args(args).stdout(Stdio::null()).stderr(full()).status().unwrap();
        assert_eq!(status.code(), Some(0), "{args:?}");
        let mut command = collection.command();
        let mut child = command
            .args(args)
            .args(["--log-format", "json"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{args:?}");
    }
    // Data that cannot be written is another matter.
    let mut command = collection.command();
    let output = command.args(["compile", "--json"]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("error: cannot print the summary"), "{said}");
}

#[test]
fn a_collection_that_may_not_be_written_can_be_asked() {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    collection.run(["compile"]).exits(0);
    let expected = collection.run(["stats", "--json"]).exits(0).stdout;

    // As somebody who may read and not write; the superuser may do both.
    let binary = collection.beside("covatlas");
    fs::copy(covatlas_tests::binary::path(), &binary).unwrap();
    let top = collection.path().parent().unwrap().to_owned();
    let status = Command::new("chmod").args(["-R", "a+rX,a-w"]).arg(&top).status().unwrap();
    assert!(status.success());
    let run = |args: &[&str]| {
        let mut command = Command::new("setpriv");
        if Command::new("id").arg("-u").output().unwrap().stdout == b"0\n" {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        } else {
            command.arg("--keep-groups");
        }
        let command = command.arg(&binary).arg("-C").arg(collection.path()).args(args);
        finish(command.env("NO_COLOR", "1").stdin(Stdio::null()))
    };
    assert_eq!(run(&["stats", "--json"]).exits(0).stdout, expected);
    run(&["never", "--limit", "1"]).exits(0);
    run(&["verify"]).exits(0);
    for command in ["compile", "render"] {
        let run = run(&[command]).exits(1);
        run.says(&[str(&collection.path()), "what it holds is safe", "a re-run goes on from here"]);
    }
    let status = Command::new("chmod").args(["-R", "u+w"]).arg(&top).status().unwrap();
    assert!(status.success());
}
