//! Tools that may be absent: a test that needs one is skipped loudly, or fails where `CI=true`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Whether a tool is here. When it is not, says which test is skipped and why.
///
/// # Panics
/// When the tool is missing and `CI` is `true`.
pub fn has(test: &str, tool: &str) -> bool {
    let mut command = Command::new(tool);
    command.arg(if tool == "go" { "version" } else { "--version" });
    let runs = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = runs.is_ok_and(|status| status.success());
    assert!(found || std::env::var("CI").as_deref() != Ok("true"), "{test} needs `{tool}`");
    if !found {
        eprintln!("SKIPPED {test}: there is no `{tool}` on this machine");
    }
    found
}

/// Where `tests/setup/` leaves what no package manager of the system has.
pub fn folder() -> PathBuf {
    let home = std::env::var_os("HOME").unwrap_or_default();
    let tools = std::env::var_os("COVATLAS_TOOLS").map(PathBuf::from);
    tools.unwrap_or_else(|| Path::new(&home).join(".cache/covatlas-tools"))
}

/// The script of axe, which looks for obstacles in a page.
pub fn axe() -> PathBuf {
    folder().join("axe-4.14.1.min.js")
}

/// A Python that has a module, as `tests/setup/test-tools.sh` leaves it. When there is none, says
/// which test is skipped and why.
///
/// # Panics
/// When there is none and `CI` is `true`.
pub fn python(test: &str, module: &str) -> Option<PathBuf> {
    let python = folder().join("python/bin/python");
    let mut command = Command::new(&python);
    command.args(["-c", &format!("import {module}")]).stdout(Stdio::null()).stderr(Stdio::null());
    if command.status().is_ok_and(|status| status.success()) {
        return Some(python);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{test} needs Python's `{module}`");
    eprintln!("SKIPPED {test}: there is no Python with `{module}` on this machine");
    None
}

/// `go tool covdata textfmt` on folders.
///
/// # Panics
/// When it fails.
pub fn go_textfmt(dirs: &[&Path]) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch.path().join("out.txt");
    let dirs: Vec<&str> = dirs.iter().map(|dir| dir.to_str().unwrap()).collect();
    let mut command = Command::new("go");
    command.args(["tool", "covdata", "textfmt", "-i", &dirs.join(","), "-o"]).arg(&output);
    // Outside of every module, so that no go.mod chooses another toolchain.
    let result = command.current_dir(scratch.path()).output().expect("go starts");
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    std::fs::read_to_string(output).unwrap()
}

/// `git` in a bare repository; returns its output without the line feed at the end.
///
/// # Panics
/// When it fails.
pub fn git(repo: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(["-c", "safe.directory=*", "--git-dir"]).arg(repo).args(args);
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@localhost");
        command.env(format!("GIT_{who}_DATE"), "2026-01-01T00:00:00Z");
    }
    let result = command.output().expect("git starts");
    assert!(result.status.success(), "{args:?}: {}", String::from_utf8_lossy(&result.stderr));
    String::from_utf8_lossy(&result.stdout).trim_end().to_owned()
}

/// What `gzip -d` makes of some bytes.
///
/// # Panics
/// When they are no gzip.
pub fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("file.gz");
    std::fs::write(&path, bytes).unwrap();
    let result = Command::new("gzip").arg("-dc").arg(&path).output().expect("gzip starts");
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    result.stdout
}
