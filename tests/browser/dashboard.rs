//! The landing page: its numbers are those of Go, and every state is in the address.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_tests::browser::Page;
use covatlas_tests::golden::{Coverage, Profile, percent, union};
use covatlas_tests::world;

use crate::sites::{Home, Open, Site, everywhere, has_browser};

/// Percent with one decimal, as the page writes it.
pub fn tenths(coverage: Coverage) -> String {
    let Some(percent) = percent(coverage) else { return "–".to_owned() };
    let text = format!("{:.1}", (percent * 10.0 + 1e-9).round() / 10.0);
    let is_rounded_away = |end: &str, is_end: bool| text == end && !is_end;
    match (coverage.1 == 0, coverage.1 == coverage.0) {
        (nothing, _) if is_rounded_away("0.0", nothing) => "0.1%".to_owned(),
        (_, all) if is_rounded_away("100.0", all) => "99.9%".to_owned(),
        _ => format!("{text}%"),
    }
}

/// Name, statements and statements that never ran of each owner's newest build.
fn expected_rows() -> BTreeMap<(String, String), (String, String, String)> {
    let row = |([namespace, _, name, _], (_, owner)): ([String; 4], (String, world::Owner))| {
        let (statements, covered) = owner.profile.coverage();
        let coverage = tenths((statements, covered));
        let numbers = (coverage, number(statements), number(statements - covered));
        ((shown_namespace(&namespace), name), numbers)
    };
    world::newest().into_iter().map(row).collect()
}

fn shown_namespace(name: &str) -> String {
    if name == "_host_" { "host".to_owned() } else { name.to_owned() }
}

/// `1,234`.
pub fn number(n: u64) -> String {
    assert!(n < 1_000_000);
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}

const ROW: &str = "table.owners tbody tr[aria-rowindex]";

/// Cells of all rows, by the heading of their column.
fn rows(page: &Page) -> Vec<BTreeMap<String, String>> {
    let heads = page.texts("table.owners thead th");
    let cells = page.js(&format!(
        "return [...document.querySelectorAll('{ROW}')].map(r => [...r.cells].map(c => c.innerText))"
    ));
    let cells: Vec<Vec<String>> = serde_json::from_value(cells).unwrap();
    let trim = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
    cells.iter().map(|row| heads.iter().cloned().zip(row.iter().map(trim)).collect()).collect()
}

#[test]
fn the_dashboard_has_gos_numbers_with_chromium() {
    everywhere("the_dashboard_has_gos_numbers_with_chromium", |page, site| {
        page.open(&site.url(""));
        page.wait_for(ROW);
        let owners = world::owners();
        let all = union(owners.values().map(|owner| &owner.profile));
        let band = page.text("section.band");
        assert!(band.contains(&tenths(all)), "{} in {band}", tenths(all));
        let of = format!("{} of {}", number(all.1), number(all.0));
        assert!(band.contains(&of), "{of} in {band}");
        for fact in ["11 owners", "7 binaries", "12 pods", "1 repository"] {
            assert!(band.contains(fact), "{fact} in {band}");
        }
        let expected = expected_rows();
        let rows = rows(page);
        let found: BTreeMap<_, _> = rows
            .iter()
            .map(|row| {
                let mut words = row["Owner"].split_whitespace();
                let name = words.rfind(|word| !word.starts_with('+')).unwrap().to_owned();
                let numbers = [&row["Coverage"], &row["Statements"], &row["Uncovered"]];
                let [coverage, statements, uncovered] = numbers.map(Clone::clone);
                ((row["Namespace"].clone(), name), (coverage, statements, uncovered))
            })
            .collect();
        assert_eq!(found, expected);
        assert_eq!(rows.len(), 11);
        // The least covered first, by statements.
        let uncovered: Vec<u64> =
            rows.iter().map(|row| row["Uncovered"].replace(',', "").parse().unwrap()).collect();
        assert!(uncovered.iter().rev().is_sorted(), "{uncovered:?}");
        page.assert_modest();
    });
}

fn shown(page: &Page) -> usize {
    rows(page).len()
}

