//! s3s-fs with what the tests need on top: `ETag`s in listings, atomic conditional writes, If-Match
//! on reads, and a log of requests.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use s3s::dto::{self, ETag, ETagCondition, Object, Range, Timestamp};
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use super::faults::Fault;

/// What an operation of the `S3` trait returns: the trait is made with `async_trait`.
type Reply<'a, T> = Pin<Box<dyn Future<Output = S3Result<S3Response<T>>> + Send + 'a>>;

/// Requests seen so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) requests: Vec<String>,
    pub(super) fetched: Vec<String>,
}

/// An `ETag` as long as time and size of the object stay the same.
type Known = (Option<Timestamp>, Option<i64>, Option<ETag>);

/// Where a page starts: continuation token and `start_after`.
type Position = (Option<String>, Option<String>);

/// Clones share everything: the service owns one, the server's handle another.
#[derive(Debug, Clone)]
pub(super) struct Store {
    files: Arc<FileSystem>,
    /// s3s-fs looks first and writes later: without this, several `If-None-Match: *` can win.
    conditional: Arc<tokio::sync::Mutex<()>>,
    seen: Arc<Mutex<Seen>>,
    etags: Arc<Mutex<BTreeMap<(String, String), Known>>>,
    page_keys: Arc<AtomicU16>,
    /// Pages to be given again; `again-` and the index is the token that leads there.
    again: Arc<Mutex<Vec<Position>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    pub(super) fn new(files: FileSystem) -> Self {
        Self {
            files: Arc::new(files),
            conditional: Arc::default(),
            seen: Arc::default(),
            etags: Arc::default(),
            page_keys: Arc::new(AtomicU16::new(1000)),
            again: Arc::default(),
        }
    }

    pub(super) fn seen<T>(&self, read: impl FnOnce(&mut Seen) -> T) -> T {
        read(&mut lock(&self.seen))
    }

    pub(super) fn limit_pages(&self, n_keys: u16) {
        self.page_keys.store(n_keys.max(1), Ordering::Relaxed);
    }

    /// A token that leads to this position; always the same for the same one.
    fn token_again(&self, position: Position) -> String {
        let mut again = lock(&self.again);
        let known = again.iter().position(|known| *known == position);
        let index = known.unwrap_or_else(|| {
            again.push(position);
            again.len() - 1
        });
        format!("again-{index}")
    }

    /// Where a token of [`token_again`](Self::token_again) leads.
    fn position_again(&self, token: Option<&str>) -> Option<Position> {
        let index = token?.strip_prefix("again-")?.parse::<usize>().ok()?;
        lock(&self.again).get(index).cloned()
    }

    /// Forgets the `ETag` of an object that is being written.
    pub(super) fn forget(&self, bucket: &str, key: &str) {
        lock(&self.etags).remove(&(bucket.to_owned(), key.to_owned()));
    }

    fn note<T>(&self, request: &S3Request<T>) {
        let line = format!("{} {}", request.method, request.uri);
        self.seen(|seen| seen.requests.push(line));
    }

    /// s3s-fs lists without `ETag`s; S3 does not. They are those that GET gives.
    async fn add_etags(&self, bucket: &str, objects: &mut [Object]) {
        for object in objects {
            let Some(key) = object.key.clone() else {
                continue;
            };
            let id = (bucket.to_owned(), key);
            let known = lock(&self.etags).get(&id).cloned();
            if let Some((time, size, etag)) = known
                && (&time, size) == (&object.last_modified, object.size)
            {
                object.e_tag = etag;
                continue;
            }
            let input = dto::HeadObjectInput {
                bucket: id.0.clone(),
                key: id.1.clone(),
                ..dto::HeadObjectInput::default()
            };
            if let Ok(head) = self.files.head_object(internal(input)).await {
                object.e_tag = head.output.e_tag;
                let known = (
                    object.last_modified.clone(),
                    object.size,
                    object.e_tag.clone(),
                );
                lock(&self.etags).insert(id, known);
            }
        }
    }
}

/// A request that did not come over the network.
#[expect(
    clippy::default_trait_access,
    reason = "the types are of a crate this one does not name"
)]
pub(super) fn internal<T>(input: T) -> S3Request<T> {
    S3Request {
        input,
        method: Default::default(),
        uri: Default::default(),
        headers: Default::default(),
        extensions: Default::default(),
        credentials: None,
        region: None,
        service: None,
        trailing_headers: None,
    }
}

