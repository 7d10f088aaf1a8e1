//! The viewer is several programs, and nobody notices but the bill: what is loaded when, how many
//! bytes that is, and what a reader finds when they come back.

use std::fs;

use covatlas_tests::browser::Page;

use crate::failures::pipe;
use crate::sites::{Home, Open, Site, everywhere, has_browser};

const ROW: &str = "table.owners tbody tr[aria-rowindex]";
const FILE_ROW: &str = "table.files tbody tr[aria-rowindex]";
const OWNER: &str = "#/o/openshift-demo/Deployment/covdemo/covdemo";
const STORE: &str = "example.com/ocp/covdemo/internal/store/store.go";
const LINE: &str = ".code li.ln";

/// The most bytes of a program on the wire, of a server that compresses.
const MAX_PROGRAM: usize = 180_000;

/// The most bytes of all that the first view needs.
const MAX_FIRST_VIEW: usize = 250_000;

/// The most bytes of a first view under a lens, which needs what computes it too.
const MAX_FIRST_LENS: usize = 330_000;

/// Bytes of a file of the site on the wire, of a server that compresses.
fn on_the_wire(site: &Site, path: &str) -> usize {
    let path = if path.is_empty() { "index.html" } else { path };
    pipe("gzip", &["-6c"], &fs::read(site.dir.join(path)).unwrap()).len()
}

fn is_program(path: &str) -> bool {
    path.ends_with(".wasm.js")
}

