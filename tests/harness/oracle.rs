//! What must come out of a tree of coverage data, asked of Go: each counter file by itself, then the
//! largest count of each unit by owner and build. Nothing here reads a file of covatlas.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::golden::{Coverage, Profile, percent, union};
use crate::{Collection, files, fixtures, tools};

/// Profiles by owner and build.
pub type Profiles = BTreeMap<(String, String), Profile>;

/// Asks Go about each counter file of these folders, which come with the names of their owners.
/// `scratch` is a folder that may be overwritten.
///
/// # Panics
/// When Go refuses one.
pub fn profiles(reports: &[(String, PathBuf)], scratch: &Path) -> Profiles {
    let mut owners = Profiles::new();
    for (owner, dir) in reports {
        for meta in fixtures::metas(dir) {
            let hash = fixtures::hex(&fs::read(&meta).unwrap()[24..40]);
            let own = owners.entry((owner.clone(), hash.clone())).or_default();
            own.raise(&alone(&meta, None, scratch));
            for counters in fixtures::counters(dir) {
                let bytes = fs::read(&counters).unwrap();
                if fixtures::hex(&bytes[8..24]) == hash {
                    own.raise(&alone(&meta, Some(&bytes), scratch));
                }
            }
        }
    }
    owners
}

fn alone(meta: &Path, counters: Option<&[u8]>, scratch: &Path) -> Profile {
    fs::remove_dir_all(scratch).ok();
    files::replace(&scratch.join("covmeta.x"), &fs::read(meta).unwrap());
    if let Some(bytes) = counters {
        files::replace(&scratch.join("covcounters.x.1.1"), bytes);
    }
    Profile::parse(&tools::go_textfmt(&[scratch]))
}

/// Asserts that a compiled collection has these numbers: owners, their files, and the whole.
///
/// # Panics
/// When it has others.
#[track_caller]
pub fn assert_agrees(collection: &Collection, wanted: &Profiles) {
    let rows = collection.stats("owner");
    let found: BTreeMap<_, Coverage> =
        rows.iter().map(|r| (r.texts(["owner", "build"]).into(), r.coverage())).collect();
    let coverage: BTreeMap<_, Coverage> =
        wanted.iter().map(|(key, profile)| (key.clone(), profile.coverage())).collect();
    assert_eq!(found, coverage);
    assert_eq!(rows.len(), found.len());
    let files: BTreeMap<_, _> = wanted.iter().map(|(key, p)| (key.clone(), p.files())).collect();
    for row in collection.stats("file") {
        let files = &files[&row.texts(["owner", "build"]).into()];
        assert_eq!(row.coverage(), files[row.text("path")], "{row:?}");
    }
    let all = union(wanted.values());
    let row = collection.stats("collection").remove(0);
    assert_eq!(row.coverage(), all);
    assert_eq!(row.get("percent").as_f64(), percent(all));
}
