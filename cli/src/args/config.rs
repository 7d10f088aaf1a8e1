//! `config`.

use clap::{Args, Subcommand};

/// Show which defaults are in force and where they are from.
///
/// covatlas reads `covatlas.toml` in the collection, then the one in your own folder (on Linux
/// ~/.config/covatlas/). Keys are the long names of flags: at the top for every command that has
/// the flag, in a table such as [compile] or [export.lcov] for one. A flag on the command line wins
/// over its environment variable (`COVATLAS_COMPILE_COMBINE`), and that over the files.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas -C run1 config show
  covatlas -C run1 config show > run1/covatlas.toml
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
    Show,
}
