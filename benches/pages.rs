//! What a reader waits for: the same coverage as a site of covatlas, as the page of `go tool cover`,
//! and as the pages of genhtml, one after another in one browser.
//!
//! Takes a name, an address below a folder, and what is there when the page is: `NAME=DIR#HASH=CSS`
//! or `NAME=DIR/page.html=CSS`. The first one is what the others are compared with.

use std::env;
use std::path::Path;

use covatlas_tests::browser::Page;
use covatlas_tests::site_server::{Habits, SiteServer};

/// Loads per page; the best counts, as other work on the machine only makes it slower.
const LOADS: usize = 5;

/// Milliseconds until something was painted, and until all that is to be seen was and the page
/// answers; bytes that were fetched, as they are stored; elements.
const MEASURE: &str = "
    const [css, done] = arguments;
    const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve, 0)));
    const isThere = () => document.querySelector(css) && !document.querySelector('#boot, [aria-busy=true]');
    (async () => {
        let there = 0;
        while (!isThere()) {
            await frame();
            there = performance.now();
        }
        const largest = await new Promise(resolve => {
            new PerformanceObserver(list => resolve(list.getEntries().at(-1).startTime))
                .observe({ type: 'largest-contentful-paint', buffered: true });
            setTimeout(() => resolve(0), 2000);
        });
        await frame();
        const [page] = performance.getEntriesByType('navigation');
        const files = [page, ...performance.getEntriesByType('resource')];
        const first = performance.getEntriesByType('paint').map(e => e.startTime);
        const last = Math.max(there, largest, page.loadEventEnd, ...files.map(f => f.responseEnd));
        const bytes = files.reduce((sum, f) => sum + f.encodedBodySize, 0);
        done([Math.min(...first), last, bytes, document.querySelectorAll('*').length]);
    })();";

/// What [`MEASURE`] gives, the best of several loads.
type Cost = [f64; 4];

fn main() {
    let pages: Vec<String> = env::args().skip(1).collect();
    let browser = Page::start();
    println!(
        "{:<28} {:>12} {:>12} {:>14} {:>10}",
        "", "painted ms", "whole ms", "bytes", "elements"
    );
    let mut ours: Option<Cost> = None;
    for page in &pages {
        let [name, place, css] = page.splitn(3, '=').collect::<Vec<_>>()[..] else {
            panic!("{page}: not NAME=DIR#HASH=CSS")
        };
        let cost = cost(&browser, place, css);
        let [painted, whole, bytes, elements] = cost;
        println!("{name:<28} {painted:>12.0} {whole:>12.0} {bytes:>14.0} {elements:>10.0}");
        match ours {
            None => ours = Some(cost),
            Some(ours) => {
                let times = |i: usize| format!("x {:.1}", cost[i] / ours[i]);
                let [painted, whole, bytes, elements] = [0, 1, 2, 3].map(times);
                println!("{:<28} {painted:>12} {whole:>12} {bytes:>14} {elements:>10}", "");
            }
        }
    }
}

/// Loads a page from nothing, several times.
fn cost(browser: &Page, place: &str, css: &str) -> Cost {
    let (path, hash) = place.split_once('#').unwrap_or((place, ""));
    let path = Path::new(path);
    let (dir, file) = match path.extension() {
        Some(_) => (path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap()),
        None => (path, ""),
    };
    let server = SiteServer::new(dir, Habits::default());
    let loads = (0..LOADS).map(|load| {
        browser.leave();
        // Another address each time, so that nothing comes out of the cache.
        browser.load(&format!("{}{file}?{load}#{hash}", server.url()));
        let numbers = browser.js_async(MEASURE, &[css.into()]);
        [0, 1, 2, 3].map(|i| numbers[i].as_f64().unwrap_or_else(|| panic!("{numbers}")))
    });
    loads.min_by(|a: &Cost, b: &Cost| a[1].total_cmp(&b[1])).unwrap()
}
