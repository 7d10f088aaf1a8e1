//! The page of a file: every line as Go counted it, links to lines, and doubts about texts.

use std::collections::BTreeMap;

use covatlas_tests::browser::Page;
use covatlas_tests::git_server::Server;
use covatlas_tests::golden::{Golden, Profile};
use covatlas_tests::lines::{self, State};
use covatlas_tests::{fixtures, tools, wait, world};

use crate::sites::{Home, Open, Site, everywhere, has_browser};

const DNS: &str = "#/o/openshift-dns/DaemonSet/dns-default/covdemo";
const STORE: &str = "example.com/ocp/covdemo/internal/store/store.go";
const LINE: &str = ".code li.ln";

/// Number, state and count, and text of a line on the page.
type Seen = BTreeMap<u64, (String, String, String)>;

/// Reads all lines of the file, from the top to the end, as only those on screen are in the page;
/// again from the top when some were not drawn yet.
#[track_caller]
fn read_all(page: &Page, n_lines: u64) -> Seen {
    page.wait_for(LINE);
    page.js("document.querySelector('.code').scrollTop = 0");
    let mut seen = Seen::new();
    wait::until("all lines", || {
        let lines = page.js(
            "const code = document.querySelector('.code'); \
             const lines = [...code.querySelectorAll('li.ln')].map(l => [+l.querySelector('.no').innerText, \
               l.className, l.querySelector('.ct').innerText, l.querySelector('code').textContent]); \
             const isEnd = code.scrollTop + code.clientHeight >= code.scrollHeight - 1; \
             code.scrollTop = isEnd ? 0 : code.scrollTop + code.clientHeight / 2; return lines",
        );
        let lines: Vec<(u64, String, String, String)> = serde_json::from_value(lines).unwrap();
        let states = lines.into_iter().map(|(n, class, count, text)| (n, (class, count, text)));
        seen.extend(states);
        seen.len() as u64 >= n_lines
    });
    seen
}

/// What the class and the count of a line must be.
fn shown(state: State) -> (String, String) {
    match state {
        None => ("ln".to_owned(), String::new()),
        Some((class, count)) => (format!("ln {class}"), short(count)),
    }
}

/// A count as the gutter shows it.
fn short(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..10_000 if n % 1_000 >= 100 => format!("{}.{}k", n / 1_000, n % 1_000 / 100),
        1_000..1_000_000 => format!("{}k", n / 1_000),
        _ => panic!("{n}: the sample has no such count"),
    }
}

/// Asserts that every line of a file is shown as it must be.
#[track_caller]
fn assert_lines(page: &Page, path: &str, profile: &Profile) -> usize {
    let text = lines::source(path).unwrap();
    let states = lines::states(&text, &profile.file(path));
    let seen = read_all(page, states.len() as u64);
    assert_eq!(seen.len(), states.len(), "{path}");
    for (number, (line, state)) in (1..).zip(text.lines().zip(&states)) {
        let (class, count, shown_text) = &seen[&number];
        assert_eq!((class.clone(), count.clone()), shown(*state), "{path}:{number}: {line}");
        assert_eq!(shown_text, line, "{path}:{number}");
    }
    states.iter().flatten().count()
}

#[test]
fn every_line_is_as_go_counted_it_with_chromium() {
    everywhere("every_line_is_as_go_counted_it_with_chromium", |page, site| {
        // One process with one snapshot: its counts are those of the golden profile.
        let profile = Golden::all()[0].profile();
        let mut with_code = 0;
        for path in profile.files().into_keys() {
            page.open(&site.url(&format!("{DNS}/f/{path}")));
            page.wait_for(LINE);
            with_code += assert_lines(page, path, &profile);
            page.assert_modest();
        }
        assert!(with_code > 150, "only {with_code} lines with code");
    });
}

#[test]
fn replicas_show_the_largest_count_and_paths_without_a_module_work_with_chromium() {
    let test = "replicas_show_the_largest_count_and_paths_without_a_module_work_with_chromium";
    everywhere(test, |page, site| {
        // Built from a list of files: an absolute path.
        let profile = Golden::all()[8].profile();
        let owner = "#/o/openshift-ingress/Deployment/router-default/manager";
        let main = "/workspace/main.go";
        page.open(&site.url(&format!("{owner}/f/{main}")));
        let text = lines::source("example.com/ocp/covdemo/main.go").unwrap();
        let states = lines::states(&text, &profile.file(main));
        let seen = read_all(page, states.len() as u64);
        for (number, state) in (1..).zip(&states) {
            let (class, count, _) = &seen[&number];
            assert_eq!((class.clone(), count.clone()), shown(*state), "{main}:{number}");
        }
        // A build that several owners have: here, and anywhere.
        page.open(&site.url("#/o/openshift-demo/Deployment/covdemo/covdemo"));
        page.wait_for("table.files a.path");
        page.click_text("table.files a.path", "store.go");
        page.wait_for(LINE);
        page.click_text("[aria-label='Whose counts'] *", "Anywhere");
        page.until("anywhere", "return location.hash.includes('counts=anywhere')");
        page.wait_for(LINE);
        page.assert_modest();
    });
}

