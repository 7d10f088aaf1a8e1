//! `config`.

use clap::{Args, Subcommand};

/// `config`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 config show
  covatlas -C run1 config show > covatlas.toml.new
  covatlas config show --json --config ci.toml")]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// The commands of `config`.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print every key, its value and where that is from
    ///
    /// The output is a valid covatlas.toml. With --json: one object a line, `command, key, value,
    /// source, place`, where source is `command-line`, `environment`, `file` or `default`.
    #[command(after_help = "Examples:
  covatlas -C run1 config show
  covatlas config show --json --config ci.toml")]
    Show,
}
