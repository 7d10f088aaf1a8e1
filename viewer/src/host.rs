//! What the loader left for the viewer (`window.covatlasHome`): which part of it this program is,
//! and whether it is on screen. See `loader.js`.

use std::cell::RefCell;

use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use web_sys::{Element, HtmlInputElement};

thread_local! {
    /// Where this part draws.
    static ROOT: RefCell<Option<Element>> = const { RefCell::new(None) };
}

/// Offers the loader something that this program can draw. The loader asks for it by name, once for
/// each root that it has for it.
pub(crate) fn offer(name: &str, draw: fn()) {
    let draw = Closure::<dyn Fn()>::new(draw).into_js_value();
    Reflect::set(&property(&home(), "offers"), &name.into(), &draw).ok();
}

/// Finds the root that the loader made for a part, and remembers it.
pub(crate) fn enter(name: &str) -> Option<Element> {
    let root: Element = property(&property(&home(), "roots"), name).dyn_into().ok()?;
    ROOT.with(|own| own.replace(Some(root.clone())));
    Some(root)
}

/// The sheet that the loader laid over the page, for the search or for choosing a lens, emptied; and
/// what was typed into its field while the program loaded.
pub(crate) fn sheet() -> Option<(Element, String)> {
    let root: Element = property(&home(), "sheet").dyn_into().ok()?;
    let field = root.query_selector("input").ok().flatten();
    let field = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
    let typed = field.map(|field| field.value()).unwrap_or_default();
    root.set_text_content(None);
    Some((root, typed))
}

/// Closes that sheet; the focus goes back to where it was.
pub(crate) fn close_sheet() {
    if let Ok(close) = property(&home(), "close").dyn_into::<Function>() {
        close.call0(&JsValue::NULL).ok();
    }
}

/// Whether this part is on screen. Another one may be, while this one waits to come back.
pub(crate) fn is_shown() -> bool {
    root().is_none_or(|root| root.is_connected())
}

/// Whether the last step of the history brought another part on screen.
pub(crate) fn was_swapped() -> bool {
    property(&home(), "swapped").is_truthy()
}

/// Gives the window a title, for as long as this part is on screen.
pub(crate) fn set_title(title: &str) {
    if let Some(root) = root() {
        root.set_attribute("data-title", title).ok();
    }
    let document = web_sys::window().and_then(|w| w.document());
    if let Some(document) = document.filter(|_| is_shown()) {
        document.set_title(title);
    }
}

fn root() -> Option<Element> {
    ROOT.with(|own| own.borrow().clone())
}

/// What the loader left for the viewer.
pub(crate) fn home() -> JsValue {
    property(&web_sys::window().map(JsValue::from).unwrap_or_default(), "covatlasHome")
}

/// A property of a JavaScript object; `undefined` when there is none.
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}
