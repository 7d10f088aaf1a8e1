//! Asks the host for a shard. Browser only: nothing here can run in a host test.

use covatlas_shared::{
    layout::{self, Form},
    shard::Kind,
};
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ReadableStreamDefaultReader, ReadableWritablePair, RequestCache, RequestInit, Response,
};

use super::{error::LoadReason, payload};
use crate::{
    host::{home, property},
    route::lens::current,
    store::lens_name,
};

/// The most bytes that a shard may decompress to: far above any real one, far below what a tab
/// can hold.
const MAX_MB: usize = 256;

/// Where the page gets its shards from: what the loader found out.
#[derive(Clone, Debug)]
pub(crate) struct Home {
    /// Name of the manifest shard.
    manifest: String,
    form: Form,
    by_script: bool,
    /// `(name, url) -> Promise<base64>`.
    via_script: Option<Function>,
    /// `(filters with NUL between them, name) -> Promise<Uint8Array>`: a shard under a lens.
    lensed: Option<Function>,
}

impl Home {
    /// Reads what `loader.js` left in `window.covatlasHome`.
    pub(crate) fn of_page() -> Self {
        let home = home();
        let form = property(&home, "form").as_string().unwrap_or_default();
        Self {
            manifest: property(&home, "manifest").as_string().unwrap_or_default(),
            form: if form == Form::Gz.name() { Form::Gz } else { Form::Script },
            by_script: property(&home, "byScript").is_truthy(),
            via_script: property(&home, "viaScript").dyn_into().ok(),
            lensed: property(&home, "lensed").dyn_into().ok(),
        }
    }

    /// Name of the manifest shard under these filters.
    pub(crate) fn manifest(&self, filters: &[String]) -> String {
        match filters {
            [] => self.manifest.clone(),
            filters => lens_name::name(Kind::Manifest, lens_name::id(filters), 0),
        }
    }

    /// The bytes of a shard, which may be one of the lens: the lens computes those.
    pub(super) async fn load(&self, name: &str) -> Result<Vec<u8>, LoadReason> {
        let filters = current();
        if filters.is_empty() || !lens_name::is_name(name, lens_name::id(&filters)) {
            return self.load_own(name).await;
        }
        let failed = |e: JsValue| LoadReason::Lens(message(&e));
        let filters = JsValue::from(filters.join("\0"));
        let lensed = self.lensed.as_ref().ok_or_else(|| failed(JsValue::NULL))?;
        let promise = lensed.call2(&JsValue::NULL, &filters, &name.into()).map_err(failed)?;
        let promise: Promise = promise.dyn_into().map_err(failed)?;
        let bytes: Uint8Array =
            JsFuture::from(promise).await.and_then(JsCast::dyn_into).map_err(failed)?;
        Ok(bytes.to_vec())
    }

    /// The decompressed bytes of a shard of the site. A shard never changes, so one in the browser's cache will
    /// do, however old; when it will not, the host is asked.
    pub(crate) async fn load_own(&self, name: &str) -> Result<Vec<u8>, LoadReason> {
        if !layout::is_shard_name(name) {
            return Err(LoadReason::BadName);
        }
        match self.unpacked(name, RequestCache::ForceCache).await {
            Err(_) if !self.by_script => self.unpacked(name, RequestCache::Reload).await,
            unpacked => unpacked,
        }
    }

    async fn unpacked(&self, name: &str, cache: RequestCache) -> Result<Vec<u8>, LoadReason> {
        unpack(self.packed(name, cache).await?).await
    }

    /// The bytes of a shard as the site stores them.
    async fn packed(&self, name: &str, cache: RequestCache) -> Result<Vec<u8>, LoadReason> {
        let url = layout::shard_path(name, self.form);
        match (self.form, self.by_script) {
            (Form::Gz, true) => Err(LoadReason::NeedsServer),
            (Form::Gz, false) => fetch(&url, cache).await,
            (Form::Script, false) => {
                let text = fetch(&url, cache).await?;
                payload::from_script(&text, name).ok_or(LoadReason::OtherContent)
            }
            (Form::Script, true) => {
                let base64 = self.script(name, &url).await.ok_or(LoadReason::Missing)?;
                payload::from_base64(base64.as_bytes()).ok_or(LoadReason::OtherContent)
            }
        }
    }

    /// The payload that a classic script hands over; `None` when the script is missing.
    async fn script(&self, name: &str, url: &str) -> Option<String> {
        let call =
            self.via_script.as_ref()?.call2(&JsValue::NULL, &name.into(), &url.into()).ok()?;
        let promise: Promise = call.dyn_into().ok()?;
        JsFuture::from(promise).await.ok()?.as_string()
    }
}

async fn fetch(url: &str, cache: RequestCache) -> Result<Vec<u8>, LoadReason> {
    let init = RequestInit::new();
    init.set_cache(cache);
    let window = web_sys::window().ok_or_else(|| LoadReason::Network("no window".to_owned()))?;
    let response =
        JsFuture::from(window.fetch_with_str_and_init(url, &init)).await.map_err(network)?;
    let response: Response = response.dyn_into().map_err(network)?;
    match response.status() {
        200 => {}
        404 | 410 => return Err(LoadReason::Missing),
        status => return Err(LoadReason::Status(status)),
    }
    let body = response.array_buffer().map_err(network)?;
    let body = JsFuture::from(body).await.map_err(network)?;
    Ok(Uint8Array::new(&body).to_vec())
}

async fn unpack(packed: Vec<u8>) -> Result<Vec<u8>, LoadReason> {
    if !payload::is_gzip(&packed) {
        return Ok(packed);
    }
    inflate(&packed).await
}

/// Decompresses with the browser's own gzip: smaller and no slower than one in wasm.
async fn inflate(gzip: &[u8]) -> Result<Vec<u8>, LoadReason> {
    let damaged = |e: JsValue| LoadReason::Damaged(format!("damaged gzip: {}", message(&e)));
    let parts = Array::of1(&Uint8Array::from(gzip));
    let response = construct("Response", &parts).map_err(damaged)?;
    let response: Response = response.dyn_into().map_err(damaged)?;
    let body = response.body().ok_or_else(|| damaged(JsValue::from("empty")))?;
    let stream = construct("DecompressionStream", &Array::of1(&"gzip".into())).map_err(damaged)?;
    let pair: ReadableWritablePair = stream.unchecked_into();
    let reader = body.pipe_through(&pair).get_reader();
    let reader: ReadableStreamDefaultReader = reader.dyn_into().map_err(|e| damaged(e.into()))?;
    let mut out = Vec::with_capacity(gzip.len().saturating_mul(4));
    loop {
        let step = JsFuture::from(reader.read()).await.map_err(damaged)?;
        if property(&step, "done").is_truthy() {
            return Ok(out);
        }
        let chunk = Uint8Array::new(&property(&step, "value"));
        out.extend_from_slice(&chunk.to_vec());
        if out.len() > MAX_MB.saturating_mul(1 << 20) {
            return Err(LoadReason::TooLarge(MAX_MB));
        }
    }
}

/// `new name(...args)` of a global class.
fn construct(name: &str, args: &Array) -> Result<JsValue, JsValue> {
    let class: Function = property(&js_sys::global(), name).dyn_into()?;
    Reflect::construct(&class, args)
}

fn network(error: impl Into<JsValue>) -> LoadReason {
    LoadReason::Network(message(&error.into()))
}

/// The message of a JavaScript error.
fn message(error: &JsValue) -> String {
    property(error, "message").as_string().or_else(|| error.as_string()).unwrap_or_default()
}
