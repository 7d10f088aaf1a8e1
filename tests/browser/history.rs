//! What a site says of other runs: how owners developed, and whose a run was.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use covatlas_tests::binary::covatlas;
use covatlas_tests::browser::{Page, WIDE};
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, files, fixtures};

use crate::dashboard::{ROW, rows, shown_namespace};
use crate::sites::{Home, Open, Site, has_browser};

/// A run of part of the sample: without every third report.
fn earlier() -> Collection {
    let earlier = Collection::new();
    let data = earlier.beside("data");
    files::copy(&fixtures::data(), &data);
    let files = files::list(&data);
    let dirs: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    for dir in dirs.iter().step_by(3) {
        fs::remove_dir_all(data.join(dir)).unwrap();
    }
    let import = ["import", "--cluster-name", "ci", "--label", "job=before"];
    earlier.run(import.iter().copied().chain([data.to_str().unwrap()])).exits(0);
    earlier.run(["compile", "--keep-going"]).exits(0);
    earlier
}

/// The changes that the command line knows, by namespace and owner, as the page writes them.
fn changes(rows: &[Row]) -> BTreeMap<(String, String), String> {
    let mut all = BTreeMap::new();
    for row in rows {
        let [namespace, owner] = row.texts(["namespace", "owner"]);
        let namespace = shown_namespace(&namespace);
        let text = match row.get("change").as_f64() {
            None => "new".to_owned(),
            Some(0.0) => "0".to_owned(),
            Some(change) if change < 0.0 => format!("−{:.2}", -change),
            Some(change) => format!("+{change:.2}"),
        };
        // Oldest first: the last one counts.
        all.insert((namespace, owner), text);
    }
    all
}

#[test]
fn owners_show_how_they_developed_and_runs_can_be_told_apart_with_chromium() {
    let test = "owners_show_how_they_developed_and_runs_can_be_told_apart_with_chromium";
    if !has_browser(test) {
        return;
    }
    let earlier = earlier();
    let [old, kept] = [earlier.path(), earlier.beside("before.jsonl")];
    let lines = covatlas(["trend", "--json", old.to_str().unwrap()]).exits(0).text();
    fs::write(&kept, lines).unwrap();
    let site = Site::sample(&["--label", "job=tonight", "--history", kept.to_str().unwrap()]);
    let now = site.collection.path();
    let json = ["trend", "--json", "--by", "owner", old.to_str().unwrap(), now.to_str().unwrap()];
    let known = changes(&covatlas(json).exits(0).rows());

    let page = Page::start();
    let open = Open::new(&site, Home::Disk);
    page.open(&open.url("#/?sort=trend"));
    page.wait_for(ROW);
    let shown: Vec<(String, String, String)> = rows(&page)
        .iter()
        .map(|row| (row["Namespace"].clone(), row["Owner"].clone(), row["Trend"].clone()))
        .collect();
    assert!(shown.len() > 5, "{shown:?}");
    for (namespace, owner, trend) in &shown {
        // Kind, name and how many builds there were before.
        let is_it = |(ns, name): &&(String, String)| {
            ns == namespace && owner.split(' ').any(|word| word == name)
        };
        let name = known.keys().find(is_it);
        assert_eq!(known.get(name.unwrap()), Some(trend), "{namespace} {owner}");
    }
    // Most fallen first, and what is new last.
    let known_ones: Vec<f64> =
        shown.iter().filter_map(|row| row.2.replace('−', "-").parse().ok()).collect();
    assert!(known_ones.is_sorted() && known_ones.last() > Some(&0.0), "{shown:?}");
    let n_new = shown.iter().rev().take_while(|row| row.2 == "new").count();
    assert_eq!(n_new + known_ones.len(), shown.len());
    assert!(page.count("svg path[d]") > 0);
    assert!(page.text("table.owners thead").contains("Trend"));

    // The run has a label, to filter by and to read in a row's details.
    page.click("table.owners tbody button.open");
    page.wait_for_text("tr.more", "job=tonight");
    page.choose("[aria-label='Filter by label']", "=job=tonight");
    page.until("a filter", "return location.hash.includes('label=job%3Dtonight')");
    page.wait_for_text("[role=search] [role=status]", "11 of 11 owners");
    page.screenshot("dashboard-trend");
    page.resize((390, 800));
    page.wait_for(ROW);
    page.assert_modest();
    page.resize(WIDE);
    page.assert_quiet();
}
