//! Under a lens every page has the numbers that `--where` gives for the same processes.

use std::collections::BTreeMap;

use covatlas_tests::browser::Page;
use covatlas_tests::rng::Rng;
use covatlas_tests::row::Row;

use crate::dashboard::{number, rows, tenths};
use crate::demo;
use crate::sites::{Home, Open, Site, has_browser};

const ROW: &str = "table.owners tbody tr[aria-rowindex]";
const FILE_ROW: &str = "table.files tbody tr[aria-rowindex]";
const LINE: &str = ".code li.ln";

/// A lens as an address writes it.
fn lens(filters: &[String]) -> String {
    let encode = |text: &String| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        text.bytes()
            .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect::<String>()
    };
    let params: Vec<String> = filters.iter().map(|f| format!("lens={}", encode(f))).collect();
    params.join("&")
}

/// What a command says of the same processes.
fn asked(site: &Site, command: &[&str], filters: &[String]) -> Vec<Row> {
    let mut args = command.to_vec();
    args.push("--json");
    filters.iter().for_each(|filter| args.extend(["--where", filter]));
    site.collection.run(args).exits(0).rows()
}

/// One or two filters on what some pod, owner or node of the demo is called.
fn filters(site: &Site, rng: &mut Rng) -> Vec<String> {
    let values = |by: &str, key: &str| -> Vec<String> {
        let rows = asked(site, &["stats", "--by", by], &[]);
        rows.iter().map(|row| row.text(key).to_owned()).collect()
    };
    let several = |rng: &mut Rng, field: &str, values: Vec<String>| {
        let chosen: Vec<&str> = (0..=rng.below(4)).map(|_| rng.pick(&values).as_str()).collect();
        format!("{field}={{{}}}", chosen.join(","))
    };
    match rng.below(4) {
        0 => vec![several(rng, "pod", values("pod", "pod"))],
        1 => vec![several(rng, "namespace", values("namespace", "namespace"))],
        2 => vec![several(rng, "owner", values("owner", "owner")), "kind=*".to_owned()],
        _ => {
            let namespaces = values("namespace", "namespace");
            vec![several(rng, "namespace", namespaces), "pod=*[0-9a-z]".to_owned()]
        }
    }
}

/// The dashboard, the list of what never ran, and the pages of repositories.
fn assert_fronts(page: &Page, open: &Open, site: &Site, filters: &[String]) {
    let all = asked(site, &["stats", "--by", "collection"], filters).remove(0);
    eprintln!("{filters:?}");
    let lens = lens(filters);
    page.open(&open.url(&format!("#/?noise=1&{lens}")));
    page.wait_for(ROW);
    let band = page.text("section.band");
    let (statements, covered) = all.coverage();
    assert!(band.contains(&tenths((statements, covered))), "{filters:?}: {band}");
    let numbers = format!("{} of {}", number(covered), number(statements));
    assert!(band.contains(&numbers), "{filters:?}: no {numbers} in {band}");
    let mut owners: BTreeMap<[String; 4], Row> = BTreeMap::new();
    for row in asked(site, &["stats", "--by", "owner"], filters) {
        let key = row.texts(["namespace", "owner_kind", "owner", "binary"]);
        owners.entry(key).or_insert(row);
    }
    let mut expected: Vec<[String; 2]> = owners
        .values()
        .map(|row| [row.number("statements"), row.number("statements") - row.number("covered")])
        .map(|numbers| numbers.map(number))
        .collect();
    let shown = rows(page);
    let mut shown: Vec<[String; 2]> =
        shown.iter().map(|row| ["Statements", "Uncovered"].map(|head| row[head].clone())).collect();
    expected.sort();
    shown.sort();
    assert_eq!(shown, expected, "{filters:?}");
    assert_eq!(all.number("owners"), owners.len() as u64);

    let never = asked(site, &["never"], filters);
    page.open(&open.url(&format!("#/never?gen=1&{lens}")));
    page.wait_for("table.never tbody tr[aria-rowindex]");
    let n = format!("{} functions", number(never.len() as u64));
    page.wait_for_text("[role=search] [role=status]", &n);

    for repo in ["git.example.com/tern/platform", "git.example.com/tern/shop"] {
        let repo_filter = [&[format!("repo={repo}")], filters].concat();
        let mut args = vec!["stats", "--by", "collection", "--json"];
        repo_filter.iter().for_each(|filter| args.extend(["--where", filter]));
        let finished = site.collection.run(args);
        page.open(&open.url(&format!("#/r/{}?{lens}", repo.replace('/', "%2F"))));
        if finished.status != 0 {
            page.wait_for(".empty");
            continue;
        }
        let (statements, covered) = finished.rows().remove(0).coverage();
        page.wait_for(FILE_ROW);
        page.wait_for_text(
            "section.band",
            &format!("{} of {}", number(covered), number(statements)),
        );
    }
}

