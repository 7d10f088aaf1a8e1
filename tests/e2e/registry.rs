//! Where images were built from, as their registries say.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use covatlas_tests::binary::{Finished, finish};
use covatlas_tests::real_registry::RealRegistry;
use covatlas_tests::registry::{
    Fault, Form, IDENTITY, Login, PASSWORD, Registry, password, pull_secret,
};
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, files, fixtures};
use serde_json::{Value, json};

/// A command that asks registries, with no login but those that the test gives.
fn asking(collection: &Collection) -> Command {
    let mut command = collection.command();
    command.env_remove("COVATLAS_COMPILE_SKIP_INSPECTION");
    for name in ["REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "XDG_RUNTIME_DIR"] {
        command.env_remove(name);
    }
    command.env("HOME", collection.beside("home"));
    command
}

/// Compiles with images of a registry known as certain.
fn compile(collection: &Collection, host: &str, more: &[&str]) -> Finished {
    let prefix = format!("{host}/shop");
    let mut command = asking(collection);
    finish(command.args(["compile", "--json", "--registry-prefix", &prefix]).args(more))
}

/// Labels that name the sample's commit.
fn labels() -> Value {
    json!({
        "io.openshift.build.source-location": fixtures::REPO_URL,
        "io.openshift.build.commit.id": fixtures::COMMIT,
        "com.redhat.component": "samples-container",
        "io.openshift.maintainer.component": "Samples",
    })
}

/// The folder of an image in the bucket.
fn in_bucket(host: &str, digest: &str) -> String {
    format!("{host}-shop-app-{digest}").replace(':', "-")
}

/// A collection of the sample whose pods run images that `push` puts into a registry; it gets the
/// number of the report and says the folder of its image.
fn sample(mut push: impl FnMut(usize) -> String) -> Collection {
    let collection = Collection::new();
    let data = collection.beside("data");
    fixtures::whole_data(&data);
    let images = fixtures::images_of_pods(&data);
    assert!(images.len() > 8, "{images:?}");
    for (number, image) in images.iter().enumerate() {
        let (front, _) = image.rsplit_once('/').unwrap();
        fs::rename(data.join(image), data.join(front).join(push(number))).unwrap();
    }
    collection.import(&data).exits(0);
    collection
}

/// A collection whose pods run one image, in all forms that an image can have.
fn in_all_forms(registry: &Registry) -> Collection {
    let forms = [Form::Oci, Form::Docker, Form::OciIndex, Form::DockerList];
    sample(|number| {
        let mut labels = labels();
        labels["number"] = json!(number.to_string());
        in_bucket(&registry.host(), &registry.push("shop/app", forms[number % 4], &labels, &[]))
    })
}

/// Repository and commit of every owner that runs in a pod.
fn sources(collection: &Collection) -> BTreeSet<(String, String)> {
    let owners = collection.stats("owner").into_iter();
    let in_pods = owners.filter(|row| row.text("owner_kind") != "Host");
    let source = |row: Row| {
        let text = |key: &str| row.get(key).as_str().unwrap_or_default().to_owned();
        (text("repo"), text("commit"))
    };
    in_pods.map(source).collect()
}

fn of_sample() -> BTreeSet<(String, String)> {
    BTreeSet::from([(fixtures::REPO.to_owned(), fixtures::COMMIT.to_owned())])
}

fn notes(run: &Value, kind: &str) -> Vec<String> {
    let problems = run["problems"].as_array().unwrap().iter();
    let of_kind = problems.filter(|problem| problem["kind"] == kind);
    let text = |p: &Value| {
        assert_eq!(p["severity"], "note");
        assert!(!p["remedy"].as_str().unwrap().is_empty(), "{p}");
        format!("{}: {}", p["item"].as_str().unwrap(), p["cause"].as_str().unwrap())
    };
    of_kind.map(text).collect()
}

#[test]
fn labels_of_a_registry_become_evidence_and_are_asked_for_once() {
    let registry = Registry::start(Login::None, Fault::None);
    let collection = in_all_forms(&registry);
    let run = compile(&collection, &registry.host(), &[]).exits(0).json();
    assert_eq!(sources(&collection), of_sample());
    let n_images = run["images_inspected"].as_u64().unwrap();
    assert!(n_images > 8, "{run}");
    assert_eq!((&run["images_failed"], notes(&run, "image")), (&json!(0), Vec::new()));
    assert!(!registry.was_told_a_login());
    // Labels of components are there to filter by.
    for label in ["com.redhat.component=samples-*", "io.openshift.maintainer.component=Samples"] {
        let filter = format!("label={label}");
        let found = collection.run(["stats", "--json", "--where", &filter]).exits(0).rows();
        let in_pods = |row: &Row| row.text("owner_kind") != "Host";
        assert!(found.iter().all(in_pods), "{found:?}");
        assert_eq!(found.len(), collection.stats("owner").iter().filter(|r| in_pods(r)).count());
    }

    // Known images are not asked for again, also by those who may not ask.
    let n_requests = registry.requests().len();
    let again = compile(&collection, &registry.host(), &[]).exits(0).json();
    assert_eq!((&again["images_inspected"], registry.requests().len()), (&json!(0), n_requests));
    compile(&collection, &registry.host(), &["--skip-inspection", "--update", "*"]).exits(0);
    assert_eq!((sources(&collection), registry.requests().len()), (of_sample(), n_requests));
}