/// The lines that are selected and on screen.
fn selected(page: &Page) -> Vec<u64> {
    let numbers = page.js(&format!(
        "return [...document.querySelectorAll('{LINE}.on')].filter(l => {{ \
           const r = l.getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight; }}) \
           .map(l => +l.querySelector('.no').innerText)"
    ));
    serde_json::from_value(numbers).unwrap()
}

#[test]
fn links_lead_to_lines_and_lines_to_links_with_chromium() {
    everywhere("links_lead_to_lines_and_lines_to_links_with_chromium", |page, site| {
        // Cold, to the end of a file that does not fit the window.
        page.resize((1360, 500));
        page.leave();
        page.open(&site.url(&format!("{DNS}/f/{STORE}?l=110-112")));
        wait::until("the lines of the link", || selected(page) == [110, 111, 112]);

        page.js("document.querySelector('.code').scrollTop = 0");
        let first = format!("return document.querySelector('{LINE} a.no')?.innerText == '1'");
        page.until("the top", &first);
        let third = format!("{LINE}:nth-child(4) a.no");
        let number = page.text(&third);
        page.click(&third);
        page.until("one line", &format!("return location.hash.endsWith('?l={number}')"));
        wait::until("selected", || selected(page) == [number.parse::<u64>().unwrap()]);
        let hash = page.hash();
        page.reload();
        page.wait_for(LINE);
        wait::until("the same after a reload", || {
            selected(page) == [number.parse::<u64>().unwrap()]
        });
        assert_eq!(page.hash(), hash);

        // The next place that never ran, by key.
        let profile = Golden::all()[0].profile();
        let states = lines::states(&lines::source(STORE).unwrap(), &profile.file(STORE));
        let never: Vec<u64> = (1..)
            .zip(&states)
            .filter(|(_, state)| matches!(state, Some(('u' | 'p', _))))
            .map(|(number, _)| number)
            .collect();
        assert!(!never.is_empty());
        page.leave();
        page.open(&site.url(&format!("{DNS}/f/{STORE}")));
        page.wait_for(LINE);
        // A key that comes before the page listens is lost; one too many would lead further.
        wait::until("a place", || {
            page.press("n");
            wait::soon(|| !selected(page).is_empty())
        });
        assert_eq!(selected(page).first(), never.first());

        // Up to the owner.
        page.press("u");
        page.wait_for("table.files");
        page.resize(covatlas_tests::browser::WIDE);
    });
}

/// Whether a selected line is on screen, within the frame of lines.
const ON_SCREEN: &str = "const frame = document.querySelector('.code')?.getBoundingClientRect(); \
     const on = [...document.querySelectorAll('.ln.on')].map(l => l.getBoundingClientRect()); \
     return !!frame && on.length > 0 && on.every(l => l.top >= frame.top && l.bottom <= frame.bottom)";

#[test]
fn lines_of_a_link_are_on_screen_also_when_the_page_was_there_before_with_chromium() {
    let test = "lines_of_a_link_are_on_screen_also_when_the_page_was_there_before_with_chromium";
    everywhere(test, |page, site| {
        page.resize((1360, 500));
        page.leave();
        // The first of the lines would be the last one on screen.
        let link = site.url(&format!("{DNS}/f/{STORE}?l=20-23"));
        page.open(&link);
        page.until("the lines", ON_SCREEN);
        page.js("document.querySelector('.code').scrollTop = 1e6");
        page.until("they left", "return !document.querySelector('.ln.on')");
        // Another program draws, and the same link is followed again.
        page.open(&site.url("#/"));
        page.wait_for("table.owners a.lead");
        page.open(&link);
        page.until("the lines again", ON_SCREEN);
        page.resize(covatlas_tests::browser::WIDE);
    });
}

