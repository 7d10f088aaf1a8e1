//! What goes wrong is said, and a way out is offered.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use covatlas_tests::browser::Page;
use covatlas_tests::{files, fixtures};

use crate::sites::{Home, Open, Site, has_browser};

const ROW: &str = "table.owners tbody tr[aria-rowindex]";

/// The one shard of a kind, as a path below the site.
fn shard(site: &Site, kind: &str) -> String {
    let start = format!("data/{kind}-");
    let names = files::list(&site.dir).into_iter().map(|path| path.to_str().unwrap().to_owned());
    let found: Vec<String> = names.filter(|name| name.starts_with(&start)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// What a program makes of its input.
pub fn pipe(program: &str, args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new(program);
    let mut child =
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().stdout
}

/// Puts other contents into a script shard, under its name.
fn forge(path: &Path, contents: &[u8]) {
    let name = path.file_stem().unwrap().to_str().unwrap();
    let base64 = pipe("base64", &["-w0"], &pipe("gzip", &["-nc"], contents));
    let text = format!("covatlas(\"{name}\",\"{}\");\n", String::from_utf8(base64).unwrap());
    files::replace(path, text.as_bytes());
}

#[test]
fn a_missing_shard_names_itself_and_can_be_asked_for_again_with_chromium() {
    if !has_browser("a_missing_shard_names_itself_and_can_be_asked_for_again_with_chromium") {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    let path = shard(&site, "owners");
    let name = path.trim_start_matches("data/").trim_end_matches(".js");
    for home in [Home::Http, Home::Disk, Home::ViaScript] {
        let open = Open::new(&site, home);
        let aside = site.dir.join("aside");
        fs::rename(site.dir.join(&path), &aside).unwrap();
        page.open(&open.url("#/"));
        page.wait_for_text("[role=alert]", name);
        let text = page.text("[role=alert]");
        assert!(text.contains("reload"), "{home:?}: {text}");
        assert_eq!(page.count(ROW), 0);
        page.assert_modest();
        fs::rename(&aside, site.dir.join(&path)).unwrap();
        page.click_text("[role=alert] button", "Retry");
        page.wait_for(ROW);
        assert_eq!(page.count("[role=alert]"), 0);
        // The browser itself notes the file that was not there, and nothing else.
        let console = page.console();
        assert!(console.iter().all(|line| line.contains(name)), "{home:?}: {console:?}");
        assert_eq!(page.js("return window.violations?.length ?? 0"), 0);
    }
}

#[test]
fn damaged_and_newer_shards_are_refused_politely_with_chromium() {
    if !has_browser("damaged_and_newer_shards_are_refused_politely_with_chromium") {
        return;
    }
    let site = Site::sample(&[]);
    let page = Page::start();
    let path: PathBuf = site.dir.join(shard(&site, "owners"));
    let good = fs::read(&path).unwrap();
    let cut = &good[..good.len() / 2];
    let newer: &[u8] = b"covatlas owners 99\n{\"what\":\"nobody knows\"}\n";
    for home in [Home::Http, Home::Disk] {
        let open = Open::new(&site, home);
        let says = |what: &str| {
            page.leave();
            page.open(&open.url("#/"));
            page.wait_for_text("[role=alert]", what);
            assert_eq!(page.count(ROW), 0);
        };
        forge(&path, newer);
        says("format 99");
        forge(&path, b"covatlas owners 1\n{}\n");
        says("Could not load");
        forge(&path, b"something else");
        says("Could not load");
        page.assert_quiet();
        files::replace(&path, cut);
        says("Could not load");
        // Half a script is a syntax error, which the browser notes by itself.
        let console = page.console();
        assert!(home == Home::Disk || console.is_empty(), "{console:?}");
        files::replace(&path, &good);
    }
}

#[test]
fn hostile_names_are_shown_as_text_with_chromium() {
    if !has_browser("hostile_names_are_shown_as_text_with_chromium") {
        return;
    }
    let evil = "<img src=x onerror=alert(1)>";
    let scratch = covatlas_tests::Collection::new();
    let data = scratch.beside("data");
    let kubelet = fixtures::data().join("ocp4-dev-7xk2p-master-2/_host_/20261120T081502Z/kubelet");
    for (namespace, pod) in [
        ("\"><script>alert(2)<%2fscript>", evil),
        ("javascript:alert(3)", "a&amp;b'\"`{{x}}"),
        ("ünï-ćødé-名前", "..%2f..%2fetc"),
        ("%2523?q=1&x#y", "constructor"),
    ] {
        let dir = data.join("n").join(namespace).join(pod).join("c/20260101T000000Z/i/b<b>");
        files::copy(&kubelet, &dir);
    }
    let title = "</title><script>alert(4)</script>";
    let site = Site::of_data(&data, &["--title", title]);
    let page = Page::start();
    for home in [Home::Http, Home::Disk] {
        let open = Open::new(&site, home);
        page.open(&open.url("#/"));
        page.wait_for(ROW);
        assert_eq!(page.count(ROW), 4);
        let body = page.text("body");
        assert!(body.contains(evil), "{body}");
        assert!(page.text("header.top").contains(title));
        let title_text = page.js("return document.title");
        assert!(title_text.as_str().unwrap().contains("<script>alert(4)"), "{title_text}");
        assert_eq!(page.count("img, b > script, table script, iframe"), 0);
        let links = "return [...document.querySelectorAll('a')].every(a => a.getAttribute('href')[0] === '#' || a.protocol === 'https:')";
        assert_eq!(page.js(links), true);
        // Links made of such names lead to what they name.
        let hrefs = "return [...document.querySelectorAll('table.owners a')].map(a => a.hash)";
        let hrefs: Vec<String> = serde_json::from_value(page.js(hrefs)).unwrap();
        for href in hrefs {
            page.open(&open.url(&href));
            page.until("its page", "return !document.querySelector('table.owners')");
            let text = page.text("body");
            assert!(!text.contains("not in this report"), "{href}: {text}");
            page.assert_quiet();
        }
    }
}

#[test]
fn an_address_of_nothing_says_so_with_chromium() {
    crate::sites::everywhere("an_address_of_nothing_says_so_with_chromium", |page, site| {
        page.open(&site.url("#/no/such/page"));
        page.wait_for_text(".empty", "Not part of this report");
        page.click(".empty a");
        page.wait_for(ROW);
        page.open(&site.url("#/%00%ff?q=%"));
        page.wait_for(".empty, table.owners");
        page.assert_modest();
    });
}
