//! `export` and its formats.

use camino::Utf8PathBuf;
use clap::{Args, Subcommand, ValueEnum};

use super::Combine;

/// `export`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas export lcov -o coverage.info --paths repo
  covatlas export csv --where namespace=openshift-*
  covatlas export textfmt --combine sum GOCOVERDIR")]
pub struct Export {
    /// The format to write
    #[command(subcommand)]
    pub format: ExportFormat,
}

/// The formats of `export`.
#[derive(Clone, Debug, Subcommand)]
pub enum ExportFormat {
    /// Go's text profile
    ///
    /// Without folders from the database; with folders straight from these, without a collection.
    /// With --combine sum the output is then, byte for byte, what `go tool covdata textfmt` writes.
    Textfmt(ExportTextfmt),
    /// A tracefile of lcov: lines and functions of each file
    ///
    /// Lines are those that the page colours, where the source is there and fits; without it, the
    /// first lines of units.
    #[command(after_help = "Examples:
  covatlas export lcov -o coverage.info
  covatlas export lcov --paths repo --where repo=github.com/org/repo")]
    Lcov(ExportHow),
    /// Cobertura's XML: lines and functions of each file, folder by folder
    ///
    /// Lines are those of `export lcov`. Branches are not measured.
    #[command(after_help = "Examples:
  covatlas export cobertura -o coverage.xml --paths repo --where repo=github.com/org/repo
  diff-cover coverage.xml --compare-branch origin/main")]
    Cobertura(ExportHow),
    /// One object for each file of each owner and build, in one array
    ///
    /// Each has the keys of `stats --by file --json` and `funcs`, an array of objects with
    /// `func`, `line`, `statements`, `covered` and `percent`. Both paths are always there.
    #[command(after_help = "Examples:
  covatlas export json -o coverage.json
  covatlas export json --where owner=etcd")]
    Json(ExportHow),
    /// The columns of `stats --by file`, under their names
    ///
    /// Both paths are always there.
    #[command(after_help = "Examples:
  covatlas export csv -o files.csv
  covatlas export csv --where path=*/internal/*")]
    Csv(ExportHow),
    /// The columns of `stats --by file` as a Parquet file, for databases and data frames
    ///
    /// Both paths are always there.
    #[command(after_help = "Examples:
  covatlas export parquet -o files.parquet
  duckdb -c \"SELECT owner, sum(covered) FROM 'files.parquet' GROUP BY ALL\"")]
    Parquet(ExportHow),
}

/// What files are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Paths {
    /// The path as built: module path and path in the module.
    #[default]
    Build,
    /// The path in the repository; as built where the repository is not known.
    Repo,
}

/// What to export from the database, and where to.
#[derive(Clone, Debug, Default, Args)]
pub struct ExportHow {
    /// Only what matches, for example namespace=openshift-*; several must all match
    #[arg(long = "where", value_name = "FIELD=GLOB")]
    pub filter: Vec<String>,
    /// The file to write [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<Utf8PathBuf>,
    /// What files are called; json, csv and parquet always have both
    #[arg(long, value_enum, default_value_t)]
    pub paths: Paths,
}

/// `export textfmt`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  covatlas export textfmt -o cover.out --where binary=etcd
  covatlas export textfmt --combine sum GOCOVERDIR")]
pub struct ExportTextfmt {
    /// GOCOVERDIRs to read instead of the database
    #[arg(value_name = "DIR", conflicts_with_all = ["filter", "paths"])]
    pub dirs: Vec<Utf8PathBuf>,
    /// How counts of several processes in DIRs are combined [default: max]
    #[arg(long, value_enum, requires = "dirs")]
    pub combine: Option<Combine>,
    /// What to export.
    #[command(flatten)]
    pub how: ExportHow,
}
