//! A real browser with one page, and what a reader can see and do there.

mod chromium;
mod driver;
mod firefox;

use std::path::Path;
use std::sync::mpsc::Receiver;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::binary::Killed;
use crate::{http, wait};
use driver::Driver;

/// The browsers that the page is tried in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Browser {
    /// The default; only here paper, a slow machine and the like can be tried.
    Chromium,
    /// With `COVATLAS_BROWSER=firefox`.
    Firefox,
}

impl Browser {
    /// The browser that the environment asks for.
    ///
    /// # Panics
    /// When it asks for one that is not known.
    pub fn asked() -> Self {
        match std::env::var("COVATLAS_BROWSER").as_deref() {
            Err(_) | Ok("chromium") => Self::Chromium,
            Ok("firefox") => Self::Firefox,
            Ok(other) => panic!("COVATLAS_BROWSER={other}: chromium and firefox are known"),
        }
    }

    /// The programs that must be there.
    pub fn tools(self) -> [&'static str; 2] {
        match self {
            Self::Chromium => ["chromium", "chromedriver"],
            Self::Firefox => ["firefox-esr", "geckodriver"],
        }
    }
}

/// A width for people at a desk, and one for people with a telephone.
pub const WIDE: (u32, u32) = (1360, 900);
/// See [`WIDE`].
pub const NARROW: (u32, u32) = (360, 780);

/// A browser with one page.
pub struct Page {
    browser: Browser,
    runtime: Runtime,
    client: Client,
    driver_port: u16,
    said: Receiver<String>,
    session: String,
    // Last, so that the driver ends after the session and the profile after the browser.
    _driver: Killed,
    _profile: TempDir,
}