#[test]
fn who_skips_inspection_or_has_no_certain_name_asks_nobody() {
    let registry = Registry::start(Login::None, Fault::None);
    let collection = in_all_forms(&registry);
    compile(&collection, &registry.host(), &["--skip-inspection"]).exits(0);
    // Without --registry-prefix the name in the bucket is no name.
    finish(asking(&collection).arg("compile")).exits(0);
    assert_eq!(registry.requests(), Vec::<String>::new());

    // A whole name that somebody wrote is not certain either.
    let digest = registry.push("shop/app", Form::Oci, &labels(), &[]);
    let name = format!("{}/shop/app@{digest}", registry.host());
    let other = Collection::new();
    let dir = files::list(&fixtures::data()).remove(0);
    let dir = fixtures::data().join(dir.parent().unwrap());
    let import = ["import", "--copy", "--image", &name, "--binary", "x", dir.to_str().unwrap()];
    other.run(import).exits(0);
    finish(asking(&other).arg("compile")).exits(0);
    assert_eq!(registry.requests(), Vec::<String>::new());
    // Unless the user knows its registry.
    compile(&other, &registry.host(), &[]).exits(0);
    assert_eq!(registry.requests().len(), 2);
}

#[test]
fn the_environment_is_read_where_labels_are_silent_and_secrets_are_not_kept() {
    let registry = Registry::start(Login::None, Fault::None);
    let collection = sample(|number| {
        let url = format!("SOURCE_GIT_URL=https://hunter2@{}", &fixtures::REPO_URL[8..]);
        let commit = format!("SOURCE_GIT_COMMIT={}", fixtures::COMMIT);
        let env = [&*url, &commit, "DB_PASSWORD=hunter2"];
        let labels = json!({ "number": number.to_string() });
        in_bucket(&registry.host(), &registry.push("shop/app", Form::Docker, &labels, &env))
    });
    compile(&collection, &registry.host(), &[]).exits(0);
    assert_eq!(sources(&collection), of_sample());
    for (path, bytes) in files::read(&collection.path()) {
        let found = bytes.windows(7).any(|window| window == b"hunter2");
        assert!(!found, "a secret is in {path}");
    }
}

#[test]
fn what_the_program_or_the_user_says_is_stronger_than_labels() {
    let registry = Registry::start(Login::None, Fault::None);
    let mut wrong = labels();
    wrong["io.openshift.build.commit.id"] = json!("0123456789abcdef0123456789abcdef01234567");
    let mut images = Vec::new();
    let collection = sample(|number| {
        wrong["number"] = json!(number.to_string());
        let image = in_bucket(&registry.host(), &registry.push("shop/app", Form::Oci, &wrong, &[]));
        images.push(image.clone());
        image
    });
    let list = collection.beside("images.tsv");
    let line = |i: &String| format!("{i}\t{}\t{}\n", fixtures::REPO_URL, fixtures::COMMIT);
    fs::write(&list, images.iter().map(line).collect::<String>()).unwrap();
    compile(&collection, &registry.host(), &["--images", list.to_str().unwrap()]).exits(0);
    assert_eq!(sources(&collection), of_sample());
}

