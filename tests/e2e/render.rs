//! `render`: the same bytes from the same input, index.html last, and nobody else's files touched.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use covatlas_tests::binary::Killed;
use covatlas_tests::files::{self, Tree};
use covatlas_tests::golden::union;
use covatlas_tests::rng::Rng;
use covatlas_tests::{Collection, fixtures, wait, world};

/// A compiled collection with sources and a plain page.
pub struct Ready {
    pub collection: Collection,
    pub viewer: String,
}

impl Ready {
    pub fn new() -> Self {
        Self::of(&fixtures::data())
    }

    /// The same of other data.
    fn of(data: &Path) -> Self {
        let collection = Collection::new();
        collection.import(data).exits(0);
        collection.run(["compile", "--keep-going", "--images", &fixtures::images()]).exits(0);
        let samples = fixtures::small().join("samples.git");
        let mirror = format!("{}={}", fixtures::REPO_URL, samples.display());
        collection.run(["clone-sources", "--allow-local-git", "--mirror", &mirror]).exits(0);
        let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
        Self { collection, viewer }
    }

    pub fn render(&self, args: &[&str]) -> covatlas_tests::Finished {
        self.collection.run(["render", "--json", "--viewer", &self.viewer].iter().chain(args))
    }

    /// Renders into a new folder and reads it.
    pub fn site(&self, name: &str, args: &[&str]) -> Tree {
        let dir = self.collection.beside(name);
        let output = ["--output-dir", dir.to_str().unwrap()];
        self.render(&[&output[..], args].concat()).exits(0);
        files::read(&dir)
    }
}

fn shards(site: &Tree) -> Vec<&String> {
    site.keys().filter(|name| name.starts_with("data/")).collect()
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let ready = Ready::new();
    let one = ready.site("one", &[]);
    let two = ready.site("two", &["--max-concurrency", "1"]);
    files::assert_same(&one, &two);
    // Also from another place, from data that was imported in another order.
    let other = Ready::new();
    files::assert_same(&other.site("three", &[]), &one);
    assert!(one.contains_key("index.html") && one.contains_key(".nojekyll"));
    assert!(shards(&one).len() > 10, "{:?}", one.keys());
}

#[test]
fn names_are_hashes_of_contents_and_a_second_render_writes_index_html_only() {
    let ready = Ready::new();
    ready.render(&[]).exits(0);
    let site = ready.collection.at("site");
    let before = files::read(&site);
    for name in shards(&before) {
        let (_, hash) = name.trim_end_matches(".js").rsplit_once('-').unwrap();
        assert!(hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{name}");
    }
    let again = ready.render(&[]).exits(0).json();
    files::assert_same(&files::read(&site), &before);
    assert!(again["done"].as_u64().unwrap() <= 5, "files are written again: {again}");

    // Another title changes the manifest and the page, and leaves every other name.
    ready.render(&["--title", "Another"]).exits(0);
    let after = files::read(&site);
    let new: Vec<_> = after.keys().filter(|name| !before.contains_key(*name)).collect();
    let gone: Vec<_> = before.keys().filter(|name| !after.contains_key(*name)).collect();
    assert!(new.len() == 1 && new[0].starts_with("data/manifest-"), "{new:?}");
    assert!(gone.len() == 1 && gone[0].starts_with("data/manifest-"), "{gone:?}");
    for (name, bytes) in &before {
        if shards(&after).contains(&name) {
            assert_eq!(&after[name], bytes, "{name} changed under its name");
        }
    }
}

/// The names of a site's shards of these kinds.
fn of_kinds<'a>(site: &'a Tree, kinds: &[&str]) -> Vec<&'a String> {
    let starts: Vec<String> = kinds.iter().map(|kind| format!("data/{kind}-")).collect();
    shards(site).into_iter().filter(|name| starts.iter().any(|s| name.starts_with(s))).collect()
}

#[test]
fn names_for_the_search_stay_when_other_code_runs() {
    let ready = Ready::new();
    let before = ready.site("before", &[]);
    let names = of_kinds(&before, &["paths", "funcs"]);
    assert_eq!(names.len(), 2, "{names:?}");
    // One replica alone ran less than all of them; the code is the same.
    let data = ready.collection.beside("fewer");
    files::copy(&fixtures::data(), &data);
    let pod = "covdemo-86b574976-b7w9d";
    let dirs = files::list(&data).into_iter().map(|path| data.join(path));
    let of_pod = dirs.filter(|path| path.to_str().unwrap().contains(pod));
    for path in of_pod.filter(|path| path.to_str().unwrap().contains("covcounters.")) {
        fs::remove_file(path).unwrap();
    }
    let fewer = Ready::of(&data);
    let after = fewer.site("after", &[]);
    assert_ne!(of_kinds(&after, &["owners"]), of_kinds(&before, &["owners"]));
    assert_eq!(of_kinds(&after, &["paths", "funcs"]), names);
}

