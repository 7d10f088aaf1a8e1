//! Pictures of all pages in both themes and widths, and what must hold in each of them: it fits, it is small, and axe finds no obstacle.

use covatlas_tests::browser::{NARROW, Page, WIDE};
use covatlas_tests::tools;

use crate::sites::{Home, Open, Site, has_browser, has_chromium};

/// The sample has data from before and from after it.
const SINCE: [&str; 2] = ["--baseline-since", "2026-11-20T08:15:03Z"];

const ROW_OF_OWNERS: &str = "table.owners tbody tr[aria-rowindex]";

/// Name and address of every page, and what is there when it is complete.
const PAGES: [(&str, &str, &str); 15] = [
    ("dashboard", "#/", ROW_OF_OWNERS),
    (
        "owner",
        "#/o/openshift-demo/Deployment/covdemo-canary/covdemo",
        "table.files tbody tr[aria-rowindex]",
    ),
    ("large-owner", "#/o/_host_/Host/kubelet/kubelet", "table.files tbody tr[aria-rowindex]"),
    (
        "source",
        "#/o/openshift-dns/DaemonSet/dns-default/covdemo/f/\
         example.com/ocp/covdemo/internal/api/api.go?l=30-34",
        ".code li.ln",
    ),
    (
        "who",
        "#/o/openshift-dns/DaemonSet/dns-default/covdemo/f/\
         example.com/ocp/covdemo/internal/api/api.go?l=30-34&who=1",
        ".side .who",
    ),
    (
        "split",
        "#/o/openshift-dns/DaemonSet/dns-default/covdemo/f/\
         example.com/ocp/covdemo/internal/api/api.go?l=30-34&mode=split",
        ".pick ~ .src .code li.ln",
    ),
    ("no-text", "#/o/_host_/Host/kubelet/kubelet/f/cmd/gofmt/gofmt.go", ".code li.ln"),
    ("repo", "#/r/git.example.com%2Focp%2Fsamples", "table.files tbody tr[aria-rowindex]"),
    (
        "repo-file",
        "#/r/git.example.com%2Focp%2Fsamples/f/covdemo/internal/api/api.go?l=30-34&who=1",
        ".side .who",
    ),
    ("never", "#/never", "table.never tbody tr[aria-rowindex]"),
    ("search", "#/search?q=store", ".hits .hit"),
    ("compare", "#/compare?only=never", "table.compare tbody tr[aria-rowindex]"),
    ("compare-files", "#/compare?by=functions&only=never", "table.compare tbody tr[aria-rowindex]"),
    (
        "compare-lines",
        "#/compare/f/example.com/ocp/covdemo/internal/api/api.go?only=never&l=30-34",
        ".code li.ln",
    ),
    ("nothing", "#/no/such/page", ".empty"),
];

#[test]
fn every_page_fits_every_window_with_chromium() {
    if !has_browser("every_page_fits_every_window_with_chromium") {
        return;
    }
    let site = Site::sample(&SINCE);
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    let mut met = Vec::new();
    for (name, hash, css) in PAGES {
        for scheme in ["light", "dark"] {
            page.prefer(scheme);
            for (width, size) in [("wide", WIDE), ("narrow", NARROW)] {
                page.resize(size);
                page.open(&open.url(hash));
                page.wait_for(css);
                page.assert_modest();
                page.screenshot(&format!("{name}-{scheme}-{width}"));
                let found = obstacles(&page).into_iter();
                met.extend(found.map(|what| format!("{name} {scheme} {width}: {what}")));
            }
        }
    }
    assert!(met.is_empty(), "{}", met.join("\n\n"));
    numbers_stand_right(&page, &open);
    page.assert_quiet();
}

/// Where the system allows few colours, what is chosen must be told by those.
#[test]
fn forced_colours_tell_what_is_chosen_with_chromium() {
    if !has_chromium("forced_colours_tell_what_is_chosen_with_chromium") {
        return;
    }
    let site = Site::sample(&SINCE);
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    let style = |css: &str, pseudo: &str, property: &str| {
        let text = page.js(&format!(
            "return getComputedStyle(document.querySelector(`{css}`), '{pseudo}')['{property}']"
        ));
        text.as_str().unwrap().to_owned()
    };
    let differ = |chosen: &str, other: &str, property: &str| {
        let [chosen, other] = [chosen, other].map(|css| (css, style(css, "", property)));
        assert_ne!(chosen.1, other.1, "{property} of {} and {}", chosen.0, other.0);
    };
    for scheme in ["light", "dark"] {
        page.emulate(&[("forced-colors", "active"), ("prefers-color-scheme", scheme)]);
        for (name, hash, css) in PAGES {
            page.open(&open.url(hash));
            page.wait_for(css);
            page.screenshot(&format!("{name}-forced-{scheme}"));
            if name == "large-owner" {
                differ(".seg [aria-current]", ".seg a:not([aria-current])", "backgroundColor");
                differ(".seg [aria-pressed=true]", ".seg [aria-pressed=false]", "backgroundColor");
                // An arrow is a box of borders of which one is seen.
                for (arrow, hidden) in [
                    ("[aria-expanded] .open", "borderTopColor"),
                    ("th[aria-sort] button", "borderLeftColor"),
                ] {
                    let pseudo = if arrow.starts_with("th") { "::after" } else { "::before" };
                    assert_eq!(style(arrow, pseudo, hidden), "rgba(0, 0, 0, 0)", "{arrow}");
                }
            }
            if name == "split" {
                differ(".ln.on .no", ".ln:not(.on) .no", "backgroundColor");
                differ(".pick tr.is-cur", ".pick tr[aria-rowindex]:not(.is-cur)", "outlineStyle");
            }
        }
        page.open(&open.url("#/"));
        page.wait_for(ROW_OF_OWNERS);
        differ(".nav [aria-current]", ".nav a:not([aria-current])", "borderBottomColor");
    }
    page.assert_quiet();
}

/// What axe finds serious about a page: the rule, and the first elements that break it.
pub fn obstacles(page: &Page) -> Vec<String> {
    let axe = std::fs::read_to_string(tools::axe()).expect("tests/setup/test-tools.sh was run");
    page.js(&axe);
    let found = page.js_async(
        "const done = arguments[arguments.length - 1]; \
         axe.run(document, { resultTypes: ['violations'] }).then(found => done(found.violations \
           .filter(rule => ['serious', 'critical'].includes(rule.impact)) \
           .map(rule => rule.id + ': ' + rule.nodes.slice(0, 4).map(n => n.target + ' ' + \
             n.html.slice(0, 200) + ' ' + n.failureSummary).join('\\n'))), \
           error => done([String(error)]))",
        &[],
    );
    serde_json::from_value(found).unwrap()
}

/// Numbers in tables are right-aligned, with digits of one width.
fn numbers_stand_right(page: &Page, open: &Open) {
    page.resize(WIDE);
    page.open(&open.url("#/"));
    page.wait_for("td.num");
    let odd = page.js(
        "return [...document.querySelectorAll('td.num')].map(e => getComputedStyle(e)) \
         .filter(s => !['right', 'end'].includes(s.textAlign) || !s.fontVariantNumeric.includes('tabular')) \
         .length",
    );
    assert_eq!(odd, 0, "numbers that are not right-aligned and tabular");
}
