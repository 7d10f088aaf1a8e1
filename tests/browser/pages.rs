//! The pages of owners and files on the demo: what must be told apart, and what must be in sight.

use covatlas_tests::browser::{Page, WIDE};
use covatlas_tests::{Collection, demo, wait};

use crate::sites::{Home, Open, Site, has_browser, has_chromium};

const PHONE: (u32, u32) = (390, 844);
/// An owner that shares its build with one of the same name in another namespace.
const CATALOG: &str = "#/o/shop/Deployment/catalog-api/catalog-api";
const SERVER: &str = "tern.example/kit/httpx/server.go";
const LINE: &str = ".code li.ln";

/// Runs `test` on the site of the demo, and asserts that the console stayed empty.
fn on_the_demo(name: &str, test: impl FnOnce(&Page, &Open)) {
    if !has_browser(name) {
        return;
    }
    let collection = Collection::new();
    let dir = collection.beside("site");
    demo::run(&collection, &["--output-dir", dir.to_str().unwrap()]).exits(0);
    let site = Site { collection, dir };
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    test(&page, &open);
    page.assert_quiet();
}

/// How many lines of the frame are above and below the selected line; `None` when it is hidden.
fn around_the_line(page: &Page) -> Option<(i64, i64)> {
    let found = page.js(
        "const line = document.querySelector('.ln.on')?.getBoundingClientRect(); \
         const frame = document.querySelector('.code').getBoundingClientRect(); \
         if (!line || !document.elementFromPoint(line.left + 20, line.top + 10)?.closest('.ln.on')) return null; \
         return [line.top - frame.top, frame.bottom - line.bottom].map(d => Math.floor(d / 20))",
    );
    serde_json::from_value(found).unwrap()
}

#[test]
fn a_link_to_a_line_stands_above_the_panel_on_a_phone_with_chromium() {
    on_the_demo(
        "a_link_to_a_line_stands_above_the_panel_on_a_phone_with_chromium",
        |page, site| {
            page.resize(PHONE);
            for (path, line) in [(SERVER, 35), ("tern.example/shop/internal/catalog/search.go", 91)]
            {
                page.leave();
                page.open(&site.url(&format!("{CATALOG}/f/{path}?l={line}&who=1")));
                page.wait_for(".side");
                wait::until("the line in the middle", || {
                    around_the_line(page).is_some_and(|(above, below)| above > 2 && below > 2)
                });
                page.assert_modest();
            }
            // A click near the end of the screen: the panel that opens does not hide the line.
            page.press("w");
            page.until("closed", "return !document.querySelector('.side')");
            page.js("const end = document.querySelector('.code').getBoundingClientRect().bottom; \
             [...document.querySelectorAll('.ct')].findLast(c => c.innerText && \
               c.getBoundingClientRect().bottom < end).click()");
            page.wait_for(".side");
            wait::until("the line above the panel", || around_the_line(page).is_some());

            // How much ran, where, and of what, stands on a small screen too.
            let tools = page.text(".tools");
            for part in ["catalog-api", "search.go", "1d90c70", "97.1%", "of 69", "ran ", "never "]
            {
                assert!(tools.contains(part), "no `{part}` in {tools}");
            }
            page.resize(WIDE);
        },
    );
}

#[test]
fn who_ran_a_line_is_told_by_namespace_and_whole_names_with_chromium() {
    on_the_demo(
        "who_ran_a_line_is_told_by_namespace_and_whole_names_with_chromium",
        |page, site| {
            page.resize((1440, 900));
            page.open(&site.url(&format!("{CATALOG}/f/{SERVER}?l=35&who=1")));
            page.wait_for(".side .place");
            let who = page.texts(".side .who");
            assert_eq!(who.len(), 2, "{who:?}");
            let namespaces = page.texts(".side .who > .mut");
            assert_eq!(namespaces, ["shop", "shop-preview"]);
            assert!(page.text(".side header").contains("this build only"));
            let clipped = page
                .js("return [...document.querySelectorAll('.side .place, .side .place *')] \
             .filter(e => e.scrollWidth > e.clientWidth && e.clientWidth).map(e => e.innerText)");
            assert_eq!(clipped, serde_json::json!([]));

            page.open(&site.url(&format!("{CATALOG}/f/{SERVER}?l=9999&who=1")));
            let no_line = "There is no line 9999: this file ends at line 51.";
            page.wait_for_text(".note", no_line);
            page.wait_for_text(".side", no_line);
            page.open(&site.url(&format!("{CATALOG}/f/{SERVER}?l=51")));
            page.wait_for(LINE);
            assert_eq!(page.count(".note"), 0);
        },
    );
}

