//! The lens: whose numbers all pages show is chosen in a sheet, stands in the address and above every
//! page, and the numbers are those of the command line with the same filters.

use covatlas_tests::browser::Page;
use covatlas_tests::{Collection, files, fixtures};

use crate::dashboard::number;
use crate::looks::obstacles;
use crate::sites::{Home, Open, Site, has_browser};

const ROW: &str = "table.owners tbody tr[aria-rowindex]";
const CHOICE: &str = "#choices label";
const CHIP: &str = "section.lens .chip";
const SHOW: &str = "[role=dialog] .btn.main";

/// Plays a scenario with a site from a server and from disk.
fn at_homes(test: &str, site: &Site, scenario: impl Fn(&Page, &Open)) {
    let page = Page::start();
    for home in [Home::Http, Home::Disk] {
        eprintln!("{test}: {home:?}");
        scenario(&page, &Open::new(site, home));
        page.assert_quiet();
    }
}

/// Opens the sheet where a lens is chosen.
fn pick(page: &Page) {
    page.press("l");
    page.wait_for(CHOICE);
    assert_eq!(page.js("return document.activeElement.id"), "ask");
}

/// Types into the field of the sheet, in place of what stands there.
fn narrow(page: &Page, text: &str) {
    page.type_into("#ask", &format!("\u{e009}a\u{e000}{text}"));
}

fn is_closed(page: &Page) {
    page.until("closed", "return !document.querySelector('[role=dialog]')");
}

/// What ran of how much, as the command line and as the page have it.
fn covered(site: &Site, filters: &[&str]) -> String {
    let args = filters.iter().flat_map(|filter| ["--where", filter]);
    let rows = site
        .collection
        .run(["stats", "--by", "collection", "--json"].into_iter().chain(args))
        .exits(0)
        .rows();
    format!("{} of {}", number(rows[0].number("covered")), number(rows[0].number("statements")))
}

/// Waits for the page to say how much of it ran.
fn says(page: &Page, site: &Site, filters: &[&str]) {
    page.wait_for_text(".hero", &covered(site, filters));
}

#[test]
fn a_lens_is_chosen_with_the_keyboard_and_stays_on_every_page_with_chromium() {
    let test = "a_lens_is_chosen_with_the_keyboard_and_stays_on_every_page_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = Site::sample(&[]);
    let both = "namespace={openshift-dns,openshift-etcd}";
    at_homes(test, &site, |page, open| {
        page.open(&open.url("#/"));
        page.wait_for(ROW);
        says(page, &site, &[]);
        pick(page);
        assert_eq!(page.text(SHOW), "Show everyone");
        narrow(page, "dns");
        page.until("fewer", "return document.querySelectorAll('#choices label').length < 9");
        page.press("\u{e015} ");
        page.wait_for_text(".chosen", "openshift-dns");
        page.wait_for_text(SHOW, "Show 1 owner");
        // A letter is for the field wherever the focus is; Up leads there too.
        page.press("x");
        page.until(
            "typed",
            "return document.activeElement.id === 'ask' && document.activeElement.value === 'dnsx'",
        );
        page.wait_for_text("[role=dialog]", "Nothing fits “dnsx”");
        narrow(page, "etcd");
        page.wait_for(CHOICE);
        page.press("\u{e015} ");
        page.wait_for_text(SHOW, "Show 2 owners");
        page.press("\u{e013}");
        assert_eq!(page.js("return document.activeElement.id"), "ask");
        page.press("\u{e015}\u{e007}");
        is_closed(page);
        let address = "#/?lens=namespace%3D%7Bopenshift-dns,openshift-etcd%7D";
        assert_eq!(page.hash(), address);
        says(page, &site, &[both]);
        assert_eq!(page.texts(&format!("{CHIP} b")), ["openshift-dns, openshift-etcd"]);
        assert_eq!(page.count(ROW), 2);

        // What is shared reproduces what is seen, and links keep the lens.
        page.reload();
        says(page, &site, &[both]);
        assert_eq!(page.count(CHIP), 1);
        let kept = "return [...document.querySelectorAll('#app a[href^=\"#/\"]')]\
            .every(a => a.hash.includes('lens=namespace%3D%7Bopenshift-dns,openshift-etcd%7D'))";
        assert_eq!(page.js(kept), true);
        page.click("table.owners a.lead");
        page.wait_for("table.files tbody tr[aria-rowindex]");
        assert_eq!(page.count(CHIP), 1);
        assert_eq!(page.js(kept), true);
        page.press("/");
        page.wait_for("#ask");
        page.type_into("#ask", "etcd");
        page.wait_for("[role=dialog] [role=option]");
        page.press("\u{e007}");
        page.until("the lens", "return location.hash.includes('lens=')");
        page.assert_modest();

        // What is chosen is found again; without the last name there is no lens.
        page.open(&open.url(address));
        says(page, &site, &[both]);
        pick(page);
        assert_eq!(page.texts(".chosen .chip b"), ["openshift-dns", "openshift-etcd"]);
        page.click(".chosen .x");
        page.wait_for_text(SHOW, "Show 1 owner");
        page.click(SHOW);
        is_closed(page);
        says(page, &site, &["namespace=openshift-etcd"]);
        page.click(&format!("{CHIP} .x"));
        says(page, &site, &[]);
        assert_eq!(page.count("section.lens"), 0);
        assert_eq!(page.hash(), "#/");
        page.back();
        says(page, &site, &["namespace=openshift-etcd"]);
        page.click_text("section.lens button", "Everyone");
        says(page, &site, &[]);
    });
}

