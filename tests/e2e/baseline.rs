//! A site that is compared with another run or with an earlier moment says what `compare` says, and
//! lines of different commits are laid on each other as git's own diff says.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use covatlas_shared::compare::{CompareShard, Delta, State};
use covatlas_shared::lines::LinesShard;
use covatlas_shared::source::SourcePack;
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, demo, files, fixtures, tools};

/// The upgrade of the demo's shop: its pods before and after, and the whole cluster's other ones.
const OLD: &[&str] = &["catalog-api-2.6.3", "gateway", "order-operator"];
const NEW: &[&str] = &["shop/catalog-api-6d8f7b5c94", "gateway-5f7c8d9b64", "order-operator"];
/// When the upgrade of the demo began.
const SINCE: &str = "2026-11-23T13:00:00Z";

/// Some of the demo's reports as a collection with sources and a site in plain gzip.
fn part(texts: &[&str]) -> Collection {
    let collection = Collection::new();
    let data = demo::part(&collection, texts);
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    demo::run_with(&collection, &data, &["--viewer", &viewer, "--shards", "gz"]).exits(0);
    collection
}

fn render(collection: &Collection, more: &[&str]) {
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let args = ["render", "--viewer", &viewer, "--shards", "gz"];
    collection.run(args.iter().chain(more)).exits(0);
}

fn shard(site: &Path, name: &str) -> Vec<u8> {
    tools::gunzip(&fs::read(site.join("data").join(format!("{name}.gz"))).unwrap())
}

/// The overview of what a site compares, and the shards of its repositories.
fn compared(site: &Path) -> (CompareShard, Vec<CompareShard>) {
    let names = fs::read_dir(site.join("data")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let own = names.filter(|name| name.starts_with("compare-"));
    let all: Vec<CompareShard> = own
        .map(|name| CompareShard::decode(&shard(site, name.strip_suffix(".gz").unwrap())).unwrap())
        .collect();
    let (mut overviews, repos): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|shard| !shard.owners.is_empty());
    assert_eq!(overviews.len(), 1);
    (overviews.remove(0), repos)
}

/// What both say of a thing: numbers of both sides, and what is between them.
type Numbers = [u64; 8];

fn numbers(delta: &Delta) -> Numbers {
    let (before, after) = (delta.before, delta.after);
    let between = [delta.gained, delta.lost, delta.uncovered, delta.kept];
    let [gained, lost, uncovered, kept] = between;
    let [a, b, c, d] = [before.statements(), before.covered(), after.statements(), after.covered()];
    [a, b, c, d, gained, lost, uncovered, kept]
}

/// The same of a line of the command; null counts as nothing.
fn numbers_of(row: &Row) -> Numbers {
    let keys = [
        "statements_before",
        "covered_before",
        "statements",
        "covered",
        "gained",
        "lost",
        "uncovered",
        "kept",
    ];
    keys.map(|key| row.get(key).as_u64().unwrap_or(0))
}

