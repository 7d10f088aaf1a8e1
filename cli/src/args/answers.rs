//! The commands that answer questions from the database.

use clap::Args;

/// Print the functions that no process ever entered, most statements first.
///
/// A function counts as entered when any process of the selection ran any part of it, in any
/// build that has the same file. Functions without statements are left out.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas never --limit 20
  covatlas never --where namespace=openshift-* --where path=*/internal/* --json")]
pub struct Never {
    /// Only what matches, for example namespace=openshift-*; several must all match
    #[arg(long = "where", value_name = "FIELD=GLOB")]
    pub filter: Vec<String>,
    /// At most so many functions
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}
