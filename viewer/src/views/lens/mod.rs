//! Where a lens is chosen: a sheet over any page. The loader opens and closes it.

mod chosen;
mod keys;
mod list;

use std::{cell::RefCell, rc::Rc};

use covatlas_shared::{field::Field, manifest::Manifest, owners::OwnersShard};
use web_sys::HtmlInputElement;
use yew::{AppHandle, Renderer, prelude::*};

use crate::{
    components::{IconName, dom, icon, loading, problem},
    host,
    lens::Lens,
    model::{
        find_words::words_of,
        format,
        lens_choice::{Group, LensFilters, groups, n_owners},
    },
    route::lens,
    store::{Remote, use_manifest, use_owners},
};
use chosen::chosen;
use keys::{apply, on_keys};
use list::{List, list};

thread_local! {
    /// The picker that was opened last.
    static LAST: RefCell<Option<AppHandle<Picker>>> = const { RefCell::new(None) };
}

/// Draws the picker into the sheet that the loader opened, with what was typed there already.
pub(crate) fn mount_picker() {
    let Some((root, typed)) = host::sheet() else { return };
    if let Some(closed) = LAST.take() {
        closed.destroy();
    }
    let hash = web_sys::window().and_then(|w| w.location().hash().ok()).unwrap_or_default();
    let props = PickerProps { typed: typed.into(), filters: lens::of_hash(&hash) };
    LAST.set(Some(Renderer::<Picker>::with_root_and_props(root, props).render()));
}

/// Properties of [`Picker`].
#[derive(Properties, PartialEq)]
struct PickerProps {
    /// What was typed before it was there.
    typed: AttrValue,
    /// The filters of the lens that the page is under.
    filters: Vec<String>,
}

/// What the reader has done so far.
#[derive(Clone, PartialEq)]
struct State {
    /// What is typed.
    query: String,
    /// What is chosen.
    filters: LensFilters,
    /// The group of which more is shown.
    opened: Option<Field>,
    /// The choice that Tab leads to.
    current: Option<(Field, String)>,
}

/// A field, what is chosen, and below them what there is to choose.
///
/// This program follows no address, so that the shards that it asks for are those of the whole site.
#[component]
fn Picker(props: &PickerProps) -> Html {
    let state = use_state_eq(|| State {
        query: props.typed.to_string(),
        filters: LensFilters::read(&props.filters),
        opened: None,
        current: None,
    });
    let (manifest, owners) = (use_manifest(), use_owners());
    let shard = owners.ready().map(Rc::clone);
    let deps = (shard.clone(), state.filters.clone());
    let passing = use_memo(deps, |(owners, filters)| {
        owners.as_ref().map(|owners| n_owners(owners, &filters.texts()))
    });
    let deps = (shard, state.filters.clone(), state.query.clone());
    let groups = use_memo(deps, |(owners, filters, query)| {
        let of = |owners: &Rc<OwnersShard>| groups(owners, filters, &words_of(query));
        owners.as_ref().map(of).unwrap_or_default()
    });
    use_effect_with((), |()| dom::focus("#ask"));
    let typed = typed_filter(&state.query);
    let setter = state.setter();
    let chooses = Chooses { state: (*state).clone(), set: Callback::from(move |s| setter.set(s)) };
    let first = first_choice(&chooses, &groups, typed.as_ref());
    let is_changed = state.filters.texts() != props.filters;
    let onkeydown = on_keys(state.filters.clone(), first.filter(|_| !is_changed));
    let list = List {
        groups: &groups,
        site: manifest.ready().zip(owners.ready()),
        typed,
        chooses: &chooses,
    };
    html! {
        <>
            <div class="ask" onkeydown={onkeydown.clone()}>
                {field(&chooses)}
                {buttons(&chooses, passing.as_ref().as_ref())}
            </div>
            <div {onkeydown} class="choose">
                {chosen(&chooses, passing.as_ref().as_ref())}
                {what_loads(&manifest, &owners)}
                {list_or_nothing(&list)}
            </div>
            <div class="foot row hide-s">
                <kbd>{"↑"}</kbd><kbd>{"↓"}</kbd>{"move"}<kbd>{"Space"}</kbd>{"choose"}
                <kbd>{"Enter"}</kbd>{"show"}<kbd>{"Esc"}</kbd>{"close"}
                <span class="push">{"Filters of --where work too: "}<code>{"pod=api-*"}</code></span>
            </div>
        </>
    }
}

