//! What networks and busy servers do to answers.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::{io, mem};

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::CONTENT_LENGTH;
use hyper::{Request, Response, StatusCode};
use s3s::Body;
use s3s::service::S3Service;

/// What happens to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 503 `SlowDown` instead.
    Busy,
    /// 403 `AccessDenied` instead.
    Denied,
    /// The connection ends in the middle of the body.
    Cut,
    /// The body is whole, but it and the announced length lack the second half.
    Short,
    /// Nothing comes after the first half.
    Stall,
    /// Nothing comes at all for so many milliseconds.
    Slow(u64),
}

type Rule = Box<dyn Fn(&str, usize) -> Option<Fault> + Send + Sync>;

/// The part of a store that talks to clients.
#[derive(Default)]
pub(super) struct Front {
    rule: Mutex<Option<Rule>>,
    log: Mutex<Vec<String>>,
    asked: Mutex<HashMap<String, usize>>,
}

impl Front {
    pub(super) fn take_log(&self) -> Vec<String> {
        mem::take(&mut self.log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn has(&self, start: &str) -> bool {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().any(|request| request.starts_with(start))
    }

    pub(super) fn forget(&self) {
        self.take_log();
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(super) fn set_rule(&self, rule: Rule) {
        *self.rule.lock().unwrap_or_else(PoisonError::into_inner) = Some(rule);
    }

    /// Takes note of a request; gives what shall happen to its answer.
    fn note(&self, request: &str) -> Option<Fault> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push(request.to_owned());
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let times = asked.entry(request.to_owned()).or_default();
        let before = *times;
        *times += 1;
        let rule = self.rule.lock().unwrap_or_else(PoisonError::into_inner);
        rule.as_ref().and_then(|rule| rule(request, before))
    }

    pub(super) async fn answer(
        &self,
        service: &S3Service,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, io::Error> {
        let path = request.uri().path_and_query().map_or("", |path| path.as_str());
        let fault = self.note(&format!("{} {path}", request.method()));
        match fault {
            Some(Fault::Busy) => return Ok(refusal(StatusCode::SERVICE_UNAVAILABLE, "SlowDown")),
            Some(Fault::Denied) => return Ok(refusal(StatusCode::FORBIDDEN, "AccessDenied")),
            Some(Fault::Slow(millis)) => {
                tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
            }
            _ => {}
        }
        let answer = service.call(request.map(Body::from)).await;
        let answer = answer.map_err(|err| io::Error::other(format!("{err:?}")))?;
        let (mut head, body) = answer.into_parts();
        let mut bytes = match fault {
            Some(Fault::Cut | Fault::Short | Fault::Stall) => {
                body.collect().await.map_err(io::Error::other)?.to_bytes()
            }
            _ => return Ok(Response::from_parts(head, body)),
        };
        bytes.truncate(bytes.len() / 2);
        if fault == Some(Fault::Short) {
            head.headers.insert(CONTENT_LENGTH, bytes.len().into());
            return Ok(Response::from_parts(head, Body::from(bytes)));
        }
        let half = Half { bytes: Some(bytes), stalls: fault == Some(Fault::Stall) };
        Ok(Response::from_parts(head, Body::http_body(half)))
    }
}

fn refusal(status: StatusCode, code: &str) -> Response<Body> {
    let body = format!("<Error><Code>{code}</Code><Message>as the test wants it</Message></Error>");
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer
}

/// A body that breaks or stands still after what it has.
struct Half {
    bytes: Option<Bytes>,
    stalls: bool,
}

impl hyper::body::Body for Half {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.bytes.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if self.stalls => Poll::Pending,
            None => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
        }
    }
}
