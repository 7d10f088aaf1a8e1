//! The page of an owner: what it ran, what everyone with its build ran, files, functions, builds.

use std::collections::BTreeMap;

use covatlas_tests::browser::Page;
use covatlas_tests::golden::{Coverage, Golden, Profile};
use covatlas_tests::world::{self, Owner};

use crate::dashboard::{number, tenths};
use crate::sites::everywhere;

const COVDEMO: &str = "#/o/openshift-demo/Deployment/covdemo/covdemo";
const CANARY: &str = "#/o/openshift-demo/Deployment/covdemo-canary/covdemo";
const FILE_ROW: &str = "table.files tbody tr[aria-rowindex]";
const FUNC_ROW: &str = "table.funcs tbody tr[aria-rowindex]";

fn owner(name: &str) -> (String, Owner) {
    let newest = world::newest();
    let found = newest.into_iter().find(|(key, _)| key[2] == name);
    found.unwrap_or_else(|| panic!("no owner {name}")).1
}

/// What everyone with a build ran.
fn everyone(build: &str) -> Profile {
    let mut all = Profile::default();
    let owners = world::owners();
    owners.iter().filter(|(key, _)| key[4] == build).for_each(|(_, o)| all.raise(&o.profile));
    all
}

fn of((statements, covered): Coverage) -> String {
    format!("{} of {}", number(covered), number(statements))
}

/// Path, then percent here, percent anywhere, statements and uncovered, of each file row.
fn file_rows(page: &Page) -> BTreeMap<String, [String; 4]> {
    let script = format!(
        "return [...document.querySelectorAll('{FILE_ROW}')].filter(r => r.querySelector('a.path')) \
         .map(r => [r.querySelector('a.path').title, ...[...r.cells].slice(1).map(c => c.innerText)])"
    );
    let rows: Vec<Vec<String>> = serde_json::from_value(page.js(&script)).unwrap();
    let one = |row: Vec<String>| {
        let texts: Vec<String> = row.iter().map(|text| text.trim().to_owned()).collect();
        let [path, here, anywhere, statements, uncovered] = texts.try_into().unwrap();
        (path, [here, anywhere, statements, uncovered])
    };
    rows.into_iter().map(one).collect()
}

fn expected_files(own: &Profile, all: &Profile) -> BTreeMap<String, [String; 4]> {
    let anywhere = all.files();
    let row = |(path, coverage): (&str, Coverage)| {
        let uncovered = number(coverage.0 - coverage.1);
        let cells = [tenths(coverage), tenths(anywhere[path]), number(coverage.0), uncovered];
        (path.to_owned(), cells)
    };
    own.files().into_iter().map(row).collect()
}

#[test]
fn an_owners_page_has_gos_numbers_with_chromium() {
    everywhere("an_owners_page_has_gos_numbers_with_chromium", |page, site| {
        page.open(&site.url("#/?q=covdemo"));
        page.wait_for("table.owners a.lead");
        page.click_text("table.owners a.lead", "covdemo");
        page.wait_for(FILE_ROW);
        let names = ["covdemo", "covdemo-canary"];
        assert!(names.iter().any(|name| page.hash().contains(name)), "{}", page.hash());

        page.open(&site.url(&format!("{COVDEMO}?view=flat")));
        page.wait_for(FILE_ROW);
        let (build, own) = owner("covdemo");
        let all = everyone(&build);
        let band = page.text("section.band");
        for text in [tenths(own.profile.coverage()), of(own.profile.coverage())] {
            assert!(band.contains(&text), "{text} in {band}");
        }
        for text in [tenths(all.coverage()), of(all.coverage())] {
            assert!(band.contains(&text), "{text} in {band}");
        }
        assert!(band.contains("3 pods on 3 nodes"), "{band}");
        assert!(band.contains("covdemo-canary"), "who else runs the build: {band}");
        assert_eq!(file_rows(page), expected_files(&own.profile, &all));
        page.assert_modest();
        page.back();
        page.until("back", "return location.hash.includes('covdemo')");
    });
}