#[test]
fn the_forms_of_shards_have_the_same_contents() {
    let ready = Ready::new();
    let script = ready.site("script", &[]);
    let gz = ready.site("gz", &["--shards", "gz"]);
    let bare = |name: &str| name.rsplit_once('.').unwrap().0.to_owned();
    let names = |site: &Tree| shards(site).iter().map(|n| bare(n)).collect::<Vec<_>>();
    assert_eq!(names(&script), names(&gz));
    for name in shards(&gz) {
        assert!(gz[name].starts_with(&[0x1f, 0x8b]) && name.ends_with(".gz"), "{name}");
        let text = String::from_utf8(script[&format!("{}.js", bare(name))].clone()).unwrap();
        let shard = bare(name).replace("data/", "");
        assert!(text.starts_with(&format!("covatlas(\"{shard}\",\"H4sI")), "{text:.60}");
    }
    let page = |site: &Tree| String::from_utf8(site["index.html"].clone()).unwrap();
    assert!(page(&script).contains("data-form=\"script\""));
    assert!(page(&gz).contains("data-form=\"gz\""));
}

#[test]
fn without_sources_no_text_leaves_the_collection() {
    let ready = Ready::new();
    let with = ready.site("with", &["--shards", "gz"]);
    let without = ready.site("without", &["--shards", "gz", "--no-source"]);
    let line = b"func (s *Store) Put(";
    let source = fs::read(fixtures::small().join("src/covdemo/internal/store/store.go")).unwrap();
    assert!(find(&source, line), "the sample has that line");
    let has_text = |site: &Tree| {
        shards(site).iter().any(|name| find(&covatlas_tests::tools::gunzip(&site[*name]), line))
    };
    assert!(has_text(&with));
    assert!(!has_text(&without));
    let run = ready.render(&["--no-source"]).exits(0).json();
    assert_eq!(run["source_files"], 0);
    assert!(run["source_files_without_text"].as_u64().unwrap() > 0);
}

fn find(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn owners_are_chosen_by_globs() {
    let ready = Ready::new();
    let owners = |args: &[&str]| ready.render(args).exits(0).json()["owners"].as_u64().unwrap();
    let all = owners(&[]);
    assert_eq!(all, 11);
    assert_eq!(owners(&["--owner", "covdemo*"]), 2);
    assert_eq!(owners(&["--owner", "covdemo*", "--owner", "etcd"]), 3);
    assert_eq!(owners(&["--skip-owner", "covdemo*"]), all - 2);
    assert_eq!(owners(&["--owner", "covdemo*", "--skip-owner", "*canary"]), 1);
    let page = fs::read_to_string(ready.collection.at("site/index.html")).unwrap();
    assert!(page.contains("<td>covdemo</td>"), "{page}");
    assert!(!page.contains("canary") && !page.contains("etcd"), "{page}");
}

#[test]
fn the_page_without_scripts_has_gos_numbers() {
    let ready = Ready::new();
    ready.render(&[]).exits(0);
    let page = fs::read_to_string(ready.collection.at("site/index.html")).unwrap();
    let owners = world::owners();
    let (statements, covered) = union(owners.values().map(|owner| &owner.profile));
    assert!(page.contains(&format!("({covered} of {statements})")), "{page}");
    for ([_, kind, name, binary], (_, owner)) in world::newest() {
        let (statements, covered) = owner.profile.coverage();
        let names = format!("<td>{kind}</td><td>{name}</td><td>{binary}</td>");
        let numbers = format!("<td>{statements}</td><td>{}</td></tr>", statements - covered);
        let row = page.split("<tr>").find(|row| row.contains(&names));
        let row = row.unwrap_or_else(|| panic!("no {names} in {page}"));
        assert!(row.contains(&numbers), "{row}");
    }
}

#[test]
fn hostile_names_and_titles_are_text_in_the_page() {
    let collection = Collection::new();
    let data = collection.beside("data");
    let evil = "<img src=x onerror=alert(1)>";
    let dir = data.join("n/\"><script>alert(1)<%2fscript>").join(evil);
    let dir = dir.join("{{manifest}}/20260101T000000Z/i/</noscript><b>".replace("</", "<%2f"));
    files::copy(
        &fixtures::data().join("ocp4-dev-7xk2p-master-2/_host_/20261120T081502Z/kubelet"),
        &dir,
    );
    collection.import(&data).exits(0);
    collection.run(["compile"]).exits(0);
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let title = "</title><script>alert('&')</script>{{noscript}}";
    collection.run(["render", "--viewer", &viewer, "--title", title]).exits(0);
    let page = fs::read_to_string(collection.at("site/index.html")).unwrap();
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert_eq!(page.matches("<img").count() + page.matches("<b>").count(), 0, "{page}");
    assert_eq!(page.matches("</title>").count(), 1, "{page}");
    assert_eq!(page.matches("<noscript>").count(), 1, "{page}");
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;"), "{page}");
}

#[test]
fn somebody_elses_page_is_refused() {
    let ready = Ready::new();
    let dir = ready.collection.beside("theirs");
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("index.html"), "mine").unwrap();
    let run = ready.render(&["--output-dir", dir.to_str().unwrap()]).exits(1).prints_nothing();
    run.says(&["index.html that covatlas did not write", "--output-dir"]);
    assert_eq!(files::read(&dir).len(), 1);
    assert_eq!(fs::read_to_string(dir.join("index.html")).unwrap(), "mine");
}