#[test]
fn filters_and_owners_become_a_lens_with_chromium() {
    let test = "filters_and_owners_become_a_lens_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = Site::sample(&[]);
    at_homes(test, &site, |page, open| {
        let etcd = ["namespace=openshift-etcd", "kind=StaticPod"];
        page.open(&open.url("#/?q=e&ns=openshift-etcd&kind=StaticPod"));
        page.wait_for(ROW);
        page.click_text(".tools a", "Use as lens");
        page.wait_for(CHIP);
        assert_eq!(page.hash(), "#/?q=e&lens=namespace%3Dopenshift-etcd&lens=kind%3DStaticPod");
        says(page, &site, &etcd);
        assert_eq!(page.count(".tools .chip"), 0);
        // A pod of the details, still within the lens.
        page.click("table.owners .open");
        page.wait_for(".more a");
        let pod = page.text(".more a");
        page.click(".more a");
        page.until("the pod", "return location.hash.includes('lens=pod%3D')");
        says(page, &site, &[etcd[0], etcd[1], &format!("pod={pod}")]);
        assert_eq!(page.count(CHIP), 3);
        // An owner, on its own page.
        page.open(&open.url("#/o/openshift-demo/Deployment/covdemo/covdemo"));
        page.wait_for("table.files tbody tr[aria-rowindex]");
        page.click_text("main a", "Lens on this owner");
        page.wait_for(CHIP);
        assert!(page.hash().ends_with("?lens=key%3Dopenshift-demo/Deployment/covdemo/covdemo"));
        page.wait_for("table.files tbody tr[aria-rowindex]");
        assert!(!page.texts("main a").iter().any(|text| text.contains("Lens on this owner")));
        page.open(&open.url("#/?lens=key%3Dopenshift-demo/Deployment/covdemo/covdemo"));
        says(page, &site, &["key=openshift-demo/Deployment/covdemo/covdemo"]);
    });
}

