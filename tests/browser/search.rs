//! The search: every name of Go's own list is found, over any page and on a page of its own.

use std::collections::BTreeSet;
use std::fs;

use covatlas_tests::browser::Page;
use covatlas_tests::files;
use covatlas_tests::golden::Golden;

use crate::dashboard::number;
use crate::sites::{Home, Open, Site, everywhere, has_browser};

const ROW: &str = "table.owners tbody tr[aria-rowindex]";
const OPTION: &str = "[role=dialog] [role=option]";
const HIT: &str = ".hits .hit";
const OWNER: &str = "#/o/openshift-demo/Deployment/covdemo/covdemo";

/// Path and name, as it is shown, of each func of Go's lists whose name holds a word.
fn gos_funcs(word: &str) -> BTreeSet<(String, String)> {
    let mut funcs = BTreeSet::new();
    for golden in Golden::all() {
        let profile = golden.profile();
        for line in golden.funcs.lines().filter(|line| !line.starts_with("total")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let path = words[0].trim_end_matches(':').rsplit_once(':').unwrap().0;
            let is_injected = profile.file(path).is_empty();
            if !is_injected && words[1].to_lowercase().contains(word) {
                funcs.insert((path.to_owned(), shown(words[1])));
            }
        }
    }
    funcs
}

/// `*T.M` as `(*T).M`.
fn shown(name: &str) -> String {
    match name.strip_prefix('*').and_then(|rest| rest.split_once('.')) {
        Some((receiver, method)) => format!("(*{receiver}).{method}"),
        None => name.to_owned(),
    }
}

/// All paths of Go's profiles.
fn gos_paths() -> BTreeSet<String> {
    let profiles: Vec<_> = Golden::all().iter().map(Golden::profile).collect();
    profiles.iter().flat_map(|p| p.files().into_keys().map(str::to_owned)).collect()
}

/// Waits until nothing more is on its way.
fn wait_for_names(page: &Page, status: &str) {
    let script = format!(
        "return !!(document.querySelector('{status}')?.innerText.match(/^[0-9,]+ hits?$/))"
    );
    page.until("all names", &script);
}

#[test]
fn the_search_over_a_page_finds_and_opens_with_chromium() {
    everywhere("the_search_over_a_page_finds_and_opens_with_chromium", |page, site| {
        for hash in ["#/", OWNER] {
            page.open(&site.url(hash));
            page.wait_for(if hash == "#/" { ROW } else { "table.files tbody tr[aria-rowindex]" });
            page.press("/");
            page.wait_for("[role=dialog] [role=combobox]");
            page.type_into("#ask", "store");
            wait_for_names(page, "[role=dialog] [role=status]");
            let expected = gos_funcs("store");
            assert!(expected.len() > 1, "{expected:?}");
            page.click_text("[role=dialog] button", "Functions");
            page.wait_for("[role=dialog] [role=group]:only-child");
            assert_eq!(
                page.texts("[role=dialog] button[aria-pressed=true]"),
                [format!("Functions {}", number(expected.len() as u64))]
            );
            page.assert_modest();
            // The first one is chosen; the arrow keys choose another, round the end too.
            let selected = "[role=option][aria-selected=true]";
            let first = page.text(selected);
            let is_active = "return document.querySelectorAll('[aria-selected=true]').length === 1 && \
                document.getElementById(document.activeElement.getAttribute('aria-activedescendant')) \
                  === document.querySelector('[role=option][aria-selected=true]')";
            assert_eq!(page.js(is_active), true);
            page.press("\u{e015}");
            page.until(
                "the next",
                "return document.querySelector('#hit-1').ariaSelected === 'true'",
            );
            assert_eq!(page.js(is_active), true);
            page.press("\u{e013}");
            page.until(
                "the first",
                "return document.querySelector('#hit-0').ariaSelected === 'true'",
            );
            assert_eq!(page.text(selected), first);
            let href = page.js(&format!("return document.querySelector('{selected}').hash"));
            page.press("\u{e007}");
            page.wait_for(".code li.ln.on");
            assert_eq!(page.hash(), href.as_str().unwrap());
            assert_eq!(page.count("[role=dialog]"), 0);
            assert!(page.text(".code li.ln.on").to_lowercase().contains("store"), "{href}");
            // Keys are for the page again.
            page.press("u");
            page.wait_for("table.files tbody tr[aria-rowindex]");
        }
    });
}

#[test]
fn the_search_comes_and_goes_with_chromium() {
    everywhere("the_search_comes_and_goes_with_chromium", |page, site| {
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        let has_focus = |css: &str| {
            page.until(
                css,
                &format!("return document.activeElement === document.querySelector('{css}')"),
            );
        };
        let is_gone = || page.until("closed", "return !document.querySelector('[role=dialog]')");
        // A slash in a field is a slash; Ctrl-K is for the search everywhere.
        page.press("f");
        has_focus("#filter");
        page.type_into("#filter", "a/b");
        assert_eq!(page.js("return document.querySelector('#filter').value"), "a/b");
        page.type_into("#filter", "\u{e009}k\u{e000}");
        page.wait_for("#ask");
        has_focus("#ask");
        page.press("\u{e00c}");
        is_gone();
        has_focus("#filter");
        // The button, and a click beside the sheet.
        page.click("header [data-search]");
        page.wait_for("#ask");
        assert_eq!(page.hash(), "#/?q=a/b", "no page of its own");
        page.js("document.querySelector('.veil').click()");
        is_gone();
        has_focus("header [data-search]");
        // Going back closes it too; what was typed before the program came is not lost.
        page.open(&site.url("#/?q=x"));
        page.js("location.hash = '#/?q=y'");
        page.press("/");
        page.press("owner-nobody-has");
        page.wait_for_text("[role=dialog]", "Nothing fits “owner-nobody-has”");
        page.back();
        is_gone();
        page.press("?");
        page.wait_for_text("[role=dialog]", "search everything");
        page.press("/");
        assert_eq!(page.count("[role=dialog]"), 1, "one sheet at a time");
    });
}

