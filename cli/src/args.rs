//! Every command, flag and default of the command line. No logic.

mod answers;
#[cfg(feature = "s3")]
mod bucket;
mod compare;
mod config;
mod export;
mod global;
mod packaging;
mod publish;
mod site;
mod steps;
mod trend;

use clap::{
    Parser, Subcommand,
    builder::styling::{AnsiColor, Styles},
};

pub use answers::{By, Check, Inspect, Never, Stats, Who};
#[cfg(feature = "s3")]
pub use bucket::{Download, DownloadHow, S3Connection};
pub use compare::{Compare, CompareBy};
pub use config::{Config, ConfigCommand};
pub use export::{Export, ExportFormat, ExportHow, ExportTextfmt, Paths};
pub use global::{Color, Global, LogFormat};
pub use packaging::{Completions, Man};
#[cfg(feature = "s3")]
pub use publish::ToBucket;
pub use publish::{GhPages, Publish, PublishTo};
pub use site::{Pack, Serve, Verify};
pub use steps::{
    CloneHow, CloneSources, Combine, Compile, CompileHow, Fallback, Import, ImportHow, Input,
    Redact, Render, RenderHow, Run, Shards,
};
pub use trend::{Trend, TrendBy};

/// Headings in green and what is typed in cyan, as people know it from cargo.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Which code of a whole Kubernetes cluster ran, where, and what never ran.
///
/// covatlas reads the coverage data of running Go programs, merges replicas, finds the source at
/// its exact commit and writes a static site that opens anywhere.
#[derive(Debug, Parser)]
#[command(name = "covatlas", version, max_term_width = 100, arg_required_else_help = true)]
#[command(styles = STYLES)]
#[command(after_help = "Examples:
  covatlas -C run1 run s3://my-bucket/coverage/run1
  covatlas -C run1 serve --open
  covatlas -C run1 stats --by namespace --sort percent
  covatlas -C run1 never --where namespace=openshift-* --limit 20
  covatlas -C run1 compare last-night --markdown