#[test]
fn the_sheet_keeps_the_focus_and_gives_it_back_with_chromium() {
    let test = "the_sheet_keeps_the_focus_and_gives_it_back_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = Site::sample(&[]);
    at_homes(test, &site, |page, open| {
        let has_focus = |css: &str| {
            page.until(
                css,
                &format!("return document.activeElement === document.querySelector('{css}')"),
            );
        };
        page.open(&open.url("#/?lens=kind%3DDeployment&lens=node%3D*worker*"));
        says(page, &site, &["kind=Deployment", "node=*worker*"]);
        assert_eq!(page.count(CHIP), 2);
        page.click("header [data-lens]");
        page.wait_for(CHOICE);
        // What is no set of names stays as it is.
        let chosen = page.texts(".chosen .chip").join(", ").to_lowercase();
        assert_eq!(chosen, "kind deployment, node *worker*");
        for _ in 0..40 {
            page.press("\u{e004}");
            let inside = "return !!document.activeElement.closest('[role=dialog]')";
            assert_eq!(page.js(inside), true);
        }
        page.press("\u{e00c}");
        is_closed(page);
        has_focus("header [data-lens]");
        page.click("section.lens [data-lens]");
        page.wait_for(CHOICE);
        narrow(page, "router");
        page.until("fewer", "return document.querySelectorAll('#choices label').length < 9");
        page.click(CHOICE);
        page.wait_for_text(SHOW, "Show 1 owner");
        page.press("\u{e007}");
        is_closed(page);
        has_focus("section.lens [data-lens]");
        page.back();
        says(page, &site, &["kind=Deployment", "node=*worker*"]);
        for css in ["section.lens .chip:nth-child(2) .x", "section.lens .chip .x"] {
            page.js(&format!("document.querySelector('{css}').focus()"));
            page.press("\u{e007}");
            page.until(
                "somewhere",
                "return !!document.activeElement.closest('section.lens, header')",
            );
        }
        has_focus("header [data-lens]");
        page.press("?");
        page.wait_for_text("[role=dialog]", "choose a lens");
    });
}

#[test]
fn names_made_of_what_patterns_are_made_of_are_names_with_chromium() {
    let test = "names_made_of_what_patterns_are_made_of_are_names_with_chromium";
    if !has_browser(test) {
        return;
    }
    let scratch = Collection::new();
    let data = scratch.beside("data");
    let kubelet = fixtures::data().join("ocp4-dev-7xk2p-master-2/_host_/20261120T081502Z/kubelet");
    let evil = "<img src=x onerror=alert(1)>{a,b}";
    for (namespace, pod) in
        [("a*", "p"), ("ab", "p*"), ("{x,y}", evil), ("x", "p"), ("[!z]?,", "%252f&lens=pod")]
    {
        let dir = data.join("n").join(namespace).join(pod).join("c/20260101T000000Z/i/b");
        files::copy(&kubelet, &dir);
    }
    let site = Site::of_data(&data, &[]);
    at_homes(test, &site, |page, open| {
        let shown = || page.texts(&format!("{ROW} .lead")).len();
        for name in ["a*", "{x,y}", "[!z]?,"] {
            page.open(&open.url("#/"));
            page.wait_for(ROW);
            assert_eq!(shown(), 5);
            pick(page);
            narrow(page, name);
            page.until("one", "return document.querySelectorAll('#choices [aria-label=Namespaces] label').length === 1");
            page.click(CHOICE);
            page.wait_for_text(SHOW, "Show 1 owner");
            page.click(SHOW);
            page.until(
                "one owner",
                &format!("return document.querySelectorAll('{ROW}').length === 1"),
            );
            assert_eq!(page.texts(&format!("{CHIP} b")), [name]);
            page.reload();
            page.until(
                "one owner",
                &format!("return document.querySelectorAll('{ROW}').length === 1"),
            );
            // Two at once.
            pick(page);
            narrow(page, "ab");
            page.until("one", "return document.querySelectorAll('#choices [aria-label=Namespaces] label').length === 1");
            page.click(CHOICE);
            page.wait_for_text(SHOW, "Show 2 owners");
            page.press("\u{e007}");
            page.until(
                "two owners",
                &format!("return document.querySelectorAll('{ROW}').length === 2"),
            );
            assert_eq!(page.texts(&format!("{CHIP} b")), [format!("{name}, ab")]);
        }
        page.open(&open.url("#/"));
        page.wait_for(ROW);
        pick(page);
        narrow(page, "img");
        page.until(
            "one",
            "return document.querySelectorAll('#choices [aria-label=Pods] label').length === 1",
        );
        page.click("#choices [aria-label=Pods] label");
        page.press("\u{e007}");
        page.until("one owner", &format!("return document.querySelectorAll('{ROW}').length === 1"));
        assert_eq!(page.texts(&format!("{CHIP} b")), [evil]);
        assert_eq!(page.count("img"), 0);
    });
}