/// What the sample's owners have, each statement once in its namespace: by how much never ran.
fn by_namespace() -> Vec<(String, Coverage)> {
    let owners = world::owners();
    let mut namespaces: BTreeMap<&str, Vec<&Profile>> = BTreeMap::new();
    for ([namespace, ..], owner) in &owners {
        namespaces.entry(namespace).or_default().push(&owner.profile);
    }
    let union_of = |(name, own): (&str, Vec<&Profile>)| (shown_namespace(name), union(own));
    let mut all: Vec<_> = namespaces.into_iter().map(union_of).collect();
    all.sort_by_key(|(_, (statements, covered))| std::cmp::Reverse(statements - covered));
    all
}

/// A cell of the band without its heading.
fn cell(page: &Page, nth: usize) -> String {
    page.text(&format!("section.band > :nth-child({nth})"))
}

#[test]
fn the_band_follows_the_filters_with_chromium() {
    everywhere("the_band_follows_the_filters_with_chromium", |page, site| {
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        let namespaces = by_namespace();
        let shares = |n: usize| {
            let share =
                |(name, (all, ran)): &(String, Coverage)| format!("{name} {}", number(all - ran));
            namespaces.iter().take(n).map(share).collect::<Vec<_>>().join(" ")
        };
        let whose = cell(page, 3);
        assert_eq!(whose, format!("Whose · uncovered statements by namespace {}", shares(3)));
        assert!(!page.text("section.band").contains("of 11 owners"), "all owners are shown");

        // A whole namespace counts each statement once, as the manifest does.
        let (name, (statements, covered)) = &namespaces[0];
        page.click("section.band > :nth-child(3) a");
        page.until("a filter", "return location.hash.includes('ns=')");
        let rows_of_it = rows(page);
        assert!(rows_of_it.iter().all(|row| row["Namespace"] == *name), "{rows_of_it:?}");
        let how_much = cell(page, 1);
        let part = format!("{} of 11 owners", rows_of_it.len());
        let of = format!("{} of {}", number(*covered), number(*statements));
        for text in [&*part, &of, &tenths((*statements, *covered)), "each counted once"] {
            assert!(how_much.contains(text), "{text} in {how_much}");
        }
        assert_eq!(
            cell(page, 3),
            format!("Whose · uncovered statements by namespace {}", shares(1))
        );

        // Of other owners nobody knows what they share: their newest builds are added up.
        page.open(&site.url("#/?kind=Deployment"));
        page.wait_for_text("[role=search] [role=status]", "4 of 11 owners");
        let newest = world::newest();
        let of_kind: Vec<_> = newest.iter().filter(|(key, _)| key[1] == "Deployment").collect();
        let sum = of_kind.iter().map(|(_, (_, owner))| owner.profile.coverage());
        let (statements, covered) = sum.fold((0, 0), |(all, ran), own| (all + own.0, ran + own.1));
        let how_much = cell(page, 1);
        let of = format!("{} of {}", number(covered), number(statements));
        let uncovered = format!("added up by owner · {} never ran", number(statements - covered));
        for text in ["4 of 11 owners", &of, &tenths((statements, covered)), &uncovered] {
            assert!(how_much.contains(text), "{text} in {how_much}");
        }
        // All of these namespaces' owners are Deployments, so their own numbers are exact.
        assert!(cell(page, 3).contains("uncovered statements by namespace"), "{}", cell(page, 3));
        let pods: usize = of_kind_all_builds("Deployment", |owner| &owner.pods);
        let hosts: usize = of_kind_all_builds("Deployment", |owner| &owner.hosts);
        let size = cell(page, 5);
        for text in
            ["4 owners", &format!("{pods} pods"), &format!("{hosts} hosts"), "1 main repository"]
        {
            assert!(size.contains(text), "{text} in {size}");
        }

        // Tiers can be changed for one another: their counts leave their own filter out.
        let legend = page.texts(".legend button");
        page.click(".legend button");
        page.until("one tier", "return location.hash.includes('tier=1')");
        assert_eq!(page.texts(".legend button"), legend);
        let low = of_kind
            .iter()
            .filter(|(_, (_, o))| percent(o.profile.coverage()).is_some_and(|p| p < 25.0));
        page.wait_for_text("[role=search] [role=status]", &format!("{} of 11 owners", low.count()));

        // A part of a namespace has no exact numbers either.
        page.open(&site.url("#/?q=canary"));
        page.wait_for_text("[role=search] [role=status]", "1 of 11 owners");
        let canary = newest.iter().find(|(key, _)| key[2] == "covdemo-canary").unwrap();
        let (statements, covered) = canary.1.1.profile.coverage();
        let uncovered = number(statements - covered);
        let text = format!("Whose · uncovered, added up by owner openshift-demo {uncovered}");
        assert_eq!(cell(page, 3), text);
        page.assert_modest();
    });
}

