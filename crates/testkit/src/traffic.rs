//! Who asks and what a row looks like before a distribution's own model changes it.

pub(crate) mod crates;
mod docs;
mod hostile;
mod index;
pub(crate) mod releases;
mod www;

use crate::catalog::{Distribution, Kind};
use crate::edges::{self, UNKNOWN_EDGE};
use crate::prng::Prng;
use crate::row::{Row, encode};

/// Clients of one distribution.
const N_CLIENTS: usize = 400;

/// One viewer: what stays the same from request to request.
#[derive(Debug, Clone)]
struct Client {
    ip: String,
    edge: &'static str,
    agent: String,
    http_version: &'static str,
    tls: &'static str,
    cipher: &'static str,
    forwarded_for: String,
}

/// Some requests of one client over one connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session {
    client: usize,
    port: u64,
}

/// Makes the rows of one distribution.
#[derive(Debug)]
pub(crate) struct Traffic {
    distribution: &'static Distribution,
    clients: Vec<Client>,
    /// Packages: name and size of their newest version in bytes.
    packages: Vec<(String, u64)>,
}

impl Traffic {
    /// The distribution's clients and objects, from the seed alone.
    pub(crate) fn new(seed: u64, distribution: &'static Distribution) -> Self {
        let mut prng = Prng::new(&[seed, 1, distribution.kind as u64]);
        let clients = (0..N_CLIENTS)
            .map(|i| client(&mut prng, distribution, i))
            .collect();
        // The same packages for `crates`, `index` and `www`: no distribution in this seed.
        let packages = crates::packages(&mut Prng::new(&[seed, 2]));
        Self {
            distribution,
            clients,
            packages,
        }
    }

    /// A connection of a client; busy clients come often.
    pub(crate) fn session(&self, prng: &mut Prng) -> Session {
        Session {
            client: prng.skewed(self.clients.len()),
            port: prng.range(1024, 65_535),
        }
    }

    /// One row at the given second (since 1970, UTC).
    pub(crate) fn row(&self, prng: &mut Prng, session: Session, at_s: u64) -> Row {
        let row = base(prng, &self.clients[session.client], session.port, at_s);
        match self.distribution.kind {
            Kind::Releases => releases::row(prng, row),
            Kind::Crates => crates::row(prng, row, &self.packages),
            Kind::Index => index::row(prng, row, &self.packages),
            Kind::Www => www::row(prng, row, &self.packages),
            Kind::Docs => docs::row(prng, row),
        }
    }

    /// One row of the client that downloads the same big packages again and again.
    pub(crate) fn anomaly_row(&self, prng: &mut Prng, at_s: u64) -> Row {
        let row = base(prng, &self.clients[N_CLIENTS - 1], 40_000, at_s);
        crates::anomaly_row(prng, row)
    }

    /// One of the rows whose texts try to break out of whatever shows them.
    pub(crate) fn hostile_row(&self, prng: &mut Prng, at_s: u64, number: usize) -> Row {
        let session = self.session(prng);
        let row = self.row(prng, session, at_s);
        hostile::row(row, number)
    }
}

/// How many different hostile rows there are.
pub(crate) const N_HOSTILE: usize = hostile::N;

fn client(prng: &mut Prng, distribution: &Distribution, number: usize) -> Client {
    let ip = address(prng);
    let mut edge = edges::pick(prng, distribution.price_class);
    // Not a busy client: only a few rows have the edge.
    if number == 150 && matches!(distribution.kind, Kind::Releases | Kind::Crates) {
        edge = UNKNOWN_EDGE;
    }
    let agents = match distribution.kind {
        Kind::Releases => releases::AGENTS,
        Kind::Crates | Kind::Index => crates::AGENTS,
        Kind::Www => www::AGENTS,
        Kind::Docs => docs::AGENTS,
    };
    let agent = encode(prng.weighted(agents));
    let browser = agent.starts_with("Mozilla");
    let http_version = prng.weighted(if browser {
        &[("HTTP/2.0", 5), ("HTTP/3.0", 4), ("HTTP/1.1", 1)]
    } else {
        &[("HTTP/2.0", 7), ("HTTP/3.0", 0), ("HTTP/1.1", 3)]
    });
    let (tls, cipher) = prng.weighted(&[
        (("TLSv1.3", "TLS_AES_128_GCM_SHA256"), 80),
        (("TLSv1.3", "TLS_AES_256_GCM_SHA384"), 12),
        (("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256"), 8),
    ]);
    let forwarded_for = match prng.below(50) {
        0 => address(prng),
        1 => format!("{},%20{}", address(prng), address(prng)),
        _ => "-".to_owned(),
    };
    Client {
        ip,
        edge,
        agent,
        http_version,
        tls,
        cipher,
        forwarded_for,
    }
}