/// Asserts that the site has every line that the command prints, and no others but those in which
/// something never ran.
fn assert_says(collection: &Collection, compare: &[&str]) {
    let site = collection.at("site");
    let (overview, repos) = compared(&site);
    let rows = |by: &str| {
        let args = ["compare", "--json", "--by", by];
        collection.run(args.iter().chain(compare)).exits(0).rows()
    };
    let [total] = &rows("collection")[..] else { panic!() };
    assert_eq!(numbers(&overview.total), numbers_of(total));
    let counts = ["files_same", "files_changed", "files_aligned", "files_added", "files_removed"];
    assert_eq!(overview.n_files, counts.map(|key| total.number(key)));

    let changed = |delta: &Delta| !delta.is_nothing();
    let owners = overview.owners.iter().filter(|owner| changed(&owner.delta));
    let owners: Vec<_> = owners
        .map(|owner| {
            let names = [owner.namespace, owner.kind, owner.name, owner.binary];
            (names.map(|idx| overview.strings.get(idx).to_owned()), numbers(&owner.delta))
        })
        .collect();
    let keys = ["namespace", "owner_kind", "owner", "binary"];
    let wanted = rows("owner");
    let wanted = wanted.iter().map(|row| (row.texts(keys), numbers_of(row)));
    assert_eq!(owners, wanted.collect::<Vec<_>>(), "and in the same order");

    let mut files = BTreeMap::new();
    let mut funcs = BTreeMap::new();
    for shard in &repos {
        for file in shard.files.iter().filter(|file| changed(&file.delta)) {
            let key = (shard.path(file), file.delta.state.name());
            assert_eq!(files.insert(key, numbers(&file.delta)), None);
        }
        for func in shard.funcs.iter().filter(|func| changed(&func.delta)) {
            let path = shard.path(&shard.files[func.file as usize]);
            let key = (path, func.line, shard.strings.get(func.name).to_owned());
            assert_eq!(funcs.insert(key, numbers(&func.delta)), None);
        }
    }
    let wanted = rows("file");
    let key = |row: &Row| (row.text("path").to_owned(), row.text("state").to_owned());
    let wanted: BTreeMap<_, _> = wanted.iter().map(|row| (key(row), numbers_of(row))).collect();
    let files: BTreeMap<_, _> =
        files.into_iter().map(|((path, state), n)| ((path, state.to_owned()), n)).collect();
    assert_eq!(files, wanted);
    let wanted = rows("func");
    let key = |row: &Row| {
        let (path, func) = (row.text("path").to_owned(), row.text("func").to_owned());
        (path, row.number("line") as u32, func)
    };
    let wanted: BTreeMap<_, _> = wanted.iter().map(|row| (key(row), numbers_of(row))).collect();
    assert!(!wanted.is_empty() && !files.is_empty());
    assert_eq!(funcs, wanted);
    repos.iter().for_each(|shard| assert_lines_add_up(&site, shard));
}

/// The counts of both sides, unit by unit, come to the numbers of their files.
fn assert_lines_add_up(site: &Path, shard: &CompareShard) {
    for (at, file) in shard.files.iter().enumerate() {
        let path = shard.path(file);
        assert_eq!(shard.variants_of(at).is_empty(), file.delta.state == State::Removed, "{path}");
        let mut sum = [0_u64; 4];
        for variant in shard.variants_of(at) {
            let pack = &shard.packs[variant.pack as usize];
            let pack = SourcePack::decode(&self::shard(site, pack)).unwrap();
            let entry = &pack.files[variant.entry as usize];
            assert_eq!((&entry.path, variant.has_text), (&path, entry.text.is_some()));
            let lines = self::shard(site, &shard.lines[variant.lines as usize]);
            let lines = LinesShard::decode(&lines).unwrap();
            let counts = lines.of(variant.at as usize, entry.units.len()).unwrap();
            for (unit, at) in entry.units.iter().zip(0_u32..) {
                if counts.unmatched.contains(&at) {
                    continue;
                }
                let both = (counts.before[at as usize] > 0, counts.after[at as usize] > 0);
                let slot = match both {
                    (false, true) => 0,
                    (true, false) => 1,
                    (false, false) => 2,
                    (true, true) => 3,
                };
                sum[slot] += u64::from(unit.statements);
            }
        }
        let Delta { gained, lost, uncovered, kept, .. } = file.delta;
        assert_eq!(sum, [gained, lost, uncovered, kept], "{path}");
    }
}

#[test]
fn a_site_says_of_a_baseline_what_the_command_says() {
    let (before, after) = (part(OLD), part(NEW));
    render(&after, &[]);
    let plain = files::read(&after.at("site"));
    let baseline = before.path();
    let baseline = baseline.to_str().unwrap();
    render(&after, &["--baseline", baseline]);
    assert_says(&after, &[baseline]);
    let (overview, _) = compared(&after.at("site"));
    assert_eq!(
        (overview.about.baseline.as_str(), overview.about.since),
        (name(&before).as_str(), None)
    );
    let states = |state| overview.owners.iter().filter(|o| o.delta.state == state).count();
    assert_eq!(states(State::Removed), 1, "gateway-internal is only before");
    assert!(overview.total.lost > 0 && overview.total.gained > 0 && overview.n_files[2] > 0);
    after.run(["verify"]).exits(0);

    let first = files::read(&after.at("site"));
    fs::remove_dir_all(after.at("site")).unwrap();
    render(&after, &["--baseline", baseline]);
    assert!(files::read(&after.at("site")) == first, "the same input gives the same bytes");
    // Nothing of it is left, and nothing else differs, without a baseline.
    render(&after, &[]);
    assert!(files::read(&after.at("site")) == plain);
}

