//! The demo as a bucket gives it to browsers, and how a newer site comes to them.

use covatlas_tests::browser::Page;
use covatlas_tests::{demo, files, fixtures};

use crate::dashboard::tenths;
use crate::demo::{files_have_their_text, shows_its_story, site};
use crate::sites::{Home, Open, has_browser};

#[test]
fn a_published_site_works_from_its_bucket_and_so_does_the_next_one_with_chromium() {
    let test = "a_published_site_works_from_its_bucket_and_so_does_the_next_one_with_chromium";
    if !has_browser(test) {
        return;
    }
    let site = site();
    let open = Open::new(&site, Home::Bucket);
    let page = Page::start();
    shows_its_story(&page, &open);
    files_have_their_text(&page, &open);

    // One owner has not counted anything this time. Whoever has the old page open goes on with it.
    let owners = demo::owners();
    let owner = owners.iter().find(|owner| owner.reports.len() == 1).unwrap();
    let [namespace, kind, name, binary, _] = &owner.key;
    let other = owners.iter().find(|other| other.key[2] != *name).unwrap();
    let address =
        |key: &[String; 5]| format!("#/o/{}/{}/{}/{}?view=flat", key[0], key[1], key[2], key[3]);
    page.open(&open.url("#/?noise=1"));
    let pod = owner.reports[0].split('/').nth(2).unwrap();
    for counters in fixtures::counters(&site.collection.report_dir(pod)) {
        std::fs::remove_file(counters).unwrap();
    }
    site.collection.run(["compile"]).exits(0);
    let dir = site.dir.to_str().unwrap();
    site.collection.run(["render", "--hide", "kind=Pod", "--output-dir", dir]).exits(0);
    let sent = open.publish(&site)["bytes"].as_u64().unwrap();
    let size: usize = files::read(&site.dir).values().map(Vec::len).sum();
    let size = u64::try_from(size).unwrap();
    eprintln!("{sent} bytes sent for one owner of a site of {size}");
    assert!(sent * 50 <= size, "{sent} bytes sent for one owner of a site of {size}");
    for (key, of) in [(&other.key, other.coverage), (&owner.key, owner.coverage)] {
        page.open(&open.url(&address(key)));
        page.wait_for_text("main", &tenths(of));
    }
    page.assert_quiet();

    page.leave();
    page.open(&open.url(&format!("#/o/{namespace}/{kind}/{name}/{binary}?view=flat")));
    page.wait_for_text("main", &tenths((owner.coverage.0, 0)));
    page.open(&open.url(&address(&other.key)));
    page.wait_for_text("main", &tenths(other.coverage));
    page.assert_quiet();
}
