//! What meta and counter files hold, or where exactly they are broken.
//!
//! [`mod@walk`] finds the directories with data below a path, [`read`] decodes one of them, and the
//! rows go out as JSON lines or, by [`to_table`], as text for people.

mod read;
mod row;
mod table;
mod union;
mod walk;

pub use read::{Inspected, Workshop, inspect_dir, inspect_file};
pub use row::{DamageRow, DirRow, ErrorRow, FileRow, Kind, Row, WarningRow};
pub use table::to_table;
pub use walk::{DataDir, DataFile, walk};

use std::collections::BTreeMap;

use covdata::MetaHash;

use crate::problems::{Problem, Problems, Severity};

/// Lists what is damaged, missing or odd in all that was inspected, in its order.
///
/// An orphan's remedy names a directory that has its meta file, when one of these does.
pub fn problems(inspected: &[Inspected]) -> Problems {
    let mut homes: BTreeMap<MetaHash, &str> = BTreeMap::new();
    for (dir, hash) in inspected.iter().flat_map(|dir| dir.hashes.iter().map(move |h| (dir, h))) {
        homes.entry(*hash).or_insert(&dir.path);
    }
    let mut problems = Problems::new();
    for dir in inspected {
        for row in &dir.rows {
            match row {
                Row::Damage(row) => problems.push(damage(row)),
                Row::File(row) => {
                    for warning in &row.warnings {
                        let is_damage = row.kind == Kind::Meta && warning.is_malformed();
                        let odd = oddity(&row.file, warning);
                        problems.push(if is_damage { as_damage(odd) } else { odd });
                    }
                }
                Row::Dir(row) => {
                    for warning in row.warnings.iter().filter(|w| !w.is_orphan()) {
                        let file = warning.file.as_deref().unwrap_or(&row.file);
                        let odd = oddity(file, warning);
                        problems.push(if warning.is_malformed() { as_damage(odd) } else { odd });
                    }
                }
            }
        }
        for (file, hash, cause) in &dir.orphans {
            let remedy = match homes.get(hash) {
                Some(home) => format!("{home} has a meta file of this hash"),
                None => format!("bring covmeta.{hash} of the same build into this directory"),
            };
            problems.push(Problem::loss("orphan", file).because(cause).remedy(remedy));
        }
    }
    problems
}

fn damage(row: &DamageRow) -> Problem {
    let ErrorRow { class, offset, field, message } = &row.error;
    let cause = match *class {
        row::UNREADABLE => format!("{class}: {message}"),
        _ => format!("{class} at byte {offset}, while reading {field}: {message}"),
    };
    Problem::loss("damaged", &row.file).because(cause)
}

/// A meta file that contradicts itself, or another one of its hash, is no longer what was written,
/// even if it can be used.
fn as_damage(odd: Problem) -> Problem {
    Problem { severity: Severity::Loss, kind: "damaged".into(), ..odd }
}

fn oddity(file: &str, warning: &WarningRow) -> Problem {
    let WarningRow { class, offset, field, message, .. } = warning;
    if *class == covdata::ErrorClass::NoData.as_str() {
        return Problem::note("no-data", file).because(message);
    }
    let cause = format!("{class} at byte {offset}, while reading {field}: {message}");
    Problem::note("odd", file).because(cause)
}

#[cfg(test)]
mod tests;
