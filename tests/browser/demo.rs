//! The demo as people meet it: its story is on the pages, at a desk and on a phone.

use covatlas_tests::browser::Page;
use covatlas_tests::{Collection, demo};

use crate::dashboard::{number, tenths};
use crate::sites::{Home, Open, Site, has_browser};

const ROW: &str = "table.owners tbody tr[aria-rowindex]";
const DESK: (u32, u32) = (1440, 900);
const PHONE: (u32, u32) = (360, 780);

/// The demo, with its site beside the collection.
pub fn site() -> Site {
    let collection = Collection::new();
    let dir = collection.beside("site");
    demo::run(&collection, &["--output-dir", dir.to_str().unwrap()]).exits(0);
    Site { collection, dir }
}

#[test]
fn the_demo_shows_its_story_with_chromium() {
    let test = "the_demo_shows_its_story_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = site();
    shows_its_story(&Page::start(), &Open::new(&site, Home::Http));
    // With the page's own programs, which are stored as scripts.
    let dir = site.dir.to_str().unwrap();
    let verified = site.collection.run(["verify", dir, "--json"]);
    assert!(verified.exits(0).problems().iter().all(|p| p["severity"] == "note"));
}

/// The owners, the noise among them and what nobody measured.
pub fn shows_its_story(page: &Page, open: &Open) {
    let (statements, covered) = demo::total();
    for size in [PHONE, DESK] {
        page.resize(size);
        page.open(&open.url("#/?noise=1"));
        page.wait_for(ROW);
        let band = page.text("section.band");
        assert!(band.contains(&tenths((statements, covered))), "{band}");
        assert!(band.contains(&format!("{} of {}", number(covered), number(statements))), "{band}");
        page.assert_modest();
    }
    assert_eq!(page.count(ROW), 18);
    assert!(page.texts(ROW).iter().any(|row| row.contains("catalog-api") && row.contains("+1")));

    // A pod that somebody made by hand is noise.
    page.click_text("[role=search] button.chip", "1 shown, though noise");
    page.wait_for_text("[role=search] [role=status]", "17 of 18 owners");

    page.click_text("header a", "45 of 45 reports");
    page.wait_for("#unmeasured");
    page.click_text("dialog button, [role=dialog] button", "namespace");
    page.wait_for_text("#unmeasured", "Deployment web-frontend (2)");
    page.assert_quiet();
}

#[test]
fn the_demos_files_have_their_text_with_chromium() {
    let test = "the_demos_files_have_their_text_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = site();
    files_have_their_text(&Page::start(), &Open::new(&site, Home::Http));
}

/// A file of every owner, with its text and its numbers.
pub fn files_have_their_text(page: &Page, open: &Open) {
    for owner in demo::owners() {
        let [namespace, kind, name, binary, build] = &owner.key;
        let is_own = |path: &&String| !path.starts_with('/') && !path.contains("/kit/");
        let ran = |path: &&String| owner.files[*path].1 > 0;
        let own: Vec<&String> = owner.files.keys().filter(is_own).collect();
        let path = own.iter().copied().find(ran).unwrap_or(own[0]);
        let build = &build[..8];
        page.open(&open.url(&format!("#/o/{namespace}/{kind}/{name}/{binary}/f/{path}?b={build}")));
        page.wait_for(".code li.ln");
        assert_eq!(page.texts(".note"), [""; 0], "{path}");
        let shown = page.text("main");
        for text in ["package ", &tenths(owner.files[path])] {
            assert!(shown.contains(text), "no `{text}` in {path} of {:?}:\n{shown}", owner.key);
        }
        page.assert_modest();
    }
    page.assert_quiet();
}

#[test]
fn what_tools_wrote_can_be_left_out_with_chromium() {
    let test = "what_tools_wrote_can_be_left_out_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = site();
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    let is_generated = |path: &&String| path.contains("zz_generated");
    let owners = demo::owners();
    let owner = owners.iter().find(|o| o.files.keys().any(|path| is_generated(&path))).unwrap();
    let [namespace, kind, name, binary, _] = &owner.key;
    page.open(&open.url(&format!("#/o/{namespace}/{kind}/{name}/{binary}?view=flat")));
    let rows = "table.files tbody tr[aria-rowindex]";
    page.wait_for(rows);
    let n_generated = owner.files.keys().filter(is_generated).count();
    assert!(page.text("table.files").contains("zz_generated"));
    let chip = "[aria-label=Files] button.chip";
    assert_eq!(page.text(chip), format!("{n_generated} generated"));
    let n_funcs = page.text("[aria-label=Functions] [role=status]");
    page.click(chip);
    let written = owner.files.iter().filter(|(path, _)| !is_generated(path));
    let (statements, covered) =
        written.fold((0, 0), |(all, ran), (_, file)| (all + file.0, ran + file.1));
    let status = format!(
        "{} files · {} of {} ran",
        owner.files.len() - n_generated,
        tenths((statements, covered)),
        number(statements)
    );
    page.wait_for_text("[aria-label=Files] [role=status]", &status);
    assert!(!page.text("table.files").contains("zz_generated"));
    assert_ne!(page.text("[aria-label=Functions] [role=status]"), n_funcs);
    assert!(page.hash().contains("written=1"), "{}", page.hash());
    page.reload();
    page.wait_for_text("[aria-label=Files] [role=status]", &status);
    assert_eq!(page.text(chip), format!("{n_generated} generated hidden"));
    page.click(chip);
    page.until("all files", "return !location.hash.includes('written')");
    page.assert_modest();
    page.assert_quiet();
}
