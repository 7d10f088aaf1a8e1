//! The steps of the pipeline, one by one and in one go.

use std::str::FromStr;

use camino::Utf8PathBuf;
use clap::{ArgAction, Args, ValueEnum};
use covatlas_shared::stats::Tiers;

use crate::{
    collect::place::{S3Place, S3PlaceError},
    label::Label,
    owner::OwnerPrefix,
    selection::Noise,
    timestamp::Since,
};

/// `import`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 import collected/
  covatlas -C run1 import --cluster-name ci bucket-mirror/
  covatlas -C all import --label job=e2e-aws nightly/aws/
  covatlas -C run1 import --namespace shop --pod cart-0 --binary cart /tmp/gocoverdir")]
pub struct Import {
    /// Folders to import
    #[arg(required = true, value_name = "DIR")]
    pub dirs: Vec<Utf8PathBuf>,
    /// How to import.
    #[command(flatten)]
    pub how: ImportHow,
}

/// How to import.
#[derive(Clone, Debug, Default, Args)]
pub struct ImportHow {
    /// Copy files [default: hard-link them, copy where that fails]
    #[arg(long)]
    pub copy: bool,
    /// Name of the cluster [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    pub cluster_name: Option<String>,
    /// Label of all that is imported, such as job=e2e-aws, to filter by: --where label=job=e2e-*
    #[arg(long, value_name = "KEY=VALUE")]
    pub label: Vec<Label>,
    /// Host of a plain GOCOVERDIR
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// Namespace of a plain GOCOVERDIR [default: local]
    #[arg(long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Pod of a plain GOCOVERDIR [default: the folder's name]
    #[arg(long, value_name = "NAME")]
    pub pod: Option<String>,
    /// Container of a plain GOCOVERDIR
    #[arg(long, value_name = "NAME")]
    pub container: Option<String>,
    /// Image of a plain GOCOVERDIR
    #[arg(long, value_name = "NAME")]
    pub image: Option<String>,
    /// Binary of a plain GOCOVERDIR
    #[arg(long, value_name = "NAME")]
    pub binary: Option<String>,
    /// When a plain GOCOVERDIR was first seen [default: its oldest counter file]
    #[arg(long, value_name = "YYYYMMDDTHHMMSSZ")]
    pub discovered: Option<String>,
}

/// How counts of several processes are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Combine {
    /// The largest count.
    #[default]
    Max,
    /// The sum, as `go tool covdata` does.
    Sum,
}

/// `compile`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 compile
  covatlas -C run1 compile --images images.tsv --owners owners.json
  covatlas -C run1 compile --registry-config pull-secret.json
  covatlas -C run1 compile --update namespace=openshift-* --update binary=etcd")]
pub struct Compile {
    /// How to compile.
    #[command(flatten)]
    pub how: CompileHow,
}

/// How to compile.
#[derive(Clone, Debug, Default, Args)]
pub struct CompileHow {
    /// How counts of replicas are combined
    #[arg(long, value_enum, default_value_t)]
    pub combine: Combine,
    /// Decode again what matches: * for everything, or FIELD=GLOB; several must all match
    #[arg(long, value_name = "PATTERN")]
    pub update: Vec<String>,
    /// Leave files of this base name out of every number, besides the injected server's
    #[arg(long, value_name = "NAME")]
    pub exclude_file: Vec<String>,
    /// Owners as `kubectl get pods,rs,jobs -A -o json` prints them [default: those given last]
    #[arg(long, value_name = "FILE")]
    pub owners: Option<Utf8PathBuf>,
    /// Pods whose names start so belong to this owner, such as tekton-run-=Job/tekton-run
    #[arg(long, value_name = "PREFIX=KIND/NAME")]
    pub owner_prefix: Vec<OwnerPrefix>,
    /// A registry path whose images the bucket names unambiguously, such as quay.io/my-org
    #[arg(long, value_name = "REGISTRY/PATH")]
    pub registry_prefix: Vec<String>,
    /// Your own mapping, tab-separated: image, repository, commit [default: the one given last]
    #[arg(long, value_name = "FILE")]
    pub images: Option<Utf8PathBuf>,
    /// Ask no registry where images were built from; what was asked before is used
    #[cfg(feature = "registry")]
    #[arg(long)]
    pub skip_inspection: bool,
    /// Logins for registries: a docker config.json or pull secret [default: those of podman and docker]
    #[cfg(feature = "registry")]
    #[arg(long, value_name = "FILE")]
    pub registry_config: Option<Utf8PathBuf>,
}

/// What to do when the server will not give the exact commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Fallback {
    /// Take the default branch and say so.
    #[default]
    Head,
    /// Leave the source out.
    None,
}

/// `clone-sources`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 clone-sources
  covatlas -C run1 clone-sources --mirror https://github.com/=https://git.example.com/github/
  covatlas -C run1 clone-sources --fallback none --max-concurrency 10")]
pub struct CloneSources {
    /// How to fetch.
    #[command(flatten)]
    pub how: CloneHow,
}

