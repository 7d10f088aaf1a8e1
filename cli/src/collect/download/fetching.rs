//! Fetching, linking and placing the files that reports lack.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use covatlas_remote::s3::{Job, Object, S3Error};

use super::metas::{MetaStep, Metas};
use super::report::{Wanted, modified};
use super::work::Work;
use super::{DownloadError, MOST_BYTES, Mode, Versions};
use crate::collect::file_name::FileRole;
use crate::collect::store::{Original, PlaceError, Placed, Placement, Store, Transfer};
use crate::collect::target::TargetError;
use crate::collection::{AtomicFile, ReportDir};
use crate::problems::Problem;

/// After so many failures in a row that concern the whole bucket the download ends.
const MOST_FAILURES: usize = 10;

impl Work<'_> {
    /// The next object that must be fetched.
    pub(super) fn start_next(&mut self) -> Result<Option<Job>, DownloadError> {
        while let Some(wanted) = self.queue.pop_front() {
            let Some(wanted) = self.must_fetch(wanted)? else { continue };
            if self.options.mode == Mode::Fetch {
                return self.start(wanted).map(Some);
            }
            self.count_fetched(wanted.object.size);
            self.end_of(&wanted)?;
        }
        Ok(None)
    }

    /// Gives the object back unless it is too large, or a meta file that is here or on its way.
    fn must_fetch(&mut self, wanted: Wanted) -> Result<Option<Wanted>, DownloadError> {
        let size = wanted.object.size;
        if size > MOST_BYTES {
            let cause = format!("{size} bytes, but at most {MOST_BYTES} are fetched");
            self.lose(&wanted, Problem::loss("too-large", "").because(cause))?;
            return Ok(None);
        }
        if wanted.role != FileRole::Meta {
            return Ok(Some(wanted));
        }
        match self.metas()?.step(wanted) {
            MetaStep::Fetch(wanted) => Ok(Some(wanted)),
            MetaStep::Link(wanted, path) => self.link(wanted, &path),
            MetaStep::Wait => {
                // In a dry run nothing ever comes.
                let n_shared = usize::from(self.options.mode == Mode::DryRun);
                self.summary.shared = self.summary.shared.saturating_add(n_shared);
                Ok(None)
            }
        }
    }

    fn metas(&mut self) -> Result<&mut Metas, DownloadError> {
        match &mut self.metas {
            Some(metas) => Ok(metas),
            none => Ok(none.insert(Metas::of(self.collection).map_err(TargetError::from)?)),
        }
    }

    fn store(&mut self) -> Result<&mut Store, DownloadError> {
        match &mut self.store {
            Some(store) => Ok(store),
            none => Ok(none
                .insert(Store::new(self.collection, Transfer::Link).map_err(TargetError::from)?)),
        }
    }

    fn start(&mut self, wanted: Wanted) -> Result<Job, DownloadError> {
        // Takes away what a killed run left, so it comes before the first new file.
        self.store()?;
        let path = self.prepare(&wanted)?.file(&wanted.name);
        let file = AtomicFile::create(&path).map_err(TargetError::writing(&path))?;
        let handle = file.file().try_clone().map_err(TargetError::writing(&path))?;
        self.last_id = self.last_id.wrapping_add(1);
        let job = Job { id: self.last_id, object: wanted.object.clone(), file: handle };
        self.in_flight.insert(job.id, (wanted, file));
        Ok(job)
    }

    /// The folder of a report, ready for files.
    fn prepare(&mut self, wanted: &Wanted) -> Result<ReportDir, DownloadError> {
        let options = self.options;
        let report = self.report(&wanted.report)?;
        report.prepare(options)?;
        Ok(report.dir.clone())
    }

    /// Gives a report a meta file that another one has; gives the object back when that is gone.
    fn link(
        &mut self,
        wanted: Wanted,
        original: &Utf8Path,
    ) -> Result<Option<Wanted>, DownloadError> {
        if self.options.mode == Mode::Fetch
            && self.place(&wanted, &wanted.object, original)?.is_none()
        {
            return Ok(Some(wanted));
        }
        self.summary.shared = self.summary.shared.saturating_add(1);
        self.end_of(&wanted)?;
        Ok(None)
    }

    /// Gives a report the contents of a file under the object's name, or beside older contents.
    /// `None` when the file cannot be read.
    fn place(
        &mut self,
        wanted: &Wanted,
        object: &Object,
        original: &Utf8Path,
    ) -> Result<Option<Placement>, DownloadError> {
        let dir = self.prepare(wanted)?;
        let damaged = self.report(&wanted.report)?.damaged(wanted, object);
        if let Some(local) = &damaged {
            let path = dir.file(local);
            fs_err::remove_file(&path).map_err(TargetError::writing(&path))?;
        }
        let name = damaged.as_deref().unwrap_or(&wanted.name);
        let original = Original { path: original, name, modified: modified(object) };
        let placement = match self.store()?.place(original, &dir) {
            Ok(placement) => placement,
            Err(PlaceError::Read(_)) => return Ok(None),
            Err(PlaceError::Write(source)) => {
                return Err(TargetError::writing(dir.file(&wanted.name))(source).into());
            }
        };
        self.note(wanted, object, &dir.file(&placement.name))?;
        Ok(Some(placement))
    }

    /// Takes note of where the contents of an object are, unless what is there is something else:
    /// of two `info.json` the one written last stays.
    fn note(
        &mut self,
        wanted: &Wanted,
        object: &Object,
        path: &Utf8Path,
    ) -> Result<(), DownloadError> {
        let is_it = fs_err::metadata(path).is_ok_and(|on_disk| on_disk.len() == object.size);
        let options = self.options;
        let report = self.report(&wanted.report)?;
        if let Some(name) = path.file_name().filter(|_| is_it) {
            report.note(name, wanted, object);
            report.forget_older(name, &wanted.name, options);
        }
        Ok(())
    }

    /// Takes what became of a job.
    pub(super) fn take(
        &mut self,
        id: usize,
        result: Result<Object, S3Error>,
    ) -> Result<(), DownloadError> {
        let Some((wanted, file)) = self.in_flight.remove(&id) else { return Ok(()) };
        match result {
            Ok(object) => {
                self.failures_in_a_row = 0;
                self.keep(&wanted, &object, file)
            }
            Err(S3Error::Write(source)) => {
                let path = self.prepare(&wanted)?.file(&wanted.name);
                Err(TargetError::writing(path)(source).into())
            }
            Err(err) => self.fail(&wanted, err),
        }
    }

    /// Brings a fetched file to its place.
    fn keep(
        &mut self,
        wanted: &Wanted,
        object: &Object,
        file: AtomicFile,
    ) -> Result<(), DownloadError> {
        if let Some(time) = object.last_modified {
            // The only note of a killed run; some file systems keep no times.
            file.file().set_modified(time).ok();
        }
        let path = self.prepare(wanted)?.file(&wanted.name);
        let in_place = if self.replaces(wanted) {
            Some(wanted.name.clone())
        } else {
            self.report(&wanted.report)?.damaged(wanted, object)
        };
        let stored = if let Some(name) = in_place {
            let path = path.with_file_name(name);
            file.commit_as(&path).map_err(TargetError::writing(&path))?;
            self.note(wanted, object, &path)?;
            path
        } else {
            self.keep_beside(wanted, object, file, path)?
        };
        self.count_fetched(object.size);
        if wanted.role == FileRole::Meta {
            self.meta_came(wanted, object, &stored)?;
        }
        self.end_of(wanted)
    }

    /// Whether older contents of an object are not wanted.
    fn replaces(&self, wanted: &Wanted) -> bool {
        self.options.versions == Versions::Latest && wanted.role == FileRole::Counters
    }

    /// Brings a fetched file to `path`, or beside older contents there; gives its place.
    fn keep_beside(
        &mut self,
        wanted: &Wanted,
        object: &Object,
        file: AtomicFile,
        path: Utf8PathBuf,
    ) -> Result<Utf8PathBuf, DownloadError> {
        let unwritten = |source| DownloadError::from(TargetError::writing(&path)(source));
        let mut file = Some(file);
        // Most have no older contents. Of meta files another report may have the same.
        if wanted.role != FileRole::Meta {
            file = file.map_or(Ok(None), AtomicFile::commit_if_new).map_err(unwritten)?;
        }
        let Some(file) = file else {
            self.note(wanted, object, &path)?;
            return Ok(path);
        };
        let Some(temporary) = file.temporary_path() else {
            return Err(unwritten(io::ErrorKind::InvalidFilename.into()));
        };
        let Some(placement) = self.place(wanted, object, temporary)? else {
            let source = io::Error::other("the fetched file is gone before it has its place");
            return Err(unwritten(source));
        };
        let n_kept = usize::from(placement.placed == Placed::KeptBoth);
        self.summary.kept_both = self.summary.kept_both.saturating_add(n_kept);
        Ok(path.with_file_name(placement.name))
    }

    /// Serves those that waited for a meta file.
    fn meta_came(
        &mut self,
        wanted: &Wanted,
        object: &Object,
        path: &Utf8Path,
    ) -> Result<(), DownloadError> {
        if object.etag != wanted.object.etag {
            // It was overwritten meanwhile: the others still want what was listed.
            let next = self.metas()?.failed(&wanted.object);
            self.queue.extend(next);
        }
        for waiting in self.metas()?.stored(object, path.to_owned()) {
            let not_linked = self.link(waiting, path)?;
            self.queue.extend(not_linked);
        }
        Ok(())
    }

    fn fail(&mut self, wanted: &Wanted, err: S3Error) -> Result<(), DownloadError> {
        if err.is_about_bucket() {
            self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        }
        if self.failures_in_a_row >= MOST_FAILURES {
            return Err(self.stop(err));
        }
        let kind = if matches!(err, S3Error::Gone) { "object-gone" } else { "not-fetched" };
        self.lose(wanted, Problem::loss(kind, "").caused_by(&err))?;
        if wanted.role == FileRole::Meta {
            let next = self.metas()?.failed(&wanted.object);
            self.queue.extend(next);
        }
        Ok(())
    }

    fn lose(&mut self, wanted: &Wanted, problem: Problem) -> Result<(), DownloadError> {
        let key = &wanted.object.key;
        let problem = Problem { item: key.clone(), ..problem };
        let problem = problem.at(format!("s3://{}/{key}", self.options.place.bucket));
        self.summary.problems.push(problem.remedy("run it again: only what is missing is fetched"));
        self.summary.failed = self.summary.failed.saturating_add(1);
        self.end_of(wanted)
    }

    fn count_fetched(&mut self, bytes: u64) {
        let summary = &mut self.summary;
        summary.fetched = summary.fetched.saturating_add(1);
        summary.fetched_bytes = summary.fetched_bytes.saturating_add(bytes);
    }
}