/// How many different things all builds of the owners of a kind have.
fn of_kind_all_builds(kind: &str, things: fn(&world::Owner) -> &BTreeSet<String>) -> usize {
    let owners = world::owners();
    let of_kind = owners.iter().filter(|(key, _)| key[1] == kind);
    of_kind.flat_map(|(_, owner)| things(owner)).collect::<BTreeSet<_>>().len()
}

#[test]
fn a_container_is_a_filter_with_chromium() {
    everywhere("a_container_is_a_filter_with_chromium", |page, site| {
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        let newest = world::newest();
        let with = |container: &str| {
            newest.values().filter(|(_, o)| o.containers.contains(container)).count()
        };
        let options = page.texts("select[aria-label='Filter by container'] option");
        let all: BTreeSet<&String> = newest.values().flat_map(|(_, o)| &o.containers).collect();
        for container in &all {
            let option = format!("{container} ({})", with(container));
            assert!(options.contains(&option), "{option} in {options:?}");
        }
        let hosts = newest.values().filter(|(_, o)| o.containers.is_empty()).count();
        assert!(options.contains(&format!("unknown ({hosts})")), "{options:?}");

        page.choose("select[aria-label='Filter by container']", "=covdemo");
        let status = format!("{} of 11 owners", with("covdemo"));
        page.wait_for_text("[role=search] [role=status]", &status);
        assert!(page.hash().contains("container=covdemo"), "{}", page.hash());
        let kinds = page.texts("select[aria-label='Filter by kind'] option");
        assert!(kinds.len() < 6, "kinds of these owners only: {kinds:?}");
        page.reload();
        page.wait_for_text("[role=search] [role=status]", &status);
        page.click_text("[role=search] .chip", "Container covdemo");
        page.click("[role=search] .chip button");
        page.wait_for_text("[role=search] [role=status]", "11 of 11 owners");
    });
}

#[test]
fn noise_is_hidden_until_it_is_asked_for_with_chromium() {
    let test = "noise_is_hidden_until_it_is_asked_for_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site =
        Site::sample(&["--hide", "kind=Job", "--hide", "owner=covdemo-[bc]*", "--hide", "path=*"]);
    let page = Page::start();
    let newest = world::newest();
    let is_noise = |key: &[String; 4]| key[1] == "Job" || key[2] == "covdemo-canary";
    let noise = newest.keys().filter(|key| is_noise(key)).count();
    assert_eq!(noise, 2);
    let sum =
        newest.iter().filter(|(key, _)| !is_noise(key)).map(|(_, (_, o))| o.profile.coverage());
    let (statements, covered) = sum.fold((0, 0), |(all, ran), own| (all + own.0, ran + own.1));
    let quiet = format!("{} of {}", number(covered), number(statements));
    for home in [Home::Http, Home::Disk] {
        let open = Open::new(&site, home);
        page.open(&open.url("#/"));
        page.wait_for_text("[role=search] [role=status]", "9 of 11 owners");
        assert_eq!(page.text("[role=search] button.chip"), "2 hidden as noise");
        assert!(rows(&page).iter().all(|row| !row["Owner"].contains("installer")));
        let how_much = cell(&page, 1);
        for text in ["9 of 11 owners", &quiet] {
            assert!(how_much.contains(text), "{text} in {how_much}");
        }
        let kinds = page.texts("select[aria-label='Filter by kind'] option");
        assert!(!kinds.iter().any(|kind| kind.contains("Job")), "{kinds:?}");

        page.click("[role=search] button.chip");
        page.wait_for_text("[role=search] [role=status]", "11 of 11 owners");
        assert_eq!(page.text("[role=search] button.chip"), "2 shown, though noise");
        assert!(page.hash().contains("noise=1"), "{}", page.hash());
        let all = union(world::owners().values().map(|owner| &owner.profile));
        assert!(cell(&page, 1).contains(&format!("{} of {}", number(all.1), number(all.0))));
        page.reload();
        page.wait_for_text("[role=search] [role=status]", "11 of 11 owners");
        page.back();
        page.wait_for_text("[role=search] [role=status]", "9 of 11 owners");

        // The way out of a search that finds only noise.
        page.open(&open.url("#/?q=installer"));
        page.wait_for_text(".empty", "Show 1 hidden as noise");
        page.click(".empty a");
        page.wait_for_text("[role=search] [role=status]", "1 of 11 owners");
        page.assert_modest();
    }
    page.assert_quiet();
}