#[test]
fn funcs_of_one_name_are_told_apart_with_chromium() {
    on_the_demo("funcs_of_one_name_are_told_apart_with_chromium", |page, site| {
        page.resize((1440, 900));
        page.open(&site.url(&format!("{CATALOG}?fsort=name")));
        page.wait_for("table.funcs tbody a");
        let rows = page.texts("table.funcs tbody a");
        let unique = |mut texts: Vec<&str>| {
            texts.sort_unstable();
            texts.windows(2).all(|two| two[0] != two[1])
        };
        assert!(unique(rows.iter().map(String::as_str).collect()), "{rows:?}");
        // Where it stands, and the end of its name, are in sight in the narrowest pane.
        page.resize((1190, 800));
        let out_of_sight = page.js(
            "return [...document.querySelectorAll('table.funcs tbody .tail')].filter(tail => { \
               const text = tail.firstChild.firstChild, end = document.createRange(); \
               end.setStart(text, text.length - 1); end.setEnd(text, text.length); \
               const [a, b] = [end, tail].map(e => e.getBoundingClientRect()); \
               return a.width < 3 || a.left < b.left - 1 || a.right > b.right + 1 }) \
             .map(tail => tail.innerText)",
        );
        assert_eq!(out_of_sight, serde_json::json!([]));
    });
}

#[test]
fn what_ran_elsewhere_has_its_own_tier_with_chromium() {
    on_the_demo("what_ran_elsewhere_has_its_own_tier_with_chromium", |page, site| {
        page.open(&site.url("#/o/shop-preview/Deployment/catalog-api/catalog-api"));
        page.wait_for("section.band");
        // 39.3% here, 68.5% anywhere.
        let classes = "return ['svg:has(.all)', 'rect.all'].map(css => \
            document.querySelector('section.band ' + css).getAttribute('class'))";
        assert_eq!(page.js(classes), serde_json::json!(["cov k2", "all k3"]));
    });
}

#[test]
fn only_near_owners_are_offered_for_one_that_is_gone_with_chromium() {
    on_the_demo("only_near_owners_are_offered_for_one_that_is_gone_with_chromium", |page, site| {
        page.open(&site.url("#/o/shop/Deployment/catalog/catalog-api"));
        page.wait_for(".empty .btn");
        let offers = page.texts(".empty .btn .cut");
        assert_eq!(offers, ["catalog-api shop"]);
        page.open(&site.url("#/o/elsewhere/Deployment/nothing-like-it/other"));
        page.wait_for_text(".empty", "elsewhere");
        assert_eq!(page.texts(".empty .btn"), ["All owners"]);
        page.click(".empty .btn");
        page.wait_for("table.owners");
    });
}

/// Prints until a script finds on paper what it must: the browser waits for what is drawn within 16
/// ms of being told, and this machine may have other things to do.
fn prints(page: &Page, script: &str, expected: &serde_json::Value) {
    let mut found = serde_json::Value::Null;
    for _ in 0..20 {
        found = page.print(script);
        if found == *expected {
            return;
        }
    }
    assert_eq!(found, *expected);
}

#[test]
fn all_rows_and_totals_are_printed_light_and_without_controls_with_chromium() {
    let test = "all_rows_and_totals_are_printed_light_and_without_controls_with_chromium";
    if !has_chromium(test) {
        return;
    }
    on_the_demo(test, |page, site| {
        let visible_controls = "return [...document.querySelectorAll('button, input, select')] \
            .filter(e => e.checkVisibility() && !e.closest('.any, th, .ln') && \
              e.getAttribute('aria-pressed') !== 'true').map(e => e.outerHTML)";
        // An A4 page is about as wide as a phone held sideways.
        let paper = (718, 1000);

        page.open(&site.url(CATALOG));
        page.wait_for("table.funcs tbody a");
        let rows = "return ['files', 'funcs'].map(t => document.querySelectorAll(`table.${t} tbody a`).length)";
        // Files with the directories that they are in, and funcs.
        prints(page, rows, &serde_json::json!([48, 167]));
        page.resize(paper);
        page.show_on_paper();
        assert_eq!(page.js(visible_controls), serde_json::json!([]));
        assert!(page.text("header.top").contains("45 of 45 reports"));
        assert!(page.text("section.band").contains("619 of 971"));
        page.resize(WIDE);

        page.open(
            &site.url(&format!(
                "{CATALOG}/f/tern.example/shop/internal/catalog/search.go?l=9&who=1"
            )),
        );
        page.wait_for(LINE);
        // The panel comes last; a print starts with what is there.
        page.wait_for(".side");
        page.settle();
        prints(page, "return document.querySelectorAll('.code li.ln').length", &155.into());
        page.resize(paper);
        assert_eq!(page.js(visible_controls), serde_json::json!([]));
        assert!(page.text(".tools").contains("ran 92"), "{}", page.text(".tools"));
        let look = page.js("const code = document.querySelector('.code'); \
             return [getComputedStyle(document.documentElement).backgroundColor, \
               code.scrollWidth <= code.clientWidth, \
               getComputedStyle(code.querySelector('.c .mk')).printColorAdjust]");
        assert_eq!(look, serde_json::json!(["rgb(255, 255, 255)", true, "exact"]));
    });
}
