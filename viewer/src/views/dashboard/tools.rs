//! The filters: one field, a menu for each thing to filter by, and a chip for each filter that is on.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::band::tier_text;
use crate::{
    components::{IconName, Nav, chip, dom, icon, nav::here},
    model::{
        format,
        lens_choice::of_query,
        owners::{Choice, Facet, OwnerTable, Passing},
    },
    route::{DashboardQuery, Route, lens},
};

/// The most choices that a menu offers; the field finds the others.
const MAX_CHOICES: usize = 250;

/// The row of filters. What is typed changes the address in place, what is chosen adds to the
/// history.
pub(super) fn tools(
    table: &Rc<OwnerTable>,
    passing: &Rc<Passing>,
    query: &DashboardQuery,
    shown: &Rc<Vec<usize>>,
    nav: &Nav,
) -> Html {
    let on_type = {
        let query = query.clone();
        nav.replace.reform(move |q: String| Route::Dashboard(DashboardQuery { q, ..query.clone() }))
    };
    let menu = |facet| {
        let (table, passing) = (Rc::clone(table), Rc::clone(passing));
        html! { <Menu {facet} {table} {passing} push={nav.push.clone()} /> }
    };
    let on_csv = Callback::from({
        let (table, shown) = (Rc::clone(table), Rc::clone(shown));
        move |_: MouseEvent| dom::download("owners.csv", "text/csv", &table.csv(&shown))
    });
    let chosen = |facet: Facet| facet.chosen(query).into_iter().map(move |value| (facet, value));
    let on_chip = |(facet, value): (Facet, String)| {
        let mut without = query.clone();
        facet.toggle(&mut without, &value);
        let on_remove = nav.push.reform(move |()| Route::Dashboard(without.clone()));
        chip(title(facet), &label(facet, &value, table), &on_remove)
    };
    html! {
        <div class="tools stick" role="search">
            {field(&query.q, on_type)}
            { for Facet::ALL.into_iter().filter(|facet| table.offers(*facet)).map(menu) }
            // One child, however many chips there are: menus before them stay what they are.
            <>
                { for Facet::ALL.into_iter().flat_map(chosen).map(on_chip) }
                { for as_lens(query) }
            </>
            {noise(table, passing, query, shown, &nav.push)}
            <span class="push mut" role="status">
                {format::number(format::amount(shown.len()))}{" of "}
                {format::count(format::amount(table.len()), "owner")}
            </span>
            <button class="btn hide-s" title="The owners that are shown, as a file for spreadsheets"
                onclick={on_csv}>
                {icon(IconName::Download)}{"CSV"}
            </button>
        </div>
    }
}

/// Turns the filters into a lens, which all pages keep.
fn as_lens(query: &DashboardQuery) -> Option<Html> {
    let (filters, rest) = of_query(&lens::current(), query)?;
    let href = Route::Dashboard(rest).href_under(&filters);
    Some(html! {
        <a class="btn bare" {href} title="Every page shows what these alone ran">
            {icon(IconName::Lens)}{"Use as lens"}
        </a>
    })
}

/// How many owners are hidden as noise, or shown although they are; a click changes that.
fn noise(
    table: &OwnerTable,
    passing: &Passing,
    query: &DashboardQuery,
    shown: &[usize],
    push: &Callback<Route>,
) -> Html {
    let (n, what) = if query.noise {
        (table.n_noise(shown), "shown, though noise")
    } else {
        (passing.n_hidden(), "hidden as noise")
    };
    if n == 0 {
        return Html::default();
    }
    let to = DashboardQuery { noise: !query.noise, ..query.clone() };
    let onclick = push.reform(move |_: MouseEvent| Route::Dashboard(to.clone()));
    html! {
        <button class="chip" aria-pressed={query.noise.to_string()} {onclick}
            title="What the configuration calls noise; a click shows or hides it">
            <b>{format::number(format::amount(n))}</b>{what}
        </button>
    }
}

