//! Flags that every command takes.

use camino::Utf8PathBuf;
use clap::{ArgAction, Args, ValueEnum};

/// Flags that every command takes, before or after its name.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags are independent of each other")]
pub struct Global {
    /// The folder of one cluster run: coverage/, coverage.db, repos/, site/
    #[arg(short = 'C', long, visible_alias = "cluster", env = "COVATLAS_COLLECTION")]
    #[arg(global = true, value_name = "DIR", default_value = ".", help_heading = "Global options")]
    pub collection: Utf8PathBuf,

    /// Defaults for every flag [default: covatlas.toml in the collection, then in your own folder]
    #[arg(long, env = "COVATLAS_CONFIG", global = true, value_name = "FILE")]
    #[arg(help_heading = "Global options")]
    pub config: Option<Utf8PathBuf>,

    /// Bound on work in flight [default: clone-sources 5, questions to registries
    /// 10, others the core count]
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

    /// How stderr is written
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub log_format: LogFormat,

    /// When to colour what goes to the terminal
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub color: Color,
}

/// How stderr is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// Events for machines: one JSON object a line.
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
