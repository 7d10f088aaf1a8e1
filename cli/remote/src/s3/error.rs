//! What can go wrong with a bucket, in words that name place and remedy.

use std::io;

use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use thiserror::Error;

/// A bucket or an object that cannot be used.
#[derive(Debug, Error)]
pub enum S3Error {
    /// No source has credentials.
    #[error(
        "no credentials for bucket `{bucket}`: tried {tried}; give one of them, name a profile with \
         --profile, or use --no-sign-request for a public bucket"
    )]
    NoCredentials {
        /// The bucket.
        bucket: String,
        /// The sources and what each of them lacks.
        tried: String,
    },
    /// A source should have credentials but fails to give them.
    #[error("cannot get credentials from {source_name}: {cause}; before that tried {tried}")]
    Credentials {
        /// The source.
        source_name: String,
        /// Why it failed.
        cause: String,
        /// The sources before it, and what each of them lacks.
        tried: String,
    },
    /// The server knows who asks and refuses, or does not know who asks.
    #[error("access denied to {action} `{place}` ({code}): {signer}{}", colon(.message))]
    Denied {
        /// What was asked for: `list`, `read`, `write` or `delete from`.
        action: &'static str,
        /// Bucket and key.
        place: String,
        /// The server's code, such as `AccessDenied`.
        code: String,
        /// Who asked: the source of the credentials, and which were tried before it.
        signer: String,
        /// What the server says; may be empty.
        message: String,
    },
    /// There is no such bucket.
    #[error("no bucket `{bucket}` at {server}: check its name and --endpoint-url; {signer}")]
    NoBucket {
        /// The bucket.
        bucket: String,
        /// Endpoint or region.
        server: String,
        /// Who asked: the source of the credentials, and which were tried before it.
        signer: String,
    },
    /// The bucket lies in another region.
    #[error("the bucket is in the region {region}: use --region {region}")]
    OtherRegion {
        /// Where it lies.
        region: String,
    },
    /// The object is not there any more.
    #[error("the object is gone")]
    Gone,
    /// The object is not what the listing said, each time it was listed anew.
    #[error("the object changes faster than it can be fetched")]
    Changed,
    /// The server or the way to it fails.
    #[error("no answer from {server}: {cause}")]
    Unreachable {
        /// Endpoint or region.
        server: String,
        /// The chain of causes.
        cause: String,
    },
    /// The body ended early, stalled or was longer than announced.
    #[error("only {got} of {wanted} bytes came: {cause}")]
    Incomplete {
        /// Bytes that came.
        got: u64,
        /// Bytes that the listing promised.
        wanted: u64,
        /// Why.
        cause: String,
    },
    /// The server is overloaded or out of order.
    #[error("the server asks to come back later ({status} {code})")]
    Busy {
        /// HTTP status.
        status: u16,
        /// The server's code, such as `SlowDown`.
        code: String,
    },
    /// Any other refusal.
    #[error("the server refuses ({status} {code}){}", colon(.message))]
    Refused {
        /// HTTP status.
        status: u16,
        /// The server's code.
        code: String,
        /// What the server says; may be empty.
        message: String,
    },
    /// The request cannot be made.
    #[error("cannot ask the server: {0}")]
    Request(String),
    /// The server lists the same page again and again.
    #[error("the server's listing does not end: it repeats a page")]
    EndlessListing,
    /// The local file cannot be written.
    #[error("cannot write the local file")]
    Write(#[source] io::Error),
    /// This machine gives no threads for network work.
    #[error("cannot start network threads")]
    Threads(#[source] io::Error),
}

impl S3Error {
    /// Whether asking again may help.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Incomplete { .. } | Self::Busy { .. })
    }

    /// Whether the same will happen to every other object.
    pub fn is_about_bucket(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Denied { .. } | Self::Write(_))
    }
}

fn colon(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

/// What a request was about, for messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) action: &'static str,
    pub(super) bucket: &'a str,
    /// Empty for the bucket itself.
    pub(super) key: &'a str,
    pub(super) server: &'a str,
    pub(super) signer: &'a str,
}

/// The part of an SDK's error that messages need, free of its type.
struct Answer<'a> {
    status: u16,
    code: &'a str,
    message: &'a str,
    region: Option<&'a str>,
}

/// Says in our words what the SDK's error is.
pub(super) fn explain<E>(err: &SdkError<E, HttpResponse>, asked: Asked<'_>) -> S3Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let unreachable =
        || S3Error::Unreachable { server: asked.server.to_owned(), cause: causes(err) };
    match err {
        SdkError::ServiceError(service) => {
            let raw = service.raw();
            let answer = Answer {
                status: raw.status().as_u16(),
                code: service.err().code().unwrap_or_default(),
                message: service.err().message().unwrap_or_default(),
                region: raw.headers().get("x-amz-bucket-region"),
            };
            refused(&answer, asked)
        }
        SdkError::ConstructionFailure(_) => S3Error::Request(causes(err)),
        _ => unreachable(),
    }
}

