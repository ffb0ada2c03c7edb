//! Listings: all pages or none.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_sdk_s3::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::AfterDeserializationInterceptorContextRef,
    },
    error::BoxError,
    operation::list_objects_v2::ListObjectsV2Output,
    types::Object,
};
use tokio::time::sleep;

use super::{S3Source, refusal};
use crate::{Glance, Listing, LogObject, SkipRange, SourceError, may_be_log, skip::Skips};

/// Where the next page starts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Position {
    Start,
    After(String),
    Token(String),
}

impl S3Source {
    pub(crate) async fn list(&self, ranges: &[SkipRange]) -> Result<Listing, SourceError> {
        let skips = Skips::of_bucket(&self.bucket, ranges);
        match self.pass(&skips, !skips.is_empty()).await? {
            Some(listing) => Ok(listing),
            // Where keys come in no order, nothing can be jumped over.
            None => (self.pass(&skips, false).await?).ok_or_else(|| self.fail("it has no order")),
        }
    }

    /// Goes over all pages. A page that ends in a range to skip is followed by one behind it, if
    /// `may_jump`: then there is no listing when keys come in no order.
    async fn pass(&self, skips: &Skips, may_jump: bool) -> Result<Option<Listing>, SourceError> {
        let mut found = Found::default();
        let mut order = Order::default();
        let mut visited = HashSet::new();
        let mut position = Position::Start;
        loop {
            if !visited.insert(position.clone()) {
                return Err(self.fail("the listing leads back to a page it gave before"));
            }
            let (page, _) = self.page(&position).await?;
            for object in page.contents() {
                let Some(key) = object.key() else {
                    return Err(self.fail("the listing holds an object without a key"));
                };
                if !skips.hold(key) {
                    found.add(self, key, object)?;
                }
            }
            let keys = page.contents().iter().filter_map(Object::key);
            if !order.see(keys) && may_jump {
                return Ok(None);
            }
            if order.stale_pages >= Order::STALE_PAGES {
                return Err(self.fail("the listing gives page after page without a new key"));
            }
            let token = page.next_continuation_token();
            let token = token.filter(|token| !token.is_empty());
            if !page.is_truncated().unwrap_or(token.is_some()) {
                return Ok(Some(found.listing()));
            }
            let last = page.contents().last().and_then(Object::key);
            let jump = last.filter(|_| may_jump).and_then(|key| skips.jump(key));
            position = match (jump, token) {
                (Some(after), _) => Position::After(after),
                (None, Some(token)) => Position::Token(token.to_owned()),
                (None, None) => {
                    return Err(self.fail("the listing breaks off: there is more, but no token"));
                }
            };
        }
    }

    /// The first page, as it is.
    pub(crate) async fn first_page(&self) -> Result<Glance, SourceError> {
        let (page, server_date) = self.page(&Position::Start).await?;
        let mut found = Found::default();
        for object in page.contents() {
            if let Some(key) = object.key() {
                found.add(self, key, object)?;
            }
        }
        Ok(Glance {
            listing: found.listing(),
            has_more: page.is_truncated().unwrap_or_default(),
            read: None,
            server_date,
        })
    }

    /// A page, and the server's `Date`.
    async fn page(
        &self,
        position: &Position,
    ) -> Result<(ListObjectsV2Output, Option<String>), SourceError> {
        let mut n_attempts = 0;
        loop {
            let request = self
                .client
                .list_objects_v2()
                .bucket(&self.bucket)
                .prefix(&self.prefix)
                .set_request_payer(self.request_payer.clone());
            let request = match position {
                Position::Start => request,
                Position::After(key) => request.start_after(key),
                Position::Token(token) => request.continuation_token(token),
            };
            let seen = Whole::default();
            let page = request.customize().interceptor(seen.clone()).send().await;
            let page =
                page.map_err(|error| refusal::of_listing(&error, &self.bucket, &self.prefix))?;
            if seen.is_whole.load(Ordering::Relaxed) {
                let date = seen.date.lock().unwrap_or_else(PoisonError::into_inner);
                return Ok((page, date.clone()));
            }
            n_attempts += 1;
            if n_attempts >= self.limits.max_attempts {
                return Err(self.fail("a page of the listing has no end"));
            }
            sleep(self.limits.pause(n_attempts)).await;
        }
    }

    fn fail(&self, cause: impl Into<String>) -> SourceError {
        SourceError::List {
            bucket: self.bucket.clone(),
            prefix: self.prefix.clone(),
            source: cause.into().into(),
        }
    }
}

/// Whether the last page has its end. The SDK takes what there is of a text that was cut, and keys
/// would be lost without a word.
#[derive(Debug, Clone, Default)]
struct Whole {
    is_whole: Arc<AtomicBool>,
    date: Arc<Mutex<Option<String>>>,
}

impl Intercept for Whole {
    fn name(&self) -> &'static str {
        "Whole"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response().body().bytes().unwrap_or_default();
        let has_end = body.trim_ascii_end().ends_with(b"ListBucketResult>");
        self.is_whole.store(has_end, Ordering::Relaxed);
        let date = context.response().headers().get("date");
        *self.date.lock().unwrap_or_else(PoisonError::into_inner) = date.map(str::to_owned);
        Ok(())
    }
}

/// What the pages gave so far, each key once.
#[derive(Debug, Default)]
struct Found {
    objects: BTreeMap<String, LogObject>,
    ignored: BTreeSet<String>,
}

impl Found {
    /// A key that comes again counts as it comes the last time.
    fn add(&mut self, source: &S3Source, key: &str, object: &Object) -> Result<(), SourceError> {
        let address = format!("s3://{}/{key}", source.bucket);
        if !may_be_log(key.rsplit('/').next().unwrap_or(key)) {
            self.ignored.insert(address);
            return Ok(());
        }
        let size = object.size().and_then(|size| u64::try_from(size).ok());
        let Some(size_bytes) = size else {
            return Err(source.fail(format!("the listing gives no size for `{key}`")));
        };
        let object = LogObject {
            key: address.clone(),
            size_bytes,
            etag: object.e_tag().unwrap_or_default().to_owned(),
        };
        self.objects.insert(address, object);
        Ok(())
    }

    fn listing(self) -> Listing {
        Listing {
            objects: self.objects.into_values().collect(),
            ignored: self.ignored.into_iter().collect(),
        }
    }
}

/// Whether keys come in order of their bytes, and whether there are still new ones.
#[derive(Debug, Default)]
struct Order {
    /// First key of the page before.
    first: Option<String>,
    /// Last key in order so far.
    last: Option<String>,
    stale_pages: usize,
}

impl Order {
    /// Empty pages do come, where many old versions were deleted.
    const STALE_PAGES: usize = 1_000;

    /// Looks at a page; pages may come twice, but not one before another that went before.
    fn see<'a>(&mut self, keys: impl Iterator<Item = &'a str>) -> bool {
        let keys: Vec<&str> = keys.collect();
        let (first, last) = (keys.first(), keys.iter().max());
        let ordered =
            keys.is_sorted() && first.is_none_or(|key| Some(*key) >= self.first.as_deref());
        let is_new = last.is_some_and(|key| Some(*key) > self.last.as_deref());
        self.stale_pages = if is_new { 0 } else { self.stale_pages + 1 };
        if is_new {
            self.last = last.map(|&key| key.to_owned());
        }
        if let Some(first) = first {
            self.first = Some((*first).to_owned());
        }
        ordered
    }
}