/// Operations passed on as they are.
macro_rules! pass_on {
    ($($name:ident: $input:ident => $output:ident;)+) => {$(
        fn $name<'s, 'f>(&'s self, request: S3Request<dto::$input>) -> Reply<'f, dto::$output>
        where
            's: 'f,
            Self: 'f,
        {
            self.note(&request);
            self.files.$name(request)
        }
    )+};
}

impl S3 for Store {
    pass_on! {
        abort_multipart_upload: AbortMultipartUploadInput => AbortMultipartUploadOutput;
        create_bucket: CreateBucketInput => CreateBucketOutput;
        create_multipart_upload: CreateMultipartUploadInput => CreateMultipartUploadOutput;
        delete_bucket: DeleteBucketInput => DeleteBucketOutput;
        delete_object: DeleteObjectInput => DeleteObjectOutput;
        delete_objects: DeleteObjectsInput => DeleteObjectsOutput;
        get_bucket_location: GetBucketLocationInput => GetBucketLocationOutput;
        head_bucket: HeadBucketInput => HeadBucketOutput;
        head_object: HeadObjectInput => HeadObjectOutput;
        list_buckets: ListBucketsInput => ListBucketsOutput;
        list_parts: ListPartsInput => ListPartsOutput;
        upload_part: UploadPartInput => UploadPartOutput;
        upload_part_copy: UploadPartCopyInput => UploadPartCopyOutput;
    }

    fn get_object<'s, 'f>(
        &'s self,
        request: S3Request<dto::GetObjectInput>,
    ) -> Reply<'f, dto::GetObjectOutput>
    where
        's: 'f,
        Self: 'f,
    {
        self.note(&request);
        let object = format!("{}/{}", request.input.bucket, request.input.key);
        self.seen(|seen| seen.fetched.push(object));
        Box::pin(async move {
            let mut request = request;
            let mut wanted = request.input.if_match.clone();
            match (request.extensions.get(), &mut request.input.range) {
                (Some(Fault::IgnoreRange), range) => *range = None,
                (Some(Fault::WrongRange { shift }), Some(Range::Int { first, last })) => {
                    *first += shift;
                    *last = last.map(|last| last + shift);
                }
                (Some(Fault::IgnoreIfMatch), _) => wanted = None,
                _ => {}
            }
            let response = self.files.get_object(request).await?;
            match (wanted, &response.output.e_tag) {
                (Some(ETagCondition::ETag(wanted)), Some(found)) if wanted != *found => {
                    Err(s3_error!(PreconditionFailed))
                }
                _ => Ok(response),
            }
        })
    }

    fn put_object<'s, 'f>(
        &'s self,
        request: S3Request<dto::PutObjectInput>,
    ) -> Reply<'f, dto::PutObjectOutput>
    where
        's: 'f,
        Self: 'f,
    {
        self.note(&request);
        Box::pin(async move {
            let mut request = request;
            if let Some(Fault::IgnoreConditional) = request.extensions.get() {
                request.input.if_match = None;
                request.input.if_none_match = None;
            }
            let input = &request.input;
            self.forget(&input.bucket, &input.key);
            if input.if_match.is_none() && input.if_none_match.is_none() {
                return self.files.put_object(request).await;
            }
            let _one_at_a_time = self.conditional.lock().await;
            self.files.put_object(request).await
        })
    }

    fn complete_multipart_upload<'s, 'f>(
        &'s self,
        request: S3Request<dto::CompleteMultipartUploadInput>,
    ) -> Reply<'f, dto::CompleteMultipartUploadOutput>
    where
        's: 'f,
        Self: 'f,
    {
        self.note(&request);
        Box::pin(async move {
            self.forget(&request.input.bucket, &request.input.key);
            let _one_at_a_time = self.conditional.lock().await;
            self.files.complete_multipart_upload(request).await
        })
    }

    fn copy_object<'s, 'f>(
        &'s self,
        request: S3Request<dto::CopyObjectInput>,
    ) -> Reply<'f, dto::CopyObjectOutput>
    where
        's: 'f,
        Self: 'f,
    {
        self.note(&request);
        self.forget(&request.input.bucket, &request.input.key);
        self.files.copy_object(request)
    }

    fn list_objects<'s, 'f>(
        &'s self,
        request: S3Request<dto::ListObjectsInput>,
    ) -> Reply<'f, dto::ListObjectsOutput>
    where
        's: 'f,
        Self: 'f,
    {
        self.note(&request);
        Box::pin(async move {
            let bucket = request.input.bucket.clone();
            let mut response = self.files.list_objects(request).await?;
            let contents = response.output.contents.as_deref_mut().unwrap_or_default();
            self.add_etags(&bucket, contents).await;
            Ok(response)
        })
    }

    fn list_objects_v2<'s, 'f>(
        &'s self,
        request: S3Request<dto::ListObjectsV2Input>,
    ) -> Reply<'f, dto::ListObjectsV2Output>
    where
        's: 'f,
        Self: 'f,
    {
        self.note(&request);
        Box::pin(async move {
            let mut request = request;
            let fault = request.extensions.get().cloned();
            let input = &mut request.input;
            let bucket = input.bucket.clone();
            let limit = i32::from(self.page_keys.load(Ordering::Relaxed));
            input.max_keys = Some(input.max_keys.unwrap_or(limit).min(limit));
            if let Some(position) = self.position_again(input.continuation_token.as_deref()) {
                (input.continuation_token, input.start_after) = position;
            }
            let position = (input.continuation_token.clone(), input.start_after.clone());
            let mut response = self.files.list_objects_v2(request).await?;
            match fault {
                Some(Fault::RepeatPage) => {
                    response.output.is_truncated = Some(true);
                    response.output.next_continuation_token = Some(self.token_again(position));
                }
                Some(Fault::LoseToken) => {
                    response.output.is_truncated = Some(true);
                    response.output.next_continuation_token = None;
                }
                Some(Fault::ReversePage) => {
                    response
                        .output
                        .contents
                        .as_deref_mut()
                        .unwrap_or_default()
                        .reverse();
                }
                _ => {}
            }
            let contents = response.output.contents.as_deref_mut().unwrap_or_default();
            self.add_etags(&bucket, contents).await;
            Ok(response)
        })
    }
}
