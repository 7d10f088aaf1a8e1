//! Repositories over all builds: their numbers are those of the command line, each statement once.

use std::collections::BTreeMap;

use covatlas_tests::browser::{NARROW, Page};
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, demo, fixtures, wait};

use crate::dashboard::{number, tenths};
use crate::sites::{Home, Open, Site, everywhere, has_browser};

const ROW: &str = "table.files tbody tr[aria-rowindex]";
const LINE: &str = ".code li.ln";
const STATUS: &str = ".tools [role=status]";
const PLATFORM: &str = "git.example.com/tern/platform";
const SHOP: &str = "git.example.com/tern/shop";

fn demo_site() -> Site {
    let collection = Collection::new();
    let dir = collection.beside("site");
    demo::run(&collection, &["--output-dir", dir.to_str().unwrap()]).exits(0);
    Site { collection, dir }
}

/// The address of a repository's page.
fn of(repo: &str) -> String {
    format!("#/r/{}", repo.replace('/', "%2F"))
}

fn stats(site: &Site, args: &[&str]) -> Vec<Row> {
    site.collection.run(["stats", "--json"].iter().chain(args)).exits(0).rows()
}

/// `covered of statements`, as the page writes it.
fn numbers(row: &Row) -> String {
    format!("{} of {}", number(row.number("covered")), number(row.number("statements")))
}

fn percent(row: &Row) -> String {
    tenths((row.number("statements"), row.number("covered")))
}

#[test]
fn a_repository_has_the_numbers_of_the_command_with_chromium() {
    let test = "a_repository_has_the_numbers_of_the_command_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = demo_site();
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    let mut by_repo: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in stats(&site, &["--by", "repo"]) {
        by_repo.entry(row.text("repo").to_owned()).or_default().push(row);
    }
    assert_eq!(by_repo.len(), 3);
    for (repo, commits) in by_repo {
        page.open(&open.url(&of(&repo)));
        page.wait_for(ROW);
        let filter = format!("repo={repo}");
        let all = stats(&site, &["--by", "collection", "--where", &filter]).remove(0);
        let band = page.text("section.band");
        for text in
            [percent(&all), numbers(&all), number(all.number("statements") - all.number("covered"))]
        {
            assert!(band.contains(&text), "no {text} in {band}");
        }
        match commits.as_slice() {
            [one] => {
                assert_eq!(numbers(one), numbers(&all));
                let files = format!("{} files", one.number("files"));
                assert!(page.text(STATUS).contains(&files), "{}", page.text(STATUS));
            }
            many => {
                let header = page.text("main .pad");
                for row in many {
                    let text = format!("{} of {}", percent(row), number(row.number("statements")));
                    let is_there = header.split_whitespace().collect::<Vec<_>>().join(" ");
                    assert!(is_there.contains(&text), "no {text} in {is_there}");
                    assert!(is_there.contains(&row.text("commit")[..7]));
                }
            }
        }
        // Each build has its own part: those of a shared library do not add up to the whole.
        let mut parts: Vec<String> = Vec::new();
        for build in stats(&site, &["--by", "binary"]) {
            let own = format!("build={}", build.text("build"));
            let args =
                ["stats", "--json", "--by", "collection", "--where", &filter, "--where", &own];
            let found = site.collection.run(args);
            if found.status == 0 {
                let row = found.rows().remove(0);
                let build = &build.text("build")[..8];
                parts.push(format!(
                    "{}, build {build}: {}",
                    row_binary(&site, build),
                    numbers(&row)
                ));
            }
        }
        let mut listed = titles(&page, ".runners li > a[href^='#/b/']");
        parts.sort();
        listed.sort();
        assert_eq!(listed, parts);
        page.assert_modest();
    }
    page.assert_quiet();
}

/// The binary of a build by the start of its hash.
fn row_binary(site: &Site, build: &str) -> String {
    let rows = stats(site, &["--by", "binary"]);
    let row = rows.iter().find(|row| row.text("build").starts_with(build)).unwrap();
    row.text("binary").to_owned()
}

fn titles(page: &Page, css: &str) -> Vec<String> {
    let script = format!("return [...document.querySelectorAll({css:?})].map(e => e.title)");
    let titles = page.js(&script);
    titles.as_array().unwrap().iter().map(|t| t.as_str().unwrap().to_owned()).collect()
}

