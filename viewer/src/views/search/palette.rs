//! The search over any page. The loader opens and closes it: it is there before this program is.

use std::{cell::RefCell, rc::Rc};

use covatlas_shared::stats::Tiers;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, HtmlInputElement};
use yew::{AppHandle, Renderer, prelude::*};

use super::{
    Search,
    hits::{hit_cells, hit_class},
    n_hits, use_search,
};
use crate::{
    components::{IconName, dom, icon, nav::here, problem, two_classes},
    host,
    model::{
        format,
        search::{Found, Item, Kind},
    },
    route::{Route, SearchQuery},
    store::use_manifest,
};

/// So many of each kind when all kinds are shown, and when one is.
const FEW: usize = 4;
const MANY: usize = 30;

thread_local! {
    /// The palette that was opened last.
    static LAST: RefCell<Option<AppHandle<Palette>>> = const { RefCell::new(None) };
}

/// Draws the palette into the sheet that the loader opened, with what was typed there already.
pub(crate) fn mount_palette() {
    let Some((root, typed)) = host::sheet() else { return };
    if let Some(closed) = LAST.take() {
        closed.destroy();
    }
    // The lens of the page below, which another program may have drawn.
    here();
    let props = PaletteProps { typed: typed.into() };
    LAST.set(Some(Renderer::<Palette>::with_root_and_props(root, props).render()));
}

/// Properties of [`Palette`].
#[derive(Properties, PartialEq)]
struct PaletteProps {
    /// What was typed before it was there.
    typed: AttrValue,
}

/// What can be chosen: something that was found, or all of a kind.
#[derive(Clone, Copy, PartialEq)]
enum Choice {
    Hit(Kind, Item),
    All(Kind),
}

/// A field, and below it the best hits of each kind.
#[component]
fn Palette(props: &PaletteProps) -> Html {
    let query = use_state_eq(|| props.typed.to_string());
    let only = use_state_eq(|| None::<Kind>);
    let current = use_state_eq(|| 0_usize);
    let search = use_search(&query);
    let tiers = use_manifest().ready().map_or_else(Tiers::default, |m| m.tiers);
    let groups = use_memo((search.found.clone(), *only), |(found, only)| groups(found, *only));
    let n_choices = groups.iter().map(|(_, choices)| choices.len()).sum::<usize>();
    use_effect_with((), |()| dom::focus("#ask"));
    use_effect_with((*current, Rc::clone(&groups)), |(current, _)| show(*current));
    let oninput = {
        let (query, current) = (query.setter(), current.setter());
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                query.set(field.value());
                current.set(0);
            }
        })
    };
    let onkeydown = on_keys(current.clone(), n_choices);
    let on_only = {
        let (only, current) = (only.setter(), current.setter());
        Callback::from(move |kind| {
            only.set(kind);
            current.set(0);
            dom::focus("#ask");
        })
    };
    let active = (n_choices > 0).then(|| format!("hit-{}", *current));
    html! {
        <>
            <div class="ask" onkeydown={onkeydown.clone()}>
                {icon(IconName::Search)}
                <input id="ask" type="text" value={(*query).clone()} {oninput} role="combobox"
                    placeholder="Search owners, binaries, packages, files, functions"
                    aria-label="Search owners, binaries, packages, files and functions"
                    aria-expanded={if n_choices > 0 { "true" } else { "false" }} aria-controls="hits"
                    aria-autocomplete="list" aria-activedescendant={active}
                    autocomplete="off" autocapitalize="off" spellcheck="false" />
                if !search.found.words.is_empty() {
                    <span class="dim" role="status">{n_hits(&search)}</span>
                }
                <kbd>{"Esc"}</kbd>
            </div>
            if !search.found.is_empty() {
                {kinds(&search.found, *only, &on_only)}
            }
            {results(&search, &groups, At { query: &query, current: *current, tiers })}
            <div class="foot row hide-s">
                <kbd>{"↑"}</kbd><kbd>{"↓"}</kbd>{"move"}<kbd>{"Enter"}</kbd>{"open"}
                <a class="push" href={page(&query, None)}>{"All hits on a page"}</a>
            </div>
        </>
    }
}

/// The best of each kind, the kind with the best hit first.
fn groups(found: &Found, only: Option<Kind>) -> Vec<(Kind, Vec<Choice>)> {
    let n = if only.is_some() { MANY } else { FEW };
    let kinds = found.kinds_by_fit().into_iter().filter(|kind| only.is_none_or(|o| o == *kind));
    let group = |kind: Kind| {
        let hits = found.of(kind);
        let best = hits.best(n).into_iter().map(|item| Choice::Hit(kind, item));
        let all = (hits.len() > n).then_some(Choice::All(kind));
        (kind, best.chain(all).collect())
    };
    kinds.map(group).collect()
}