#[test]
fn files_of_others_in_a_sites_folder_stay() {
    let ready = Ready::new();
    ready.render(&[]).exits(0);
    for name in ["CNAME", "data/theirs.js", "robots.txt"] {
        fs::write(ready.collection.at("site").join(name), "theirs").unwrap();
    }
    ready.render(&["--title", "new", "--owner", "etcd"]).exits(0);
    let site = files::read(&ready.collection.at("site"));
    for name in ["CNAME", "data/theirs.js", "robots.txt"] {
        assert_eq!(site[name], b"theirs");
    }
}

/// Waits until a folder has a number of files that were not there, or the process has ended.
fn wait_for_files(dir: &Path, before: &Tree, n: usize, process: &mut Killed) {
    wait::until("files or the end", || {
        let ended = process.0.try_wait().unwrap().is_some();
        let entries = fs::read_dir(dir).into_iter().flatten().map_while(Result::ok);
        let is_new = |name: &str| !before.contains_key(&format!("data/{name}"));
        let new = entries.filter(|entry| is_new(&entry.file_name().to_string_lossy())).count();
        ended || new >= n
    });
}

#[test]
fn a_killed_render_leaves_the_earlier_site_whole() {
    let ready = Ready::new();
    let undisturbed = ready.site("undisturbed", &["--title", "second", "--no-source"]);
    let mut rng = Rng::new(7);
    let mut interrupted = 0;
    for round in 0..8 {
        let site = ready.collection.beside(&format!("site-{round}"));
        let output = site.to_str().unwrap();
        ready.render(&["--output-dir", output, "--title", "first"]).exits(0);
        let earlier = files::read(&site);
        let mut command = ready.collection.command();
        command.args(["render", "--viewer", &ready.viewer, "--output-dir", output]);
        command.args(["--title", "second", "--no-source"]).stderr(Stdio::null());
        let mut process = Killed(command.spawn().unwrap());
        wait_for_files(&site.join("data"), &earlier, 1 + rng.below(12), &mut process);
        drop(process);
        // What a writer leaves that is killed in the middle of a file.
        fs::write(site.join("data/tmp.aB3xYz"), "half").unwrap();

        let now = files::read(&site);
        let index = &now["index.html"];
        let whole = if *index == earlier["index.html"] { &earlier } else { &undisturbed };
        assert_eq!(*index, whole["index.html"], "round {round}: half a page");
        interrupted += usize::from(*index == earlier["index.html"]);
        for name in shards(whole) {
            assert_eq!(now.get(name), whole.get(name), "round {round}: {name}");
        }
        ready.render(&["--output-dir", output, "--title", "second", "--no-source"]).exits(0);
        files::assert_same(&files::read(&site), &undisturbed);
    }
    assert!(interrupted > 0, "no render was killed in time");
}