#[test]
fn random_lenses_have_the_numbers_of_the_command_line_with_chromium() {
    let test = "random_lenses_have_the_numbers_of_the_command_line_with_chromium";
    if !has_browser(test) {
        return;
    }
    let (site, page) = (demo::site(), Page::start());
    let mut rng = Rng::new(0xb0b);
    for home in [Home::Http, Home::Disk] {
        let open = Open::new(&site, home);
        for _ in 0..4 {
            assert_fronts(&page, &open, &site, &filters(&site, &mut rng));
        }
        page.assert_quiet();
    }
}

/// The file of an owner: what it ran of it, and how its lines look.
fn file_under(page: &Page, open: &Open, site: &Site, owner: [&str; 4], filters: &[String]) {
    let [namespace, kind, name, binary] = owner;
    let lens = lens(filters);
    page.open(&open.url(&format!("#/o/{namespace}/{kind}/{name}/{binary}?view=flat&{lens}")));
    page.wait_for(FILE_ROW);
    let own =
        [&filters.to_vec()[..], &[format!("key={namespace}/{kind}/{name}/{binary}")]].concat();
    let row = asked(site, &["stats", "--by", "owner"], &own).remove(0);
    let numbers =
        format!("{} of {}", number(row.number("covered")), number(row.number("statements")));
    assert!(page.text("section.band").contains(&numbers), "no {numbers}");
    let files = asked(site, &["stats", "--by", "file"], &own);
    let file = files.iter().max_by_key(|row| row.number("covered")).unwrap();
    let href = format!("#/o/{namespace}/{kind}/{name}/{binary}/f/{}?{lens}", file.text("path"));
    page.open(&open.url(&href));
    page.wait_for(LINE);
    let shown = page.text("main");
    assert!(shown.contains(&tenths(file.coverage())), "{} of {shown}", tenths(file.coverage()));
    page.wait_for_text("section.lens", "pod ");
}

#[test]
fn owners_and_files_show_what_the_chosen_pods_ran_with_chromium() {
    let test = "owners_and_files_show_what_the_chosen_pods_ran_with_chromium";
    if !has_browser(test) {
        return;
    }
    let (site, page) = (demo::site(), Page::start());
    let open = Open::new(&site, Home::Http);
    // Of a deployment with several pods one after another.
    let owner = ["shop", "Deployment", "catalog-api", "catalog-api"];
    let of_owner = ["owner=catalog-api".to_owned(), "namespace=shop".to_owned()];
    let pods = asked(&site, &["stats", "--by", "pod"], &of_owner);
    assert!(pods.len() > 1);
    for pod in &pods {
        let pod = format!("pod={}", pod.text("pod"));
        file_under(&page, &open, &site, owner, &[pod]);
    }

    // Who ran a line: nobody but those whom the lens leaves.
    page.js(
        "[...document.querySelectorAll('li.ln .ct')].find(c => /[1-9]/.test(c.innerText)).click()",
    );
    page.wait_for(".side .who");
    // Pods are shown without the name of their owner.
    let ends = [&pods[0], &pods[pods.len() - 1]].map(|row| {
        let pod = row.text("pod");
        pod.strip_prefix("catalog-api").unwrap_or(pod).to_owned()
    });
    page.wait_for_text(".side", &ends[1]);
    assert!(!page.text(".side").contains(&ends[0]), "{}", page.text(".side"));

    // Everyone again: the same page, without the lens.
    page.click_text("section.lens button", "Everyone");
    page.until("everyone", "return !location.hash.includes('lens=')");
    page.wait_for_text(".side", &ends[0]);
    page.assert_quiet();
}
