//! What packagers need: completions and manual pages.

use camino::Utf8PathBuf;
use clap::Args;
use clap_complete::Shell;

/// `completions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas completions bash > ~/.local/share/bash-completion/completions/covatlas
  covatlas completions zsh > ~/.zfunc/_covatlas
  covatlas completions fish > ~/.config/fish/completions/covatlas.fish")]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `man`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas man --output-dir /usr/share/man/man1
  covatlas man export lcov | man -l -")]
pub struct Man {
    /// Words of the command whose page is printed [default: the page of covatlas itself]
    #[arg(value_name = "COMMAND", conflicts_with = "output_dir")]
    pub words: Vec<String>,
    /// Write the pages of all commands to this folder
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<Utf8PathBuf>,
}
