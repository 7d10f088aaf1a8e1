//! What must not be published is nowhere in a site.

use std::collections::BTreeSet;
use std::fs;

use covatlas_tests::binary::finish;
use covatlas_tests::git_server::Server;
use covatlas_tests::registry::{Fault, Login, Registry};
use covatlas_tests::{Collection, files, fixtures, tools};
use serde_json::json;

/// The sample with damage, notes of all kinds, a bare pod, and images that no registry has.
fn collection() -> (Collection, Registry) {
    let registry = Registry::start(Login::None, Fault::None);
    let collection = Collection::new();
    let data = collection.beside("data");
    files::copy(&fixtures::data(), &data);
    let images = fixtures::images_of_pods(&data);
    for (number, image) in images.iter().enumerate() {
        let (front, _) = image.rsplit_once('/').unwrap();
        let name = format!("{}-shop-app-sha256-{number:064x}", registry.host()).replace(':', "-");
        fs::rename(data.join(image), data.join(front).join(name)).unwrap();
    }
    // A pod that nobody generated the name of is its own owner.
    let first = images.first().unwrap();
    let parts: Vec<&str> = first.split('/').collect();
    let (from, to) = (parts[..3].join("/"), format!("{}/{}/debugshell", parts[0], parts[1]));
    files::copy(&data.join(from), &data.join(to));
    collection.import(&data).exits(0);
    let mut command = collection.command();
    command.args(["compile", "--keep-going", "--images", &fixtures::images()]);
    command.args(["--registry-prefix", &format!("{}/shop", registry.host())]);
    command.env_remove("COVATLAS_COMPILE_SKIP_INSPECTION");
    finish(&mut command).exits(0);
    (collection, registry)
}

/// Everything that a site says, decoded.
fn decoded(collection: &Collection) -> String {
    let mut all = String::new();
    for (path, bytes) in files::read(&collection.at("site")) {
        let bytes = if path.ends_with(".gz") { tools::gunzip(&bytes) } else { bytes };
        all.push_str(&format!("\n{path}\n{}", String::from_utf8_lossy(&bytes)));
    }
    all
}

fn render(collection: &Collection, more: &[&str]) -> String {
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let args = ["render", "--viewer", &viewer, "--shards", "gz", "--title", "t"];
    collection.run(args.iter().chain(more)).exits(0);
    decoded(collection)
}

/// Names of nodes, pods and images, in every form.
fn names(collection: &Collection, registry: &Registry) -> [BTreeSet<String>; 3] {
    let [mut hosts, mut pods, mut images] = [const { BTreeSet::new() }; 3];
    for file in files::list(&collection.beside("data")) {
        let parts: Vec<&str> = file.to_str().unwrap().split('/').collect();
        hosts.insert(parts[0].to_owned());
        hosts.insert(parts[0].split('.').next().unwrap().to_owned());
        if parts.len() == 8 {
            pods.insert(parts[2].to_owned());
            images.insert(parts[5].to_owned());
        }
    }
    images.insert(format!("{}/shop/app", registry.host()));
    let shown = collection.stats("image").into_iter();
    images.extend(shown.map(|row| row.text("image").to_owned()).filter(|i| i.contains('/')));
    [hosts, pods, images]
}

#[test]
fn no_name_of_a_redacted_kind_is_left_and_the_others_are() {
    let (collection, registry) = collection();
    let names = names(&collection, &registry);
    let plain = render(&collection, &[]);
    let is_in = |site: &str, set: &BTreeSet<String>| -> Vec<String> {
        set.iter().filter(|name| site.contains(&***name)).cloned().collect()
    };
    // Without redaction the site has them, so that the search below finds what is there.
    for set in &names {
        assert!(!is_in(&plain, set).is_empty(), "{set:?}");
    }
    assert!(plain.contains("debugshell") && plain.contains("/shop/app"), "a bare pod, a note");
    for (at, (kind, word)) in
        [("hosts", "host-"), ("pods", "pod-"), ("images", "image-")].into_iter().enumerate()
    {
        let site = render(&collection, &["--redact", kind]);
        assert_eq!(is_in(&site, &names[at]), Vec::<String>::new(), "{kind}");
        assert!(site.contains(word), "{kind}");
    }
    let all = render(&collection, &["--redact", "hosts,pods,images"]);
    for set in &names {
        assert_eq!(is_in(&all, set), Vec::<String>::new());
    }
    // The same numbers and the same files, which people still find by owner and path.
    for text in ["router-default", "kube-apiserver", "openshift-dns"] {
        assert!(all.contains(text), "{text}");
    }
}

