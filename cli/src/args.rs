//! Every command, flag and default of the command line. No logic.

mod answers;
mod export;

use std::ffi::OsString;

use camino::Utf8PathBuf;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};

pub use answers::{Check, Never, Who};
pub use export::{Export, ExportFormat, ExportHow, ExportTextfmt, Paths};

/// Which code of a whole Kubernetes cluster ran, where, and what never ran.
///
/// covatlas reads the coverage data of running Go programs, merges replicas, finds the source at
/// its exact commit and writes a static site that opens anywhere.
#[derive(Debug, Parser)]
#[command(name = "covatlas", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads the arguments of this process; prints help or the mistake and ends the process when
    /// there is nothing to run.
    pub fn from_process() -> Self {
        Self::parse_from(without_cluster_word(std::env::args_os().collect()))
    }
}

/// `covatlas cluster <command>` means `covatlas <command>`: so the older tool was called.
fn without_cluster_word(mut args: Vec<OsString>) -> Vec<OsString> {
    if args.get(1).is_some_and(|word| word == "cluster") {
        args.remove(1);
    }
    args
}

/// Flags that every command takes, before or after its name.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags are independent of each other")]
pub struct Global {
    /// The folder of one cluster run: coverage/, coverage.db, repos/, site/
    #[arg(short = 'C', long, visible_alias = "cluster", env = "COVATLAS_COLLECTION")]
    #[arg(global = true, value_name = "DIR", default_value = ".", help_heading = "Global options")]
    pub collection: Utf8PathBuf,

    /// Bound on work in flight [default: clone-sources 5, others the core count]
    #[arg(long, global = true, value_name = "N", help_heading = "Global options")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    pub max_concurrency: Option<u16>,

    /// The summary (or the data) as JSON on stdout, nothing else there
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,

    /// Exit with 0 instead of 3 when something was lost; it is listed all the same
    #[arg(long, global = true, help_heading = "Global options")]
    pub keep_going: bool,

    /// Wait for another covatlas that writes this collection instead of failing
    #[arg(long, global = true, help_heading = "Global options")]
    pub wait: bool,

    /// More detail on stderr; twice for every decision
    #[arg(short, long, global = true, action = ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,

    /// Only errors on stderr
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub quiet: bool,

    /// How detail on stderr is written
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub log_format: LogFormat,

    /// When to colour what goes to the terminal
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub color: Color,
}

/// How detail on stderr is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` or `CI` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take coverage data from local folders into the collection
    Import(Import),
    /// Decode and merge the collected data into coverage.db
    Compile(Compile),
    /// Fetch the source repositories of the builds at their commits
    CloneSources(CloneSources),
    /// Write the static site
    Render(Render),
    /// Import, compile, clone-sources and render in one go
    Run(Box<Run>),
    /// Preview a site on 127.0.0.1
    Serve(Serve),
    /// Pack the site into one .tar.gz
    Pack(Pack),
    /// Print the numbers
    Stats(Stats),
    /// Print the functions that no process ever entered
    Never(Never),
    /// Say which owners, pods and nodes ran a line
    Who(Who),
    /// Fail when too little ran
    Check(Check),
    /// Hand coverage to other tools
    Export(Export),
    /// Say what a meta or counter file holds, or where exactly it is broken
    Inspect(Inspect),
}

/// Take coverage data from local folders into the collection.
///
/// A folder is a tree in the shape of the S3 bucket, a collection of the older tool, or any
/// GOCOVERDIR.
#[derive(Clone, Debug, Args)]
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

/// Decode and merge the collected data into coverage.db.
#[derive(Clone, Debug, Args)]
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
    /// Owners as `kubectl get pods,rs,jobs -A -o json` prints them
    #[arg(long, value_name = "FILE")]
    pub owners: Option<Utf8PathBuf>,
    /// Your own mapping, tab-separated: image, repository, commit
    #[arg(long, value_name = "FILE")]
    pub images: Option<Utf8PathBuf>,
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

/// Fetch the source repositories of the builds at their commits.
#[derive(Clone, Debug, Args)]
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
    pub skip_existing: bool,
    /// What to do when the server will not give the exact commit
    #[arg(long, value_enum, default_value_t)]
    pub fallback: Fallback,
    /// Fetch from another place: rewrites the start of a repository's address
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

/// Write the static site.
#[derive(Clone, Debug, Args)]
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
    /// How shards are stored
    #[arg(long, value_enum, default_value_t)]
    pub shards: Shards,
    /// Take the page from this folder instead of the one inside this program
    #[arg(long, value_name = "DIR")]
    pub viewer: Option<Utf8PathBuf>,
}

/// Import, compile, clone-sources and render in one go.
#[derive(Clone, Debug, Args)]
pub struct Run {
    /// Folder to import; without it the collection is taken as it is
    #[arg(value_name = "DIR")]
    pub input: Option<Utf8PathBuf>,
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

/// Preview a site on 127.0.0.1.
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// A site's folder or its .tar.gz [default: site in the collection]
    pub site: Option<Utf8PathBuf>,
    /// Port; 0 takes any free one. Without the flag: 8080 or the next free one
    #[arg(long)]
    pub port: Option<u16>,
    /// Open the page in the browser
    #[arg(long)]
    pub open: bool,
}

/// Pack the site into one .tar.gz.
#[derive(Clone, Debug, Args)]
pub struct Pack {
    /// The file to write [default: site.tar.gz in the collection]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<Utf8PathBuf>,
    /// The site's folder [default: site in the collection]
    pub site: Option<Utf8PathBuf>,
}

/// What one line of `stats` stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// The whole collection, in one line.
    Collection,
    /// A cluster.
    Cluster,
    /// A namespace.
    Namespace,
    /// An owner and build.
    #[default]
    Owner,
    /// A binary and build.
    Binary,
    /// A file of an owner and build.
    File,
    /// A func of an owner and build.
    Func,
    /// A source repository at a commit.
    Repo,
    /// A pod.
    Pod,
    /// An image.
    Image,
}

/// Print the numbers.
#[derive(Clone, Debug, Args)]
pub struct Stats {
    /// What one line stands for
    #[arg(long, value_enum, default_value_t)]
    pub by: By,
    /// Only what matches, for example namespace=openshift-*; several must all match
    #[arg(long = "where", value_name = "FIELD=GLOB")]
    pub filter: Vec<String>,
    /// Column to sort by; a leading - turns the order round
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    pub sort: Option<String>,
    /// At most so many lines
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// Say what a meta or counter file holds, or where exactly it is broken.
#[derive(Clone, Debug, Args)]
pub struct Inspect {
    /// Files, GOCOVERDIRs or trees of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<Utf8PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_older_tools_way_to_call_works() {
        let args = ["covatlas", "cluster", "compile", "--cluster", "ci"].map(OsString::from);
        let cli = Cli::parse_from(without_cluster_word(args.to_vec()));
        assert!(matches!(cli.command, Command::Compile(_)));
        assert_eq!(cli.global.collection, "ci");
    }
}