/// The text filter. Esc empties it, and leaves it when it is empty.
fn field(q: &str, on_type: Callback<String>) -> Html {
    let oninput = on_type.reform(|event: InputEvent| {
        event.target_dyn_into::<HtmlInputElement>().map(|i| i.value()).unwrap_or_default()
    });
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        let field = event.target_dyn_into::<HtmlInputElement>();
        if let ("Escape" | "Enter", Some(field)) = (event.key().as_str(), field) {
            if event.key() == "Escape" && !field.value().is_empty() {
                on_type.emit(String::new());
            } else {
                field.blur().ok();
            }
        }
    });
    html! {
        <label class="field">
            {icon(IconName::Search)}
            <input id="filter" type="text" value={q.to_owned()} {oninput} {onkeydown}
                placeholder="Filter owners, binaries, commits" aria-label="Filter owners"
                autocomplete="off" autocapitalize="off" spellcheck="false" />
            <kbd class="hide-s" aria-hidden="true">{"f"}</kbd>
        </label>
    }
}

/// Properties of [`Menu`].
#[derive(Properties, PartialEq)]
struct MenuProps {
    facet: Facet,
    table: Rc<OwnerTable>,
    passing: Rc<Passing>,
    push: Callback<Route>,
}

/// A menu that adds one filter to the address. It always shows its own name: the chips show what is
/// on.
///
/// Its choices follow the filters once the reader comes near, not at every keystroke in the field:
/// that is hundreds of elements.
#[component]
fn Menu(props: &MenuProps) -> Html {
    let facet = props.facet;
    let (hovers, has_focus) = (use_state_eq(|| false), use_state_eq(|| false));
    let drawn = use_mut_ref(|| Rc::clone(&props.passing));
    if *hovers || *has_focus {
        drawn.replace(Rc::clone(&props.passing));
    }
    let passing = Rc::clone(&drawn.borrow());
    let push = props.push.clone();
    let onchange = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            let value = select.value();
            select.set_selected_index(0);
            if let (Some(value), Route::Dashboard(mut query)) = (value.strip_prefix('='), here()) {
                facet.toggle(&mut query, value);
                push.emit(Route::Dashboard(query));
            }
        }
    });
    let set = |state: &UseStateHandle<bool>, value: bool| {
        let state = state.setter();
        move || state.set(value)
    };
    let (enter, leave) = (set(&hovers, true), set(&hovers, false));
    let (focus, blur) = (set(&has_focus, true), set(&has_focus, false));
    html! {
        <span class="menu">
            <select class="btn" aria-label={format!("Filter by {}", title(facet).to_ascii_lowercase())}
                {onchange} onpointerenter={move |_: PointerEvent| enter()}
                onpointerleave={move |_: PointerEvent| leave()}
                onfocus={move |_: FocusEvent| focus()} onblur={move |_: FocusEvent| blur()}>
                <option value="" selected={true}>{title(facet)}</option>
                <Choices {facet} table={Rc::clone(&props.table)} {passing} />
            </select>
            {icon(IconName::Down)}
        </span>
    }
}

/// Properties of [`Choices`].
#[derive(Properties, PartialEq)]
struct ChoicesProps {
    facet: Facet,
    table: Rc<OwnerTable>,
    passing: Rc<Passing>,
}

/// What a menu offers, with the number of owners that each choice would show.
#[component]
fn Choices(props: &ChoicesProps) -> Html {
    let choices = props.table.choices(&props.passing, props.facet);
    let option = |choice: &Choice| {
        let text = label(props.facet, &choice.value, &props.table);
        html! {
            // The sign tells an empty value from the menu's name.
            <option value={format!("={}", choice.value)}>
                {format!("{text} ({})", format::number(format::amount(choice.n_owners)))}
            </option>
        }
    };
    let n_more = choices.len().saturating_sub(MAX_CHOICES);
    html! {
        <>
            { for choices.iter().take(MAX_CHOICES).map(option) }
            if n_more > 0 {
                <option value="" disabled={true}>
                    {format::number(format::amount(n_more))}{" more: use the field"}
                </option>
            }
        </>
    }
}

fn title(facet: Facet) -> &'static str {
    match facet {
        Facet::Namespace => "Namespace",
        Facet::Kind => "Kind",
        Facet::Container => "Container",
        Facet::Tier => "Tier",
        Facet::Repo => "Repository",
        Facet::Label => "Label",
    }
}

/// A value of a filter as people read it.
fn label(facet: Facet, value: &str, table: &OwnerTable) -> String {
    match facet {
        Facet::Tier => tier_text(value.parse().unwrap_or(0), table.tiers()),
        Facet::Namespace if value == "_host_" => "host".to_owned(),
        Facet::Kind => format::kind(value).1.to_owned(),
        _ if value.is_empty() => "unknown".to_owned(),
        _ => value.to_owned(),
    }
}