/// What is chosen, and how to choose something else.
#[derive(Clone)]
struct Chooses {
    state: State,
    set: Callback<State>,
}

impl Chooses {
    /// Other filters.
    fn filters(&self, filters: LensFilters) {
        self.set.emit(State { filters, ..self.state.clone() });
    }

    /// Another text in the field.
    fn query(&self, query: String) {
        self.set.emit(State { query, opened: None, ..self.state.clone() });
    }

    /// More of a group.
    fn open(&self, group: Field) {
        self.set.emit(State { opened: Some(group), ..self.state.clone() });
    }

    /// The choice that Tab leads to.
    fn current(&self, field: Field, name: String) {
        self.set.emit(State { current: Some((field, name)), ..self.state.clone() });
    }
}

/// The filter that was typed, if it is one.
fn typed_filter(query: &str) -> Option<String> {
    let text = query.trim();
    let is_filter = text.contains('=') && Lens::parse(&[text.to_owned()]).is_ok();
    is_filter.then(|| text.to_owned())
}

/// The filters with the choice that stands first, when something is typed.
fn first_choice(
    chooses: &Chooses,
    groups: &[Group],
    typed: Option<&String>,
) -> Option<LensFilters> {
    let mut filters = chooses.state.filters.clone();
    match (typed, groups.first()) {
        _ if chooses.state.query.trim().is_empty() => return None,
        (Some(typed), _) => filters.add_text(typed),
        (None, Some(group)) => {
            let choice = group.choices.first()?;
            if !filters.holds(group.field, &choice.name) {
                filters.toggle(group.field, &choice.name);
            }
        }
        (None, None) => return None,
    }
    Some(filters)
}

fn field(chooses: &Chooses) -> Html {
    let oninput = {
        let chooses = chooses.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(field) = event.target_dyn_into::<HtmlInputElement>() {
                chooses.query(field.value());
            }
        })
    };
    html! {
        <>
            {icon(IconName::Search)}
            <input id="ask" type="text" value={chooses.state.query.clone()} {oninput}
                placeholder="Namespaces, owners, nodes, pods"
                aria-label="Filter what there is to choose" aria-controls="choices"
                autocomplete="off" autocapitalize="off" spellcheck="false" />
        </>
    }
}

/// Everyone again; and what is chosen.
fn buttons(chooses: &Chooses, passing: Option<&Result<usize, String>>) -> Html {
    let filters = chooses.state.filters.clone();
    let has_any = !filters.all().is_empty();
    let n = match passing {
        Some(Ok(n)) => *n,
        Some(Err(_)) => 0,
        None => 1,
    };
    let text = match passing {
        _ if !has_any => "Show everyone".to_owned(),
        None => "Show".to_owned(),
        Some(_) if n == 0 => "No owner passes".to_owned(),
        Some(_) => format!("Show {}", format::count(format::amount(n), "owner")),
    };
    let on_clear = {
        let chooses = chooses.clone();
        move |_: MouseEvent| {
            chooses.filters(LensFilters::default());
            dom::focus("#ask");
        }
    };
    let on_apply = move |_: MouseEvent| apply(&filters);
    html! {
        <>
            if has_any {
                <button class="btn bare hide-s" onclick={on_clear}>{"Clear"}</button>
            }
            <button class="btn main" onclick={on_apply} disabled={has_any && n == 0}>
                <span role="status">{text}</span>
            </button>
        </>
    }
}

fn what_loads(manifest: &Remote<Manifest>, owners: &Remote<OwnersShard>) -> Html {
    match (manifest.failed().or(owners.failed()), owners) {
        (Some(error), _) => problem("the owners", error),
        (None, Remote::Ready(_)) => Html::default(),
        (None, _) => loading("owners", 8),
    }
}

fn list_or_nothing(own: &List<'_>) -> Html {
    let nothing = own.groups.is_empty() && own.site.is_some() && own.typed.is_none();
    html! {
        <>
            {list(own)}
            if nothing {
                <p class="pad mut">
                    {"Nothing fits “"}<bdi>{own.chooses.state.query.clone()}</bdi>{"”."}
                </p>
            }
        </>
    }
}
