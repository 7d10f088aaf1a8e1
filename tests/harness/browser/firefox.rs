//! Firefox, and what only scripts in its own context can do.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fantoccini::wd::Capabilities;
use serde_json::{Value, json};

use super::driver::{self, Driver};
use super::{Browser, Page};

/// A browser that asks nobody but the page under test for anything.
pub(super) fn capabilities() -> Capabilities {
    let [browser, _] = Browser::Firefox.tools();
    let prefs = json!({
        "app.normandy.enabled": false,
        "app.update.enabled": false,
        "browser.dom.window.dump.enabled": true,
        "browser.download.folderList": 2,
        "browser.download.alwaysOpenPanel": false,
        "browser.safebrowsing.downloads.enabled": false,
        "browser.safebrowsing.malware.enabled": false,
        "browser.safebrowsing.phishing.enabled": false,
        "datareporting.policy.dataSubmissionEnabled": false,
        "devtools.console.stdout.chrome": false,
        "devtools.console.stdout.content": true,
        "intl.accept_languages": "en",
        "layout.css.prefers-color-scheme.content-override": 1,
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
        "toolkit.telemetry.enabled": false,
    });
    let options = json!({ "binary": find(browser), "args": ["-headless"], "prefs": prefs });
    json!({ "moz:firefoxOptions": options }).as_object().unwrap().clone()
}

/// Where a program is: the driver does not look for it.
fn find(program: &str) -> String {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join(program)).find(|p| p.is_file());
    found.map_or_else(|| program.to_owned(), |path| path.display().to_string())
}

/// Starts the driver; profiles of the browser go to a folder.
pub(super) fn driver(profiles: &Path) -> Driver {
    let mut command = Command::new("geckodriver");
    // Some of what the tests do is not for pages: see `Page::chrome`.
    command.args(["--port=0", "--websocket-port=0", "--allow-system-access", "--log=info"]);
    command.arg("--profile-root").arg(profiles);
    driver::start(&mut command, "Listening on 127.0.0.1:")
}

impl Page {
    /// Gives the page the room that it would have in a window of that size.
    pub(super) fn give_room(&self, width: u32, height: u32) {
        // The window itself has a least width, which is wider than a telephone.
        self.chrome(&format!(
            "window.resizeTo(1700, 1300); const {{ style }} = gBrowser.selectedBrowser; \
             for (const name of ['minWidth', 'maxWidth', 'width']) style[name] = '{width}px'; \
             for (const name of ['minHeight', 'maxHeight', 'height']) style[name] = '{height}px';"
        ));
        self.until(
            "the size",
            &format!("return innerWidth === {width} && innerHeight === {height}"),
        );
    }

    pub(super) fn set_scheme(&self, scheme: &str) {
        let value = if scheme == "dark" { 0 } else { 1 };
        self.chrome(&format!(
            "Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', {value})"
        ));
    }

    pub(super) fn prefer_download_folder(&self, folder: &Path) {
        let folder = json!(folder);
        self.chrome(&format!("Services.prefs.setStringPref('browser.download.dir', {folder})"));
    }

    /// What pages complained about, and what was complained about them.
    #[track_caller]
    pub(super) fn messages(&self) -> Vec<String> {
        let messages = self.chrome(
            "const ours = /^(https?|file|blob|data):/; const found = []; \
             for (const message of Services.console.getMessageArray()) { \
               if (message instanceof Ci.nsIScriptError && ours.test(message.sourceName)) \
                 found.push(message.category + ' ' + message.sourceName + ' ' + message.errorMessage); } \
             Services.console.reset(); \
             return found",
        );
        let mut messages: Vec<String> = serde_json::from_value(messages).unwrap();
        messages.extend(self.logged());
        messages
    }

    /// What pages wrote into the console, which Firefox passes on to its output.
    fn logged(&self) -> Vec<String> {
        const END: &str = "covatlas: so far";
        self.chrome(&format!("dump('{END}\\n')"));
        let lines = std::iter::from_fn(|| {
            let line = self.said.recv_timeout(Duration::from_secs(10));
            let line = line.expect("Firefox writes what it is told to write");
            (line != END).then_some(line)
        });
        let is_complaint = |line: &String| {
            let kinds = ["console.error: ", "console.warn: "];
            let said = kinds.iter().find_map(|kind| line.strip_prefix(kind));
            // Texts of pages are in quotes; parts of the browser begin with their name.
            said.is_some_and(|said| !said.starts_with(|c: char| c.is_ascii_alphabetic()))
        };
        lines.filter(is_complaint).collect()
    }

    /// Runs a script of the browser itself, which may do more than those of pages.
    #[track_caller]
    fn chrome(&self, script: &str) -> Value {
        self.command("moz/context", &json!({ "context": "chrome" }));
        let result = self.js(script);
        self.command("moz/context", &json!({ "context": "content" }));
        result
    }
}
