//! What the dashboard says follows its filters: the band, the menus, noise, and the file to keep.

use std::collections::{BTreeMap, BTreeSet};

use covatlas_tests::browser::Page;
use covatlas_tests::golden::{Coverage, Profile, percent, union};
use covatlas_tests::row::Row;
use covatlas_tests::world;
use serde_json::Value;

use crate::dashboard::{ROW, number, rows, shown_namespace, tenths};
use crate::sites::{Home, Open, Site, everywhere, has_browser};

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
        // A menu follows when the reader comes near.
        let kinds = "select[aria-label='Filter by kind'] option";
        let before = page.count(kinds);
        page.js("document.querySelector(\"select[aria-label='Filter by kind']\").focus()");
        page.until(
            "kinds of these owners only",
            &format!("return document.querySelectorAll(\"{kinds}\").length < {before}"),
        );
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
    let owners = world::owners();
    let is_quiet =
        |key: &world::OwnerKey| !is_noise(&[&key[0], &key[1], &key[2], &key[3]].map(Clone::clone));
    let quiet_owners = owners.iter().filter(|(key, _)| is_quiet(key));
    let (statements, covered) = union(quiet_owners.map(|(_, owner)| &owner.profile));
    // The command line says the same of what it leaves out.
    let args = ["stats", "--by", "collection", "--json", "--hide", "kind=Job"];
    let stats = site.collection.run(args.into_iter().chain(["--hide", "owner=covdemo-[bc]*"]));
    assert_eq!(stats.exits(0).rows()[0].coverage(), (statements, covered));
    let quiet = format!("{} of {}", number(covered), number(statements));
    for home in [Home::Http, Home::Disk] {
        let open = Open::new(&site, home);
        page.open(&open.url("#/"));
        page.wait_for_text("[role=search] [role=status]", "9 of 11 owners");
        assert_eq!(page.text("[role=search] button.chip"), "2 hidden as noise");
        assert!(rows(&page).iter().all(|row| !row["Owner"].contains("installer")));
        let how_much = cell(&page, 1);
        for text in ["9 of 11 owners", &quiet, "each counted once"] {
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
fn what_is_shown_can_be_kept_as_a_table_with_chromium() {
    let test = "what_is_shown_can_be_kept_as_a_table_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    let stats = site.collection.stats("owner");
    let keys = stats[0].keys();
    let newest = world::newest();
    let is_newest = |row: &&Row| {
        let key = row.texts(["namespace", "owner_kind", "owner", "binary"]);
        newest[&key].0 == row.text("build")
    };
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            list.iter().map(|v| v.as_str().unwrap()).collect::<Vec<_>>().join(";")
        }
        value => value.to_string(),
    };
    for home in [Home::Http, Home::Disk] {
        let open = Open::new(&site, home);
        for (hash, n) in [("#/?sort=owner", 11), ("#/?kind=Deployment", 4)] {
            page.open(&open.url(hash));
            page.wait_for_text("[role=search] [role=status]", &format!("{n} of 11 owners"));
            let csv = || page.click_text("[role=search] button", "CSV");
            let text = page.download_csv("owners.csv", csv);
            assert!(!text.contains('"') && text.ends_with("\r\n"), "{text}");
            let mut lines = text.lines();
            assert_eq!(lines.next().unwrap(), keys.join(","));
            let owners: Vec<String> = rows(&page).iter().map(|row| row["Owner"].clone()).collect();
            let lines: Vec<&str> = lines.collect();
            assert_eq!(lines.len(), n);
            for (line, shown) in lines.iter().zip(&owners) {
                let [namespace, kind, owner, ..] = line.split(',').collect::<Vec<_>>()[..] else {
                    panic!("{line}")
                };
                assert!(shown.contains(owner), "the order of the table: {line}, {shown}");
                let is_it = |row: &&Row| {
                    row.texts(["namespace", "owner_kind", "owner"])
                        == [namespace, kind, owner].map(str::to_owned)
                };
                let row = stats.iter().filter(is_newest).find(is_it).unwrap();
                let expected: Vec<String> = keys.iter().map(|key| cell(row.get(key))).collect();
                assert_eq!(*line, expected.join(","));
            }
        }
    }
    page.assert_quiet();
}
