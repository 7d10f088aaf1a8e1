//! The trust panel: each number of what is missing leads to a list of it.

use std::fs;

use covatlas_tests::browser::Page;
use covatlas_tests::{files, fixtures, world};

use crate::dashboard::{ROW, number, rows};
use crate::sites::{Home, Open, Site, everywhere, has_browser};

const PANEL: &str = "[role=dialog]";

fn open_panel(page: &Page) {
    page.click_text("header.top a", "reports");
    page.wait_for("[role=dialog] .kv");
    page.settle();
}

fn fact(page: &Page, title: &str) -> String {
    let titles = page.texts("[role=dialog] .kv dt");
    let at = titles.iter().position(|t| t == title).unwrap_or_else(|| panic!("{titles:?}"));
    page.texts("[role=dialog] .kv dd")[at].clone()
}

#[test]
fn the_panel_says_what_is_missing_with_chromium() {
    everywhere("the_panel_says_what_is_missing_with_chromium", |page, site| {
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        open_panel(page);
        let owners = world::owners();
        let processes: usize = owners.values().map(|o| o.processes).sum();
        let reports = fact(page, "Reports");
        assert!(reports.starts_with("13 read, 1 failed"), "{reports}");
        assert!(reports.contains(&format!("{processes} processes")), "{reports}");
        assert!(fact(page, "Left out").contains("coverage_server.go"));
        assert!(fact(page, "Made by").starts_with("covatlas "));
        assert!(fact(page, "Time").contains(" 2026 "), "{}", fact(page, "Time"));
        assert!(fact(page, "Not measured").starts_with("unknown"), "there is no list of pods");

        // The failed report by name and class, with the file, the cause and what to do.
        page.click_text("[role=dialog] button", "1 failed");
        let loss = page.text("#losses .problems li");
        for text in [
            "Orphan",
            "openshift-image-registry/node-ca-m4x7p",
            "covcounters.0000",
            "collect this process again",
        ] {
            assert!(loss.contains(text), "{text} in {loss}");
        }
        assert_eq!(page.js("return document.activeElement.parentElement.id"), "losses");
        // Builds whose source is not to be had: those of the toolchain.
        page.click_text("[role=dialog] button", "without source");
        page.until("open", "return document.querySelector('#builds').open");
        page.click("#builds a");
        page.until("closed", "return !document.querySelector('[role=dialog]')");
        page.wait_for("table.files tbody tr[aria-rowindex]");
        page.back();
        page.wait_for(ROW);

        // Closed, it leaves the page as it was; its address opens it again.
        page.open(&site.url("#/?kind=Job&trust=1"));
        page.wait_for(PANEL);
        page.press("\u{e00c}");
        page.until("closed", "return !document.querySelector('[role=dialog]')");
        assert_eq!(page.hash(), "#/?kind=Job");
        assert_eq!(rows(page).len(), 1);

        // Owners that are guesses can be looked at.
        open_panel(page);
        let guessed = ["alphabet", "pattern"];
        let newest = world::newest();
        let n = newest.values().filter(|(_, o)| guessed.contains(&&*o.evidence)).count();
        let text = format!("{n} guessed from a pod's name");
        assert!(fact(page, "Owners").contains(&text), "{}", fact(page, "Owners"));
        page.click_text("[role=dialog] a", "guessed");
        page.wait_for_text("[role=search] [role=status]", &format!("{n} of 11 owners"));
        assert_eq!(page.count(PANEL), 0);
        assert_eq!(rows(page).len(), n);
    });
}

#[test]
fn long_lists_come_in_pages_with_chromium() {
    let test = "long_lists_come_in_pages_with_chromium";
    if !has_browser(test) {
        return;
    }
    // 1,040 counter files without their meta file in one report.
    let data = tempfile::tempdir().unwrap();
    files::copy(&fixtures::data(), data.path());
    let is_orphan = |path: &std::path::Path| {
        path.file_name().unwrap().to_str().unwrap()
            == "covcounters.00000000000000000000000000000000.1.1"
    };
    let orphan = files::list(data.path()).into_iter().find(|path| is_orphan(path)).unwrap();
    let orphan = data.path().join(orphan);
    for n in 2..=1040 {
        let name = format!("covcounters.00000000000000000000000000000000.{n}.1");
        fs::copy(&orphan, orphan.with_file_name(name)).unwrap();
    }
    let site = Site::of_data(data.path(), &[]);
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    page.open(&open.url("#/"));
    page.wait_for(ROW);
    open_panel(&page);
    page.wait_for_text("#losses summary", &number(1040));
    assert_eq!(page.count("#losses li"), 25);
    let first = page.text("#losses li");
    page.click_text("#losses button", "Next");
    page.until("other entries", "return !document.querySelector('#losses button').disabled");
    assert_ne!(page.text("#losses li"), first);
    for _ in 2..40 {
        page.click_text("#losses button", "Next");
    }
    page.wait_for_text("#losses", "and 40 more in the collection");
    page.assert_modest();
    page.assert_quiet();
}