fn refused(answer: &Answer<'_>, asked: Asked<'_>) -> S3Error {
    let Answer { status, code, message, region } = *answer;
    // Servers tell stories; a line of them is enough.
    let message: String = message.chars().take(300).collect();
    let code = if code.is_empty() { default_code(status) } else { code };
    let is_elsewhere = matches!(status, 301 | 307 | 400)
        && matches!(code, "PermanentRedirect" | "AuthorizationHeaderMalformed" | "Redirect" | "");
    if let Some(region) = region.filter(|_| is_elsewhere) {
        return S3Error::OtherRegion { region: region.to_owned() };
    }
    let slow = ["SlowDown", "RequestTimeout", "InternalError", "Throttling", "ServiceUnavailable"];
    if matches!(status, 429 | 500 | 502 | 503 | 504) || slow.contains(&code) {
        return S3Error::Busy { status, code: code.to_owned() };
    }
    let place = match asked.key {
        "" => asked.bucket.to_owned(),
        key => format!("{}/{key}", asked.bucket),
    };
    let keys = ["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"];
    match (status, code) {
        (_, "NoSuchBucket") => S3Error::NoBucket {
            bucket: asked.bucket.to_owned(),
            server: asked.server.to_owned(),
            signer: asked.signer.to_owned(),
        },
        (_, "NoSuchKey") | (404, _) if !asked.key.is_empty() => S3Error::Gone,
        (412, _) | (_, "PreconditionFailed" | "ConditionalRequestConflict") => S3Error::Changed,
        (401 | 403, _) => S3Error::Denied {
            action: asked.action,
            place,
            code: code.to_owned(),
            signer: asked.signer.to_owned(),
            message,
        },
        _ if keys.contains(&code) => S3Error::Denied {
            action: asked.action,
            place,
            code: code.to_owned(),
            signer: asked.signer.to_owned(),
            message,
        },
        _ => S3Error::Refused { status, code: code.to_owned(), message },
    }
}

fn default_code(status: u16) -> &'static str {
    match status {
        403 => "Forbidden",
        404 => "Not Found",
        _ => "",
    }
}

/// An error and its causes; the SDK's own words for its layers say nothing.
pub(super) fn causes(err: &dyn std::error::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in std::iter::successors(Some(err), |err| err.source()) {
        let text = cause.to_string();
        let is_layer = matches!(text.as_str(), "dispatch failure" | "service error" | "io error");
        if !is_layer && !texts.iter().any(|known| known.contains(&text)) {
            texts.push(text);
        }
    }
    if texts.is_empty() { err.to_string() } else { texts.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASKED: Asked<'_> = Asked {
        action: "read",
        bucket: "cov",
        key: "run/covmeta.a",
        server: "region us-east-1",
        signer: "signed with the environment's AKIA…",
    };

    fn answer(status: u16, code: &str, key: &'static str) -> S3Error {
        let answer = Answer { status, code, message: "why not", region: Some("eu-west-1") };
        refused(&answer, Asked { key, ..ASKED })
    }

    #[test]
    fn answers_have_our_words() {
        let text = |status, code, key| answer(status, code, key).to_string();
        insta::assert_snapshot!(
            text(403, "AccessDenied", ASKED.key),
            @"access denied to read `cov/run/covmeta.a` (AccessDenied): signed with the environment's AKIA…: why not"
        );
        insta::assert_snapshot!(
            text(404, "NoSuchBucket", ""),
            @"no bucket `cov` at region us-east-1: check its name and --endpoint-url; signed with the environment's AKIA…"
        );
        insta::assert_snapshot!(text(404, "NoSuchKey", ASKED.key), @"the object is gone");
        insta::assert_snapshot!(
            text(301, "PermanentRedirect", ""),
            @"the bucket is in the region eu-west-1: use --region eu-west-1"
        );
        insta::assert_snapshot!(text(400, "InvalidRequest", ""), @"the server refuses (400 InvalidRequest): why not");
    }

    #[test]
    fn only_what_may_pass_is_asked_again() {
        for (status, code, transient) in [
            (503, "SlowDown", true),
            (500, "InternalError", true),
            (400, "RequestTimeout", true),
            (429, "", true),
            (403, "AccessDenied", false),
            (404, "NoSuchKey", false),
            (412, "PreconditionFailed", false),
            (501, "NotImplemented", false),
        ] {
            let err = answer(status, code, ASKED.key);
            assert_eq!(err.is_transient(), transient, "{status} {code}: {err}");
        }
    }
}
