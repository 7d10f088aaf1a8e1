//! `trend`: parts of the sample as if they were nights, against what Go says about each of them.

use std::path::{Path, PathBuf};

use covatlas_tests::binary::covatlas;
use covatlas_tests::golden::{Golden, percent};
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, files};

use crate::compare::{Ran, coverage, part};

/// Three nights, each with more of the sample: collection and what Go says ran.
fn nights() -> Vec<(Collection, Ran)> {
    let goldens = Golden::all();
    // One directory has several programs in one profile, which Go cannot take apart.
    let single: Vec<&Golden> = goldens.iter().filter(|g| g.builds().len() == 1).collect();
    // Its last data tells when a night was.
    let night = |n: usize| {
        let (collection, ran) = part(&single[..n]);
        shift(&collection, n);
        (collection, ran)
    };
    [4, 8, single.len()].map(night).into()
}

/// Writes a snapshot of a night again, at a later time.
fn shift(night: &Collection, n: usize) {
    let coverage = night.at("coverage");
    let files = files::list(&coverage);
    let is_counters = |path: &&PathBuf| path.to_str().unwrap().contains("/covcounters.");
    let path = coverage.join(files.iter().find(is_counters).unwrap());
    let (stem, _) = path.to_str().unwrap().rsplit_once('.').unwrap();
    std::fs::copy(&path, format!("{stem}.18000000{n:02}000000000")).unwrap();
    night.run(["compile", "--keep-going"]).exits(0);
}

fn trend(nights: &[&Path], more: &[&str]) -> Vec<Row> {
    let dirs = nights.iter().map(|dir| dir.to_str().unwrap());
    covatlas(["trend", "--json"].into_iter().chain(dirs).chain(more.iter().copied()))
        .exits(0)
        .rows()
}

#[test]
fn every_night_has_gos_numbers_in_the_order_of_time() {
    let nights = nights();
    let paths: Vec<_> = nights.iter().map(|(collection, _)| collection.path()).collect();
    // Named in another order than that of their times.
    let rows = trend(&[&paths[2], &paths[0], &paths[1]], &["--by", "collection"]);
    let keys = ["collection", "time", "statements", "covered", "percent", "change"];
    assert!(rows.iter().all(|row| row.keys() == keys), "{rows:?}");
    let found = rows.iter().map(|row| (row.text("collection").to_owned(), row.coverage()));
    let wanted: Vec<(String, _)> = paths
        .iter()
        .zip(&nights)
        .map(|(path, (_, ran))| (path.to_str().unwrap().to_owned(), coverage(ran)))
        .collect();
    assert_eq!(found.collect::<Vec<_>>(), wanted);
    let mut before = None;
    for (row, (_, ran)) in rows.iter().zip(&nights) {
        let now = percent(coverage(ran)).unwrap();
        assert_eq!(row.get("percent").as_f64(), Some(now));
        let change = before.map(|before: f64| ((now - before) * 100.0).round() / 100.0);
        assert_eq!(row.get("change").as_f64(), change);
        before = Some(now);
    }
}

#[test]
fn a_series_has_the_numbers_that_compare_has() {
    let nights = nights();
    let [old, _, new] = &nights[..] else { panic!() };
    let (old, new) = (old.0.path(), new.0.path());
    let rows = trend(&[&old, &new], &[]);
    let compared = covatlas(
        ["-C", new.to_str().unwrap(), "compare", old.to_str().unwrap()]
            .into_iter()
            .chain(["--by", "owner", "--all", "--json"]),
    );
    let compared = compared.exits(0).rows();
    let key = |row: &Row| row.texts(["namespace", "owner_kind", "owner", "binary"]);
    let mut n = 0;
    for line in &compared {
        let own: Vec<&Row> = rows.iter().filter(|row| key(row) == key(line)).collect();
        let of = |dir: &Path| {
            own.iter().find(|row| row.text("collection") == dir.to_str().unwrap()).copied()
        };
        let before = (line.number("statements_before"), line.number("covered_before"));
        assert_eq!(of(&old).map_or((0, 0), Row::coverage), before, "{line:?}");
        assert_eq!(of(&new).map_or((0, 0), Row::coverage), line.coverage(), "{line:?}");
        n += own.len();
    }
    assert_eq!(n, rows.len(), "owners only: the sample has no sources");
}

#[test]
fn what_fell_most_is_first_and_people_get_a_curve() {
    let nights = nights();
    let paths: Vec<_> = nights.iter().map(|(collection, _)| collection.path()).collect();
    let dirs: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let table = covatlas(["trend", "--by", "namespace"].iter().chain(&dirs)).exits(0).text();
    let mut lines = table.lines();
    let head: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["namespace", "runs", "first", "percent", "change", "trend"]);
    let changes: Vec<f64> =
        lines.filter_map(|line| line.split_whitespace().nth(4)?.parse().ok()).collect();
    assert!(!changes.is_empty() && changes.is_sorted(), "{table}");
    assert!(table.contains(['▁', '█']), "{table}");

    let one = covatlas(["trend", "--by", "owner", "--limit", "1", "--json"].iter().chain(&dirs));
    let one = one.exits(0).rows();
    let owners: Vec<&str> = one.iter().map(|row| row.text("owner")).collect();
    assert!(owners.windows(2).all(|pair| pair[0] == pair[1]) && one.len() <= 3, "{one:?}");

    let nobody = ["trend", "--where", "owner=nobody"];
    covatlas(nobody.iter().chain(&dirs)).exits(1).says(&["nothing matches owner=nobody"]);
    covatlas(["trend", "nowhere"]).exits(1).says(&["cannot read nowhere"]);
}

#[test]
fn numbers_that_were_kept_stand_for_their_collections() {
    let nights = nights();
    let paths: Vec<_> = nights.iter().map(|(collection, _)| collection.path()).collect();
    let kinds = ["--by", "owner", "--by", "namespace", "--by", "collection"];
    let all = trend(&[&paths[0], &paths[1], &paths[2]], &kinds);
    let args = ["trend", "--json", paths[0].to_str().unwrap(), paths[1].to_str().unwrap()];
    let before = covatlas(args.iter().chain(&kinds)).exits(0).text();
    let kept = nights[0].0.beside("before.jsonl");
    std::fs::write(&kept, &before).unwrap();
    assert_eq!(trend(&[&paths[2], &kept], &kinds), all);

    let filtered = ["trend", kept.to_str().unwrap(), "--where", "kind=Job"];
    covatlas(filtered).exits(2).says(&["before.jsonl", "cannot be filtered"]);
    for (line, reason) in [
        ("{", "line 3: EOF"),
        (r#"{"owner":"x"}"#, "line 3: it has no `collection`"),
        (r#"{"collection":"x","statements":1,"covered":2}"#, "line 3: `statements` and `covered`"),
        (r#"{"collection":"x","time":7,"statements":1,"covered":1}"#, "line 3: `time` is no time"),
    ] {
        let two: String = before.lines().take(2).map(|line| format!("{line}\n")).collect();
        std::fs::write(&kept, two + line).unwrap();
        covatlas(["trend", kept.to_str().unwrap()]).exits(1).says(&["before.jsonl", reason]);
    }
}