fn name(collection: &Collection) -> String {
    collection.path().file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_site_says_of_a_moment_what_the_command_says() {
    let collection = Collection::new();
    let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
    let how = ["--viewer", &viewer, "--shards", "gz", "--baseline-since", SINCE];
    demo::run(&collection, &how).exits(0);
    assert_says(&collection, &["--since", SINCE]);
    let (overview, _) = compared(&collection.at("site"));
    assert_eq!((overview.total.lost, overview.about.since), (0, Some(1_795_438_800)));
    assert!(overview.total.gained > 0 && overview.about.baseline.is_empty());
}

#[test]
fn what_is_not_shown_is_not_compared() {
    let (before, after) = (part(OLD), part(NEW));
    let baseline = before.path();
    let baseline = baseline.to_str().unwrap();
    render(
        &after,
        &["--baseline", baseline, "--skip-owner", "order-*", "--skip-owner", "gateway*"],
    );
    let (overview, repos) = compared(&after.at("site"));
    let hide =
        ["compare", "--json", baseline, "--hide", "owner=order-*", "--hide", "owner=gateway*"];
    let row = &after.run(hide).exits(0).rows()[0];
    assert_eq!(numbers(&overview.total), numbers_of(row));
    assert_eq!(overview.owners.len(), 1);
    assert!(
        repos.iter().all(|shard| shard.files.iter().all(|f| !shard.path(f).contains("gateway")))
    );

    // Owners that are called as their pods are.
    let (before, after) = (part(&["zone-check", "resolver"]), part(&["zone-check", "resolver"]));
    let baseline = before.path();
    render(&after, &["--baseline", baseline.to_str().unwrap(), "--redact", "pods,hosts"]);
    let site = after.at("site");
    for (path, bytes) in files::read(&site) {
        let bytes = if path.ends_with(".gz") { tools::gunzip(&bytes) } else { bytes };
        let text = String::from_utf8_lossy(&bytes);
        for name in ["zone-check", "tern-stg"] {
            // The path of a source file may say what the pod is called.
            let is_name = text.contains(&format!("\"{name}")) || text.contains(&format!("{name}-"));
            assert!(!is_name, "{name} in {path}");
        }
    }
}

#[test]
fn baselines_that_cannot_be_used_are_named() {
    let after = part(NEW);
    let site = files::read(&after.at("site"));
    let nowhere = after.beside("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let run = after.run(["render", "--baseline", nowhere]).exits(1).prints_nothing();
    run.says(&["cannot read the baseline", "nowhere"]);
    let both = ["render", "--baseline", nowhere, "--baseline-since", SINCE];
    after.run(both).exits(2).prints_nothing();
    after.run(["render", "--baseline-since", "yesterday"]).exits(2).says(&["yesterday"]);
    assert!(files::read(&after.at("site")) == site, "the site is as it was");
}

/// Lines of a file: their numbers before, by those of now, as git's own diff has them.
fn lines_by_git(path: &str, commits: &[String; 2], n_lines: u64) -> BTreeMap<u64, u64> {
    let repo = demo::dir().join("git/tern/shop");
    let repo: PathBuf = if repo.exists() { repo } else { repo.with_extension("git") };
    let [before, now] = commits;
    let diff = ["diff", "-U0", before, now, "--", path];
    let diff = Command::new("git").arg("-C").arg(repo).args(diff).output().unwrap();
    let diff = String::from_utf8(diff.stdout).unwrap();
    let hunks = diff.lines().filter_map(|line| line.strip_prefix("@@ -")).map(|line| {
        let (before, rest) = line.split_once(" +").unwrap();
        let range = |text: &str| -> (u64, u64) {
            let (start, len) = text.split_once(',').unwrap_or((text, "1"));
            (start.parse().unwrap(), len.parse().unwrap())
        };
        (range(before), range(rest.split_once(' ').unwrap().0))
    });
    let (mut old, mut new, mut lines) = (1, 1, BTreeMap::new());
    let mut equal_until = |end: u64, old: &mut u64, new: &mut u64| {
        while *new < end {
            lines.insert(*new, *old);
            (*new, *old) = (*new + 1, *old + 1);
        }
    };
    for ((_, removed), (start, added)) in hunks {
        // A hunk that only removes names the line before it.
        equal_until(if added == 0 { start + 1 } else { start }, &mut old, &mut new);
        (old, new) = (old + removed, new + added);
    }
    equal_until(n_lines + 1, &mut old, &mut new);
    lines
}

#[test]
fn commits_are_compared_where_the_text_is_the_same_by_git() {
    if !tools::has("commits_are_compared_where_the_text_is_the_same_by_git", "git") {
        return;
    }
    let (before, after) = (part(&["catalog-api-2.6.3"]), part(&["catalog-api-2.7.0"]));
    let repo = |collection: &Collection| -> String {
        let rows = collection.run(["stats", "--by", "repo", "--json"]).exits(0).rows();
        rows.iter()
            .find(|row| row.text("repo").ends_with("shop"))
            .unwrap()
            .text("commit")
            .to_owned()
    };
    let commits = [repo(&before), repo(&after)];
    assert_ne!(commits[0], commits[1]);
    // Units and counts as Go's own format has them: `path:line.column,line.column statements count`.
    let units = |collection: &Collection, path: &str| -> BTreeMap<[u64; 5], bool> {
        let text = collection.run(["export", "textfmt"]).exits(0).text();
        let own = text.lines().filter_map(|line| line.strip_prefix(path)?.strip_prefix(':'));
        own.map(|line| {
            let n: Vec<u64> =
                line.split(['.', ',', ' ']).map(|number| number.parse().unwrap()).collect();
            ([n[0], n[1], n[2], n[3], n[4]], n[5] > 0)
        })
        .collect()
    };
    let baseline = before.path();
    let args = ["compare", baseline.to_str().unwrap(), "--json", "--by", "file"];
    let rows = after.run(args).exits(0).rows();
    let changed: Vec<&Row> = rows.iter().filter(|row| row.text("state") == "changed").collect();
    assert_eq!(changed.len(), 3, "the patch changes three files that both builds have");
    for row in changed {
        let (path, repo_path) = (row.text("path"), row.text("repo_path"));
        let (old, new) = (units(&before, path), units(&after, path));
        let lines =
            lines_by_git(repo_path, &commits, new.keys().map(|unit| unit[2]).max().unwrap());
        let mut expected = [0; 4];
        let mut unmatched = 0;
        for (&[line, column, end, end_column, statements], ran) in &new {
            let moved: Option<Vec<u64>> = (line..=end).map(|n| lines.get(&n).copied()).collect();
            let moved = moved.filter(|lines| lines.windows(2).all(|pair| pair[1] == pair[0] + 1));
            let twin = moved.and_then(|lines| {
                old.get(&[lines[0], column, *lines.last().unwrap(), end_column, statements])
            });
            match (twin, ran) {
                (None, _) => unmatched += statements,
                (Some(false), true) => expected[0] += statements,
                (Some(true), false) => expected[1] += statements,
                (Some(false), false) => expected[2] += statements,
                (Some(true), true) => expected[3] += statements,
            }
        }
        assert!(unmatched > 0 && expected[3] > 0, "{path}");
        let found = ["gained", "lost", "uncovered", "kept"].map(|key| row.number(key));
        assert_eq!((found, row.number("unmatched")), (expected, unmatched), "{path}");
    }
    // Without the texts of before nothing of them is known.
    fs::remove_dir_all(before.at("repos")).unwrap();
    let rows = after.run(args).exits(0).rows();
    let changed: Vec<&Row> = rows.iter().filter(|row| row.text("state") == "changed").collect();
    assert_eq!(changed.len(), 3);
    assert!(changed.iter().all(|row| row.get("lost").is_null() && row.get("kept").is_null()));
}
