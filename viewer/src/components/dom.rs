//! Small things that Yew has no word for.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AddEventListenerOptions, Blob, BlobPropertyBag, Element, Event, EventTarget, HtmlAnchorElement,
    HtmlElement, Url,
};

use crate::host;

/// An event listener that is taken away when this is dropped.
pub struct Listener {
    target: EventTarget,
    event: &'static str,
    closure: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// Calls `handler` for every `event` of `target`; the listener is passive.
    pub fn new(
        target: &EventTarget,
        event: &'static str,
        handler: impl Fn(Event) + 'static,
    ) -> Self {
        let closure = Closure::<dyn Fn(Event)>::new(handler);
        let options = AddEventListenerOptions::new();
        options.set_passive(event == "scroll");
        let function = closure.as_ref().unchecked_ref();
        // Fails only for a target that is no target.
        target
            .add_event_listener_with_callback_and_add_event_listener_options(
                event, function, &options,
            )
            .ok();
        Self { target: target.clone(), event, closure }
    }

    /// Calls `handler` for every `event` of the window while this part of the viewer is on screen;
    /// `None` outside a browser.
    pub fn on_window(event: &'static str, handler: impl Fn(Event) + 'static) -> Option<Self> {
        let handler = move |event| {
            if host::is_shown() {
                handler(event);
            }
        };
        web_sys::window().map(|window| Self::new(&window, event, handler))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let function = self.closure.as_ref().unchecked_ref();
        self.target.remove_event_listener_with_callback(self.event, function).ok();
    }
}

/// Puts the whole address of a page of the site, which starts with `#`, into the clipboard. Whether
/// the browser allowed it: some do so only on https.
pub async fn copy_address(href: String) -> bool {
    let copied = async {
        let window = web_sys::window()?;
        let address = window.location().href().ok()?;
        let site = address.split('#').next().unwrap_or_default();
        let get = |of: &JsValue, name: &str| Reflect::get(of, &name.into()).ok();
        let clipboard = get(&get(&window, "navigator")?, "clipboard")?;
        let write: Function = get(&clipboard, "writeText")?.dyn_into().ok()?;
        let written = write.call1(&clipboard, &format!("{site}{href}").into()).ok()?;
        JsFuture::from(written.dyn_into::<Promise>().ok()?).await.ok()
    };
    copied.await.is_some()
}

/// Calls `f` once, before the next frame is drawn.
pub fn next_frame(f: impl FnOnce() + 'static) {
    let closure = Closure::once_into_js(f);
    if let Some(window) = web_sys::window() {
        window.request_animation_frame(closure.unchecked_ref()).ok();
    }
}

/// Height of the view in CSS pixels.
pub fn view_height() -> f64 {
    web_sys::window().and_then(|w| w.inner_height().ok()).and_then(|h| h.as_f64()).unwrap_or(0.0)
}

/// How far the page is scrolled, in CSS pixels.
pub fn scroll_top() -> f64 {
    web_sys::window().and_then(|w| w.scroll_y().ok()).unwrap_or(0.0)
}

/// Scrolls the page to a distance from its top, without an animation.
pub fn scroll_to(top: f64) {
    if let Some(window) = web_sys::window() {
        window.scroll_to_with_x_and_y(0.0, top.max(0.0));
    }
}

/// Sets one CSS property through CSSOM: the site's policy forbids `style` attributes.
pub fn set_style(element: &Element, property: &str, value: &str) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        element.style().set_property(property, value).ok();
    }
}

/// A length in pixels for an attribute, rounded down to a sixteenth: `12.0625`. Not `{}` of an
/// `f64`: the code for that is larger than all else in this file.
pub fn pixels(length: f64) -> String {
    let sixteenths = crate::model::window::floor(length * 16.0);
    format!("{}.{:04}", sixteenths / 16, sixteenths % 16 * 625)
}

/// Gives an element the focus without scrolling.
pub fn focus(selector: &str) {
    let element = document().and_then(|d| d.query_selector(selector).ok().flatten());
    if let Some(element) = element.and_then(|e| e.dyn_into::<HtmlElement>().ok()) {
        element.focus().ok();
    }
}

/// Opens a `details` element by its id, and leads the reader to it.
pub fn open_details(id: &str) {
    let Some(details) = document().and_then(|d| d.get_element_by_id(id)) else { return };
    details.set_attribute("open", "").ok();
    let summary = details.first_element_child().and_then(|e| e.dyn_into::<HtmlElement>().ok());
    if let Some(summary) = summary {
        summary.focus().ok();
    }
}

/// The document, `None` outside a browser.
pub fn document() -> Option<web_sys::Document> {
    web_sys::window().and_then(|w| w.document())
}

/// Whether a dialog is open.
pub fn has_dialog() -> bool {
    document().is_some_and(|d| d.query_selector("[role=dialog]").is_ok_and(|e| e.is_some()))
}

/// Remembers a value, or forgets it; does nothing when storage is blocked.
pub fn store(key: &str, value: Option<&str>) {
    let Some(Ok(Some(storage))) = web_sys::window().map(|w| w.local_storage()) else { return };
    match value {
        Some(value) => storage.set_item(key, value).ok(),
        None => storage.remove_item(key).ok(),
    };
}

/// Lets the reader keep a text as a file.
///
/// A blob and a link, not an address with the text in it: those are limited in length.
pub fn download(name: &str, media_type: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = js_sys::Array::of1(&text.into());
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&parts, &options) else { return };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else { return };
    let link = document().and_then(|d| d.create_element("a").ok());
    if let Some(link) = link.and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok()) {
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    // The browser has taken the blob by then.
    next_frame(move || {
        Url::revoke_object_url(&url).ok();
    });
}

/// The element that has the focus.
pub fn focused() -> Option<HtmlElement> {
    document()?.active_element()?.dyn_into().ok()
}

/// On Tab: leads the focus from the last control of an element to its first, and back.
pub fn keep_focus_in(selector: &str, event: &web_sys::KeyboardEvent) {
    let controls =
        format!("{selector} :is(button, a[href], input, summary):not([tabindex='-1'], :disabled)");
    let Some(found) = document().and_then(|d| d.query_selector_all(&controls).ok()) else { return };
    let control = |i: u32| found.item(i).and_then(|n| n.dyn_into::<HtmlElement>().ok());
    let (first, last) = (control(0), control(found.length().saturating_sub(1)));
    let (from, to) = if event.shift_key() { (first, last) } else { (last, first) };
    let at = focused();
    let is_outside =
        at.as_ref().is_none_or(|e| e.get_attribute("role").as_deref() == Some("dialog"));
    if (at == from || (is_outside && event.shift_key()))
        && let Some(to) = to
    {
        event.prevent_default();
        to.focus().ok();
    }
}