#[test]
fn every_way_to_log_in() {
    let right = password();
    let wrong = json!({ "auth": "d3Jvbmc6d3Jvbmc=" });
    let identity = json!({ "auth": "", "identitytoken": IDENTITY });
    type Entries = [(&'static str, Value)];
    let table: [(Login, &Entries, bool); 11] = [
        (Login::Basic, &[("", right.clone())], true),
        (Login::Basic, &[("/shop/app", wrong.clone()), ("", right.clone())], true),
        (Login::Basic, &[("/shop", wrong.clone())], false),
        (Login::Basic, &[], false),
        (Login::Token, &[("/shop", right.clone())], true),
        (Login::Token, &[("/shop/app", right.clone()), ("", wrong.clone())], true),
        (Login::Token, &[("", identity)], true),
        (Login::Token, &[("/sho", right.clone())], false),
        (Login::Token, &[], false),
        // A login that is out of date does not close what is open.
        (Login::OpenToken, &[("", wrong)], true),
        (Login::OpenToken, &[], true),
    ];
    for (login, entries, is_open) in table {
        let registry = Registry::start(login, Fault::None);
        let collection = in_all_forms(&registry);
        let secret = collection.beside("pull-secret.json");
        let entries: Vec<(String, Value)> = entries
            .iter()
            .map(|(end, entry)| (format!("{}{end}", registry.host()), entry.clone()))
            .collect();
        fs::write(&secret, pull_secret(&entries)).unwrap();
        let flag = ["--registry-config", secret.to_str().unwrap()];
        let run = compile(&collection, &registry.host(), &flag).exits(0).json();
        let notes = notes(&run, "image");
        if is_open {
            assert_eq!((sources(&collection), notes), (of_sample(), Vec::new()), "{entries:?}");
            continue;
        }
        // One note for all images of the repository, and the login in no text.
        let [note] = &notes[..] else { panic!("{notes:?}") };
        let wanted = if entries.iter().any(|(scope, _)| !scope.ends_with("/sho")) {
            "does not accept the credential for `"
        } else {
            "wants a login (HTTP 401), and no credential is for it"
        };
        assert!(note.contains(wanted) && note.contains("/shop/app: "), "{note}");
        assert!(!note.contains(PASSWORD) && !note.contains("wrong:"), "{note}");
        assert!(run["problems"].to_string().contains("--registry-config FILE"));
    }
}

#[test]
fn logins_are_found_where_docker_and_podman_keep_them() {
    for place in [".docker/config.json", ".config/containers/auth.json"] {
        let registry = Registry::start(Login::Token, Fault::None);
        let collection = in_all_forms(&registry);
        let file = collection.beside("home").join(place);
        let secret = pull_secret(&[(format!("http://{}/v2/", registry.host()), password())]);
        files::replace(&file, secret.as_bytes());
        let mut command = asking(&collection);
        command.env("XDG_CONFIG_HOME", collection.beside("home/.config"));
        command.args(["compile", "--registry-prefix", &format!("{}/shop", registry.host())]);
        finish(&mut command).exits(0);
        assert_eq!(sources(&collection), of_sample(), "{place}");
    }
}

#[test]
fn a_file_that_holds_no_logins_is_an_error_where_it_was_named() {
    let registry = Registry::start(Login::None, Fault::None);
    let collection = in_all_forms(&registry);
    let file = collection.beside("home/.docker/config.json");
    files::replace(&file, b"[]");
    let flag = ["--registry-config", file.to_str().unwrap()];
    compile(&collection, &registry.host(), &flag).exits(1).says(&["config.json", "`auths`"]);
    let missing = ["--registry-config", "/nowhere/secret.json"];
    compile(&collection, &registry.host(), &missing).exits(1).says(&["/nowhere/secret.json"]);
    // Elsewhere it is only told.
    let run = compile(&collection, &registry.host(), &[]).exits(0).json();
    let [note] = &notes(&run, "login")[..] else { panic!("{run}") };
    assert!(note.contains("config.json` is no docker config.json"), "{note}");
    assert_eq!(sources(&collection), of_sample());
}

#[test]
fn a_busy_registry_is_asked_again() {
    for fault in [Fault::BusyOnce(429), Fault::BusyOnce(503), Fault::CutOnce] {
        let registry = Registry::start(Login::OpenToken, fault);
        let collection = in_all_forms(&registry);
        let run = compile(&collection, &registry.host(), &[]).exits(0).json();
        assert_eq!((notes(&run, "image"), sources(&collection)), (Vec::new(), of_sample()));
    }
}

#[test]
fn hostile_registries_cost_a_note_and_are_tried_again() {
    let table = [
        (Fault::Swapped, "does not have the digest that it was asked for by"),
        (Fault::Elsewhere("file:///etc/passwd"), "redirects to `file:///etc/passwd`"),
        (Fault::Elsewhere("//127.0.0.1:1/x"), "which is not followed"),
        (Fault::Endless, "its config is larger than 8388608 bytes"),
    ];
    for (fault, wanted) in table {
        let registry = Registry::start(Login::None, fault);
        let collection = in_all_forms(&registry);
        let run = compile(&collection, &registry.host(), &[]).exits(0).json();
        let [note] = &notes(&run, "image")[..] else { panic!("{run}") };
        assert!(note.contains(wanted), "{note}");
        let n_requests = registry.requests().len();
        compile(&collection, &registry.host(), &[]).exits(0);
        assert_eq!(registry.requests().len(), 2 * n_requests);
    }
}

#[test]
fn a_registry_that_stays_busy_is_given_up() {
    let registry = Registry::start(Login::None, Fault::Busy);
    let collection = sample(|_| in_bucket(&registry.host(), &format!("sha256:{}", "0".repeat(64))));
    let run = compile(&collection, &registry.host(), &[]).exits(0).json();
    let [note] = &notes(&run, "image")[..] else { panic!("{run}") };
    assert!(note.contains("answered HTTP 503"), "{note}");
    assert_eq!(registry.requests().len(), 5);
}

/// Without a network: nobody waits for each image, nor for each registry one after another.
#[test]
fn registries_that_are_not_there_or_silent_cost_one_note_each_and_little_time() {
    let silent =
        [Registry::start(Login::None, Fault::Silent), Registry::start(Login::None, Fault::Silent)];
    let gone = Registry::start(Login::None, Fault::None);
    let all = [&silent[0], &silent[1], &gone];
    let mut digests = (0..).map(|n| format!("sha256:{n:064x}"));
    let collection = sample(|number| in_bucket(&all[number % 3].host(), &digests.next().unwrap()));
    let (hosts, prefixes): (Vec<String>, Vec<String>) =
        all.iter().map(|r| (r.host(), format!("{}/shop", r.host()))).unzip();
    drop(gone);
    let mut command = asking(&collection);
    command.args(["compile", "--json"]);
    for prefix in &prefixes {
        command.args(["--registry-prefix", prefix]);
    }
    let started = Instant::now();
    let run = finish(&mut command).exits(0).json();
    let took = started.elapsed();
    assert!(took < Duration::from_secs(7), "{took:?}");
    let notes = notes(&run, "image");
    assert_eq!(notes.len(), 3, "{notes:?}");
    for (host, cause) in hosts.iter().zip(["did not answer", "did not answer", "no connection"]) {
        let note = notes.iter().find(|note| note.starts_with(&format!("{host}: ")));
        let note = note.unwrap_or_else(|| panic!("{host}: {notes:?}"));
        assert!(note.contains(cause) && note.contains("images"), "{note}");
    }
}

#[test]
fn a_repository_that_is_not_there_is_a_note_for_its_image() {
    let registry = Registry::start(Login::None, Fault::None);
    let mut first = None;
    let collection = sample(|number| {
        let mut labels = labels();
        labels["number"] = json!(number.to_string());
        let digest = registry.push("shop/app", Form::Oci, &labels, &[]);
        let missing = format!("sha256:{}", "0".repeat(64));
        let digest = if number == 0 { first.insert(missing).clone() } else { digest };
        in_bucket(&registry.host(), &digest)
    });
    let run = compile(&collection, &registry.host(), &[]).exits(0).json();
    let [note] = &notes(&run, "image")[..] else { panic!("{run}") };
    let image = format!("{}/shop/app@{}", registry.host(), first.unwrap());
    assert_eq!(*note, format!("{image}: the registry has no such image (HTTP 404)"));
    assert_eq!(run["images_failed"], 1);
}

#[test]
#[ignore = "needs tests/setup/real-servers.sh"]
fn a_real_registry_is_asked_with_and_without_a_password() {
    for login in [Login::None, Login::Basic] {
        let images = Registry::start(Login::None, Fault::None);
        let forms = [Form::Oci, Form::Docker, Form::OciIndex, Form::DockerList];
        let digests: Vec<String> =
            forms.map(|form| images.push("shop/app", form, &labels(), &[])).to_vec();
        let place = tempfile::tempdir().unwrap();
        let registry = RealRegistry::start(&place.path().join("registry"), login, &images);
        let collection = sample(|number| in_bucket(&registry.host(), &digests[number % 4]));
        let secret = collection.beside("pull-secret.json");
        fs::write(&secret, pull_secret(&[(registry.host(), password())])).unwrap();
        let flag = ["--registry-config", secret.to_str().unwrap()];
        let run = compile(&collection, &registry.host(), &flag).exits(0).json();
        assert_eq!((sources(&collection), notes(&run, "image")), (of_sample(), Vec::new()));
        assert_eq!(run["images_inspected"], 4);

        let refused = compile(&collection, &registry.host(), &["--update", "*"]).exits(0).json();
        assert_eq!(refused["images_inspected"], 0, "nothing is asked for again");
        // A new database knows nothing: then a registry that wants a password is a note.
        for end in ["", "-wal", "-shm"] {
            fs::remove_file(collection.at(format!("coverage.db{end}"))).ok();
        }
        let run = compile(&collection, &registry.host(), &[]).exits(0).json();
        let wanted = if login == Login::Basic { 4 } else { 0 };
        assert_eq!(run["images_failed"], wanted, "{run}");
    }
}