#[test]
fn the_page_of_the_search_has_all_hits_by_kind_with_chromium() {
    everywhere("the_page_of_the_search_has_all_hits_by_kind_with_chromium", |page, site| {
        let kind = |name: &str, n: usize| format!("{name} {}", number(n as u64));
        let funcs = gos_funcs("store");
        page.open(&site.url("#/search?q=store&kind=functions"));
        page.wait_for(HIT);
        wait_for_names(page, "[role=search] [role=status]");
        assert_eq!(page.text(".seg [aria-current]"), kind("Functions", funcs.len()));
        let names: BTreeSet<String> = page.texts(&format!("{HIT} .mono")).into_iter().collect();
        assert_eq!(names, funcs.iter().map(|(_, name)| name.clone()).collect());
        // Each leads to its line.
        let hrefs =
            page.js(&format!("return [...document.querySelectorAll('{HIT}')].map(a => a.hash)"));
        let hrefs: Vec<String> = serde_json::from_value(hrefs).unwrap();
        let path_of =
            |href: &String| href.split_once("/f/").unwrap().1.split_once('?').unwrap().0.to_owned();
        let paths: BTreeSet<String> = hrefs.iter().map(path_of).collect();
        assert_eq!(paths, funcs.iter().map(|(path, _)| path.clone()).collect());
        assert!(hrefs.iter().all(|href| href.contains("?l=") && href.contains("b=")), "{hrefs:?}");

        // What is typed is in the address; a word in the path is enough for a file.
        page.type_into("#filter", "\u{e009}a");
        page.type_into("#filter", "internal store");
        page.until("typed", "return location.hash.includes('q=internal%20store&')");
        page.click_text(".seg a", "All");
        page.until("all", "return location.hash === '#/search?q=internal%20store'");
        wait_for_names(page, "[role=search] [role=status]");
        let fits = |path: &&String| path.contains("internal") && path.contains("store");
        let files = gos_paths().iter().filter(fits).count();
        assert!(page.texts(".seg a").contains(&kind("Files", files)), "{:?}", page.texts(".seg a"));
        page.back();
        page.wait_for_text(".seg [aria-current]", "Functions");
        page.assert_modest();

        // Owners, and builds, which have pages of their own.
        page.open(&site.url("#/search?q=canary"));
        page.wait_for(HIT);
        assert!(page.text(HIT).contains("covdemo-canary"), "{}", page.text(HIT));
        page.press("j");
        page.press("j");
        page.press("\u{e007}");
        page.wait_for("table.files tbody tr[aria-rowindex]");
        assert!(page.hash().contains("covdemo-canary"), "{}", page.hash());
        page.open(&site.url("#/search?q=internal/store&kind=packages"));
        page.click(HIT);
        page.wait_for("table.files tbody tr[aria-rowindex]");
        assert!(page.hash().starts_with("#/b/covdemo/"), "{}", page.hash());
        assert!(page.text("table.files").contains("store.go"));

        page.open(&site.url("#/search"));
        page.until("the field", "return document.activeElement.id === 'filter'");
        page.open(&site.url("#/search?q=%3Cimg%20src%3Dx%3E"));
        page.wait_for_text(".empty", "Nothing fits “<img src=x>”");
    });
}

#[test]
fn names_are_loaded_at_the_first_word_and_missing_ones_name_themselves_with_chromium() {
    let test = "names_are_loaded_at_the_first_word_and_missing_ones_name_themselves_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    let open = Open::new(&site, Home::Http);
    let server = open.server.as_ref().unwrap();
    page.open(&open.url("#/"));
    page.wait_for(ROW);
    page.press("/");
    page.wait_for("[role=combobox]");
    let is_names = |path: &String| path.contains("/paths-") || path.contains("/funcs-");
    let asked = server.take_asked();
    assert!(!asked.iter().any(is_names), "{asked:?}");
    let names = files::list(&site.dir).into_iter().map(|path| path.to_str().unwrap().to_owned());
    let funcs = names.into_iter().find(|path| path.starts_with("data/funcs-")).unwrap();
    server.set_missing(&funcs, true);
    page.type_into("#ask", "covdemo");
    page.wait_for(OPTION);
    page.wait_for_text("[role=alert]", funcs.trim_start_matches("data/").trim_end_matches(".js"));
    assert_eq!(server.take_asked().iter().filter(|path| path.contains("/paths-")).count(), 1);
    // What is here is found all the same, and the way back is open.
    assert!(page.texts(OPTION).iter().any(|text| text.contains("covdemo-canary")));
    server.set_missing(&funcs, false);
    page.click("[role=alert] button");
    page.until("no complaint", "return !document.querySelector('[role=alert]')");
    wait_for_names(&page, "[role=dialog] [role=status]");
    assert!(page.console().iter().all(|line| line.contains(&funcs)));
    assert!(fs::metadata(site.dir.join(&funcs)).is_ok());
}
