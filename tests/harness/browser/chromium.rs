//! Chromium, and what only its own protocol can do.

use std::path::Path;
use std::process::Command;

use fantoccini::wd::Capabilities;
use serde_json::{Value, json};

use super::driver::{self, Driver};
use super::{Page, WIDE};

/// Headless Chromium that asks nobody but the page under test for anything.
const FLAGS: [&str; 13] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--lang=en",
];

/// Collects what the policy of the page forbids, from before its first script on.
const WATCH: &str = "window.violations = []; document.addEventListener('securitypolicyviolation', \
    e => window.violations.push(e.violatedDirective + ' ' + e.blockedURI));";

/// A browser with its profile in a folder.
pub(super) fn capabilities(profile: &Path) -> Capabilities {
    let mut args: Vec<String> = FLAGS.map(str::to_owned).to_vec();
    args.push(format!("--user-data-dir={}", profile.display()));
    args.push(format!("--window-size={},{}", WIDE.0, WIDE.1));
    let capabilities = json!({
        "goog:chromeOptions": { "args": args },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    capabilities.as_object().unwrap().clone()
}

/// Starts the driver.
pub(super) fn driver() -> Driver {
    let mut command = Command::new("chromedriver");
    command.args(["--port=0", "--log-level=WARNING"]);
    driver::start(&mut command, "started successfully on port ")
}

impl Page {
    /// Notes what the policy of the page forbids.
    pub(super) fn watch(&self) {
        self.cdp("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": WATCH }));
    }

    pub(super) fn emulate_size(&self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Lets features of the medium have values: `("forced-colors", "active")`. Only in Chromium.
    pub fn emulate(&self, features: &[(&str, &str)]) {
        let feature = |(name, value): &(&str, &str)| json!({ "name": name, "value": value });
        let features: Vec<Value> = features.iter().map(feature).collect();
        self.cdp("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Makes the CPU so many times slower. Only in Chromium.
    #[track_caller]
    pub fn slow_down(&self, rate: u32) {
        self.cdp("Emulation.setCPUThrottlingRate", &json!({ "rate": rate }));
    }

    /// Prints the page; gives what `script` returns before what was drawn for it goes away. Only in
    /// Chromium.
    #[track_caller]
    pub fn print(&self, script: &str) -> Value {
        self.js(&format!(
            "addEventListener('afterprint', () => window.printed = (() => {{ {script} }})(), \
             {{ capture: true, once: true }})"
        ));
        self.cdp("Page.printToPDF", &json!({}));
        self.js("return window.printed")
    }

    /// Shows the page as it is on paper, on a system that prefers dark. Only in Chromium.
    pub fn show_on_paper(&self) {
        let features = json!([{ "name": "prefers-color-scheme", "value": "dark" }]);
        self.cdp("Emulation.setEmulatedMedia", &json!({ "media": "print", "features": features }));
    }

    pub(super) fn set_download_folder(&self, folder: &Path) {
        let how = json!({ "behavior": "allow", "downloadPath": folder });
        self.cdp("Browser.setDownloadBehavior", &how);
    }

    #[track_caller]
    pub(super) fn log(&self) -> Vec<String> {
        let entries = self.command("se/log", &json!({ "type": "browser" }));
        let entries = entries.as_array().expect("a list of messages").clone();
        entries.iter().map(|e| format!("{} {}", e["level"], e["message"])).collect()
    }

    /// A command of Chromium's own protocol.
    #[track_caller]
    fn cdp(&self, command: &str, params: &Value) {
        self.command("goog/cdp/execute", &json!({ "cmd": command, "params": params }));
    }
}
