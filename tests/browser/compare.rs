//! What changed: the lists are those of the command, and lines those that Go's profiles give.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_tests::browser::Page;
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, demo};

use crate::dashboard::number;
use crate::demo::site;
use crate::sites::{Home, Open, Site, has_browser};

const ROW: &str = "table.compare tbody tr[aria-rowindex]";
const STATUS: &str = "[role=search] [role=status]";
const LINE: &str = ".code li.ln";
/// When the upgrade of the demo began.
const SINCE: &str = "2026-11-23T13:00:00Z";

fn command(collection: &Collection, what: &[&str], by: &str) -> Vec<Row> {
    let args = ["compare", "--json", "--by", by];
    collection.run(args.iter().chain(what)).exits(0).rows()
}

/// The file of what is shown: its lines without the first.
fn csv(page: &Page) -> BTreeSet<String> {
    let text = page.download_csv("compare.csv", || page.click_text("[role=search] button", "CSV"));
    text.lines().skip(1).map(str::to_owned).collect()
}

/// A row of the command as a line of the file.
fn line(row: &Row, keys: &[&str]) -> String {
    let numbers = ["statements_before", "covered_before", "statements", "covered"];
    let between = ["gained", "lost", "uncovered", "kept"];
    let text = |key: &&str| match row.get(key).as_str() {
        Some(text) => text.to_owned(),
        None => row.get(key).as_u64().map(|n| n.to_string()).unwrap_or_default(),
    };
    let cells: Vec<String> = keys.iter().chain(&numbers).chain(&between).map(text).collect();
    cells.join(",")
}

#[test]
fn the_lists_are_those_of_the_command_with_chromium() {
    let test = "the_lists_are_those_of_the_command_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = site();
    let dir = site.dir.to_str().unwrap();
    let since = ["--baseline-since", SINCE];
    site.collection.run(["render", "--output-dir", dir].iter().chain(&since)).exits(0);
    let what = ["--since", SINCE];
    let page = Page::start();
    for home in [Home::Http, Home::Disk, Home::ViaScript] {
        let open = Open::new(&site, home);
        page.open(&open.url("#/"));
        page.click_text("header nav a", "Compare");
        page.wait_for(ROW);
        assert_eq!(page.hash(), "#/compare");
        assert_eq!(page.text("header nav [aria-current]"), "Compare");
        let total = &command(&site.collection, &what, "collection")[0];
        let band = page.text("section.band");
        for (key, sign) in [("gained", "+"), ("kept", ""), ("uncovered", "")] {
            let text = format!("{sign}{}", number(total.number(key)));
            assert!(band.contains(&text), "no {text} in {band}");
        }
        for (by, level, keys) in [
            ("owner", "Owners", &["namespace", "owner_kind", "owner", "binary"][..]),
            ("file", "Files", &["path", "repo_path", "state"]),
            ("func", "Functions", &["path", "repo_path", "func", "line", "state"]),
        ] {
            page.click_text("[aria-label=Rows] button", level);
            let rows = command(&site.collection, &what, by);
            page.wait_for_text(STATUS, &number(rows.len() as u64));
            let wanted: BTreeSet<String> = rows.iter().map(|row| line(row, keys)).collect();
            assert_eq!(csv(&page), wanted, "{by}");
            page.assert_modest();
        }
    }

    // Kinds of change, words and orders, all in the address.
    let open = Open::new(&site, Home::Http);
    page.open(&open.url("#/compare?by=files"));
    page.wait_for(ROW);
    let rows = command(&site.collection, &[&what[..], &["--all"]].concat(), "file");
    let never = rows.iter().filter(|row| row.number("uncovered") > 0).count();
    page.click_text("[aria-label=Change] button", "Still never");
    page.wait_for_text(STATUS, &format!("{never} files"));
    let most = rows.iter().map(|row| row.number("uncovered")).max().unwrap();
    assert!(page.text(ROW).ends_with(&number(most)), "{}", page.text(ROW));
    page.type_into("#filter", "catalog/");
    let own = |row: &&Row| row.text("path").contains("catalog/") && row.number("uncovered") > 0;
    let n = rows.iter().filter(own).count();
    page.wait_for_text(STATUS, &format!("{n} file"));
    page.click_text("table.compare th button", "Before");
    page.until("an order", "return location.hash.includes('sort=-before')");
    assert_eq!(page.hash(), "#/compare?q=catalog/&by=files&only=never&sort=-before");
    page.reload();
    page.wait_for_text(STATUS, &format!("{n} file"));
    page.click_text("[aria-label=Change] button", "− Lost");
    page.wait_for_text(".empty", "No file matches");
    page.click_text(".empty a", "Clear filters");
    page.wait_for(ROW);
    page.assert_quiet();
}

/// Only the demo's catalogue of one version, with sources.
fn catalogue(version: &str) -> Collection {
    let collection = Collection::new();
    let data = demo::part(&collection, &[version]);
    demo::run_with(&collection, &data, &[]).exits(0);
    collection
}

/// What ran of each line's units as Go's profile has them: by file the first and last line, and
/// whether it ran.
type Units = BTreeMap<String, Vec<(u64, u64, bool)>>;

