//! Faults on demand: which requests they hit, how often, and what goes wrong.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::{HeaderMap, Method, Uri};

use crate::prng::Prng;

/// What goes wrong with a request.
///
/// A fault that needs something in the request (a range, a condition) leaves other requests alone
/// and does not count them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing is done; the answer is this HTTP status with this S3 error code.
    Status(u16, &'static str),
    /// Nothing is done and no answer comes, ever.
    Hang,
    /// Served, but only after this time.
    Delay(Duration),
    /// The head comes at once, then the body: `bytes` of it after every pause.
    Trickle {
        /// Bytes given at a time.
        bytes: usize,
        /// The pause before them.
        every: Duration,
    },
    /// The connection is cut after so many bytes of the body (at the latest before its last one);
    /// `Content-Length` promises all.
    Reset {
        /// Bytes that still come.
        after: usize,
    },
    /// The last bytes are left out and `Content-Length` agrees.
    ShortBody {
        /// How many.
        missing: usize,
    },
    /// Bytes are added behind the last one and `Content-Length` agrees.
    LongBody {
        /// How many.
        extra: usize,
    },
    /// The body is this one; the rest of the answer stays as it is, its `ETag` too.
    OtherBody(Bytes),
    /// A GET for a range is answered with 200 and the whole object.
    IgnoreRange,
    /// A GET for a range is answered with 206 and the range that lies this much later.
    WrongRange {
        /// Bytes between the range asked for and the one given.
        shift: u64,
    },
    /// A GET with `If-Match` gives whatever is there now.
    IgnoreIfMatch,
    /// Before the request is served, its object gets these bytes.
    Replace(Bytes),
    /// Before the request is served, its object is removed.
    Remove,
    /// Served, then the connection is cut without an answer.
    DropReply,
    /// Served, then answered with this HTTP status and S3 error code.
    ErrorReply(u16, &'static str),
    /// A PUT with `If-None-Match` or `If-Match` writes whatever is there.
    IgnoreConditional,
    /// A page of a listing whose token leads to the same page again. Without a limit on its times
    /// the listing never ends, and its token never changes.
    RepeatPage,
    /// A page of a listing that says there is more, but not how to go on.
    LoseToken,
    /// A page of a listing with its keys in reverse, as from a store that lists in no order.
    ReversePage,
}

impl Fault {
    fn name(&self) -> String {
        let text = format!("{self:?}");
        text.split([' ', '(']).next().unwrap_or_default().to_owned()
    }

    /// Whether the request has what this fault breaks.
    fn concerns(&self, call: &Call) -> bool {
        let get = call.operation == Operation::GetObject;
        match self {
            Self::IgnoreRange | Self::WrongRange { .. } => get && call.has_range,
            Self::IgnoreIfMatch => get && call.has_if_match,
            Self::IgnoreConditional => {
                call.operation == Operation::PutObject
                    && (call.has_if_match || call.has_if_none_match)
            }
            Self::RepeatPage | Self::LoseToken | Self::ReversePage => {
                call.operation == Operation::ListObjectsV2
            }
            Self::Replace(_) | Self::Remove => call.object.is_some(),
            _ => true,
        }
    }
}

/// An operation of S3, as the request line names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// GET of an object or of a part of it.
    GetObject,
    /// HEAD of an object.
    HeadObject,
    /// PUT of an object in one piece.
    PutObject,
    /// PUT with a source to copy from.
    CopyObject,
    /// DELETE of an object.
    DeleteObject,
    /// POST that deletes many objects.
    DeleteObjects,
    /// A page of a listing, as today's clients ask for it.
    ListObjectsV2,
    /// A page of a listing, as old clients ask for it.
    ListObjects,
    /// Any step of a write in parts.
    Multipart,
    /// Everything else.
    Other,
}

/// Which requests go wrong, and how. Without limits every request does, every time.
///
/// ```
/// use edgeledger_testkit::s3_server::{Fault, Operation, Rule};
/// // The third and fourth page of a listing fail.
/// let rule = Rule::new(Fault::Status(500, "InternalError"))
///     .on(Operation::ListObjectsV2)
///     .skip(2)
///     .times(2);
/// ```
#[derive(Debug, Clone)]
pub struct Rule {
    fault: Fault,
    operation: Option<Operation>,
    key: Option<String>,
    skip: usize,
    times: Option<usize>,
    lottery: Option<(u64, Prng)>,
}

