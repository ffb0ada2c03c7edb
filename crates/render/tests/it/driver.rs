//! The few commands of `WebDriver` that pages are tried with: JSON over HTTP on the loopback, to a
//! driver of our own. <https://www.w3.org/TR/webdriver2/>

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

/// A session in a browser; both end with it.
pub(crate) struct Driver {
    child: Child,
    port: u16,
    /// `/session/ID`.
    session: String,
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The driver ends the browser with the session.
        let ended = call(self.port, "DELETE", &self.session, None);
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
        if !std::thread::panicking() {
            ended.unwrap();
        }
    }
}

impl Driver {
    /// A driver and a session with these capabilities; the reason where there is none to be had.
    pub(crate) fn start(capabilities: &Value) -> Result<Self, String> {
        let mut command = Command::new("chromedriver");
        command
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command
            .spawn()
            .map_err(|_| "chromedriver is not installed".to_owned())?;
        let stdout = child.stdout.take().unwrap();
        // The driver says which port it got once it listens.
        let port = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("started successfully on port ")?;
                rest.trim_end_matches('.').parse().ok()
            })
            .unwrap();
        let mut driver = Self {
            child,
            port,
            session: String::new(),
        };
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        match call(port, "POST", "/session", Some(&body)) {
            Ok(answer) => {
                driver.session = format!("/session/{}", answer["sessionId"].as_str().unwrap());
                Ok(driver)
            }
            Err(error) => {
                driver.child.kill().unwrap_or_default();
                driver.child.wait().map(drop).unwrap_or_default();
                std::mem::forget(driver);
                assert!(error.contains("cannot find"), "{error}");
                Err("Chromium is not installed".to_owned())
            }
        }
    }

    /// A command below the session.
    pub(crate) fn post(&self, command: &str, body: &Value) -> Value {
        let path = format!("{}/{command}", self.session);
        call(self.port, "POST", &path, Some(body)).unwrap()
    }
}

/// One request; the driver's message when it says no.
fn call(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(|error| error.to_string())?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut n_bytes = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            n_bytes = value.trim().parse().unwrap();
        }
    }
    let mut answer = vec![0; n_bytes];
    reader.read_exact(&mut answer).unwrap();
    let body = String::from_utf8(answer).unwrap();
    let answer: Value = serde_json::from_str(&body).map_err(|error| format!("{error}: {body}"))?;
    let value = answer["value"].clone();
    match value["error"].as_str() {
        None => Ok(value),
        Some(error) => Err(format!("{error}: {}", value["message"])),
    }
}