impl Page {
    /// Starts a driver and a browser with an empty profile.
    ///
    /// # Panics
    /// When they do not start.
    pub fn start() -> Self {
        let browser = Browser::asked();
        let profile = tempfile::Builder::new().prefix("covatlas-browser").tempdir().unwrap();
        let (capabilities, driver) = match browser {
            Browser::Chromium => (chromium::capabilities(profile.path()), chromium::driver()),
            Browser::Firefox => (firefox::capabilities(), firefox::driver(profile.path())),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(async {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            builder.capabilities(capabilities);
            builder.connect(&format!("http://127.0.0.1:{}", driver.port)).await
        });
        let client = client.unwrap_or_else(|err| panic!("{browser:?} does not start: {err}"));
        let session = runtime.block_on(client.session_id()).unwrap().unwrap();
        let Driver { process: _driver, port: driver_port, said } = driver;
        let _profile = profile;
        let page = Self { browser, runtime, client, driver_port, said, session, _driver, _profile };
        if browser == Browser::Chromium {
            page.watch();
        }
        page.resize(WIDE);
        page
    }

    /// Goes to an address and waits until the page has started.
    #[track_caller]
    pub fn open(&self, url: &str) {
        if self.browser == Browser::Firefox && self.is_elsewhere(url) {
            // Firefox may change its process, and the old page answers until it has.
            self.leave();
            self.until("an empty page", "return location.href === 'about:blank'");
        }
        self.load(url);
        self.settle();
    }

    /// Goes to any page, which need not be one of ours, and waits until it has all its files.
    pub fn load(&self, url: &str) {
        self.runtime.block_on(self.client.goto(url)).unwrap();
    }

    /// Whether an address is one of another document than the one that is shown.
    fn is_elsewhere(&self, url: &str) -> bool {
        let document = |url: &str| url.split('#').next().unwrap_or_default().to_owned();
        document(&self.url()) != document(url)
    }

    /// Leaves the page, so that the next address is loaded from nothing.
    pub fn leave(&self) {
        self.runtime.block_on(self.client.goto("about:blank")).unwrap();
    }

    /// Waits until nothing is loading.
    #[track_caller]
    pub fn settle(&self) {
        self.until(
            "the page to settle",
            "return document.readyState === 'complete' && !document.querySelector('#boot, [aria-busy=true]') \
             && !!document.querySelector('#app > *')",
        );
    }

    /// Waits until a script returns true.
    #[track_caller]
    pub fn until(&self, what: &str, script: &str) {
        wait::until(what, || self.js(script) == Value::Bool(true));
    }

    /// Waits until an element is there.
    #[track_caller]
    pub fn wait_for(&self, css: &str) {
        let script = format!("return document.querySelector({}) !== null", json!(css));
        self.until(css, &script);
    }

    /// Waits until an element has a text in it.
    #[track_caller]
    pub fn wait_for_text(&self, css: &str, text: &str) {
        let script = format!(
            "const e = document.querySelector({}); return !!e && e.innerText.includes({})",
            json!(css),
            json!(text)
        );
        self.until(&format!("`{text}` in {css}"), &script);
    }

    /// Runs a script in the page.
    #[track_caller]
    pub fn js(&self, script: &str) -> Value {
        let result = self.runtime.block_on(self.client.execute(script, Vec::new()));
        result.unwrap_or_else(|err| panic!("{err}: {script}"))
    }

    /// Runs a script in the page that calls its last argument with the result.
    #[track_caller]
    pub fn js_async(&self, script: &str, args: &[Value]) -> Value {
        let result = self.runtime.block_on(self.client.execute_async(script, args.to_vec()));
        result.unwrap_or_else(|err| panic!("{err}: {script}"))
    }

    /// The text of the first such element, as it is seen.
    #[track_caller]
    pub fn text(&self, css: &str) -> String {
        let texts = self.texts(css);
        texts.into_iter().next().unwrap_or_else(|| panic!("no {css} in {}", self.url()))
    }

    /// The texts of all such elements, with any white space as one blank.
    #[track_caller]
    pub fn texts(&self, css: &str) -> Vec<String> {
        let script =
            format!("return [...document.querySelectorAll({})].map(e => e.innerText)", json!(css));
        let texts: Vec<String> = serde_json::from_value(self.js(&script)).unwrap();
        let one_blank = |text: &String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        texts.iter().map(one_blank).collect()
    }

    /// How many such elements there are.
    #[track_caller]
    pub fn count(&self, css: &str) -> u64 {
        self.js(&format!("return document.querySelectorAll({}).length", json!(css)))
            .as_u64()
            .unwrap()
    }

    /// Does something to an element. The page may put another in its place between finding it and
    /// that; nothing was done then, and the new one is as good.
    #[track_caller]
    fn act(&self, what: &str, act: impl AsyncFn() -> Result<(), CmdError>) {
        let mut done = Ok(());
        wait::until(what, || {
            done = self.runtime.block_on(act());
            !done.as_ref().is_err_and(CmdError::is_stale_element_reference)
        });
        done.unwrap_or_else(|err| panic!("{what}: {err}"));
    }

    /// Clicks the first such element as a mouse does: it must be visible and not covered.
    #[track_caller]
    pub fn click(&self, css: &str) {
        let click = async || self.client.find(Locator::Css(css)).await?.click().await;
        self.act(&format!("click on {css}"), click);
    }

    /// Clicks the first element of a kind whose text has these words.
    #[track_caller]
    pub fn click_text(&self, css: &str, text: &str) {
        let texts = self.texts(css);
        let at = texts.iter().position(|t| t.contains(text));
        let at = at.unwrap_or_else(|| panic!("no {css} with `{text}`: {texts:?}"));
        let click = async || {
            let found = self.client.find_all(Locator::Css(css)).await?;
            found[at].clone().click().await
        };
        self.act(&format!("click on `{text}`"), click);
    }

    /// Types into a field; `\u{e007}` is the Enter key, `\u{e00c}` Escape.
    #[track_caller]
    pub fn type_into(&self, css: &str, keys: &str) {
        let send = async || self.client.find(Locator::Css(css)).await?.send_keys(keys).await;
        self.act(&format!("typing into {css}"), send);
    }

    /// Presses keys wherever the focus is; see [`Page::type_into`].
    #[track_caller]
    pub fn press(&self, keys: &str) {
        // Not sent to an element, which would scroll into view first. Control and the like stay down.
        let is_held = |key: &char| ('\u{e008}'..='\u{e00a}').contains(key);
        let down = |value| KeyAction::Down { value };
        let up = |value| KeyAction::Up { value };
        let mut actions = KeyActions::new("keyboard".to_owned());
        for key in keys.chars() {
            actions = actions.then(down(key));
            actions = if is_held(&key) { actions } else { actions.then(up(key)) };
        }
        for key in keys.chars().filter(is_held) {
            actions = actions.then(up(key));
        }
        let press = self.client.perform_actions(actions);
        self.runtime.block_on(press).unwrap_or_else(|err| panic!("pressing {keys:?}: {err}"));
    }

    /// Chooses an option of a menu.
    #[track_caller]
    pub fn choose(&self, css: &str, value: &str) {
        let choose = async || {
            let menu = self.client.find(Locator::Css(css)).await?;
            menu.select_by_value(value).await
        };
        self.act(&format!("{css} = {value}"), choose);
    }

    /// The part of the address behind `#`, with it.
    pub fn hash(&self) -> String {
        self.js("return location.hash").as_str().unwrap().to_owned()
    }

    /// The address.
    pub fn url(&self) -> String {
        self.js("return location.href").as_str().unwrap().to_owned()
    }

    /// Goes back in the history.
    pub fn back(&self) {
        self.js("history.back()");
    }

    /// Goes forward in the history.
    pub fn forward(&self) {
        self.js("history.forward()");
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.runtime.block_on(self.client.refresh()).unwrap();
        self.settle();
    }

    /// Gives the page another size.
    pub fn resize(&self, (width, height): (u32, u32)) {
        match self.browser {
            Browser::Chromium => self.emulate_size(width, height),
            Browser::Firefox => self.give_room(width, height),
        }
    }

    /// Lets the system prefer `light` or `dark`.
    pub fn prefer(&self, scheme: &str) {
        match self.browser {
            Browser::Chromium => self.emulate(&[("prefers-color-scheme", scheme)]),
            Browser::Firefox => self.set_scheme(scheme),
        }
    }

    /// The CSV file of this name that the page writes when `act` is done.
    #[track_caller]
    pub fn download_csv(&self, name: &str, act: impl FnOnce()) -> String {
        let folder = tempfile::tempdir().unwrap();
        match self.browser {
            Browser::Chromium => self.set_download_folder(folder.path()),
            Browser::Firefox => self.prefer_download_folder(folder.path()),
        }
        act();
        let mut text = String::new();
        // The file is there before its content is.
        wait::until("the file", || {
            text = std::fs::read_to_string(folder.path().join(name)).unwrap_or_default();
            text.ends_with("\r\n")
        });
        text
    }

    /// Keeps a picture of what is seen.
    pub fn screenshot(&self, name: &str) {
        let picture = self.runtime.block_on(self.client.screenshot()).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shots");
        std::fs::create_dir_all(&folder).unwrap();
        let name = match self.browser {
            Browser::Chromium => format!("{name}.png"),
            Browser::Firefox => format!("{name}-firefox.png"),
        };
        std::fs::write(folder.join(name), picture).unwrap();
    }

    /// Asserts what holds for every page at every moment: few nodes, and nothing wider than the
    /// window.
    #[track_caller]
    pub fn assert_modest(&self) {
        let nodes = self.js("return document.querySelectorAll('*').length").as_u64().unwrap();
        assert!(nodes <= 3_000, "{nodes} nodes in {}", self.url());
        let width = "const e = document.scrollingElement; return [e.scrollWidth, e.clientWidth]";
        let widths: [u64; 2] = serde_json::from_value(self.js(width)).unwrap();
        assert!(widths[0] <= widths[1], "{}: {widths:?} pixels wide", self.url());
    }

    /// Takes the lines that the browser's console has got since the last time.
    #[track_caller]
    pub fn console(&self) -> Vec<String> {
        match self.browser {
            Browser::Chromium => self.log(),
            Browser::Firefox => self.messages(),
        }
    }

    /// Asserts that the console is empty and that the policy of the page forbade nothing.
    #[track_caller]
    pub fn assert_quiet(&self) {
        assert_eq!(self.console(), [""; 0], "{}", self.url());
        if self.browser == Browser::Chromium {
            assert_eq!(self.js("return window.violations"), json!([]), "{}", self.url());
        }
    }

    /// A command that the driver has beside those of the standard.
    #[track_caller]
    fn command(&self, path: &str, body: &Value) -> Value {
        let path = format!("/session/{}/{path}", self.session);
        let answer = http::post_json(self.driver_port, &path, &body.to_string());
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, 200, "{path}: {text}");
        serde_json::from_str::<Value>(&text).unwrap()["value"].take()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.runtime.block_on(self.client.clone().close()).ok();
    }
}
