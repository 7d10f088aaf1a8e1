//! Runs covatlas as people do: a program with arguments, an exit status and two streams.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::row::Row;

/// The program under test: `COVATLAS_BIN`, else the workspace's release build.
///
/// # Panics
/// When there is no such file.
pub fn path() -> PathBuf {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/covatlas");
    let path = PathBuf::from(std::env::var_os("COVATLAS_BIN").unwrap_or_else(|| default.into()));
    assert!(path.is_file(), "no covatlas at {}: run `make binary`", path.display());
    path
}

/// A command that runs covatlas without anything of this machine's environment that changes it.
pub fn command() -> Command {
    let mut command = Command::new(path());
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("COVATLAS_")) {
            command.env_remove(name);
        }
    }
    // Where no file of the user's own is.
    command.env("XDG_CONFIG_HOME", concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
    command.env_remove("CI").env("NO_COLOR", "1");
    // The sample's images name a real registry, and tests ask nobody outside.
    command.env("COVATLAS_COMPILE_SKIP_INSPECTION", "true");
    command.stdin(Stdio::null());
    command
}

/// Runs covatlas to its end.
///
/// # Panics
/// When it cannot be started or was ended by a signal.
pub fn covatlas<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Finished {
    finish(command().args(args))
}

/// Runs a command to its end.
///
/// # Panics
/// When it cannot be started or was ended by a signal.
pub fn finish(command: &mut Command) -> Finished {
    let output = command.output().expect("the program starts");
    Finished {
        line: format!("{command:?}"),
        status: output.status.code().unwrap_or_else(|| panic!("{command:?}: {}", output.status)),
        stdout: output.stdout,
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A program that has ended.
#[derive(Debug)]
pub struct Finished {
    line: String,
    /// The exit status.
    pub status: i32,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Finished {
    /// Asserts the exit status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Self {
        assert_eq!(
            self.status,
            status,
            "{}\n--- stdout\n{}\n--- stderr\n{}",
            self.line,
            self.text(),
            self.stderr
        );
        self
    }

    /// Asserts that stderr has all these texts and no sign of a panic.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Self {
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        for text in texts {
            assert!(self.stderr.contains(text), "no `{text}` in:\n{}", self.stderr);
        }
        self
    }

    /// Asserts that stdout is empty: errors and summaries go to stderr.
    #[track_caller]
    pub fn prints_nothing(self) -> Self {
        assert_eq!(self.text(), "", "{}", self.line);
        self
    }

    /// Asserts that stdout has this text.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.text().contains(text), "{}\n{}", self.line, self.text());
        self
    }

    /// Stdout as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Stdout as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        let text = self.text();
        serde_json::from_str(&text).unwrap_or_else(|err| panic!("{err}: {}\n{text}", self.line))
    }

    /// Stdout as one JSON object a line.
    #[track_caller]
    pub fn rows(&self) -> Vec<Row> {
        let text = self.text();
        assert!(text.is_empty() || text.ends_with('\n'), "no line feed at the end: {text}");
        text.lines().map(Row::parse).collect()
    }

    /// The problems of a summary.
    #[track_caller]
    pub fn problems(&self) -> Vec<Value> {
        self.json()["problems"].as_array().expect("a summary has problems").clone()
    }
}

/// A folder for one collection, with room beside it; all gone when dropped.
#[derive(Debug)]
pub struct Collection {
    root: TempDir,
}

impl Default for Collection {
    fn default() -> Self {
        Self::new()
    }
}

impl Collection {
    /// An empty place; the collection's own folder does not exist yet.
    pub fn new() -> Self {
        Self { root: tempfile::Builder::new().prefix("covatlas").tempdir().unwrap() }
    }

    /// The same below a folder that is there.
    pub fn new_in(folder: &Path) -> Self {
        Self { root: tempfile::Builder::new().prefix("covatlas").tempdir_in(folder).unwrap() }
    }

    /// The collection's folder.
    pub fn path(&self) -> PathBuf {
        self.root.path().join("run")
    }

    /// A path beside the collection; nothing is made.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A path in the collection.
    pub fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path().join(path)
    }

    /// Runs covatlas on this collection.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Finished {
        finish(self.command().args(args))
    }

    /// A command on this collection that has not been started.
    pub fn command(&self) -> Command {
        let mut command = command();
        command.arg("-C").arg(self.path());
        command
    }

    /// Imports a folder as cluster `ci`, as copies: tests may damage them.
    #[track_caller]
    pub fn import(&self, dir: &Path) -> Finished {
        let dir = dir.to_str().unwrap();
        self.run(["import", "--copy", "--cluster-name", "ci", "--json", dir])
    }

    /// `stats --by BY --json`.
    #[track_caller]
    pub fn stats(&self, by: &str) -> Vec<Row> {
        self.run(["stats", "--json", "--by", by]).exits(0).rows()
    }

    /// The folder in `coverage/` whose name has this text.
    #[track_caller]
    pub fn report_dir(&self, text: &str) -> PathBuf {
        let entries = std::fs::read_dir(self.at("coverage")).unwrap().map(|e| e.unwrap().path());
        let found: Vec<_> =
            entries.filter(|p| p.file_name().unwrap().to_str().unwrap().contains(text)).collect();
        assert_eq!(found.len(), 1, "reports with `{text}` in their names: {found:?}");
        found[0].clone()
    }
}

/// A process that is killed when it goes out of scope, whatever the test did.
#[derive(Debug)]
pub struct Killed(pub Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
