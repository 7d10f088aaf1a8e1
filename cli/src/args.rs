//! Every command, flag and default of the command line. No logic.

mod answers;
mod compare;
mod config;
mod export;
mod global;
mod packaging;
mod site;
mod steps;

use clap::{Parser, Subcommand};

pub use answers::{By, Check, Inspect, Never, Stats, Who};
pub use compare::{Compare, CompareBy};
pub use config::{Config, ConfigCommand};
pub use export::{Export, ExportFormat, ExportHow, ExportTextfmt, Paths};
pub use global::{Color, Global, LogFormat};
pub use packaging::{Completions, Man};
pub use site::{Pack, Serve, Verify};
pub use steps::{
    CloneHow, CloneSources, Combine, Compile, CompileHow, Fallback, Import, ImportHow, Render,
    RenderHow, Run, Shards,
};

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
    /// Say what ran before and does not now, and the other way round
    Compare(Compare),
    /// Fail when too little ran
    Check(Check),
    /// Hand coverage to other tools
    Export(Export),
    /// Say what a meta or counter file holds, or where exactly it is broken
    Inspect(Inspect),
    /// Check collection, database and site against each other
    Verify(Verify),
    /// Show which defaults are in force and where they are from
    Config(Config),
    /// Print a script that completes commands in a shell
    Completions(Completions),
    /// Print a manual page, or write all of them
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