fn units(collection: &Collection) -> Units {
    let mut all = Units::new();
    let text = collection.run(["export", "textfmt"]).exits(0).text();
    for line in text.lines().skip(1) {
        let (path, rest) = line.rsplit_once(':').unwrap();
        let n: Vec<u64> = rest.split(['.', ',', ' ']).map(|n| n.parse().unwrap()).collect();
        if n[4] > 0 {
            all.entry(path.to_owned()).or_default().push((n[0], n[2], n[5] > 0));
        }
    }
    all
}

#[test]
fn lines_say_what_happened_and_keys_go_through_them_with_chromium() {
    let test = "lines_say_what_happened_and_keys_go_through_them_with_chromium";
    if !has_browser(test) {
        return;
    }
    let (before, after) = (catalogue("catalog-api-2.6.3"), catalogue("catalog-api-2.7.0"));
    let baseline = before.path();
    let baseline = baseline.to_str().unwrap();
    let dir = after.beside("site");
    let how = ["render", "--output-dir", dir.to_str().unwrap(), "--baseline", baseline];
    after.run(how).exits(0);
    let (old, new) = (units(&before), units(&after));
    let rows = command(&after, &[baseline], "file");
    let site = Site { dir, collection: after };
    let open = Open::new(&site, Home::Http);
    let page = Page::start();

    // A file with the same code on both sides: all units of a line that agree say what it must be.
    let path = "tern.example/shop/internal/catalog/product.go";
    page.open(&open.url("#/compare?by=files"));
    page.wait_for(ROW);
    page.click_text(&format!("{ROW} a"), "product.go");
    page.wait_for(LINE);
    assert!(page.hash().starts_with(&format!("#/compare/f/{path}?")), "{}", page.hash());
    let shown = page.js(&format!(
        "return [...document.querySelectorAll('{LINE}')].map(li => [li.querySelector('.no').innerText, \
         li.querySelector('.sg').innerText, li.className])"
    ));
    let shown: Vec<[String; 3]> = serde_json::from_value(shown).unwrap();
    let mut met = BTreeSet::new();
    for [number, sign, class] in shown.iter().filter(|[.., class]| class != "ln df") {
        let number: u64 = number.parse().unwrap();
        let own = old[path].iter().zip(&new[path]);
        let own = own.filter(|((first, last, _), _)| (*first..=*last).contains(&number));
        let states: BTreeSet<(bool, bool)> = own.map(|(old, new)| (old.2, new.2)).collect();
        let Some(state) = states.first().filter(|_| states.len() == 1) else { continue };
        let wanted = match state {
            (true, true) => ("", "ln df c"),
            (false, true) => ("+", "ln df c new"),
            (true, false) => ("−", "ln df u lost"),
            (false, false) => ("", "ln df u"),
        };
        assert_eq!((sign.as_str(), class.as_str()), wanted, "line {number}");
        met.insert(*state);
    }
    assert!(met.len() >= 2 && met.contains(&(true, false)), "{met:?}");

    // Through all that was lost, also across files, and up again.
    let lost = rows.iter().filter(|row| row.get("lost").as_u64().unwrap_or(0) > 0);
    let lost: BTreeSet<String> = lost.map(|row| row.text("path").to_owned()).collect();
    assert!(lost.len() > 2);
    let first = lost.first().unwrap();
    page.open(&open.url(&format!("#/compare/f/{first}?only=lost")));
    page.wait_for(LINE);
    let file = |page: &Page| {
        let hash = page.hash();
        hash["#/compare/f/".len()..].split('?').next().unwrap().to_owned()
    };
    let mut visited = BTreeSet::new();
    for _ in 0..60 {
        let hash = page.hash();
        page.press("n");
        page.until(
            "another place, or the end",
            &format!(
                "return !!(location.hash !== '{hash}' && location.hash.includes('l=') && \
                 document.querySelector('.code li.on')) || \
                 document.querySelector('.places')?.innerText.startsWith('No more')"
            ),
        );
        if page.text(".places").starts_with("No more") {
            break;
        }
        assert!(page.count(".code li.lost.on") > 0, "{}", page.hash());
        visited.insert(file(&page));
    }
    assert_eq!(visited, lost, "in the order of paths, to the end");
    let last = file(&page);
    assert_eq!(Some(&last), lost.last());
    page.press("[");
    page.until("the file before", &format!("return !location.hash.includes('{last}')"));
    page.press("u");
    page.wait_for(ROW);
    assert_eq!(page.hash(), "#/compare?by=files&only=lost");

    // Where the code differs, the page says how lines were laid on each other.
    page.open(&open.url("#/compare/f/tern.example/shop/internal/pricing/discount.go"));
    page.wait_for(".code li.other");
    let note = page.text(".note");
    assert!(note.contains("aligned by a diff") && note.contains("Before is commit"), "{note}");
    page.open(&open.url("#/compare/f/no/such.go"));
    page.wait_for_text(".empty", "no/such.go");

    // Without a baseline there is no link, and the page says how to make one.
    let dir = site.dir.to_str().unwrap();
    site.collection.run(["render", "--output-dir", dir]).exits(0);
    page.leave();
    page.open(&open.url("#/compare"));
    page.wait_for_text(".empty", "render --baseline");
    page.open(&open.url("#/never"));
    page.wait_for("table.never");
    assert!(!page.texts("header nav a").contains(&"Compare".to_owned()));
    page.assert_quiet();
}