Exit status: 0 done, 1 failed, 2 wrong usage, 3 finished but something was lost, 4 a gate was not met.
Each command says more with --help; `covatlas config --help` says where defaults come from.")]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. Their long help stands here: clap shows that of the variant.
#[derive(Debug, Subcommand)]
pub enum Command {
    #[cfg(feature = "s3")]
    /// Fetch coverage data from a bucket into the collection
    ///
    /// Every report below the prefix is kept, restarts included. A second run fetches only what is
    /// missing or has changed; when a process has overwritten its counters since, the older ones
    /// stay beside the new. A run that was stopped goes on where it was. Meta files that replicas
    /// share are fetched once.
    Download(Download),
    /// Take coverage data from local folders into the collection
    ///
    /// A folder is a tree in the shape of the bucket's keys, a collection of the older tool, or any
    /// GOCOVERDIR; a plain GOCOVERDIR is described by the flags. Files that are there already are
    /// kept, and nothing that was collected is ever overwritten.
    Import(Import),
    /// Decode and merge the collected data into coverage.db
    ///
    /// Snapshots of a process are united by maximum, replicas of an owner too. Only builds of which
    /// something changed are decoded again. A damaged file is listed and takes nothing else with it.
    ///
    /// Where an image was built from is asked at its registry, once, when the bucket's name for it
    /// leaves no doubt; its labels never win over what info.json or --images say. A registry that
    /// cannot be reached or wants a login is a note.
    Compile(Compile),
    /// Fetch the source repositories of the builds at their commits
    ///
    /// Each commit is fetched alone, without history, into a bare repository in repos/. A repository
    /// that cannot be had is a note: its files are then shown without text.
    CloneSources(CloneSources),
    /// Write the static site
    ///
    /// The site works from any web server, under any path, and from disk. Files are named by their
    /// content, so that a second render writes what changed and index.html, which comes last.
    Render(Render),
    /// Download or import, compile, clone-sources and render in one go
    ///
    /// Takes the flags of all these steps. What is done already is not done again: the same command
    /// after a failure goes on where it was.
    Run(Box<Run>),
    /// Preview a site on 127.0.0.1
    ///
    /// A packed site is served from the archive, without unpacking it.
    Serve(Serve),
    /// Pack the site into one .tar.gz
    ///
    /// The same site gives the same bytes. The archive opens from disk after untarring, and under
    /// `covatlas serve` without.
    Pack(Pack),
    /// Put the site where others see it
    ///
    /// Only what changed is uploaded. What was published is listed beside the site: only files of
    /// that list are ever replaced or deleted.
    Publish(Publish),
    /// Print the numbers
    ///
    /// As a table, or with --json as one object a line. A statement counts once in each line,
    /// however many builds and processes have it.
    Stats(Stats),
    /// Print the functions that no process ever entered, most statements first
    ///
    /// A function counts as entered when any process of the selection ran any part of it, in any
    /// build that has the same file. Functions without statements are left out.
    Never(Never),
    /// Say which owners, pods and nodes ran a line
    ///
    /// One line for each owner and build that ran it; empty when nobody did. The count is the
    /// largest that any pod of the owner had; the time is when the owner was first seen to run it.
    Who(Who),
    /// Say what ran before and does not now, and the other way round
    ///
    /// A statement is the same on both sides when its file has the same path and the same list of
    /// units. A file whose list differs is counted as changed: its statements are in the totals
    /// before and after, but are neither gained nor lost, and files that only one side has neither.
    ///
    /// With --json one object a line: first what it stands for (`namespace`; `namespace, owner_kind,
    /// owner, binary`; `binary`; `repo, commits_before[], commits[]`; `path, repo_path, state`;
    /// `path, repo_path, func, line, state`; nothing by collection), then `statements_before,
    /// covered_before, percent_before, statements, covered, percent, gained, lost, uncovered`, the
    /// last three null where nothing could be compared, and where a line stands for many files
    /// `files_same, files_changed, files_added, files_removed`. The state is `same`, `changed`,
    /// `added` or `removed`.
    Compare(Compare),
    /// Say how coverage developed over several collections
    ///
    /// One line for each owner and for each repository, whatever their builds and commits: what fell
    /// most since the collection before is first. A statement counts once in each number.
    ///
    /// With --json one object a line for each of them and each collection that has it, oldest first:
    /// what it stands for (`namespace, owner_kind, owner, binary`; `repo`; `namespace`; `binary`;
    /// nothing by collection), then `collection, time, statements, covered, percent, change`, the
    /// last in points since the collection before and null in the first.
    Trend(Trend),
    /// Fail when too little ran: exit status 4 below the bar
    ///
    /// Every statement counts once over all binaries. The exact fraction is compared, not the
    /// rounded percentage.
    Check(Check),
    /// Hand coverage to other tools
    ///
    /// From the database: files of the injected coverage server are left out, equal files of several
    /// builds are written once, and of a file with several lists of units the newest build's is
    /// written. A count is the largest that any selected owner has; with filters on pods, nodes,
    /// containers or images it stands where the selected processes ran.
    Export(Export),
    /// Say what a meta or counter file holds, or where exactly it is broken
    ///
    /// Reads files, GOCOVERDIRs or trees of them, without a collection. Of a broken file it says the
    /// byte and the field, and goes on; the exit status is then 3. Process arguments, which counter
    /// files hold too, are never printed.
    Inspect(Inspect),
    /// Check collection, database and site against each other
    ///
    /// Every meta and counter file is decoded again and what it says ran compared with the database;
    /// the database is checked by itself; every source text that it counts on is read; and every
    /// file of the site is followed from index.html on and its content compared with the hash in its
    /// name. Nothing is changed. Each finding names what is damaged and the command that repairs it;
    /// with any, the exit status is 3.
    ///
    /// The summary of --json has `reports, files, builds, texts, site_files`: what was looked at.
    Verify(Verify),
    /// Show which defaults are in force and where they are from
    ///
    /// covatlas reads `covatlas.toml` in the collection, then the one in your own folder (on Linux
    /// ~/.config/covatlas/). Keys are the long names of flags: at the top for every command that has
    /// the flag, in a table such as `[compile]` or `[export.lcov]` for one. A flag on the command line
    /// wins over its environment variable (`COVATLAS_COMPILE_COMBINE`), and that over the files. A
    /// switch that a file turns on is turned off by --switch=false.
    Config(Config),
    /// Print a script that completes commands, flags and values in a shell
    Completions(Completions),
    /// Print a manual page, or write all of them
    ///
    /// There is one page for covatlas and one for each command. They have no date, so that a package
    /// is the same each time it is built.
    Man(Man),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
