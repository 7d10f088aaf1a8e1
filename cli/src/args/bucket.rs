//! What is in a bucket: fetching from it.

use clap::Args;

use crate::{collect::place::S3Place, label::Label};

/// `download`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 download s3://my-bucket/coverage/run1
  covatlas -C run1 download s3://my-bucket/coverage/run1 --profile ci --max-concurrency 64
  covatlas -C run1 download --bucket cov --prefix run1 --endpoint-url http://127.0.0.1:9000
  covatlas -C run1 download s3://my-bucket/coverage/run1 --include-key '*/openshift-*' --dry-run

Credentials come from where the AWS tools have them: the environment, a profile, web identity, the
container, the instance.")]
pub struct Download {
    /// Where the reports are: the prefix right above the host names
    #[arg(value_name = "s3://BUCKET/PREFIX", conflicts_with_all = ["bucket", "prefix"])]
    pub url: Option<S3Place>,
    /// What to fetch.
    #[command(flatten)]
    pub how: DownloadHow,
    /// Name of the cluster [default: the last part of the prefix]
    #[arg(long, value_name = "NAME")]
    pub cluster_name: Option<String>,
    /// Leave files that are there alone, also when their objects have changed
    #[arg(long)]
    pub skip_existing: bool,
    /// Label of all that is fetched, such as job=e2e-aws, to filter by: --where label=job=e2e-*
    #[arg(long, value_name = "KEY=VALUE")]
    pub label: Vec<Label>,
    /// Say what would be fetched; nothing is written
    #[arg(long)]
    pub dry_run: bool,
    /// How to reach the bucket.
    #[command(flatten)]
    pub connection: S3Connection,
}

/// What to fetch.
#[derive(Clone, Debug, Default, Args)]
pub struct DownloadHow {
    /// The bucket, for those who keep it apart from the prefix
    #[arg(long, value_name = "NAME")]
    pub bucket: Option<String>,
    /// The prefix in --bucket
    #[arg(long, value_name = "PREFIX", requires = "bucket")]
    pub prefix: Option<String>,
    /// Replace a counter file when its object was overwritten [default: keep both]
    #[arg(long)]
    pub latest_only: bool,
    /// Only keys below the prefix that match as a whole; * stands for slashes too
    #[arg(long, value_name = "GLOB")]
    pub include_key: Vec<String>,
    /// No keys that match
    #[arg(long, value_name = "GLOB")]
    pub exclude_key: Vec<String>,
}

/// How to reach a bucket.
#[derive(Clone, Debug, Default, Args)]
pub struct S3Connection {
    /// Profile of ~/.aws/config whose credentials and region are used
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Region [default: as environment and profile say, else the one that the server names]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Address of a server other than AWS's
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Do not sign requests, for public buckets
    #[arg(long)]
    pub no_sign_request: bool,
}