#[test]
fn lines_are_selected_with_the_shift_key_and_copied_as_a_link_with_chromium() {
    let test = "lines_are_selected_with_the_shift_key_and_copied_as_a_link_with_chromium";
    everywhere(test, |page, site| {
        page.leave();
        page.open(&site.url(&format!("{DNS}/f/{STORE}?l=7")));
        page.wait_for(".ln.on");
        let click = |line: u32| {
            page.js(&format!(
                "[...document.querySelectorAll('a.no')].find(a => a.innerText === '{line}') \
                 .dispatchEvent(new MouseEvent('click', {{ bubbles: true, cancelable: true, shiftKey: true }}))"
            ));
        };
        click(9);
        page.until("down to the line", "return location.hash.endsWith('?l=7-9')");
        click(5);
        page.until("up to the line", "return location.hash.endsWith('?l=5-9')");
        wait::until("all selected", || selected(page) == [5, 6, 7, 8, 9]);

        page.click("[aria-label^='Copy a link']");
        page.wait_for_text(".places", "Link copied");
        // Control and V paste it.
        page.type_into("#filter", "\u{e009}v\u{e000}");
        let pasted = "return document.querySelector('#filter').value";
        wait::until("pasted", || page.js(pasted) != "");
        let pasted = page.js(pasted).as_str().unwrap().to_owned();
        let newest = world::newest();
        let (_, (build, _)) = newest.iter().find(|(key, _)| key[2] == "dns-default").unwrap();
        let link = site.url(&format!("{DNS}/f/{STORE}?l=5-9&b={}", &build[..8]));
        assert_eq!(pasted, link);
        page.type_into("#filter", "\u{e00c}");
        page.open(&link);
        wait::until("what was linked to", || selected(page) == [5, 6, 7, 8, 9]);
    });
}

#[test]
fn places_go_on_in_the_next_file_with_chromium() {
    everywhere("places_go_on_in_the_next_file_with_chromium", |page, site| {
        let profile = Golden::all()[0].profile();
        let by_path = profile.files();
        let never: Vec<&str> =
            by_path.iter().filter(|(_, (all, ran))| ran < all).map(|(path, _)| *path).collect();
        let [first, second, ..] = never[..] else { panic!("{never:?}") };
        page.leave();
        page.open(&site.url(&format!("{DNS}/f/{first}")));
        page.wait_for(LINE);
        // In as many steps as there are places, one more leads on.
        let n_places = "return +document.querySelector('.places').innerText.split(' ').at(-2)";
        wait::until("places", || page.js(n_places).as_u64().is_some_and(|n| n > 0));
        let n_places = page.js(n_places).as_u64().unwrap();
        for at in 1..=n_places {
            page.press("n");
            page.wait_for_text(".places", &format!("{at} of {n_places}"));
        }
        page.press("n");
        page.until("the next file", &format!("return location.hash.includes('/f/{second}?l=')"));
        page.wait_for_text(".places", "1 of ");
        page.until("its place", ON_SCREEN);
        page.press("N");
        page.until("back", &format!("return location.hash.includes('/f/{first}?l=')"));
        page.wait_for_text(".places", &format!("{n_places} of {n_places}"));
        page.until("the last place", ON_SCREEN);
        page.press("N");
        let before = n_places.saturating_sub(1);
        if before > 0 {
            page.wait_for_text(".places", &format!("{before} of {n_places}"));
        }
    });
}

#[test]
fn states_can_be_hidden_and_text_found_with_chromium() {
    everywhere("states_can_be_hidden_and_text_found_with_chromium", |page, site| {
        page.open(&site.url(&format!("{DNS}/f/{STORE}")));
        page.wait_for(LINE);
        page.press("m");
        page.wait_for(".code.no-m");
        assert!(page.hash().contains("hide=m"), "{}", page.hash());
        page.reload();
        page.wait_for(".code.no-m");
        page.press("m");
        page.until("shown again", "return !document.querySelector('.code.no-m')");

        let text = lines::source(STORE).unwrap();
        let wanted = text.matches("func ").count();
        page.type_into("#filter", "func ");
        page.wait_for_text(".field.find [role=status]", &format!("of {wanted}"));
        page.wait_for("mark");
        page.type_into("#filter", "\u{e00c}");
        page.until("nothing is marked", "return !document.querySelector('mark')");
    });
}

#[test]
fn files_without_text_show_their_units_with_chromium() {
    everywhere("files_without_text_show_their_units_with_chromium", |page, site| {
        let golden = &Golden::all()[4];
        let profile = golden.profile();
        let path = *profile.files().keys().next().unwrap();
        page.open(&site.url(&format!("#/o/_host_/Host/kubelet/kubelet/f/{path}")));
        page.wait_for(LINE);
        page.wait_for_text(".note", "was not found");
        let (statements, covered) = profile.files()[path];
        let tools = page.text(".tools");
        assert!(tools.contains(&format!("{covered} of {statements}")), "{tools}");
        page.assert_modest();

        page.open(&site.url(&format!("{DNS}/f/example.com/ocp/covdemo/internal/stor/store.go")));
        page.wait_for(".empty");
        page.click_text(".empty a", "store.go");
        page.wait_for(LINE);
    });
}

