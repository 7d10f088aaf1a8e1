//! What never ran: the functions of `covatlas never`, which are those for which Go prints nothing but
//! 0.0 %.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_tests::browser::Page;
use covatlas_tests::funcs::gos_funcs;
use covatlas_tests::golden::Golden;
use covatlas_tests::row::Row;

use crate::dashboard::number;
use crate::sites::{Home, Open, Site, everywhere, has_browser};

const ROW: &str = "table.never tbody tr[aria-rowindex]";
const STATUS: &str = "[role=search] [role=status]";

/// What the command says of the sample.
fn command(site: &Site) -> Vec<Row> {
    site.collection.run(["never", "--json"]).exits(0).rows()
}

/// A row of the command as a line of the file, without the repository behind it.
fn line(row: &Row) -> String {
    let binaries: Vec<&str> =
        row.get("binaries").as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let [path, repo_path, func] = row.texts(["path", "repo_path", "func"]);
    let (line, statements) = (row.number("line"), row.number("statements"));
    let generated = row.get("generated");
    format!("{path},{repo_path},{func},{line},{statements},{generated},{}", binaries.join(";"))
}

fn functions(n: usize) -> String {
    if n == 1 { "1 function".to_owned() } else { format!("{} functions", number(n as u64)) }
}

/// The file of what is shown: its lines without the first.
fn csv(page: &Page) -> Vec<String> {
    let text = page.download_csv("never.csv", || page.click_text("[role=search] button", "CSV"));
    let mut lines = text.lines().map(str::to_owned);
    let keys = "path,repo_path,func,line,statements,generated,binaries,repo";
    assert_eq!(lines.next().unwrap(), keys);
    lines.collect()
}

#[test]
fn the_list_is_that_of_the_command_and_of_go_with_chromium() {
    let test = "the_list_is_that_of_the_command_and_of_go_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = Site::sample(&[]);
    let rows = command(&site);
    let page = Page::start();
    for home in [Home::Http, Home::Disk, Home::ViaScript] {
        let open = Open::new(&site, home);
        for (hash, generated) in [("#/never?all=1&gen=1", true), ("#/never", false)] {
            page.open(&open.url(hash));
            page.wait_for(ROW);
            let counted: Vec<&Row> =
                rows.iter().filter(|row| generated || row.get("generated") == false).collect();
            page.wait_for_text(STATUS, &functions(counted.len()));
            let lines = csv(&page);
            let found: Vec<&str> =
                lines.iter().map(|line| line.rsplit_once(',').unwrap().0).collect();
            assert_eq!(found, counted.iter().map(|row| line(row)).collect::<Vec<_>>());
            let sum: u64 = counted.iter().map(|row| row.number("statements")).sum();
            assert_eq!(page.text(".band .hero b"), number(sum));
            page.assert_modest();
        }
    }
    // And by Go itself, which leaves literals out.
    let is_literal =
        |row: &&Row| row.text("func").contains(".func") || row.text("func").starts_with("func.");
    let own = rows.iter().filter(|row| !is_literal(row));
    let own: BTreeSet<_> = own
        .map(|r| (r.text("path").to_owned(), r.number("line"), r.text("func").to_owned()))
        .collect();
    let gos = gos_funcs(&Golden::all()).into_iter().filter(|(_, f)| !f.ran && f.statements > 0);
    let gos: BTreeSet<_> = gos.map(|(((path, _), line, name), _)| (path, line, name)).collect();
    assert_eq!(own, gos);
    page.assert_quiet();
}

#[test]
fn functions_are_filtered_grouped_and_opened_with_chromium() {
    let site = Site::sample(&[]);
    let rows = command(&site);
    everywhere("functions_are_filtered_grouped_and_opened_with_chromium", |page, open| {
        page.open(&open.url("#/"));
        page.click_text("header nav a", "Never ran");
        page.wait_for(ROW);
        assert_eq!(page.hash(), "#/never");
        assert_eq!(page.text("header nav [aria-current]"), "Never ran");

        // Words, in the address.
        let own = rows.iter().find(|row| row.text("path").contains("covdemo"));
        let word = own.expect("the sample has such a function").text("func").to_lowercase();
        let fits = |row: &&Row| {
            let text = format!("{} {}", row.text("path"), row.text("func")).to_lowercase();
            text.contains("covdemo") && text.contains(&word) && row.get("generated") == false
        };
        let fitting: Vec<&Row> = rows.iter().filter(fits).collect();
        page.type_into("#filter", &format!("covdemo {word}"));
        page.wait_for_text(STATUS, &functions(fitting.len()));
        assert!(page.hash().starts_with("#/never?q=covdemo%20"), "{}", page.hash());
        assert_eq!(page.count(ROW), fitting.len() as u64);
        page.assert_modest();

        // A function leads to its line.
        page.press("\u{e00c}\u{e00c}");
        page.until("all again", "return location.hash === '#/never'");
        page.open(&open.url("#/never?q=covdemo"));
        page.wait_for(ROW);
        page.until("a row by key", "document.activeElement.blur(); return true");
        page.press("j");
        page.wait_for("table.never [aria-selected=true]");
        let href = page.js("return document.querySelector('[aria-selected=true] a').hash");
        page.press("\u{e007}");
        page.wait_for(".code li.ln.on.u, .code li.ln.on");
        assert_eq!(page.hash(), href.as_str().unwrap());
        page.back();
        page.wait_for(ROW);

        // Packages add up, and lead to their functions.
        let mut packages: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.get("generated") == false) {
            let package = row.text("path").rsplit_once('/').map_or("", |(dir, _)| dir);
            let sum = packages.entry(package.to_owned()).or_default();
            (sum.0, sum.1) = (sum.0 + 1, sum.1 + row.number("statements"));
        }
        page.open(&open.url("#/never?by=packages"));
        page.wait_for("table.never td a");
        let cells = page.js(&format!(
            "return [...document.querySelectorAll('{ROW}')].map(r => [r.querySelector('a').title, \
             r.cells[3].innerText, r.cells[4].innerText])"
        ));
        let cells: Vec<[String; 3]> = serde_json::from_value(cells).unwrap();
        for [package, funcs, statements] in &cells {
            let sum = packages[package];
            assert_eq!([funcs, statements], [&number(sum.0), &number(sum.1)], "{package}");
        }
        let largest = cells[0][0].clone();
        page.click(&format!("{ROW} a"));
        page.wait_for_text(STATUS, &functions(packages[&largest].0 as usize));
        assert!(page.texts(".chip").iter().any(|chip| chip.contains(&largest)), "{largest}");
        page.back();
        page.wait_for("table.never td a");

        // Repositories are known without their functions.
        page.click_text("[role=search] .seg button", "Repositories");
        page.until("repositories", "return location.hash.includes('by=repositories')");
        let all: u64 = packages.values().map(|sum| sum.0).sum();
        page.wait_for_text(STATUS, &functions(all as usize));
        page.open(&open.url("#/never?q=nothing-is-called-so"));
        page.wait_for_text(".empty", "nothing-is-called-so");
        page.click_text(".empty a", "Clear filters");
        page.wait_for(ROW);
    });
}