#[test]
fn a_lens_that_shows_nothing_says_why_on_every_page_with_chromium() {
    let test = "a_lens_that_shows_nothing_says_why_on_every_page_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = Site::sample(&[]);
    at_homes(test, &site, |page, open| {
        for (lens, why) in [
            ("namespace%3Dnobody", "No process passes the lens"),
            ("pod%3D%5B", "`[` is no pattern"),
            ("path%3Da", "A lens cannot look at `path`"),
            ("", "`` is no filter"),
            ("%%%", "`%%%` is no filter"),
        ] {
            for path in [
                "#/",
                "#/never",
                "#/search?q=a",
                "#/r/git.example.com%2Focp%2Fsamples",
                "#/o/openshift-demo/Deployment/covdemo/covdemo",
            ] {
                let sign = if path.contains('?') { '&' } else { '?' };
                page.open(&open.url(&format!("{path}{sign}lens={lens}")));
                page.wait_for_text("[role=alert]", why);
                assert_eq!(page.count("[role=alert]"), 1);
                assert!(!page.text("body").contains("Could not load"), "{path} {lens}");
                assert_eq!(page.count(CHIP), 1);
            }
        }
        // From disk it could not read the stylesheet.
        if page.url().starts_with("http") {
            assert_eq!(obstacles(page), [""; 0]);
        }
        // What is wrong is named in the sheet too, and the way out is open.
        page.click_text("[role=alert] button", "Change");
        page.wait_for_text("[role=dialog] [role=alert]", "is no filter");
        assert_eq!(page.js(&format!("return document.querySelector('{SHOW}').disabled")), true);
        page.press("\u{e00c}");
        is_closed(page);
        page.click_text("[role=alert] button", "Everyone");
        page.wait_for("table.files tbody tr[aria-rowindex]");
        assert_eq!(page.count("[role=alert], section.lens"), 0);
        // Whoever comes back is told again.
        page.back();
        page.wait_for_text("[role=alert]", "is no filter");
    });
}

#[test]
fn the_lens_and_its_sheet_have_no_obstacles_with_chromium() {
    let test = "the_lens_and_its_sheet_have_no_obstacles_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = Site::sample(&[]);
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    let many = "#/?lens=namespace%3D%7Bopenshift-demo,openshift-dns,openshift-etcd,openshift-console%7D&lens=node%3D*&lens=key%3D*/covdemo";
    let mut met = Vec::new();
    for scheme in ["light", "dark"] {
        page.prefer(scheme);
        for (width, size) in
            [("wide", covatlas_tests::browser::WIDE), ("narrow", covatlas_tests::browser::NARROW)]
        {
            page.resize(size);
            page.open(&open.url(many));
            page.wait_for(ROW);
            page.screenshot(&format!("lens-{scheme}-{width}"));
            page.assert_modest();
            met.extend(obstacles(&page));
            pick(&page);
            page.screenshot(&format!("lens-picker-{scheme}-{width}"));
            page.assert_modest();
            met.extend(obstacles(&page));
            page.press("\u{e00c}");
            is_closed(&page);
        }
    }
    assert!(met.is_empty(), "{}", met.join("\n\n"));
    page.assert_quiet();
}