impl Rule {
    /// Every request, every time.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            operation: None,
            key: None,
            skip: 0,
            times: None,
            lottery: None,
        }
    }

    /// Only requests of this operation.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Only requests with this text in `bucket/key`, for listings in `bucket/prefix`.
    #[must_use]
    pub fn key(mut self, part: &str) -> Self {
        self.key = Some(part.to_owned());
        self
    }

    /// Lets the first `n` matching requests pass.
    #[must_use]
    pub fn skip(mut self, n: usize) -> Self {
        self.skip = n;
        self
    }

    /// Ends after `n` faults.
    #[must_use]
    pub fn times(mut self, n: usize) -> Self {
        self.times = Some(n);
        self
    }

    /// Ends after one fault.
    #[must_use]
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Hits only so many of a hundred matching requests, drawn from `seed`.
    #[must_use]
    pub fn percent(mut self, percent: u64, seed: u64) -> Self {
        self.lottery = Some((percent, Prng::new(&[seed])));
        self
    }

    fn matches(&self, call: &Call) -> bool {
        self.operation.is_none_or(|wanted| wanted == call.operation)
            && self
                .key
                .as_ref()
                .is_none_or(|part| call.target.contains(part.as_str()))
            && self.fault.concerns(call)
    }
}

/// A request as rules see it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) operation: Operation,
    /// `METHOD path?query`.
    pub(super) line: String,
    /// Bucket and key, where one object is meant.
    pub(super) object: Option<(String, String)>,
    /// `bucket/key`, or `bucket/prefix` of a listing.
    target: String,
    has_range: bool,
    has_if_match: bool,
    has_if_none_match: bool,
}

impl Call {
    pub(super) fn new(method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let path = decode(uri.path().trim_start_matches('/'));
        let query: Vec<(String, String)> = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect();
        let asked = |name: &str| query.iter().find(|(given, _)| given == name);
        let (bucket, key) = path.split_once('/').unwrap_or((&path, ""));
        let operation = match (method.as_str(), key.is_empty()) {
            (_, false) if asked("uploadId").is_some() || asked("uploads").is_some() => {
                Operation::Multipart
            }
            ("PUT", false) if headers.contains_key("x-amz-copy-source") => Operation::CopyObject,
            ("GET", false) => Operation::GetObject,
            ("HEAD", false) => Operation::HeadObject,
            ("PUT", false) => Operation::PutObject,
            ("DELETE", false) => Operation::DeleteObject,
            ("POST", true) if asked("delete").is_some() => Operation::DeleteObjects,
            ("GET", true) if asked("list-type").is_some() => Operation::ListObjectsV2,
            ("GET", true) if !bucket.is_empty() && asked("location").is_none() => {
                Operation::ListObjects
            }
            _ => Operation::Other,
        };
        let prefix = asked("prefix").map(|(_, prefix)| prefix.as_str());
        Self {
            operation,
            line: format!("{method} {uri}"),
            object: (!key.is_empty()).then(|| (bucket.to_owned(), key.to_owned())),
            target: if key.is_empty() {
                format!("{bucket}/{}", prefix.unwrap_or_default())
            } else {
                path.clone()
            },
            has_range: headers.contains_key("range"),
            has_if_match: headers.contains_key("if-match"),
            has_if_none_match: headers.contains_key("if-none-match"),
        }
    }
}

/// The rules in force and what they did. Clones share everything.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    armed: Vec<Armed>,
    injected: Vec<String>,
}

#[derive(Debug)]
struct Armed {
    rule: Rule,
    matched: usize,
    injected: usize,
}

impl Script {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, rule: Rule) {
        self.lock().armed.push(Armed {
            rule,
            matched: 0,
            injected: 0,
        });
    }

    pub(super) fn clear(&self) {
        self.lock().armed.clear();
    }

    pub(super) fn injected(&self) -> Vec<String> {
        self.lock().injected.clone()
    }

    /// The fault for this request: every rule counts it, the first one that is due has its way.
    pub(super) fn draw(&self, call: &Call) -> Option<Fault> {
        let mut inner = self.lock();
        let mut drawn = None;
        for armed in &mut inner.armed {
            if !armed.rule.matches(call) {
                continue;
            }
            armed.matched += 1;
            let open = armed.rule.times.is_none_or(|times| armed.injected < times);
            if drawn.is_some() || armed.matched <= armed.rule.skip || !open {
                continue;
            }
            let won = match &mut armed.rule.lottery {
                Some((percent, prng)) => prng.below(100) < *percent,
                None => true,
            };
            if won {
                armed.injected += 1;
                drawn = Some(armed.rule.fault.clone());
            }
        }
        if let Some(fault) = &drawn {
            let line = format!("{} {}", fault.name(), call.line);
            inner.injected.push(line);
        }
        drawn
    }
}

/// Undoes percent encoding.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let value = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        if let (b'%', Some(value)) = (first, value) {
            bytes.push(value);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