/// An address kept for documentation (RFC 5737, RFC 3849).
fn address(prng: &mut Prng) -> String {
    if prng.chance(180) {
        return format!(
            "2001:db8:{:x}::{:x}",
            prng.below(0x400),
            prng.range(1, 0xffff)
        );
    }
    let net = prng.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    format!("{net}.{}", prng.range(1, 254))
}

/// A plain HTTPS GET answered from the cache.
fn base(prng: &mut Prng, client: &Client, port: u64, at_s: u64) -> Row {
    Row {
        at_s,
        edge: client.edge,
        response_bytes: 0,
        ip: client.ip.clone(),
        method: "GET",
        path: "/".to_owned(),
        status: 200,
        referrer: "-".to_owned(),
        agent: client.agent.clone(),
        query: "-".to_owned(),
        result: "Hit",
        response_result: "Hit",
        detailed: "Hit",
        request_id: prng.base64(10),
        protocol: "https",
        request_bytes: prng.range(3, 6) * 16 + client.agent.len() as u64,
        taken_ms: 0,
        first_byte_ms: 0,
        forwarded_for: client.forwarded_for.clone(),
        tls: client.tls,
        cipher: client.cipher,
        http_version: client.http_version,
        port,
        content_type: "-",
        content_length: None,
        range: None,
    }
}

/// Fills in bytes and times of an answer with a body of `body_bytes`.
fn answer(prng: &mut Prng, row: &mut Row, body_bytes: u64, content_type: &'static str) {
    let sent = if row.method == "HEAD" { 0 } else { body_bytes };
    row.response_bytes = sent + 310 + 24 * prng.below(9);
    row.content_type = content_type;
    row.content_length = Some(body_bytes);
    let to_origin = matches!(row.result, "Miss" | "RefreshHit");
    row.first_byte_ms = if to_origin {
        prng.range(60, 400)
    } else {
        prng.range(1, 9)
    };
    let bytes_per_ms = prng.range(20, 300) * 100;
    row.taken_ms = row.first_byte_ms + sent / bytes_per_ms;
}

/// Turns the row into an error answer with a small body.
fn error(prng: &mut Prng, row: &mut Row, status: u16) {
    row.status = status;
    row.result("Error");
    if status >= 502 {
        row.detailed = "OriginCommError";
    }
    answer(prng, row, 243, "application/xml");
}

/// Turns the row into an answer made at the edge: a redirect without an origin.
fn redirect(prng: &mut Prng, row: &mut Row, status: u16, result: &'static str) {
    row.status = status;
    row.result(result);
    answer(prng, row, 0, "-");
}

/// Makes the row plain HTTP.
fn plain_http(row: &mut Row) {
    row.protocol = "http";
    row.http_version = "HTTP/1.1";
    row.tls = "-";
    row.cipher = "-";
}

/// The rare ends any distribution sees; false when nothing special happened to the row.
fn mishap(prng: &mut Prng, row: &mut Row, body_bytes: u64, content_type: &'static str) -> bool {
    match prng.below(1000) {
        // The viewer went away before an answer was there.
        0..=2 => {
            row.status = 0;
            row.result("Error");
            row.detailed = "ClientCommError";
            row.taken_ms = prng.range(5, 30_000);
            row.first_byte_ms = row.taken_ms;
        }
        // The viewer hung up while a hit was being sent: the bytes so far are sent and billed.
        3..=9 => {
            answer(prng, row, body_bytes, content_type);
            row.response_bytes = row.response_bytes * prng.range(5, 95) / 100;
            row.result = "Error";
            row.detailed = "ClientHungUpRequest";
        }
        10 => {
            row.status = 503;
            row.result(if prng.chance(500) {
                "LimitExceeded"
            } else {
                "CapacityExceeded"
            });
            answer(prng, row, 560, "text/html");
        }
        11 => {
            row.status = 400;
            row.result("Error");
            row.detailed = "InvalidRequest";
            answer(prng, row, 915, "text/html");
        }
        // CloudFront's own redirect from HTTP to HTTPS.
        12..=17 => {
            plain_http(row);
            redirect(prng, row, 301, "Redirect");
            row.response_bytes += 167;
        }
        _ => return false,
    }
    true
}