/// How to fetch sources.
#[derive(Clone, Debug, Default, Args)]
pub struct CloneHow {
    /// Do not fetch what is already there
    #[arg(long, default_value_t = true, default_missing_value = "true", num_args = 0..=1)]
    #[arg(require_equals = true, action = ArgAction::Set, value_name = "BOOL")]
    #[arg(hide_possible_values = true)]
    pub skip_existing: bool,
    /// What to do when the server will not give the exact commit
    #[arg(long, value_enum, default_value_t)]
    pub fallback: Fallback,
    /// Fetch from another place: rewrites the start of a repository's address [default: those given
    /// last]
    #[arg(long, value_name = "FROM=TO")]
    pub mirror: Vec<String>,
    /// Seconds that one repository may take
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub timeout: u64,
    /// Allow repositories on this machine (file:// and paths), for mirrors
    #[arg(long)]
    pub allow_local_git: bool,
}

/// How shards are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Shards {
    /// Scripts: one set of files for web servers and for opening from disk.
    #[default]
    Script,
    /// Plain gzip: for sites that only a web server serves.
    Gz,
}

/// Names that a site can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Redact {
    /// Names of nodes.
    Hosts,
    /// Names of pods.
    Pods,
    /// Names of images.
    Images,
}

/// `render`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 render
  covatlas -C run1 render --title Nightly --tiers 40,60,80 --hide kind=Job
  covatlas -C run1 render --output-dir public --skip-owner *-canary --redact hosts,pods,images
  covatlas -C run9 render --history run1 run2 before.jsonl
  covatlas -C after-e2e render --baseline before-e2e
  covatlas -C run1 render --baseline-since 2026-11-20T08:15:02Z")]
pub struct Render {
    /// How to render.
    #[command(flatten)]
    pub how: RenderHow,
}

/// How to render.
#[derive(Clone, Debug, Default, Args)]
pub struct RenderHow {
    /// Where to write the site [default: site in the collection]
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<Utf8PathBuf>,
    /// Title of the report [default: the cluster's name]
    #[arg(long)]
    pub title: Option<String>,
    /// Leave the text of the sources out
    #[arg(long)]
    pub no_source: bool,
    /// Only owners whose name matches
    #[arg(long, value_name = "GLOB")]
    pub owner: Vec<String>,
    /// No owners whose name matches
    #[arg(long, value_name = "GLOB")]
    pub skip_owner: Vec<String>,
    /// Bounds of the tiers of coverage, in percent
    #[arg(long, value_name = "PCT,PCT,PCT", default_value = "25,50,75")]
    pub tiers: Tiers,
    /// What is noise, such as kind=Job: the page hides it until the reader asks for it
    #[arg(long, value_name = "FIELD=GLOB")]
    pub hide: Vec<Noise>,
    /// Names to replace by pseudonyms, which stay the same from site to site of a collection
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',')]
    pub redact: Vec<Redact>,
    /// Show the text of repositories that were fetched with a login, too
    #[arg(long)]
    pub include_private: bool,
    /// Earlier runs, to show how each owner developed: collections, or files that `trend --json`
    /// wrote
    #[arg(long, value_name = "COLLECTION", num_args = 1..)]
    pub history: Vec<Utf8PathBuf>,
    /// Another run to compare with: the page shows what was gained and lost since, line by line
    #[arg(long, value_name = "COLLECTION", conflicts_with = "baseline_since")]
    pub baseline: Option<Utf8PathBuf>,
    /// Compare with what had run by then in this collection: 2026-11-20T08:15:02Z, 2026-11-20, 24h
    #[arg(long, value_name = "TIME")]
    pub baseline_since: Option<Since>,
    /// How shards are stored
    #[arg(long, value_enum, default_value_t)]
    pub shards: Shards,
    /// Take the page from this folder instead of the one inside this program
    #[arg(long, value_name = "DIR")]
    pub viewer: Option<Utf8PathBuf>,
}

/// Where reports are to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// In a bucket.
    Bucket(S3Place),
    /// In a folder.
    Folder(Utf8PathBuf),
}

impl FromStr for Input {
    type Err = S3PlaceError;

    fn from_str(text: &str) -> Result<Self, S3PlaceError> {
        if text.starts_with("s3://") {
            text.parse().map(Self::Bucket)
        } else {
            Ok(Self::Folder(text.into()))
        }
    }
}

/// `run`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 run s3://my-bucket/coverage/run1
  covatlas -C run1 run collected/ --images images.tsv --title Nightly --keep-going
  covatlas -C run1 run")]
pub struct Run {
    /// Where reports are to be had; without it the collection is taken as it is
    #[arg(value_name = "s3://BUCKET/PREFIX|DIR")]
    pub input: Option<Input>,
    /// What to fetch.
    #[cfg(feature = "s3")]
    #[command(flatten, next_help_heading = "Download")]
    pub download: super::DownloadHow,
    /// How to reach the bucket.
    #[cfg(feature = "s3")]
    #[command(flatten)]
    pub connection: super::S3Connection,
    /// How to import.
    #[command(flatten, next_help_heading = "Import")]
    pub import: ImportHow,
    /// How to compile.
    #[command(flatten, next_help_heading = "Compile")]
    pub compile: CompileHow,
    /// How to fetch sources.
    #[command(flatten, next_help_heading = "Sources")]
    pub clone: CloneHow,
    /// How to render.
    #[command(flatten, next_help_heading = "Site")]
    pub render: RenderHow,
}
