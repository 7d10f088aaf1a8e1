//! What a site is made from, as one digest: the same digest, the same site.

use std::{collections::BTreeSet, fs::Metadata, io, time::SystemTime};

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    args::RenderHow,
    collection::{Collection, Inputs},
    commands::compare::moment,
    site::Viewer,
};

/// The digest of everything that rendering reads; `None` when some of it cannot be read, so that
/// nothing can be said.
pub(super) fn fingerprint(
    collection: &Collection,
    how: &RenderHow,
    viewer: &Viewer,
) -> Option<String> {
    let mut input = Fingerprint::default();
    input.program().ok()?;
    for (name, bytes) in viewer.files() {
        input.part(name.as_bytes());
        input.part(bytes);
    }
    input.options(how).ok()?;
    input.file(&collection.input_path(Inputs::RedactKey)).ok()?;
    input.database(collection).ok()?;
    input.folder(&collection.repos_dir()).ok()?;
    Some(input.hasher.finalize().to_hex().to_string())
}

/// A digest in the making: of parts, each with its length before it.
#[derive(Default)]
struct Fingerprint {
    hasher: blake3::Hasher,
}

impl Fingerprint {
    fn part(&mut self, bytes: &[u8]) {
        let len = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.hasher.update(&len.to_le_bytes());
        self.hasher.update(bytes);
    }

    /// Another build of this program may write other bytes, also under the same version.
    fn program(&mut self) -> io::Result<()> {
        self.part(env!("CARGO_PKG_VERSION").as_bytes());
        self.stamp(&std::env::current_exe()?.metadata()?)
    }

    /// What the user asks for, and what lies where it points to.
    fn options(&mut self, how: &RenderHow) -> io::Result<()> {
        // Named one by one, so that a new option cannot be added without a look at this: every
        // value is in the text below, but a path also stands for what lies there.
        let RenderHow {
            history,
            baseline,
            baseline_since,
            viewer: _, // its files are parts of their own
            output_dir: _,
            title: _,
            no_source: _,
            owner: _,
            skip_owner: _,
            tiers: _,
            hide: _,
            redact: _,
            include_private: _,
            shards: _,
        } = how;
        self.part(format!("{how:?}").as_bytes());
        history.iter().try_for_each(|path| self.numbers(path))?;
        if let Some(dir) = baseline {
            let baseline = Collection::at(dir);
            self.database(&baseline)?;
            self.folder(&baseline.repos_dir())?;
        }
        if let Some(since) = baseline_since {
            // A day ago is another moment every second.
            self.part(&moment(*since).to_le_bytes());
        }
        Ok(())
    }

    /// The numbers of another run: a collection, or a file.
    fn numbers(&mut self, path: &Utf8Path) -> io::Result<()> {
        if path.is_file() { self.file(path) } else { self.database(&Collection::at(path)) }
    }

    /// The bytes of a collection's database, and those that wait beside it to be taken in.
    fn database(&mut self, collection: &Collection) -> io::Result<()> {
        let path = collection.database();
        self.file(&path)?;
        self.file(&Utf8PathBuf::from(format!("{path}-wal")))
    }

    /// The bytes of a file; one that is not there is empty.
    fn file(&mut self, path: &Utf8Path) -> io::Result<()> {
        let mut hasher = blake3::Hasher::new();
        match path.metadata() {
            Err(err) if err.kind() == io::ErrorKind::NotFound => {}
            Err(err) => return Err(err),
            // Opening a pipe would wait for a writer.
            Ok(found) if !found.is_file() => return Err(io::ErrorKind::InvalidInput.into()),
            Ok(_) => {
                hasher.update_reader(fs_err::File::open(path)?)?;
            }
        }
        self.part(hasher.finalize().as_bytes());
        Ok(())
    }

    /// Names, sizes and times of all files below a folder: what is named by its content need not
    /// be read.
    fn folder(&mut self, dir: &Utf8Path) -> io::Result<()> {
        let mut open = BTreeSet::from([dir.to_owned()]);
        while let Some(dir) = open.pop_first() {
            let entries = match dir.read_dir_utf8() {
                Err(err) if err.kind() == io::ErrorKind::NotFound => continue,
                entries => entries?,
            };
            let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
            entries.sort_by(|a, b| a.file_name().cmp(b.file_name()));
            for entry in entries {
                self.part(entry.path().as_str().as_bytes());
                let found = entry.metadata()?;
                if found.is_dir() {
                    open.insert(entry.into_path());
                } else {
                    self.stamp(&found)?;
                }
            }
        }
        Ok(())
    }

    /// Size and time of a file.
    fn stamp(&mut self, file: &Metadata) -> io::Result<()> {
        let since = file.modified()?.duration_since(SystemTime::UNIX_EPOCH);
        let nanoseconds = since.map_or(0, |since| since.as_nanos());
        self.part(&file.len().to_le_bytes());
        self.part(&nanoseconds.to_le_bytes());
        Ok(())
    }
}
