//! `who`: line by line, the owners whose directories have counts there in Go's own profiles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use covatlas_tests::golden::{Golden, Profile};
use covatlas_tests::row::Row;
use covatlas_tests::world::{self, MIXED, OwnerKey};
use covatlas_tests::{Collection, fixtures, lines};

use crate::pipeline::owner_key;
use crate::stats::{compiled, local_mirror};

const KEYS: [&str; 9] =
    ["namespace", "owner_kind", "owner", "binary", "build", "pods", "hosts", "count", "first_seen"];

/// What ran a line of an owner and build.
#[derive(Debug, Default, PartialEq)]
struct Expected {
    pods: BTreeSet<String>,
    hosts: BTreeSet<String>,
    count: u64,
}

/// The largest count of the units with statements that a line belongs to; `None`: none. Without a
/// text, all lines of a unit belong to it.
fn count_on(profile: &Profile, path: &str, number: u64, text: Option<&str>) -> Option<u64> {
    let units = profile.file(path);
    if let Some(text) = text {
        let states = lines::states(text, &units);
        return states.get(usize::try_from(number).unwrap() - 1)?.map(|(_, count)| count);
    }
    let on_line = |range: &str| {
        let line = |place: &str| place.split_once('.').unwrap().0.parse::<u64>().unwrap();
        let (start, end) = range.split_once(',').unwrap();
        (line(start)..=line(end)).contains(&number)
    };
    let touching = units.iter().filter(|(range, (stmts, _))| *stmts > 0 && on_line(range));
    touching.map(|(_, (_, count))| *count).max()
}

/// Who ran a line, by Go's profiles; and whether any build has code there.
fn expected(path: &str, number: u64, text: Option<&str>) -> (BTreeMap<OwnerKey, Expected>, bool) {
    let goldens = Golden::all();
    let (mut found, mut has_code) = (BTreeMap::new(), false);
    for (key, owner) in world::owners() {
        let mut ran = Expected::default();
        for &at in &owner.goldens {
            // The mixed directory's profile adds three programs up; the owner has only it.
            let profile = if at == MIXED { owner.profile.clone() } else { goldens[at].profile() };
            let Some(count) = count_on(&profile, path, number, text) else { continue };
            has_code = true;
            if count > 0 {
                ran.hosts.insert(goldens[at].part(0).to_owned());
                if key[1] != "Host" {
                    ran.pods.insert(goldens[at].part(2).to_owned());
                }
                ran.count = ran.count.max(count);
            }
        }
        if ran != Expected::default() {
            found.insert(key, ran);
        }
    }
    (found, has_code)
}

/// Owners of which no process left several snapshots, which Go adds up.
fn has_one_snapshot_each(key: &OwnerKey) -> bool {
    let goldens = Golden::all();
    world::owners()[key].goldens.iter().all(|&at| {
        let names = fixtures::counters(&goldens[at].dir());
        let pids = names.iter().map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let (rest, _) = name.rsplit_once('.').unwrap();
            rest.to_owned()
        });
        pids.collect::<BTreeSet<_>>().len() == names.len()
    })
}

/// Asks about every line of a file and compares; returns how many lines had runners.
fn compare(
    collection: &Collection,
    name: &str,
    path: &str,
    n_lines: usize,
    text: Option<&str>,
) -> usize {
    let (mut with_runners, mut exact) = (0, 0);
    for number in 1..=n_lines as u64 {
        let run = collection.run(["who", "--json", &format!("{name}:{number}")]).exits(0);
        let rows = run.rows();
        let (expected, has_code) = expected(path, number, text);
        let no_code = "there is no code on this line";
        assert_eq!(run.stderr.contains(no_code), !has_code, "{path}:{number}: {}", run.stderr);
        let found: BTreeMap<OwnerKey, &Row> = rows.iter().map(|r| (owner_key(r), r)).collect();
        assert_eq!(found.len(), rows.len(), "one line per owner and build");
        assert!(found.keys().eq(expected.keys()), "{path}:{number}: {found:?} {expected:?}");
        for (key, row) in found {
            let wanted = &expected[&key];
            assert_eq!(row.keys(), KEYS);
            assert_eq!(*row.get("pods"), serde_json::json!(wanted.pods), "{path}:{number}");
            assert_eq!(*row.get("hosts"), serde_json::json!(wanted.hosts), "{path}:{number}");
            assert!(row.text("first_seen").ends_with('Z'), "{row:?}");
            if has_one_snapshot_each(&key) {
                assert_eq!(row.number("count"), wanted.count, "{path}:{number} {row:?}");
                exact += 1;
            } else {
                assert!((1..=wanted.count).contains(&row.number("count")), "{row:?}");
            }
        }
        with_runners += usize::from(!rows.is_empty());
    }
    assert!(exact > 0, "no count of {path} was compared");
    with_runners
}

#[test]
fn every_line_has_the_runners_of_gos_profiles_with_and_without_text() {
    let collection = compiled();
    let path = "example.com/ocp/covdemo/internal/sched/sched.go";
    let source = fixtures::small().join("src/covdemo/internal/sched/sched.go");
    let text = fs::read_to_string(source).unwrap();
    let n_lines = text.lines().count();
    let without = compare(&collection, "sched/sched.go", path, n_lines + 1, None);
    collection.run(["clone-sources", "--allow-local-git", "--mirror", &local_mirror()]).exits(0);
    let name = "covdemo/internal/sched/sched.go";
    let with = compare(&collection, name, path, n_lines + 1, Some(&text));
    assert!(with > 5 && without > with, "closing braces are no code: {with} of {without}");
}

#[test]
fn names_may_be_short_as_long_as_they_are_clear() {
    let collection = compiled();
    let of = |name: &str| collection.run(["who", "--json", name]).exits(0).rows();
    let rows = of("example.com/ocp/covdemo/internal/store/store.go:31");
    assert!(!rows.is_empty());
    assert_eq!(of("store.go:31"), rows);
    let ambiguous = collection.run(["who", "main.go:20"]).exits(1).prints_nothing();
    ambiguous.says(&["ambiguous", "example.com/ocp/covdemo/main.go", "example.com/demo/main.go"]);
    let unknown = collection.run(["who", "internal/store/stor.go:20"]).exits(1).prints_nothing();
    unknown.says(&["stor.go", "example.com/ocp/covdemo/internal/store/store.go"]);
    for wrong in ["store.go", "store.go:0", "store.go:x", ":4"] {
        collection.run(["who", wrong]).exits(2).prints_nothing().says(&["FILE:LINE"]);
    }
    // A repository's path may be that of several builds' files, and a build's no repository's.
    collection.run(["clone-sources", "--allow-local-git", "--mirror", &local_mirror()]).exits(0);
    for name in ["covdemo/internal/store/store.go", "store.go"] {
        assert_eq!(of(&format!("{name}:31")), rows);
    }
    assert_eq!(of(&format!("{}/covdemo/internal/store/store.go:31", fixtures::REPO)), rows);
    let nobody = collection.run(["who", "--json", "demo/inner/inner.go:1"]).exits(0);
    nobody.prints_nothing().says(&["no code"]);
    let table = collection.run(["who", "store.go:31"]).exits(0).says(&["ran this line"]).text();
    assert!(table.starts_with("namespace") && table.lines().count() == rows.len() + 1, "{table}");
}