#[test]
fn files_are_filtered_sorted_and_told_from_those_that_no_build_has_with_chromium() {
    let test = "files_are_filtered_sorted_and_told_from_those_that_no_build_has_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = demo_site();
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    page.open(&open.url(&of(PLATFORM)));
    page.wait_for(ROW);
    page.click_text("[aria-label='Files as'] button", "Flat");
    page.until("flat", "return location.hash.includes('view=flat')");
    page.click_text("table.files th button", "Owners");
    page.until("sorted", "return location.hash.includes('sort=-owners')");
    let owners = || -> Vec<u64> {
        page.texts("table.files tbody tr[aria-rowindex] td:last-child")
            .iter()
            .map(|n| n.parse().unwrap())
            .collect()
    };
    let found = owners();
    assert!(found.is_sorted_by(|a, b| a >= b) && found[0] > 1, "{found:?}");
    page.type_into("#filter", "httpx server.go");
    page.wait_for_text(STATUS, "1 file");
    let row = page.text(ROW);
    assert!(row.contains("server.go"), "{row}");
    page.reload();
    page.wait_for_text(STATUS, "1 file");

    // What no build has is there when it is asked for.
    page.open(&open.url(&of(PLATFORM)));
    page.wait_for(ROW);
    let before = page.text(STATUS);
    page.click_text(".tools button.chip", "not built");
    page.until("listed", "return location.hash.includes('unbuilt=1')");
    assert_ne!(page.text(STATUS), before);
    page.type_into("#filter", "zz nothing has this name");
    page.wait_for(".empty");
    page.click_text(".empty a", "Clear the filter");
    page.wait_for(ROW);
    page.open(&open.url(&format!("{}?unbuilt=1&view=flat&sort=statements", of(PLATFORM))));
    page.wait_for_text(ROW, "not built");
    page.js("[...document.querySelectorAll('table.files tr')] \
             .find(r => r.textContent.includes('not built')).querySelector('a').click()");
    page.wait_for_text(".empty h1", "No build has this file");
    page.click_text(".empty a", "All files of the repository");
    page.wait_for(ROW);
    page.assert_quiet();
}

#[test]
fn variants_of_a_file_are_offered_and_never_mixed_with_chromium() {
    let test = "variants_of_a_file_are_offered_and_never_mixed_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = demo_site();
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    page.open(&open.url(&format!("{}?view=flat", of(SHOP))));
    page.wait_for(ROW);
    let rows = page.texts(ROW);
    let row =
        rows.iter().find(|row| row.contains("2 variants")).expect("the upgrade changed a file");
    let name = row.split_whitespace().next().unwrap().to_owned();
    page.click_text("table.files a.path", &name);
    page.wait_for(LINE);
    assert_eq!(page.count("[aria-label=Variant] a"), 2);
    let shown = || (page.text(".tools .numbers"), page.text("[aria-label='Lines coloured']"));
    let newest = shown();
    assert!(!page.hash().contains("b="), "{}", page.hash());
    page.click("[aria-label=Variant] a:not([aria-current])");
    page.until("the other variant", "return location.hash.includes('b=')");
    page.wait_for(LINE);
    let older = shown();
    assert_ne!(newest, older);
    // The address alone leads to the same variant.
    page.reload();
    page.wait_for(LINE);
    assert_eq!(shown(), older);
    let statements = |numbers: &str| -> u64 {
        numbers.trim().rsplit(' ').next().unwrap().replace(',', "").parse().unwrap()
    };
    let sum = statements(&newest.0) + statements(&older.0);
    page.back();
    page.back();
    page.wait_for(ROW);
    let rows = page.texts(ROW);
    let row = rows.iter().find(|row| row.contains(&name)).unwrap();
    assert!(row.split_whitespace().any(|word| word == number(sum)), "no {sum} in {row}");
    page.assert_quiet();
}

/// Requests for shards.
fn shards(asked: &[String]) -> Vec<&str> {
    asked.iter().filter_map(|path| path.strip_prefix("data/")).collect()
}

