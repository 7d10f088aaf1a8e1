//! One site, many homes: hosts with habits, scripts instead of requests, an unpacked archive.

use covatlas_tests::browser::{Browser, Page};
use covatlas_tests::site_server::Habits;
use covatlas_tests::wait;

use crate::sites::{Home, Open, Site, has_browser, has_chromium};

const ROW: &str = "table.owners tbody tr[aria-rowindex]";

/// Opens the dashboard and asserts that all is there and nothing complains.
fn works(page: &Page, open: &Open) {
    page.open(&open.url("#/"));
    page.wait_for(ROW);
    assert_eq!(page.count(ROW), 11);
    page.assert_quiet();
}

#[test]
fn habits_of_hosts_change_nothing_with_chromium() {
    if !has_browser("habits_of_hosts_change_nothing_with_chromium") {
        return;
    }
    let page = Page::start();
    let gz = Site::sample(&["--shards", "gz"]);
    for (wasm_as_octets, declares_gzip) in [(false, false), (true, false), (false, true)] {
        let habits = Habits { wasm_as_octets, declares_gzip };
        works(&page, &Open::with_habits(&gz, Home::Http, habits));
    }
}

#[test]
fn an_unpacked_archive_opens_from_disk_with_chromium() {
    if !has_browser("an_unpacked_archive_opens_from_disk_with_chromium") {
        return;
    }
    let site = Site::sample(&[]).unpacked();
    works(&Page::start(), &Open::new(&site, Home::Disk));
}

#[test]
fn a_site_asks_for_nothing_outside_and_little_inside_with_chromium() {
    if !has_browser("a_site_asks_for_nothing_outside_and_little_inside_with_chromium") {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    let open = Open::new(&site, Home::Http);
    works(&page, &open);
    let asked = open.server.as_ref().unwrap().take_asked();
    assert!(asked.iter().all(|path| site.dir.join(path).exists()), "{asked:?}");
    // The page, its loader, style, glue and program, the manifest and the owners.
    assert!(asked.len() <= 8, "{asked:?}");
    let mut once = asked.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), asked.len(), "asked twice: {asked:?}");
    // The browser went nowhere else.
    let names = page.js("return performance.getEntriesByType('resource').map(e => e.name)");
    let names: Vec<String> = serde_json::from_value(names).unwrap();
    let inside = open.url("");
    assert!(names.iter().all(|name| name.starts_with(&inside)), "{names:?}");
}

#[test]
fn a_site_for_web_servers_says_so_from_disk_with_chromium() {
    if !has_browser("a_site_for_web_servers_says_so_from_disk_with_chromium") {
        return;
    }
    let site = Site::sample(&["--shards", "gz"]);
    let page = Page::start();
    let open = Open::new(&site, Home::Disk);
    page.open(&open.url("#/"));
    page.wait_for_text("[role=alert]", "covatlas serve");
    page.assert_quiet();
}

/// Guards the guard: what the other tests assert to be empty does fill.
#[test]
fn complaints_are_noticed_with_chromium() {
    if !has_chromium("complaints_are_noticed_with_chromium") {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    for home in [Home::Http, Home::Disk] {
        works(&page, &Open::new(&site, home));
        page.js("console.error('a complaint')");
        assert!(page.console().iter().any(|line| line.contains("a complaint")));
        page.js("const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.head.append(s)");
        page.until("a violation", "return window.violations.length > 0");
        assert_eq!(page.js("return window.ran ?? null"), serde_json::Value::Null);
        assert!(page.console().iter().any(|line| line.contains("Content Security Policy")));
    }
}

/// The same guard for Firefox, which notes what the policy forbids in its console alone.
#[test]
fn complaints_are_noticed_with_firefox() {
    let test = "complaints_are_noticed_with_firefox";
    if Browser::asked() != Browser::Firefox || !has_browser(test) {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    for home in [Home::Http, Home::Disk] {
        works(&page, &Open::new(&site, home));
        let noted = |what: &str| {
            let mut lines = Vec::new();
            wait::until(what, || {
                lines.extend(page.console());
                lines.iter().any(|line| line.contains(what))
            });
        };
        page.js("console.error('a complaint')");
        noted("a complaint");
        page.js("setTimeout(() => { throw new Error('nobody caught it') })");
        noted("nobody caught it");
        page.js("const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.head.append(s)");
        noted("Content-Security-Policy");
        assert_eq!(page.js("return window.ran ?? null"), serde_json::Value::Null);
    }
}