#[test]
fn each_page_loads_its_program_and_stays_within_its_bytes_with_chromium() {
    if !has_browser("each_page_loads_its_program_and_stays_within_its_bytes_with_chromium") {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    let open = Open::new(&site, Home::Http);
    let mut programs = Vec::new();
    for (hash, shows) in [
        ("#/", ROW),
        (OWNER, FILE_ROW),
        (&format!("{OWNER}/f/{STORE}"), LINE),
        ("#/search?q=store", ".hits .hit"),
        ("#/never", "table.never tbody tr[aria-rowindex]"),
        ("#/r/git.example.com%2Focp%2Fsamples", FILE_ROW),
        ("#/r/git.example.com%2Focp%2Fsamples/f/covdemo/main.go", LINE),
        ("#/compare", ".empty"),
        ("#/b/x/y", ".empty"),
        ("#/?lens=kind%3DDeployment", ROW),
        ("#/", "#choices label"),
    ] {
        page.leave();
        page.open(&open.url(hash));
        if shows.starts_with('#') {
            page.wait_for(ROW);
            page.press("l");
        }
        page.wait_for(shows);
        let asked = open.server.as_ref().unwrap().take_asked();
        let bytes: usize = asked.iter().map(|path| on_the_wire(&site, path)).sum();
        eprintln!("{hash}: {bytes} bytes in {} requests", asked.len());
        let most = if hash.contains("lens=") { MAX_FIRST_LENS } else { MAX_FIRST_VIEW };
        // Choosing a lens is not the first view.
        assert!(bytes <= most || shows.starts_with('#'), "{hash}: {bytes} bytes for {asked:?}");
        // From the second page on, the browser has what it was given before.
        programs.extend(asked.into_iter().filter(|path| is_program(path)));
    }
    programs.sort();
    programs.dedup();
    let all = fs::read_dir(site.dir.join("viewer")).unwrap();
    let all = all.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(programs.len(), all.filter(|name| is_program(name)).count(), "{programs:?}");
    for path in programs {
        let bytes = on_the_wire(&site, &path);
        eprintln!("{path}: {bytes} bytes");
        assert!(bytes <= MAX_PROGRAM, "{path}: {bytes} bytes");
    }
    page.assert_quiet();
}

#[test]
fn a_program_is_loaded_when_it_is_needed_and_only_once_with_chromium() {
    if !has_browser("a_program_is_loaded_when_it_is_needed_and_only_once_with_chromium") {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    let open = Open::new(&site, Home::Http);
    let asked = || open.server.as_ref().unwrap().take_asked();
    let programs = |asked: Vec<String>| asked.into_iter().filter(|path| is_program(path)).count();
    page.open(&open.url("#/"));
    page.wait_for(ROW);
    assert_eq!(programs(asked()), 1);
    page.click("table.owners a.lead");
    page.wait_for(FILE_ROW);
    let first = asked();
    assert_eq!(programs(first.clone()), 1, "{first:?}");
    assert!(!first.iter().any(|path| path.contains("owners-")), "the browser has it: {first:?}");
    page.back();
    page.wait_for(ROW);
    page.forward();
    page.wait_for(FILE_ROW);
    assert_eq!(asked(), [""; 0], "what was shown is still there");
    page.assert_quiet();
}

#[test]
fn coming_back_finds_everything_as_it_was_with_chromium() {
    everywhere("coming_back_finds_everything_as_it_was_with_chromium", |page, site| {
        page.resize((1360, 300));
        page.open(&site.url("#/?q=e&sort=namespace"));
        page.wait_for(ROW);
        page.js("window.row = document.querySelector('table.owners'); window.scrollTo(0, 77)");
        page.until("scrolled", "return scrollY === 77");
        page.js("const link = [...document.querySelectorAll('table.owners a.lead')].at(-1); \
             link.focus({ preventScroll: true }); window.link = link");
        let title = page.js("return document.title");
        page.press("\u{e007}");
        page.wait_for(FILE_ROW);
        assert_eq!(
            page.js("return [scrollY, document.activeElement.id]"),
            serde_json::json!([0, "main"])
        );
        assert_ne!(page.js("return document.title"), title);
        assert_eq!(page.count("#app"), 1);
        assert_eq!(page.count(ROW), 0);
        // Keys are for what is on screen.
        page.press("j");
        page.wait_for("table.files [aria-selected=true], table.funcs [aria-selected=true]");
        page.back();
        page.until(
            "the same table",
            "return document.querySelector('table.owners') === window.row",
        );
        page.until("scrolled as before", "return scrollY === 77");
        assert_eq!(page.js("return document.activeElement === window.link"), true);
        assert_eq!(page.count("table.owners [aria-selected=true]"), 0);
        assert_eq!(page.js("return document.title"), title);
        page.forward();
        page.wait_for(FILE_ROW);
        page.resize(covatlas_tests::browser::WIDE);
        page.until(
            "rows for the larger window",
            &format!("return document.querySelectorAll('{FILE_ROW}').length > 5"),
        );
        page.assert_modest();
    });
}

#[test]
fn a_file_is_scrolled_as_it_was_when_the_reader_comes_back_with_chromium() {
    everywhere(
        "a_file_is_scrolled_as_it_was_when_the_reader_comes_back_with_chromium",
        |page, site| {
            page.resize((1360, 400));
            let scroll = |top: u32| {
                page.js(&format!("document.querySelector('.code').scrollTop = {top}"));
                page.until(
                    "scrolled",
                    &format!("return document.querySelector('.code')?.scrollTop === {top}"),
                );
                // The page hears of it before the next frame.
                page.until("drawn", "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))");
            };
            let is_at = |top: u32| {
                page.until("scrolled as before", &format!(
                "const code = document.querySelector('.code'); \
                 return !!code && code.scrollTop === {top} && [...code.querySelectorAll('li.ln')].some(l => \
                   l.getBoundingClientRect().top >= code.getBoundingClientRect().top)"
            ));
            };
            page.open(&site.url(&format!("{OWNER}/f/{STORE}")));
            page.wait_for(LINE);
            scroll(240);
            // Another file in the same program, and back.
            page.press("]");
            page.until("another file", "return !location.hash.includes('store.go')");
            page.wait_for(LINE);
            page.until("its top", "return document.querySelector('.code').scrollTop === 0");
            page.back();
            page.until("back", "return location.hash.includes('store.go')");
            is_at(240);
            // Another program, and back; a selected line does not pull the reader away.
            page.js("location.hash += '?l=3'");
            page.until("at the line", "return document.querySelector('.code').scrollTop === 0");
            scroll(200);
            page.press("u");
            page.wait_for(FILE_ROW);
            page.back();
            is_at(200);
            page.back();
            is_at(240);
            page.resize(covatlas_tests::browser::WIDE);
        },
    );
}

#[test]
fn a_missing_program_is_announced_and_asked_for_again_with_chromium() {
    if !has_browser("a_missing_program_is_announced_and_asked_for_again_with_chromium") {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    let open = Open::new(&site, Home::Http);
    let server = open.server.as_ref().unwrap();
    page.open(&open.url("#/"));
    page.wait_for(ROW);
    let viewer = fs::read_dir(site.dir.join("viewer")).unwrap();
    let mut names = viewer.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let owner = names.find(|name| name.starts_with("owner-") && is_program(name)).unwrap();
    server.set_missing(&format!("viewer/{owner}"), true);
    page.click("table.owners a.lead");
    page.wait_for_text("[role=alert]", &owner);
    page.assert_modest();
    // The way back is open, and so is the next attempt.
    page.back();
    page.wait_for(ROW);
    assert_eq!(page.count("[role=alert]"), 0);
    server.set_missing(&format!("viewer/{owner}"), false);
    page.forward();
    page.wait_for(FILE_ROW);
    assert_eq!(page.count("[role=alert]"), 0);
    assert!(page.console().iter().all(|line| line.contains(&owner)));
}
