//! A disk that is soon full.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A file system of its own in memory; gone when dropped.
pub struct SmallDisk {
    dir: TempDir,
}

impl SmallDisk {
    /// Mounts one with room for so many kB. Where that is not permitted, says which test is skipped.
    ///
    /// # Panics
    /// When it is not permitted and `CI` is `true`.
    pub fn new(test: &str, kilobytes: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={kilobytes}k");
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path());
        let is_mounted = command.stderr(Stdio::null()).status().is_ok_and(|s| s.success());
        let must = std::env::var("CI").as_deref() == Ok("true");
        assert!(is_mounted || !must, "{test} must mount a file system");
        if !is_mounted {
            eprintln!("SKIPPED {test}: only root can mount a small disk");
            return None;
        }
        Some(Self { dir })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Makes room for so many kB.
    ///
    /// # Panics
    /// When that is not possible.
    pub fn resize(&self, kilobytes: u32) {
        let size = format!("remount,size={kilobytes}k");
        let mount = Command::new("mount").args(["-o", &size]).arg(self.dir.path()).status();
        assert!(mount.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // What a failed test left open there keeps it until the process ends.
        Command::new("umount").arg("-l").arg(self.dir.path()).status().ok();
    }
}