#[test]
fn functions_have_gos_percentages_with_chromium() {
    everywhere("functions_have_gos_percentages_with_chromium", |page, site| {
        // Of this owner there is one process, whose profile Go has by functions too.
        page.open(&site.url("#/o/openshift-dns/DaemonSet/dns-default/covdemo"));
        page.wait_for(FUNC_ROW);
        let script = format!(
            "return [...document.querySelectorAll('{FUNC_ROW}')].map(r => [r.querySelector('a').title, r.cells[1].innerText])"
        );
        let rows: Vec<(String, String)> = serde_json::from_value(page.js(&script)).unwrap();
        let mut compared = 0;
        for line in Golden::all()[0].funcs.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [place, name, percent] = words[..] else { continue };
            if place.contains("coverage_server.go") || name == "(statements)" {
                continue;
            }
            let end = place.trim_end_matches(':').rsplit_once("covdemo/").unwrap().1;
            // Go writes `*T.m`, the page `(*T).m`, as the source does.
            let name = match name.split_once('.') {
                Some((receiver, method)) => format!("({receiver}).{method}"),
                None => name.to_owned(),
            };
            let is_it = |title: &str| title == format!("{name} · {end}");
            let row = rows.iter().find(|(title, _)| is_it(title));
            let row = row.unwrap_or_else(|| panic!("no row for {line} in {rows:?}"));
            assert_eq!(row.1.trim(), percent, "{line}");
            compared += 1;
        }
        assert!(compared >= 18, "only {compared} functions compared");

        page.type_into("#filter-funcs", "parser");
        page.until(
            "fewer functions",
            &format!(
                "const r = [...document.querySelectorAll('{FUNC_ROW}')]; \
             return r.length > 3 && r.length < 10 && r.every(e => e.innerText.includes('parser'))"
            ),
        );
        assert!(page.hash().contains("fq=parser"), "{}", page.hash());
        let hash = page.hash();
        page.reload();
        page.wait_for(FUNC_ROW);
        assert_eq!(page.hash(), hash);
    });
}

#[test]
fn files_are_a_tree_or_a_list_and_can_be_filtered_with_chromium() {
    everywhere("files_are_a_tree_or_a_list_and_can_be_filtered_with_chromium", |page, site| {
        page.open(&site.url(COVDEMO));
        page.wait_for(FILE_ROW);
        let n_files = owner("covdemo").1.profile.files().len();
        assert_eq!(file_rows(page).len(), n_files, "the tree is open");
        let dirs = page.count("table.files a.dir");
        assert!(dirs > 1);
        page.click_text("table.files a.dir", "internal");
        page.until(
            "closed",
            &format!("return document.querySelectorAll('table.files a.path').length < {n_files}"),
        );
        let hash = page.hash();
        assert!(hash.contains("dir="), "{hash}");
        page.reload();
        page.wait_for(FILE_ROW);
        assert!(file_rows(page).len() < n_files, "a reload shows the same");

        page.click_text("section[aria-label=Files] .seg *", "Flat");
        page.until("flat", &format!(
            "return document.querySelectorAll('table.files a.path').length === {n_files} && !document.querySelector('table.files a.dir')"));
        assert!(page.hash().contains("view=flat"), "{}", page.hash());
        page.type_into("#filter", "store");
        page.until(
            "one file",
            "return document.querySelectorAll('table.files a.path').length === 1",
        );
        let only = file_rows(page).into_keys().next().unwrap();
        assert!(only.ends_with("/store.go"), "{only}");
        page.type_into("#filter", "nothing like it");
        page.wait_for_text("section[aria-label=Files] .empty", "nothing like it");
        page.assert_modest();
    });
}

#[test]
fn builds_of_an_owner_stay_apart_with_chromium() {
    everywhere("builds_of_an_owner_stay_apart_with_chromium", |page, site| {
        page.open(&site.url(&format!("{CANARY}?view=flat")));
        page.wait_for(FILE_ROW);
        let (newest, own) = owner("covdemo-canary");
        assert_eq!(file_rows(page), expected_files(&own.profile, &everyone(&newest)));
        assert_eq!(page.count("[aria-label=Build] a"), 3);
        for (key, owner) in world::owners() {
            if key[2] != "covdemo-canary" || key[4] == newest {
                continue;
            }
            let id = &key[4][..8];
            let link = format!("[aria-label=Build] a[href*='b={id}']");
            page.click(&link);
            let coverage = owner.profile.coverage();
            page.wait_for_text("section.band", &of(coverage));
            page.wait_for(FILE_ROW);
            assert!(page.hash().contains(&format!("b={id}")), "{}", page.hash());
            assert_eq!(file_rows(page), expected_files(&owner.profile, &everyone(&key[4])));
        }
        page.back();
        page.back();
        page.wait_for_text("section.band", &of(own.profile.coverage()));
    });
}

#[test]
fn a_link_to_an_owner_that_is_gone_offers_the_nearest_with_chromium() {
    everywhere("a_link_to_an_owner_that_is_gone_offers_the_nearest_with_chromium", |page, site| {
        page.open(&site.url("#/o/openshift-demo/Deployment/covdem/covdemo"));
        page.wait_for_text(".empty", "not in this report");
        page.click_text(".empty a", "covdemo");
        page.wait_for(FILE_ROW);
        assert!(page.hash().starts_with("#/o/openshift-demo/Deployment/covdemo"));
        // A build that is gone: the newest one, and a word about it.
        page.open(&site.url(&format!("{CANARY}?b=00000000")));
        page.wait_for(FILE_ROW);
        let newest = of(owner("covdemo-canary").1.profile.coverage());
        assert!(page.text("section.band").contains(&newest));
        assert_eq!(page.count(".note.warn"), 1);
    });
}
