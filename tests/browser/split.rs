//! A file beside the list that it was chosen from.

use covatlas_tests::browser::{NARROW, Page, WIDE};

use crate::sites::{Open, everywhere};

const OWNER: &str = "#/o/openshift-demo/Deployment/covdemo/covdemo";
const STORE: &str = "example.com/ocp/covdemo/internal/store/store.go";
const FILE_ROW: &str = "table.files tbody tr[aria-rowindex]";
const PICKED: &str = ".pick tr.is-cur a.path";
const LINE: &str = ".code li.ln";

/// The paths in the list, as they stand there.
fn listed(page: &Page) -> Vec<String> {
    let paths = page.js("return [...document.querySelectorAll('.pick a.path')].map(a => a.title)");
    serde_json::from_value(paths).unwrap()
}

/// Waits until a file is shown, and is the one marked in the list.
#[track_caller]
fn wait_for_file(page: &Page, path: &str) {
    page.until(path, &format!("return document.querySelector('{PICKED}')?.title === '{path}'"));
    page.until(
        "its lines",
        &format!("return document.querySelector('.code')?.ariaLabel === 'Source of {path}'"),
    );
    page.wait_for(LINE);
    let hash = page.hash();
    assert!(hash.contains(&format!("/f/{path}?")) && hash.contains("mode=split"), "{hash}");
    page.assert_modest();
}

/// Opens the split view of the sample's owner from the owner's page.
fn open(page: &Page, site: &Open, state: &str) -> Vec<String> {
    page.leave();
    page.open(&site.url(&format!("{OWNER}{state}")));
    page.wait_for(FILE_ROW);
    page.click_text("[aria-label=Layout] a", "Split");
    page.wait_for(".pick a.path");
    page.wait_for(LINE);
    listed(page)
}

#[test]
fn a_file_is_chosen_in_the_list_beside_it_with_chromium() {
    everywhere("a_file_is_chosen_in_the_list_beside_it_with_chromium", |page, site| {
        let files = open(page, site, "");
        assert!(files.len() > 3, "{files:?}");
        wait_for_file(page, &files[0]);
        // The order is that of the owner's page: what never ran most, first.
        let uncovered = "return [...document.querySelectorAll('.pick tr[aria-rowindex] td:last-child')] \
             .map(cell => +cell.innerText)";
        let uncovered: Vec<u64> = serde_json::from_value(page.js(uncovered)).unwrap();
        assert!(uncovered.is_sorted_by(|a, b| a >= b), "{uncovered:?}");

        // A mark of the list itself: it is the same one with each file.
        page.js("window.list = document.querySelector('.pick table')");
        page.click_text(".pick a.path", "store.go");
        wait_for_file(page, STORE);
        assert_eq!(page.js("return window.list === document.querySelector('.pick table')"), true);

        // Back to the first file, and forward.
        page.back();
        wait_for_file(page, &files[0]);
        page.forward();
        wait_for_file(page, STORE);

        // Lines are selected as on the page of the file alone, and stay in the address.
        page.click(&format!("{LINE}:nth-child(4) a.no"));
        page.wait_for(&format!("{LINE}.on"));
        let hash = page.hash();
        assert!(hash.contains("l=3&mode=split"), "{hash}");
        page.reload();
        wait_for_file(page, STORE);
        page.wait_for(&format!("{LINE}.on"));
        assert_eq!(page.hash(), hash);
        assert_eq!(listed(page), files);

        // The file alone, and the list alone.
        page.click_text("[aria-label=Layout] a", "Source");
        page.until("no list", "return !document.querySelector('.pick')");
        assert_eq!(page.hash(), hash.replace("&mode=split", ""));
        page.back();
        wait_for_file(page, STORE);
        page.click_text("[aria-label=Layout] a", "List");
        page.wait_for(FILE_ROW);
        assert_eq!(page.hash(), OWNER);
    });
}

