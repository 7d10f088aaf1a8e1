//! The address bar and the browser's history.
//!
//! Every entry of the history gets a name, and the page remembers how far each was scrolled: the
//! browser cannot, because the page is not as long as before when it comes back to an entry.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use wasm_bindgen::JsValue;
use web_sys::ScrollRestoration;
use yew::prelude::*;

use crate::{
    components::{
        Nav, dom,
        dom::Listener,
        nav::{entry, here},
    },
    host,
    route::Route,
};

/// The history as far as this page made it.
#[derive(Default)]
struct Entries {
    current: String,
    scrolled: HashMap<String, f64>,
    route: Option<Route>,
}

/// The page's address, kept up to date with the browser's history.
#[hook]
pub(super) fn use_history() -> Nav {
    let place = use_state_eq(|| (here(), entry()));
    let entries = use_mut_ref(Entries::default);
    use_effect_with((), {
        let (place, entries) = (place.setter(), Rc::clone(&entries));
        move |()| {
            enter(&entries);
            place.set((here(), entry()));
            let on_scroll = {
                let entries = Rc::clone(&entries);
                Listener::on_window("scroll", move |_| remember_scroll(&entries))
            };
            let on_hash = Listener::on_window("hashchange", move |_| {
                let target = enter(&entries);
                place.set((here(), entry()));
                if let Some(top) = target {
                    scroll(top, &entries);
                }
            });
            move || drop((on_scroll, on_hash))
        }
    });
    let push = use_callback((), |to: Route, ()| {
        if let Some(window) = web_sys::window() {
            window.location().set_hash(&to.href()).ok();
        }
    });
    let replace = {
        let place = place.setter();
        use_callback((), move |to: Route, ()| {
            if let Some(history) = web_sys::window().and_then(|w| w.history().ok()) {
                let state = history.state().unwrap_or_default();
                history.replace_state_with_url(&state, "", Some(&to.href())).ok();
            }
            place.set((to, entry()));
        })
    };
    let (route, entry) = (*place).clone();
    Nav { route, entry, push, replace }
}

/// Notes which entry of the history is shown and names a new one; gives how far to scroll, `None` to
/// stay: a new state of the same page.
fn enter(entries: &RefCell<Entries>) -> Option<f64> {
    let route = here();
    let mut entries = entries.borrow_mut();
    let is_same_page = entries.route.as_ref().is_some_and(|old| old.is_same_page(&route));
    entries.route = Some(route);
    if let Some(name) = entry() {
        let top = entries.scrolled.get(&name).copied().unwrap_or(0.0);
        entries.current = name;
        return Some(top);
    }
    entries.current = name_entry();
    let stays = is_same_page && !host::was_swapped();
    (!stays).then_some(0.0)
}

/// Gives the shown entry a name that no other has, also none that another part of the viewer or an
/// earlier visit made.
fn name_entry() -> String {
    let now = js_sys::Number::from(js_sys::Date::now());
    let name = now.to_string_with_radix(10).map(String::from).unwrap_or_default();
    if let Some(history) = web_sys::window().and_then(|w| w.history().ok()) {
        history.set_scroll_restoration(ScrollRestoration::Manual).ok();
        history.replace_state(&JsValue::from(&name), "").ok();
    }
    name
}

fn remember_scroll(entries: &RefCell<Entries>) {
    // A scroll event that comes after the address changed belongs to the new page.
    if let Ok(mut entries) = entries.try_borrow_mut()
        && entry().as_ref() == Some(&entries.current)
    {
        let current = entries.current.clone();
        entries.scrolled.insert(current, dom::scroll_top());
    }
}

/// Scrolls now, if the page is there as it was; once it is drawn; and once more when its lists have
/// taken their height.
fn scroll(top: f64, entries: &Rc<RefCell<Entries>>) {
    if host::was_swapped() {
        dom::scroll_to(top);
    }
    let entries = Rc::clone(entries);
    let entry = entries.borrow().current.clone();
    dom::next_frame(move || {
        dom::scroll_to(top);
        dom::next_frame(move || {
            if entries.borrow().current == entry {
                dom::scroll_to(top);
            }
        });
    });
}
