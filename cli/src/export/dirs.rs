//! Go's text profile straight from GOCOVERDIRs.

use std::io::{self, Write};

use anyhow::Context as _;
use camino::{Utf8Path, Utf8PathBuf};
use covdata::{Combine, Directory, FileName, write_textfmt};

use crate::problems::{Problem, Problems};

/// Path and bytes of each file that is named like coverage data.
type Files = Vec<(String, Vec<u8>)>;

/// Writes the text profile of GOCOVERDIRs; what of them could not be used are problems.
///
/// # Errors
/// When a folder cannot be listed, when meta files clash, or when `out` fails.
pub fn from_dirs(
    paths: &[Utf8PathBuf],
    combine: Combine,
    out: &mut dyn Write,
) -> anyhow::Result<Problems> {
    let mut problems = Problems::new();
    let mut files = Vec::new();
    for dir in paths {
        files.push(read_files(dir, &mut problems)?);
    }
    let dirs: Vec<_> = files.iter().map(|files| Directory::read(borrow(files))).collect();
    for (path, dir) in paths.iter().zip(&dirs) {
        report(path, dir, &mut problems);
    }
    let report = write_textfmt(&dirs, combine, &mut &mut *out)?;
    for refused in &report.refused {
        problems.push(Problem::loss("damaged", refused.name).caused_by(&refused.error));
    }
    for name in &report.orphans {
        let problem = Problem::loss("orphan", *name).because("no directory has its meta file");
        problems.push(problem.remedy("name the directory that has it, too"));
    }
    Ok(problems)
}

/// Reads the files of one directory; those below it are not Go's business, nor ours.
fn read_files(dir: &Utf8Path, problems: &mut Problems) -> anyhow::Result<Files> {
    let mut files = Vec::new();
    for entry in fs_err::read_dir(dir.as_std_path())? {
        let entry = entry.with_context(|| format!("cannot list {dir}"))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if FileName::parse(&name).is_none() || entry.file_type()?.is_dir() {
            continue;
        }
        let path = entry.path();
        let text = dir.join(&name).into_string();
        let bytes = match fs_err::metadata(&path) {
            Ok(metadata) if metadata.is_file() => fs_err::read(&path),
            Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file")),
            Err(error) => Err(error),
        };
        match bytes {
            Ok(bytes) => files.push((text, bytes)),
            Err(error) => problems.push(Problem::loss("unreadable", text).because(error)),
        }
    }
    Ok(files)
}

fn borrow(files: &Files) -> impl Iterator<Item = (&str, &[u8])> {
    files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
}

/// Lists refused files, and directories without data. Orphans may yet find their meta file.
fn report(path: &Utf8Path, dir: &Directory<'_>, problems: &mut Problems) {
    for refused in dir.refused() {
        let cause = format!("{} {}", refused.error.class, refused.error);
        problems.push(Problem::loss("damaged", refused.name).because(cause));
    }
    for finding in dir.findings() {
        match finding.warning.class {
            covdata::ErrorClass::Orphan => {}
            covdata::ErrorClass::NoData => {
                problems
                    .push(Problem::note("no-data", path.as_str()).because("no coverage data here"));
            }
            _ => problems.push(Problem::note("odd", finding.name).because(&finding.warning)),
        }
    }
}