#[test]
fn keys_go_through_the_list_and_through_places_with_chromium() {
    everywhere("keys_go_through_the_list_and_through_places_with_chromium", |page, site| {
        let files = open(page, site, "?q=covdemo&sort=-name");
        assert!(files.is_sorted_by(|a, b| a > b), "{files:?}");
        assert!(files.iter().all(|path| path.contains("covdemo")), "{files:?}");
        wait_for_file(page, &files[0]);
        for (key, at) in [("j", 1), ("]", 2), ("k", 1), ("[", 0), ("[", 0)] {
            page.press(key);
            wait_for_file(page, &files[at]);
        }
        page.wait_for_text(".places", "No more files");

        // Through all places of the list, from file to file in its order.
        let mut seen = vec![files[0].clone()];
        loop {
            let hash = page.hash();
            page.press("n");
            page.until(
                "the next place",
                &format!(
                    "return document.querySelector('.places').innerText.startsWith('No more places') \
                     || location.hash !== '{hash}' && location.hash.includes('l=')"
                ),
            );
            if page.text(".places").starts_with("No more places") {
                break;
            }
            let path = page.js(&format!("return document.querySelector('{PICKED}').title"));
            let path = path.as_str().unwrap().to_owned();
            if seen.last() != Some(&path) {
                seen.push(path);
            }
        }
        let never: Vec<String> = serde_json::from_value(page.js(
            "return [...document.querySelectorAll('.pick tbody tr[aria-rowindex]')] \
             .filter(row => row.cells[2].innerText !== '0').map(row => row.querySelector('a').title)",
        ))
        .unwrap();
        seen.retain(|path| never.contains(path));
        assert_eq!(seen, never);
        page.press("u");
        page.wait_for(FILE_ROW);
        assert_eq!(page.hash(), format!("{OWNER}?q=covdemo&sort=-name"));
    });
}

#[test]
fn the_list_is_filtered_and_sorted_in_place_with_chromium() {
    everywhere("the_list_is_filtered_and_sorted_in_place_with_chromium", |page, site| {
        let files = open(page, site, "");
        page.type_into("#filter-files", "store");
        page.until("filtered", "return document.querySelectorAll('.pick a.path').length === 1");
        assert!(page.hash().contains("q=store"), "{}", page.hash());
        // The file stays until another one is chosen.
        assert!(page.hash().contains(&files[0]), "{}", page.hash());
        page.click(".pick a.path");
        wait_for_file(page, STORE);
        page.type_into("#filter-files", " nothing-has-this");
        page.wait_for_text(".pick .empty", "No file matches");
        page.click(".pick .empty a");
        page.until("all", "return document.querySelectorAll('.pick a.path').length > 3");
        page.click_text(".pick th button", "File");
        page.until("sorted", "return location.hash.includes('sort=name')");
        let mut by_name = files.clone();
        by_name.sort();
        assert_eq!(listed(page), by_name);
        wait_for_file(page, STORE);
    });
}

#[test]
fn a_telephone_shows_the_file_alone_with_chromium() {
    everywhere("a_telephone_shows_the_file_alone_with_chromium", |page, site| {
        page.resize(NARROW);
        page.leave();
        page.open(&site.url(&format!("{OWNER}/f/{STORE}?l=3&mode=split")));
        page.wait_for(&format!("{LINE}.on"));
        let width = "return [document.querySelector('.pick').offsetWidth, \
             document.querySelector('.src').offsetWidth === innerWidth]";
        assert_eq!(page.js(width), serde_json::json!([0, true]));
        page.assert_modest();
        // The way back to the list is the same on all pages of files.
        page.click(".crumbs a");
        page.wait_for(FILE_ROW);
        page.assert_modest();
        page.resize(WIDE);
    });
}

#[test]
fn a_file_that_is_gone_leaves_the_list_with_chromium() {
    everywhere("a_file_that_is_gone_leaves_the_list_with_chromium", |page, site| {
        page.leave();
        page.open(&site.url(&format!("{OWNER}/f/example.com/gone/store.go?mode=split")));
        page.wait_for_text(".src .empty", "no such file");
        page.click_text(".pick a.path", "store.go");
        wait_for_file(page, STORE);
    });
}