#[test]
fn the_sorted_column_is_the_bold_one_and_headings_fit_with_chromium() {
    everywhere("the_sorted_column_is_the_bold_one_and_headings_fit_with_chromium", |page, site| {
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        let bold = |page: &Page| {
            page.js("const row = document.querySelector('table.owners tbody tr[aria-rowindex]'); \
                 const heads = document.querySelectorAll('table.owners thead th'); \
                 return [...row.cells].flatMap((c, i) => \
                   getComputedStyle(c).fontWeight === '600' ? [heads[i].innerText.trim()] : [])")
        };
        let too_wide = "return [...document.querySelectorAll('table.owners thead th')].filter(h => \
            h.offsetWidth && h.firstElementChild.getBoundingClientRect().width > 1 && \
            h.scrollWidth > h.clientWidth).map(h => h.innerText)";
        assert_eq!(bold(page), serde_json::json!(["Uncovered"]));
        for column in [
            "Namespace",
            "Owner",
            "Container",
            "Binary",
            "Commit",
            "Coverage",
            "Statements",
            "Pods",
            "Seen",
        ] {
            page.click_text("thead th button", column);
            page.until(
                column,
                &format!(
                    "return document.querySelector('th[aria-sort]').innerText.trim() === '{column}'"
                ),
            );
            assert_eq!(bold(page), serde_json::json!([column]));
            assert_eq!(page.js(too_wide), serde_json::json!([]), "by {column}");
        }
    });
}

#[test]
fn filters_are_in_the_address_and_in_the_history_with_chromium() {
    everywhere("filters_are_in_the_address_and_in_the_history_with_chromium", |page, site| {
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        page.type_into("#filter", "prometheus");
        page.wait_for_text("[role=search] [role=status]", "1 of 11 owners");
        assert_eq!(shown(page), 1);
        assert!(page.hash().contains("q=prometheus"), "{}", page.hash());
        page.type_into("#filter", "\u{e00c}");
        page.wait_for_text("[role=search] [role=status]", "11 of 11 owners");
        assert!(!page.hash().contains("q="), "{}", page.hash());

        page.choose("select[aria-label='Filter by kind']", "=Deployment");
        page.wait_for_text("[role=search] [role=status]", "4 of 11 owners");
        page.choose("select[aria-label='Filter by namespace']", "=openshift-demo");
        page.wait_for_text("[role=search] [role=status]", "2 of 11 owners");
        let both = page.hash();
        assert!(both.contains("ns=openshift-demo") && both.contains("kind=Deployment"), "{both}");
        page.back();
        page.wait_for_text("[role=search] [role=status]", "4 of 11 owners");
        page.back();
        page.wait_for_text("[role=search] [role=status]", "11 of 11 owners");
        page.forward();
        page.forward();
        page.wait_for_text("[role=search] [role=status]", "2 of 11 owners");
        assert_eq!(page.hash(), both);
        page.reload();
        page.wait_for_text("[role=search] [role=status]", "2 of 11 owners");
        assert_eq!(page.hash(), both, "a reload shows the same");

        // A chip takes its filter away again.
        page.click("[role=search] .chip button");
        page.until(
            "one filter less",
            "return document.querySelectorAll('[role=search] .chip').length === 1",
        );
        // Nothing matches: the page says so and shows the way out.
        page.open(&site.url("#/?q=nobody-has-this-name"));
        page.wait_for_text(".empty", "nobody-has-this-name");
        page.click(".empty a");
        page.wait_for_text("[role=search] [role=status]", "11 of 11 owners");
    });
}