#[test]
fn a_file_opens_from_its_address_alone_with_the_counts_of_everyone_with_chromium() {
    let test = "a_file_opens_from_its_address_alone_with_the_counts_of_everyone_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = demo_site();
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    let address = format!("{}/f/kit/httpx/server.go", of(PLATFORM));
    page.open(&open.url(&format!("{address}?l=35")));
    page.wait_for(LINE);
    let asked = open.server.as_ref().unwrap().take_asked();
    let mut kinds: Vec<&str> =
        shards(&asked).iter().map(|name| name.split('-').next().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["manifest", "repo", "source", "union"], "{asked:?}");

    // The most often that anyone ran the line. Others have a copy of it in their own repository.
    let is_own = |row: &&Row| row.text("module") == "tern.example/platform";
    let builds = stats(&site, &["--by", "binary"]);
    let own: Vec<&str> = builds.iter().filter(is_own).map(|row| row.text("build")).collect();
    let who = site.collection.run(["who", "kit/httpx/server.go:35", "--json"]).exits(0).rows();
    let who: Vec<Row> = who.into_iter().filter(|row| own.contains(&row.text("build"))).collect();
    let most = who.iter().map(|row| row.number("count")).max().unwrap();
    page.until(
        "the count of line 35",
        &format!(
            "const no = [...document.querySelectorAll('.code a.no')].find(a => a.textContent === '35'); \
             return no && no.nextElementSibling.textContent === '{most}'"
        ),
    );
    let owners: std::collections::BTreeSet<&str> =
        who.iter().map(|row| row.text("owner")).collect();
    assert!(owners.len() > 1);

    // Who ran which part: each leads to the file in its own colours, at the same line.
    page.press("w");
    page.wait_for(".side .who");
    let listed = page.texts(".side .who a");
    assert!(owners.iter().all(|owner| listed.iter().any(|name| name == owner)), "{listed:?}");
    assert!(!listed.iter().any(|name| name == "catalog-api"), "{listed:?}");
    let first = page.text(".side .who");
    page.click(".side .who a");
    page.until("the owner's page", "return location.hash.startsWith('#/o/')");
    page.wait_for(LINE);
    assert!(page.hash().contains("l=35") && page.hash().contains("who=1"), "{}", page.hash());
    let own = page.text(".tools .numbers");
    let part = first.split_whitespace().find(|word| word.ends_with('%')).unwrap().to_owned();
    assert!(own.contains(&part), "no {part} in {own}");
    page.back();
    page.wait_for(".side .who");
    page.assert_modest();
    page.resize(NARROW);
    page.open(&open.url(&address));
    page.wait_for(LINE);
    page.assert_modest();
    page.assert_quiet();
}

#[test]
fn a_link_that_leads_nowhere_offers_the_nearest_names_with_chromium() {
    let test = "a_link_that_leads_nowhere_offers_the_nearest_names_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = demo_site();
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    page.open(&open.url("#/r/git.example.com%2Fother%2Fplatform"));
    page.wait_for(".empty");
    assert!(page.text(".empty").contains("git.example.com/other/platform"));
    page.click(".empty a.btn");
    page.wait_for(ROW);
    assert_eq!(page.hash(), of(PLATFORM));
    page.open(&open.url(&format!("{}/f/lib/httpx/server.go", of(PLATFORM))));
    page.wait_for_text(".empty h1", "no such file");
    page.click(".empty a.btn");
    page.wait_for(LINE);
    assert_eq!(page.hash(), format!("{}/f/kit/httpx/server.go", of(PLATFORM)));
    page.assert_quiet();
}

#[test]
fn pages_lead_to_the_repository_and_on_with_chromium() {
    everywhere("pages_lead_to_the_repository_and_on_with_chromium", |page, site| {
        page.open(&site.url("#/o/openshift-demo/Deployment/covdemo/covdemo"));
        page.wait_for(ROW);
        page.click_text("main .pad a", fixtures::REPO);
        page.wait_for_text("h1", "ocp/samples");
        page.wait_for(ROW);
        // A key that comes before the page listens is lost.
        let selected = "table.files [aria-selected=true]";
        wait::until("a row", || {
            page.press("j");
            wait::soon(|| page.count(selected) > 0)
        });
        page.js("[...document.querySelectorAll('table.files a.path')][0].click()");
        page.wait_for(LINE);
        // Places that never ran, across files.
        wait::until("a place", || {
            page.press("n");
            wait::soon(|| page.js("return /[?&]l=/.test(location.hash)") == true)
        });
        page.press("u");
        page.wait_for(ROW);
        page.assert_modest();
        page.open(&site.url("#/never?by=repositories"));
        page.wait_for("table.never tbody tr[aria-rowindex]");
        page.click("table.never a[href^='#/r/']");
        page.wait_for(ROW);
    });
}