/// Arrow keys move, Enter opens, Tab stays within the sheet.
fn on_keys(current: UseStateHandle<usize>, n_choices: usize) -> Callback<KeyboardEvent> {
    Callback::from(move |event: KeyboardEvent| {
        let last = n_choices.saturating_sub(1);
        match event.key().as_str() {
            "ArrowDown" => current.set(if *current >= last { 0 } else { *current + 1 }),
            "ArrowUp" => current.set(current.checked_sub(1).unwrap_or(last)),
            "Enter" if n_choices > 0 => {
                if let Some(choice) = choice(*current) {
                    choice.click();
                }
            }
            "Tab" => return dom::keep_focus_in("[role=dialog]", &event),
            _ => return,
        }
        event.prevent_default();
    })
}

fn choice(at: usize) -> Option<HtmlElement> {
    dom::document()?.get_element_by_id(&format!("hit-{at}"))?.dyn_into().ok()
}

/// Brings a choice into view.
fn show(at: usize) {
    let Some(choice) = choice(at) else { return };
    let options = web_sys::ScrollIntoViewOptions::new();
    options.set_block(web_sys::ScrollLogicalPosition::Nearest);
    let choice: &Element = choice.as_ref();
    choice.scroll_into_view_with_scroll_into_view_options(&options);
}

/// A switch between all kinds and one, with the number of hits of each.
fn kinds(found: &Found, only: Option<Kind>, on_only: &Callback<Option<Kind>>) -> Html {
    let button = |kind: Option<Kind>| {
        let pressed = if kind == only { "true" } else { "false" };
        let onclick = on_only.reform(move |_: MouseEvent| kind);
        html! { <button class="btn" aria-pressed={pressed} {onclick}>{kind_text(found, kind)}</button> }
    };
    let some = Kind::ALL.into_iter().filter(|kind| !found.of(*kind).is_empty()).map(Some);
    html! {
        <div class="tools">
            <div class="seg" role="group" aria-label="Show">
                { for std::iter::once(None).chain(some).map(button) }
            </div>
        </div>
    }
}

/// `Functions 29`, or `All`.
pub(super) fn kind_text(found: &Found, kind: Option<Kind>) -> String {
    match kind {
        None => "All".to_owned(),
        Some(kind) => {
            let n = format::amount(found.of(kind).len());
            format!("{} {}", kind.title(), format::number(n))
        }
    }
}

/// The groups as one list of options, numbered through.
fn results(search: &Search, groups: &[(Kind, Vec<Choice>)], at: At<'_>) -> Html {
    let mut next = 0_usize;
    let mut group = |(kind, choices): &(Kind, Vec<Choice>)| {
        let first = next;
        next = next.saturating_add(choices.len());
        let option =
            |(i, choice): (usize, &Choice)| option(search, *choice, first.saturating_add(i), at);
        html! {
            <div role="group" aria-label={kind.title()}>
                <h3 aria-hidden="true">{kind.title()}</h3>
                { for choices.iter().enumerate().map(option) }
            </div>
        }
    };
    let nothing = groups.is_empty() && !search.is_loading && search.error.is_none();
    html! {
        <>
            if let Some(error) = &search.error {
                {problem("the names to search", error)}
            }
            <div id="hits" role="listbox" aria-label="Results">
                { for groups.iter().map(&mut group) }
            </div>
            if nothing {
                <p class="pad mut">
                    if search.found.words.is_empty() {
                        {"All words must fit, each somewhere in a name or where it belongs."}
                    } else {
                        {"Nothing fits “"}<bdi>{at.query.to_owned()}</bdi>{"”."}
                    }
                </p>
            }
        </>
    }
}

/// What of the palette changes how an option looks.
#[derive(Clone, Copy)]
struct At<'a> {
    query: &'a str,
    current: usize,
    tiers: Tiers,
}

fn option(search: &Search, choice: Choice, idx: usize, at: At<'_>) -> Html {
    let is_current = idx == at.current;
    let (href, class, cells) = match choice {
        Choice::All(kind) => {
            let class = two_classes("hit bare", if is_current { "is-cur" } else { "" });
            (page(at.query, Some(kind)), class, all(&search.found, kind))
        }
        Choice::Hit(kind, item) => {
            let hit = search.names.as_ref().and_then(|names| names.hit(kind, item));
            let Some(hit) = hit else { return Html::default() };
            let cells = hit_cells(&hit, &search.found.words, at.tiers);
            (hit.to.href(), hit_class(&hit, is_current), cells)
        }
    };
    html! {
        <a {class} id={format!("hit-{idx}")} {href} role="option" tabindex="-1"
            aria-selected={if is_current { "true" } else { "false" }}>
            {cells}
        </a>
    }
}

fn all(found: &Found, kind: Kind) -> Html {
    let n = format::amount(found.of(kind).len());
    let text = format!("all {} {}", format::number(n), kind.title().to_lowercase());
    html! { <><span></span><span class="mut">{text}</span></> }
}

fn page(query: &str, kind: Option<Kind>) -> String {
    let kind = kind.map_or("", Kind::name).to_owned();
    Route::Search(SearchQuery { q: query.trim().to_owned(), kind }).href()
}