#[test]
fn columns_sort_and_rows_open_with_chromium() {
    everywhere("columns_sort_and_rows_open_with_chromium", |page, site| {
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        let column = |name: &str| -> Vec<String> {
            rows(page).iter().map(|row| row[name].clone()).collect()
        };
        let sorted_by = |name: &str| {
            format!(
                "return [...document.querySelectorAll('thead th')].find(h => h.innerText.trim() === '{name}')?.ariaSort"
            )
        };
        page.click_text("thead th button", "Namespace");
        page.until("ascending", &format!("{} === 'ascending'", sorted_by("Namespace")));
        let names: Vec<String> = column("Namespace").iter().map(|n| n.to_lowercase()).collect();
        assert!(names.iter().all(|n| !n.is_empty()));
        let mut by_data: Vec<String> = world::newest().keys().map(|key| key[0].clone()).collect();
        by_data.sort();
        let by_data: Vec<String> = by_data.iter().map(|name| shown_namespace(name)).collect();
        assert!(names == by_data || names.is_sorted(), "{names:?}");
        let hash = page.hash();
        assert!(hash.contains("sort="), "{hash}");

        page.click_text("thead th button", "Statements");
        page.until(
            "by statements",
            &format!(
                "return ['ascending', 'descending'].includes(({}))",
                sorted_by("Statements").replacen("return ", "", 1)
            ),
        );
        let numbers: Vec<u64> =
            column("Statements").iter().map(|n| n.replace(',', "").parse().unwrap()).collect();
        assert!(numbers.is_sorted() || numbers.iter().rev().is_sorted(), "{numbers:?}");
        page.click_text("thead th button", "Statements");
        let reversed = numbers.first().map(|n| number(*n)).unwrap();
        page.until("the other way round", &format!(
            "return document.querySelector('{ROW}:last-of-type, {ROW}').innerText.length > 0 && \
             [...document.querySelectorAll('{ROW}')].at(-1).innerText.includes('{reversed}')"));

        // A row opens to its pods, and closes again.
        page.open(&site.url("#/?q=prometheus"));
        page.wait_for(ROW);
        page.click("button.open");
        page.wait_for_text("tr.more", "prometheus-k8s-0");
        assert!(page.text("tr.more").contains("ocp4-dev-7xk2p-worker-c-q7w4x"));
        page.click("button.open");
        page.until("closed", "return !document.querySelector('tr.more')");
        page.assert_modest();
    });
}

#[test]
fn keys_and_panels_work_with_chromium() {
    everywhere("keys_and_panels_work_with_chromium", |page, site| {
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        page.press("?");
        page.wait_for("dialog[open], [role=dialog]");
        assert!(page.text("dialog[open], [role=dialog]").contains("Keyboard"));
        page.press("\u{e00c}");
        page.until("closed", "return !document.querySelector('dialog[open], [role=dialog]')");
        page.press("/");
        page.until("focus", "return document.activeElement?.id === 'filter'");
        page.type_into("#filter", "\u{e00c}\u{e00c}");
        page.until("no focus", "return document.activeElement?.id !== 'filter'");
        page.press("jj");
        page.until(
            "second row",
            "return document.querySelectorAll('tr[aria-selected=true]').length === 1",
        );

        // What is missing is said, with the one loss of the sample.
        page.click_text("header.top button", "13");
        page.wait_for_text("dialog[open], [role=dialog]", "Orphan");
        page.press("\u{e00c}");
        page.until("closed", "return !document.querySelector('dialog[open], [role=dialog]')");
    });
}

#[test]
fn the_theme_is_chosen_and_remembered_with_chromium() {
    everywhere("the_theme_is_chosen_and_remembered_with_chromium", |page, site| {
        page.prefer("dark");
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        let background = "return getComputedStyle(document.documentElement).backgroundColor";
        let dark = page.js(background);
        page.click("button[aria-label^='Theme']");
        page.until("light", "return document.documentElement.dataset.theme === 'light'");
        assert_ne!(page.js(background), dark);
        page.reload();
        page.wait_for(ROW);
        page.until("still light", "return document.documentElement.dataset.theme === 'light'");
        page.click("button[aria-label^='Theme']");
        page.until("dark", "return document.documentElement.dataset.theme === 'dark'");
        page.click("button[aria-label^='Theme']");
        page.until("as the system", "return !document.documentElement.dataset.theme");
        assert_eq!(page.js(background), dark);
        page.prefer("light");
    });
}
