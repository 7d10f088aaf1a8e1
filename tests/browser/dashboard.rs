//! The landing page: its numbers are those of Go, and every state is in the address.

use std::collections::BTreeMap;

use covatlas_tests::browser::Page;
use covatlas_tests::golden::{Coverage, percent, union};
use covatlas_tests::{wait, world};

use crate::sites::everywhere;

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

/// A namespace as the page writes it.
pub fn shown_namespace(name: &str) -> String {
    if name == "_host_" { "host".to_owned() } else { name.to_owned() }
}

/// `1,234`.
pub fn number(n: u64) -> String {
    assert!(n < 1_000_000);
    if n < 1_000 { n.to_string() } else { format!("{},{:03}", n / 1_000, n % 1_000) }
}

/// A row of the table.
pub const ROW: &str = "table.owners tbody tr[aria-rowindex]";

/// Cells of all rows, by the heading of their column.
pub fn rows(page: &Page) -> Vec<BTreeMap<String, String>> {
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

#[test]
fn the_palette_is_chosen_and_remembered_with_chromium() {
    everywhere("the_palette_is_chosen_and_remembered_with_chromium", |page, site| {
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        let lowest = "return getComputedStyle(document.querySelector('.x1')).fill";
        let usual = page.js(lowest);
        let button = "button[aria-label='Colour-blind palette']";
        page.click(button);
        page.until(
            "pressed",
            &format!("return document.querySelector(\"{button}\").ariaPressed === 'true'"),
        );
        let other = page.js(lowest);
        assert_ne!(other, usual);
        page.reload();
        page.wait_for(ROW);
        assert_eq!(page.js(lowest), other);
        // Another program of the viewer has it too, from its first frame.
        page.click("table.owners a.lead");
        page.wait_for("table.files tbody tr[aria-rowindex]");
        assert_eq!(page.js("return document.documentElement.dataset.palette"), "cb");
        page.click(button);
        page.until("as usual", "return !document.documentElement.dataset.palette");
        page.back();
        page.wait_for(ROW);
        page.until(
            "not pressed",
            &format!("return document.querySelector(\"{button}\").ariaPressed === 'false'"),
        );
        assert_eq!(page.js(lowest), usual);
    });
}

/// The bar of a row once broke to a second line below its number.
#[test]
fn a_row_is_one_line_with_chromium() {
    everywhere("a_row_is_one_line_with_chromium", |page, site| {
        page.open(&site.url("#/"));
        page.wait_for(ROW);
        let heights = format!(
            "return [...new Set([...document.querySelectorAll('{ROW}')].map(r => r.offsetHeight))]"
        );
        assert_eq!(page.js(&heights), serde_json::json!([24]));
    });
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
        wait::until("one row", || shown(page) == 1);
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
        page.press("f");
        page.until("focus", "return document.activeElement?.id === 'filter'");
        page.type_into("#filter", "\u{e00c}\u{e00c}");
        page.until("no focus", "return document.activeElement?.id !== 'filter'");
        page.press("jj");
        page.until(
            "second row",
            "return document.querySelectorAll('tr[aria-selected=true]').length === 1",
        );
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
