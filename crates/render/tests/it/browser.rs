//! Pages in a real browser, driven by chromedriver. Where it is not installed, the tests say that
//! they were skipped.

use std::{
    io::{BufRead as _, BufReader},
    panic::{AssertUnwindSafe, resume_unwind},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use fantoccini::{Client, ClientBuilder, error::NewSessionError, wd::WebDriverCompatibleCommand};
use futures::FutureExt as _;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

/// A browser and its driver.
pub(crate) struct Browser {
    client: Client,
    driver: Driver,
}

/// The driver, which ends with the test.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().map(drop).unwrap_or_default();
    }
}

/// A command beyond the standard ones: its path below the session, and its body.
#[derive(Debug)]
struct Extra(&'static str, Value);

impl WebDriverCompatibleCommand for Extra {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!(
            "session/{}/{}",
            session_id.unwrap_or_default(),
            self.0
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.1.to_string()))
    }
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
    pub(crate) async fn start() -> Option<Self> {
        let mut command = Command::new("chromedriver");
        command
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let Ok(mut child) = command.spawn() else {
            println!("SKIPPED: chromedriver is not installed");
            return None;
        };
        let stdout = child.stdout.take().unwrap();
        let driver = Driver(child);
        // The driver says which port it got once it listens.
        let port = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("started successfully on port ")?;
                Some(rest.trim_end_matches('.').to_owned())
            })
            .unwrap();
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": { "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--hide-scrollbars", "--force-color-profile=srgb",
                "--host-resolver-rules=MAP * ~NOTFOUND",
            ] },
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("an object was written");
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        match builder.connect(&format!("http://127.0.0.1:{port}")).await {
            Ok(client) => Some(Self { client, driver }),
            Err(NewSessionError::NotW3C(error)) if error.to_string().contains("cannot find") => {
                println!("SKIPPED: Chromium is not installed");
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// Checks something and ends the browser, whatever came out.
    pub(crate) async fn check(self, check: impl AsyncFnOnce(&Self)) {
        let checked = AssertUnwindSafe(check(&self)).catch_unwind().await;
        self.end().await;
        if let Err(panic) = checked {
            resume_unwind(panic);
        }
    }

    /// Ends the browser, then its driver.
    async fn end(self) {
        self.client.close().await.unwrap();
        drop(self.driver);
    }

    /// Opens a page that was written to a file.
    pub(crate) async fn open(&self, html: &str, name: &str) {
        let path = pictures().join(format!("{name}.html"));
        std::fs::write(&path, html).unwrap();
        // What the page before said does not count.
        self.log("browser").await;
        self.log("performance").await;
        let url = url::Url::from_file_path(&path).unwrap();
        // Returns once the document is complete.
        self.client.goto(url.as_str()).await.unwrap();
        let state = self.run("return document.readyState").await;
        assert_eq!(state, "complete");
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    async fn tell(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        let extra = Extra("goog/cdp/execute", body);
        self.client.issue_cmd(extra).await.unwrap()
    }

    /// The entries of a log since it was last read.
    pub(crate) async fn log(&self, kind: &str) -> Vec<Value> {
        let extra = Extra("se/log", json!({ "type": kind }));
        let entries = self.client.issue_cmd(extra).await.unwrap();
        entries.as_array().unwrap().clone()
    }

    /// The addresses that were asked for since the last page was opened.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let entries = self.log("performance").await;
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
    pub(crate) async fn show(&self, view: View) {
        let media = json!({
            "media": view.media,
            "features": [{ "name": "prefers-color-scheme", "value": view.scheme }],
        });
        self.tell("Emulation.setEmulatedMedia", media).await;
        self.resize(view, 900).await;
        let height = self
            .run("return document.scrollingElement.scrollHeight")
            .await;
        self.resize(view, height.as_u64().unwrap()).await;
    }

    async fn resize(&self, view: View, height: u64) {
        let metrics = json!({
            "width": view.width,
            "height": height,
            "deviceScaleFactor": 1,
            "mobile": view.is_phone,
        });
        self.tell("Emulation.setDeviceMetricsOverride", metrics)
            .await;
    }

    /// Takes a picture of the whole page.
    pub(crate) async fn picture(&self, name: &str) {
        let parameters = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.tell("Page.captureScreenshot", parameters).await;
        write(&format!("{name}.png"), &picture);
    }

    /// Prints the page on A4.
    pub(crate) async fn print(&self, name: &str) {
        let parameters = json!({ "preferCSSPageSize": true, "printBackground": false });
        let printed = self.tell("Page.printToPDF", parameters).await;
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
