//! Go's text profile from the database.

use std::io::{self, Write};

use super::one_line;
use crate::stats::Exported;

/// Writes a text profile as `go tool cover` reads it: by folder, file and unit.
///
/// # Errors
/// When `out` fails.
pub fn write_profile(exported: &Exported, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "mode: {}", exported.mode)?;
    for file in &exported.files {
        let path = one_line(&file.path);
        for (unit, count) in file.units.iter().zip(&file.counts) {
            writeln!(
                out,
                "{path}:{}.{},{}.{} {} {count}",
                unit.start_line, unit.start_col, unit.end_line, unit.end_col, unit.statements
            )?;
        }
    }
    Ok(())
}
