//! The HTTP layer around the store: it carries out the faults that show on the wire.

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt, stream};
use hyper::{Request, Response, body::Incoming, header::CONTENT_LENGTH};
use s3s::dto::StreamingBlob;
use s3s::service::S3Service;
use s3s::{Body, HttpResponse};

use super::faults::{Call, Fault, Operation, Script};
use super::files::Files;
use super::other;

/// Answers requests; clones share everything.
#[derive(Debug, Clone)]
pub(super) struct Wire {
    pub(super) service: S3Service,
    pub(super) script: Script,
    pub(super) files: Files,
}

impl Wire {
    /// An error cuts the connection.
    pub(super) async fn answer(self, request: Request<Incoming>) -> io::Result<HttpResponse> {
        let call = Call::new(request.method(), request.uri(), request.headers());
        let Some(fault) = self.script.draw(&call) else {
            return self.serve(request).await;
        };
        match fault {
            Fault::Status(status, code) => {
                self.note(&call);
                // A client that still writes would not see the answer.
                whole(Body::from(request.into_body())).await?;
                error_answer(status, code)
            }
            Fault::Hang => {
                self.note(&call);
                std::future::pending().await
            }
            Fault::Delay(time) => {
                tokio::time::sleep(time).await;
                self.serve(request).await
            }
            Fault::Replace(bytes) => {
                if let Some((bucket, key)) = &call.object {
                    self.files.put(bucket, key, bytes)?;
                }
                self.serve(request).await
            }
            Fault::Remove => {
                if let Some((bucket, key)) = &call.object {
                    self.files.remove(bucket, key)?;
                }
                self.serve(request).await
            }
            Fault::DropReply => {
                whole(self.serve(request).await?.into_body()).await?;
                Err(cut())
            }
            Fault::ErrorReply(status, code) => {
                whole(self.serve(request).await?.into_body()).await?;
                error_answer(status, code)
            }
            Fault::Reset { .. }
            | Fault::Trickle { .. }
            | Fault::ShortBody { .. }
            | Fault::LongBody { .. }
            | Fault::OtherBody(_) => bend(self.serve(request).await?, &fault).await,
            Fault::IgnoreRange
            | Fault::WrongRange { .. }
            | Fault::IgnoreIfMatch
            | Fault::IgnoreConditional
            | Fault::RepeatPage
            | Fault::LoseToken
            | Fault::ReversePage => {
                // The store finds it there and carries it out.
                let mut request = request;
                request.extensions_mut().insert(fault);
                self.serve(request).await
            }
        }
    }

    async fn serve(&self, request: Request<Incoming>) -> io::Result<HttpResponse> {
        let answer = self.service.call(request.map(Body::from)).await;
        answer.map_err(other)
    }

    /// Logs a request that the store does not get to see.
    fn note(&self, call: &Call) {
        self.files.store.seen(|seen| {
            seen.requests.push(call.line.clone());
            if let (Operation::GetObject, Some((bucket, key))) = (call.operation, &call.object) {
                seen.fetched.push(format!("{bucket}/{key}"));
            }
        });
    }
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "cut by an injected fault")
}

async fn whole(mut body: Body) -> io::Result<Bytes> {
    body.store_all_limited(usize::MAX).await.map_err(other)
}

fn error_answer(status: u16, code: &str) -> io::Result<HttpResponse> {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Error><Code>{code}</Code><Message>injected</Message></Error>"
    );
    Response::builder()
        .status(status)
        .header("content-type", "application/xml")
        .body(Body::from(text))
        .map_err(other)
}

/// Gives a good answer a bad body.
async fn bend(answer: HttpResponse, fault: &Fault) -> io::Result<HttpResponse> {
    let (mut head, body) = answer.into_parts();
    let mut bytes = whole(body).await?;
    match fault {
        Fault::ShortBody { missing } => bytes.truncate(bytes.len().saturating_sub(*missing)),
        Fault::LongBody { extra } => {
            let mut longer = BytesMut::from(bytes.as_ref());
            longer.resize(bytes.len() + extra, b'x');
            bytes = longer.freeze();
        }
        Fault::OtherBody(given) => bytes = given.clone(),
        _ => {}
    }
    head.headers.insert(CONTENT_LENGTH, bytes.len().into());
    let body = match fault {
        Fault::Reset { after } => {
            let n = (*after).min(bytes.len().saturating_sub(1));
            let broken = stream::once(async {
                // What was given so far goes out first.
                tokio::time::sleep(Duration::from_millis(1)).await;
                Err(cut())
            });
            streamed(stream::once(async move { Ok(bytes.slice(..n)) }).chain(broken))
        }
        Fault::Trickle { bytes: n, every } => {
            let (n, every) = ((*n).max(1), *every);
            streamed(stream::unfold(bytes, move |mut rest| async move {
                if rest.is_empty() {
                    return None;
                }
                tokio::time::sleep(every).await;
                Some((Ok(rest.split_to(n.min(rest.len()))), rest))
            }))
        }
        _ => Body::from(bytes),
    };
    Ok(Response::from_parts(head, body))
}

fn streamed(bytes: impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static) -> Body {
    Body::from(StreamingBlob::wrap(bytes))
}
