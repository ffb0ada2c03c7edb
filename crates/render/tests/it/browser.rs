//! Pages in a real browser, driven by chromedriver. Where it is not installed, the tests say that
//! they were skipped.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::driver::Driver;

/// A browser and its driver.
pub(crate) struct Browser {
    driver: Driver,
}

/// How a page is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) is_phone: bool,
    pub(crate) media: &'static str,
    pub(crate) scheme: &'static str,
}

/// How pages are shown: on a desk, on a phone, in the dark, and on A4 without its margins.
pub(crate) const VIEWS: [View; 5] = [
    view("desktop", 1280, false, "", "light"),
    view("phone", 360, true, "", "light"),
    view("dark", 1280, false, "", "dark"),
    view("phone-dark", 360, true, "", "dark"),
    view("print", 680, false, "print", "dark"),
];

const fn view(
    name: &'static str,
    width: u32,
    is_phone: bool,
    media: &'static str,
    scheme: &'static str,
) -> View {
    View {
        name,
        width,
        is_phone,
        media,
        scheme,
    }
}

impl Browser {
    /// A browser, if there is one.
    pub(crate) fn start() -> Option<Self> {
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--hide-scrollbars", "--force-color-profile=srgb",
                "--host-resolver-rules=MAP * ~NOTFOUND",
            ] },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        match Driver::start(&capabilities) {
            Ok(driver) => Some(Self { driver }),
            Err(reason) => {
                println!("SKIPPED: {reason}");
                None
            }
        }
    }

    /// Opens a page that was written to a file.
    pub(crate) fn open(&self, html: &str, name: &str) {
        let path = pictures().join(format!("{name}.html"));
        std::fs::write(&path, html).unwrap();
        // What the page before said does not count.
        self.log("browser");
        self.log("performance");
        let url = format!("file://{}", path.to_str().unwrap());
        // Returns once the document is complete.
        self.driver.post("url", &json!({ "url": url }));
        let state = self.run("return document.readyState");
        assert_eq!(state, "complete");
    }

    pub(crate) fn run(&self, script: &str) -> Value {
        self.driver
            .post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    fn tell(&self, command: &str, parameters: &Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.driver.post("goog/cdp/execute", &body)
    }

    /// The entries of a log since it was last read.
    pub(crate) fn log(&self, kind: &str) -> Vec<Value> {
        let entries = self.driver.post("se/log", &json!({ "type": kind }));
        entries.as_array().unwrap().clone()
    }

    /// The addresses that were asked for since the last page was opened.
    pub(crate) fn requests(&self) -> Vec<String> {
        let entries = self.log("performance");
        let events = entries.iter().map(|entry| {
            let message = entry["message"].as_str().unwrap();
            serde_json::from_str::<Value>(message).unwrap()["message"].clone()
        });
        let requests = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        requests
            .map(|event| {
                event["params"]["request"]["url"]
                    .as_str()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    }

    /// Shows the page in a view, all of it at once.
    pub(crate) fn show(&self, view: View) {
        let media = json!({
            "media": view.media,
            "features": [{ "name": "prefers-color-scheme", "value": view.scheme }],
        });
        self.tell("Emulation.setEmulatedMedia", &media);
        self.resize(view, 900);
        let height = self.run("return document.scrollingElement.scrollHeight");
        self.resize(view, height.as_u64().unwrap());
    }

    fn resize(&self, view: View, height: u64) {
        let metrics = json!({
            "width": view.width,
            "height": height,
            "deviceScaleFactor": 1,
            "mobile": view.is_phone,
        });
        self.tell("Emulation.setDeviceMetricsOverride", &metrics);
    }

    /// Takes a picture of the whole page.
    pub(crate) fn picture(&self, name: &str) {
        let parameters = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.tell("Page.captureScreenshot", &parameters);
        write(&format!("{name}.png"), &picture);
    }

    /// Prints the page on A4.
    pub(crate) fn print(&self, name: &str) {
        let parameters = json!({ "preferCSSPageSize": true, "printBackground": false });
        let printed = self.tell("Page.printToPDF", &parameters);
        write(&format!("{name}.pdf"), &printed);
    }
}

/// Where pictures go.
fn pictures() -> PathBuf {
    let folder = std::env::var_os("EDGELEDGER_PICTURES").map_or_else(
        || PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("pictures"),
        PathBuf::from,
    );
    std::fs::create_dir_all(&folder).unwrap();
    folder.canonicalize().unwrap()
}

fn write(name: &str, answer: &Value) {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    let bytes = STANDARD.decode(answer["data"].as_str().unwrap()).unwrap();
    std::fs::write(pictures().join(name), bytes).unwrap();
}
