//! A place in a bucket, as people write it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// `s3://bucket/prefix`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Place {
    /// The bucket's name.
    pub bucket: String,
    /// Where in the bucket, without a slash at either end; empty for all of it.
    pub prefix: String,
}

/// A text that is no place in a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum S3PlaceError {
    /// It does not begin as it should.
    #[error("`{0}` is no place in a bucket: write s3://BUCKET/PREFIX")]
    NotS3(String),
    /// Buckets have no such names.
    #[error(
        "`{0}` is no bucket's name: those have 3 to 255 letters, digits, dots, hyphens and \
         underscores"
    )]
    Bucket(String),
}

impl S3Place {
    /// A place in a bucket; slashes around the prefix do not count.
    ///
    /// # Errors
    /// When no bucket can have the name.
    pub fn new(bucket: &str, prefix: &str) -> Result<Self, S3PlaceError> {
        let is_name = (3..=255).contains(&bucket.len())
            && bucket.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
        if !is_name {
            return Err(S3PlaceError::Bucket(bucket.to_owned()));
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }

    /// The key of something below the place.
    pub fn key(&self, name: &str) -> String {
        format!("{}{name}", self.key_start())
    }

    /// What keys below the place begin with: empty, or the prefix with a slash at its end.
    pub fn key_start(&self) -> String {
        if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) }
    }

    /// The last part: of the prefix, or the bucket.
    pub fn name(&self) -> &str {
        let last = self.prefix.rsplit('/').next().filter(|name| !name.is_empty());
        last.unwrap_or(&self.bucket)
    }
}

impl FromStr for S3Place {
    type Err = S3PlaceError;

    fn from_str(text: &str) -> Result<Self, S3PlaceError> {
        let rest =
            text.strip_prefix("s3://").ok_or_else(|| S3PlaceError::NotS3(text.to_owned()))?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        Self::new(bucket, prefix)
    }
}

impl fmt::Display for S3Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}", self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written() {
        for (text, bucket, prefix, shown) in [
            ("s3://cov", "cov", "", "s3://cov"),
            ("s3://cov/", "cov", "", "s3://cov"),
            ("s3://cov/runs/0412/", "cov", "runs/0412", "s3://cov/runs/0412"),
        ] {
            let place: S3Place = text.parse().unwrap();
            assert_eq!((place.bucket.as_str(), place.prefix.as_str()), (bucket, prefix));
            assert_eq!(place.to_string(), shown);
        }
        let place: S3Place = "s3://cov/runs/0412".parse().unwrap();
        assert_eq!((place.name(), place.key("x").as_str()), ("0412", "runs/0412/x"));
        let place: S3Place = "s3://cov".parse().unwrap();
        assert_eq!((place.name(), place.key("x").as_str()), ("cov", "x"));
        let refused = |text: &str| text.parse::<S3Place>().unwrap_err().to_string();
        insta::assert_snapshot!(refused("cov/x"), @"`cov/x` is no place in a bucket: write s3://BUCKET/PREFIX");
        insta::assert_snapshot!(refused("s3:///x"), @"`` is no bucket's name: those have 3 to 255 letters, digits, dots, hyphens and underscores");
    }
}