#[test]
fn pseudonyms_stay_and_patterns_with_names_are_left_out() {
    let (collection, _registry) = collection();
    let flags = ["--redact", "hosts,pods,images", "--hide", "pod=debugshell", "--hide", "kind=Job"];
    let first = render(&collection, &flags);
    assert!(!first.contains("debugshell") && first.contains("kind=Job"));
    assert_eq!(render(&collection, &flags), first);
    // Another collection makes others, unless it is given the key.
    let key = fs::read(collection.at("inputs/redact.key")).unwrap();
    fs::remove_file(collection.at("inputs/redact.key")).unwrap();
    assert_ne!(render(&collection, &flags), first);
    fs::write(collection.at("inputs/redact.key"), key).unwrap();
    assert_eq!(render(&collection, &flags), first);
    fs::write(collection.at("inputs/redact.key"), "no key").unwrap();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let run = collection.run(["render", "--viewer", &viewer, "--redact", "pods"]).exits(1);
    run.says(&["redact.key", "no key of 64 hexadecimal digits"]);
}

#[test]
fn a_site_with_pseudonyms_is_sound_and_no_remedy_would_show_the_names() {
    let (collection, _registry) = collection();
    let flags = ["--redact", "pods,hosts", "--output-dir"];
    let public = collection.beside("public");
    let public = public.to_str().unwrap();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let args = [["render", "--viewer", &*viewer].as_slice(), &flags, &[public]].concat();
    collection.run(&args).exits(0);
    let verify = || collection.run(["verify", "--json", "--keep-going", public]).exits(0);
    let of_site = |kind: &str| -> Vec<String> {
        let problems = verify().problems().into_iter().filter(|problem| problem["kind"] == kind);
        problems.map(|problem| problem["remedy"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(of_site("stale"), Vec::<String>::new());
    // Other numbers are found all the same, also under pseudonyms.
    let mut command = collection.command();
    command.args(["compile", "--keep-going", "--images", &fixtures::images()]);
    command.args(["--exclude-file", "main.go"]);
    finish(&mut command).exits(0);
    let remedies = of_site("stale");
    assert_eq!(remedies.len(), 1);
    assert!(
        remedies[0].contains(&format!("--output-dir {public} --redact KINDS #")),
        "{remedies:?}"
    );
}

/// Who has the key can try names.
#[cfg(unix)]
#[test]
fn the_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    collection.run(["compile", "--images", &fixtures::images()]).exits(0);
    let key = collection.at("inputs/redact.key");
    let mode = || fs::metadata(&key).unwrap().permissions().mode() & 0o777;
    let first = render(&collection, &["--redact", "pods"]);
    assert_eq!(mode(), 0o600);
    // One that an older program wrote.
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(render(&collection, &["--redact", "pods"]), first);
    assert_eq!(mode(), 0o600);
}

#[test]
fn text_that_came_with_a_login_is_left_out() {
    let collection = Collection::new();
    fixtures::whole_data(&collection.beside("data"));
    collection.import(&collection.beside("data")).exits(0);
    collection.run(["compile", "--images", &fixtures::images()]).exits(0);
    fixtures::repository(&collection.beside("git"), "true", fixtures::Tip::Wanted);
    let server = Server::closed(collection.beside("git"), "me:secret");
    let url = server.url("").replace("://", "://me:secret@");
    let mirror = format!("https://git.example.com/ocp/={url}");
    collection.run(["clone-sources", "--mirror", &mirror]).exits(0);
    // A line of the sample's source.
    let line = "package main";
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let args = ["render", "--viewer", &viewer, "--shards", "gz", "--json"];
    let run = collection.run(args).exits(0).json();
    assert_eq!(run["source_files"], json!(0));
    let problem = &run["problems"][0];
    assert_eq!(
        (&problem["kind"], &problem["severity"]),
        (&json!("private-source"), &json!("note"))
    );
    assert!(problem["remedy"].as_str().unwrap().contains("--include-private"));
    let site = decoded(&collection);
    assert!(!site.contains(line) && site.contains("fetched with a login"));

    let with = collection.run(args.iter().chain(&["--include-private"])).exits(0).json();
    assert!(with["source_files"].as_u64() > Some(0) && decoded(&collection).contains(line));
    // A new database does not forget it.
    for end in ["", "-wal", "-shm"] {
        fs::remove_file(collection.at(format!("coverage.db{end}"))).ok();
    }
    collection.run(["compile", "--images", &fixtures::images()]).exits(0);
    collection.run(["clone-sources"]).exits(0);
    assert_eq!(collection.run(args).exits(0).json()["source_files"], json!(0));
}
