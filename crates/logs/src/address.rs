//! IP addresses: truncated in the columns that hold them, masked where text is quoted.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use memchr::memchr2;

use crate::redact::unit;

/// What stands in the place of an address in quoted text.
pub(crate) const MASK: &str = "<ip>";

/// Longest text that can be an address with its encoding, brackets, zone and port.
const MAX_ADDRESS_BYTES: usize = 256;

/// The network of an address: /24 of IPv4, /48 of IPv6. `None` for what is not an address.
///
/// Percent-encoding, brackets, a port and a zone are understood and left out.
pub(crate) fn truncated(text: &str) -> Option<String> {
    match parse(text)? {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            Some(Ipv4Addr::new(a, b, c, 0).to_string())
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            Some(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).to_string())
        }
    }
}

fn parse(text: &str) -> Option<IpAddr> {
    if text.len() > MAX_ADDRESS_BYTES {
        return None;
    }
    let mut decoded = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(unit) = unit(text.as_bytes(), at, true) {
        decoded.push(char::from(unit.byte));
        at += unit.n_bytes;
    }
    let text = decoded.trim_matches(|char: char| char == '"' || char.is_whitespace());
    let host = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            if !port.strip_prefix(':').map_or(port.is_empty(), is_port) {
                return None;
            }
            host
        }
        // One colon: IPv4 and a port. IPv6 has two at least.
        None => match text.split_once(':') {
            Some((host, port)) if is_port(port) && host.contains('.') => host,
            _ => text,
        },
    };
    let host = host.split_once('%').map_or(host, |(host, _zone)| host);
    Some(host.parse::<IpAddr>().ok()?.to_canonical())
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The addresses of a list truncated, its commas and spaces as they are. An entry that is not an
/// address becomes `unknown`; `None` when none is.
pub(crate) fn truncated_list(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let mut has_address = false;
    let mut at = 0;
    loop {
        // The entry without the spaces around it, then what is between it and the next.
        let lead = at;
        let (mut start, mut end) = (None, at);
        let comma = loop {
            let Some(unit) = unit(bytes, at, true) else {
                break None;
            };
            if unit.byte == b',' {
                break Some(unit);
            }
            if unit.byte != b' ' {
                start.get_or_insert(at);
                end = at + unit.n_bytes;
            }
            at += unit.n_bytes;
        };
        if let Some(start) = start {
            out.push_str(text.get(lead..start).unwrap_or_default());
            let network = text.get(start..end).and_then(truncated);
            has_address |= network.is_some();
            out.push_str(network.as_deref().unwrap_or("unknown"));
        } else {
            end = lead;
        }
        at += comma.map_or(0, |unit| unit.n_bytes);
        out.push_str(text.get(end..at).unwrap_or_default());
        if comma.is_none() {
            return has_address.then_some(out);
        }
    }
}

/// The text with everything that looks like an IP address masked; `None` when nothing does.
///
/// It is eager: a version such as `120.0.0.0` looks like an address. `is_cut` says that the text
/// goes on: the start of an address at its end is masked too.
pub(crate) fn masked(text: &str, is_cut: bool) -> Option<String> {
    let bytes = text.as_bytes();
    if !is_cut && memchr2(b'.', b':', bytes).is_none() && !bytes.contains(&b'%') {
        return None;
    }
    let mut out: Option<String> = None;
    let mut done = 0;
    let mut run = Run::default();
    let mut at = 0;
    loop {
        let found = unit(bytes, at, true);
        if let Some(unit) = found
            && (unit.byte.is_ascii_hexdigit() || matches!(unit.byte, b'.' | b':'))
        {
            run.push(at, at + unit.n_bytes, unit.byte);
            at += unit.n_bytes;
            continue;
        }
        let cut = is_cut && found.is_none() && run.has_sign;
        if run.is_ipv6() || cut {
            run.spans.clear();
            run.spans.push((run.start, at));
        } else {
            run.end_v4();
        }
        for &(start, end) in &run.spans {
            let out = out.get_or_insert_default();
            out.push_str(text.get(done..start).unwrap_or_default());
            out.push_str(MASK);
            done = end;
        }
        let Some(unit) = found else {
            break;
        };
        at += unit.n_bytes;
        run.clear(at);
    }
    let mut out = out?;
    out.push_str(text.get(done..).unwrap_or_default());
    Some(out)
}

/// A run of hex digits, dots and colons.
#[derive(Debug, Default)]
struct Run {
    start: usize,
    last: u8,
    has_digit: bool,
    has_sign: bool,
    n_colons: usize,
    has_double_colon: bool,
    /// Digits and dots, for IPv4: where they start and end, and how many groups of digits there
    /// are.
    v4: (usize, usize),
    v4_last: u8,
    v4_groups: usize,
    /// What is masked unless the whole run is.
    spans: Vec<(usize, usize)>,
}

impl Run {
    fn clear(&mut self, start: usize) {
        let mut spans = std::mem::take(&mut self.spans);
        spans.clear();
        *self = Run {
            start,
            spans,
            ..Run::default()
        };
    }

    fn push(&mut self, start: usize, end: usize, byte: u8) {
        self.has_digit |= byte.is_ascii_hexdigit();
        self.has_sign |= !byte.is_ascii_hexdigit();
        if byte == b':' {
            self.n_colons += 1;
            self.has_double_colon |= self.last == b':';
        }
        self.last = byte;
        match byte {
            b'0'..=b'9' => {
                if self.v4_last == 0 {
                    self.v4.0 = start;
                }
                if !self.v4_last.is_ascii_digit() {
                    self.v4_groups += 1;
                }
                self.v4.1 = end;
                self.v4_last = byte;
            }
            b'.' if self.v4_last.is_ascii_digit() => self.v4_last = byte,
            _ => self.end_v4(),
        }
    }

    fn end_v4(&mut self) {
        if self.v4_groups >= 4 {
            self.spans.push(self.v4);
        }
        self.v4_groups = 0;
        self.v4_last = 0;
    }

    /// Eight groups, or a gap; a time of day has two single colons.
    fn is_ipv6(&self) -> bool {
        self.has_digit && (self.has_double_colon || self.n_colons >= 7)
    }
}

#[cfg(test)]
mod tests;