#[test]
fn another_commit_is_announced_with_chromium_and_git() {
    let test = "another_commit_is_announced_with_chromium_and_git";
    if !has_browser(test) || !tools::has(test, "git") {
        return;
    }
    let scratch = covatlas_tests::Collection::new();
    fixtures::repository(&scratch.beside("git"), "false", fixtures::Tip::Another);
    let server = Server::git(scratch.beside("git"));
    let mirror = format!("{}={}", fixtures::REPO_URL, server.url("samples"));
    let site = Site::of_mirror(&fixtures::data(), &mirror, &[]);
    let open = Open::new(&site, Home::Http);
    let page = Page::start();
    page.open(&open.url(&format!("{DNS}/f/{STORE}")));
    page.wait_for(LINE);
    page.wait_for_text(".note", "not the text that was built");
    assert!(page.text(".note").contains(&fixtures::COMMIT[..7]));
    page.assert_quiet();
}

/// Owners by name with what they must be shown to have done on a line: their count, 0 for none.
fn runners(build: &str, path: &str, text: &str, line: usize) -> BTreeMap<String, u64> {
    let all = world::owners();
    let with_build = all.iter().filter(|(key, _)| key[4] == build);
    with_build
        .map(|(key, owner)| {
            let state = lines::states(text, &owner.profile.file(path))[line - 1];
            (key[2].clone(), state.expect("a line with code").1)
        })
        .collect()
}

#[test]
fn who_ran_a_line_is_named_with_pods_and_counts_with_chromium() {
    everywhere("who_ran_a_line_is_named_with_pods_and_counts_with_chromium", |page, site| {
        let all = world::owners();
        let sharing = |build: &String| all.keys().filter(|key| key[4] == *build).count();
        let (key, owner) = all.iter().find(|(key, _)| sharing(&key[4]) > 1).unwrap();
        let [namespace, kind, name, binary, build] = key;
        let text = lines::source(STORE).unwrap();
        // A line that some of the owners ran and some did not, if there is one.
        let states = lines::states(&text, &owner.profile.file(STORE));
        let with_code = (1..=states.len()).filter(|line| states[line - 1].is_some());
        let differs = |line: &usize| {
            let counts = runners(build, STORE, &text, *line);
            let n_ran = counts.values().filter(|count| **count > 0).count();
            (usize::from(n_ran > 0) + usize::from(n_ran < counts.len()), *line)
        };
        let line = with_code.max_by_key(differs).unwrap();
        let wanted = runners(build, STORE, &text, line);

        let file = format!("#/o/{namespace}/{kind}/{name}/{binary}/f/{STORE}?b={}", &build[..8]);
        page.open(&site.url(&format!("{file}&l={line}")));
        page.wait_for(".ln.on");
        assert_eq!(page.count(".side"), 0);
        page.click(".ln.on .ct");
        page.wait_for(".side .who");
        assert!(page.hash().contains("who=1"), "{}", page.hash());
        page.until("counts", "return ![...document.querySelectorAll('.side .who .num')].some(n => n.innerText === '…')");
        let shown = page.js("return [...document.querySelectorAll('.side .who')].map(w => \
             [w.querySelector('a').innerText, w.querySelector('.num').innerText])");
        let shown: Vec<(String, String)> = serde_json::from_value(shown).unwrap();
        let wanted: BTreeMap<_, _> = wanted.into_iter().map(|(name, n)| (name, short(n))).collect();
        assert_eq!(shown.into_iter().collect::<BTreeMap<_, _>>(), wanted, "{file} line {line}");
        let ran = wanted.values().filter(|count| *count != "0").count();
        let summary = page.text(".side header p");
        assert!(summary.starts_with(&format!("{ran} of {} owners", wanted.len())), "{summary}");
        for (key, owner) in all.iter().filter(|(key, _)| key[4] == *build && wanted[&key[2]] != "0")
        {
            let entry = page.js(&format!(
                "return [...document.querySelectorAll('.side .who')].find(w => \
                 w.querySelector('a').innerText === {:?}).innerText",
                key[2]
            ));
            let entry = entry.as_str().unwrap();
            let goldens = Golden::all();
            for number in owner.goldens.iter().filter(|number| **number != world::MIXED) {
                let golden = &goldens[*number];
                let state = lines::states(&text, &golden.profile().file(STORE))[line - 1];
                // The owner's name stands above; a host process has no pod.
                let place = if key[1] == "Host" { golden.part(0) } else { golden.part(2) };
                let end = place.strip_prefix(key[2].as_str()).unwrap_or(place);
                assert_eq!(entry.contains(end), state.unwrap().1 > 0, "{place} in {entry}");
            }
        }
        page.assert_modest();

        // The state is in the address; the key closes the panel.
        page.reload();
        page.wait_for(".side .who");
        page.press("w");
        page.until("closed", "return !document.querySelector('.side')");
        assert!(!page.hash().contains("who"), "{}", page.hash());
    });
}
