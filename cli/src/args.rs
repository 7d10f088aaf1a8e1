//! Every command, flag and default of the command line. No logic.

mod answers;
mod export;
mod global;
mod site;
mod steps;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

pub use answers::{By, Check, Inspect, Never, Stats, Who};
pub use export::{Export, ExportFormat, ExportHow, ExportTextfmt, Paths};
pub use global::{Color, Global, LogFormat};
pub use site::{Pack, Serve};
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
