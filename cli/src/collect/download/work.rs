//! The decisions of a download, object by object.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::ops::ControlFlow;
use std::rc::Rc;

use covatlas_remote::s3::{Job, Object, S3Error, Worklist};

use super::metas::Metas;
use super::report::{Report, Wanted};
use super::{DownloadError, DownloadOptions, DownloadSummary};
use crate::collect::key::{ParsedKey, ReportKey, parse_key};
use crate::collect::store::Store;
use crate::collection::{AtomicFile, Collection};
use crate::meter::Meter;
use crate::problems::Problem;

/// So many objects may wait to be fetched before the listing waits for them.
const MOST_WAITING: usize = 20_000;
/// So many keys are kept to tell a wrong prefix by.
const SAMPLE: usize = 1_000;
/// So many rejected keys are listed one by one.
const MOST_REJECTED: usize = 200;
/// A download on its way.
pub(super) struct Work<'a> {
    pub(super) collection: &'a Collection,
    pub(super) options: &'a DownloadOptions,
    pub(super) meter: &'a Meter,
    pub(super) summary: DownloadSummary,
    /// Those that are not done with.
    pub(super) reports: BTreeMap<Rc<ReportKey>, Report>,
    seen: HashSet<Rc<ReportKey>>,
    /// The report that the listing is at.
    current: Option<Rc<ReportKey>>,
    pub(super) queue: VecDeque<Wanted>,
    pub(super) in_flight: HashMap<usize, (Wanted, AtomicFile)>,
    pub(super) last_id: usize,
    /// Both are made when something is fetched: a run without anything new need not look at it all.
    pub(super) store: Option<Store>,
    pub(super) metas: Option<Metas>,
    pub(super) failures_in_a_row: usize,
    /// The first keys, relative to the place, until one names a report.
    sample: Vec<String>,
    pub(super) stopped: Option<DownloadError>,
}

impl Worklist for Work<'_> {
    fn wants_page(&self) -> bool {
        self.queue.len() < MOST_WAITING
    }

    fn listed(&mut self, page: Vec<Object>) -> ControlFlow<()> {
        self.meter.add_listed(page.len());
        let result = page.into_iter().try_for_each(|object| self.object(object));
        self.stop_on(result)
    }

    fn listing_ended(&mut self) {
        self.meter.end_listing();
    }

    fn next_job(&mut self) -> ControlFlow<(), Option<Job>> {
        let job = self.start_next();
        self.stop_on(job)
    }

    fn fetched(&mut self, id: usize, result: Result<Object, S3Error>) -> ControlFlow<()> {
        let result = self.take(id, result);
        self.stop_on(result)
    }
}

impl<'a> Work<'a> {
    pub(super) fn new(
        collection: &'a Collection,
        options: &'a DownloadOptions,
        meter: &'a Meter,
    ) -> Self {
        Self {
            collection,
            options,
            meter,
            summary: DownloadSummary::default(),
            reports: BTreeMap::new(),
            seen: HashSet::new(),
            current: None,
            queue: VecDeque::new(),
            in_flight: HashMap::new(),
            last_id: 0,
            store: None,
            metas: None,
            failures_in_a_row: 0,
            sample: Vec::new(),
            stopped: None,
        }
    }

    fn stop_on<T>(&mut self, result: Result<T, DownloadError>) -> ControlFlow<(), T> {
        match result {
            Ok(value) => ControlFlow::Continue(value),
            Err(err) => {
                self.stopped = Some(err);
                ControlFlow::Break(())
            }
        }
    }

    /// Writes down what is known about the reports, also of a download that was stopped.
    pub(super) fn finish(mut self) -> Result<(DownloadSummary, Vec<String>), DownloadError> {
        for report in std::mem::take(&mut self.reports).into_values() {
            // Of a full disk the first failure tells most; the others are tried all the same.
            let closed = report.close(self.options);
            self.stopped = self.stopped.or(closed.err());
        }
        let more = self.summary.rejected.saturating_sub(MOST_REJECTED);
        if more > 0 {
            let cause = format!("{more} more keys are rejected, for such reasons as these");
            let place = self.options.place.to_string();
            self.summary.problems.push(Problem::loss("rejected-key", place).because(cause));
        }
        match self.stopped {
            Some(err) => Err(err),
            None => Ok((self.summary, self.sample)),
        }
    }

    /// The end that a failure of the whole bucket means.
    pub(super) fn stop(&self, err: S3Error) -> DownloadError {
        let place = &self.options.place;
        match self.summary.fetched {
            0 => DownloadError::unusable(place, err),
            _ => DownloadError::Stopped { place: place.clone(), source: Box::new(err) },
        }
    }

    /// Decides about one object of the listing.
    fn object(&mut self, object: Object) -> Result<(), DownloadError> {
        self.summary.listed = self.summary.listed.saturating_add(1);
        let start = self.options.place.key_start();
        // A server that lists what it was not asked for is not believed.
        let Some(key) = object.key.strip_prefix(&start).map(str::to_owned) else {
            self.summary.ignored = self.summary.ignored.saturating_add(1);
            return Ok(());
        };
        if self.summary.reports == 0 && self.sample.len() < SAMPLE {
            self.sample.push(key.clone());
        }
        if !self.options.keys.takes(&key) {
            self.summary.excluded = self.summary.excluded.saturating_add(1);
            return Ok(());
        }
        match parse_key(&key) {
            Ok(ParsedKey::Ignored) => {
                self.summary.ignored = self.summary.ignored.saturating_add(1);
            }
            Ok(ParsedKey::File { report, name, role }) => {
                let report = Rc::new(report);
                self.enter(&report)?;
                self.file(Wanted { report, name, role, object })?;
            }
            Err(err) => {
                self.summary.rejected = self.summary.rejected.saturating_add(1);
                if self.summary.rejected <= MOST_REJECTED {
                    let problem = Problem::loss("rejected-key", &key)
                        .at(self.options.place.key(&key))
                        .because(err)
                        .remedy("leave it out with --exclude-key if it does not belong to the run");
                    self.summary.problems.push(problem);
                }
            }
        }
        Ok(())
    }

    /// A report of the listing, which is opened when it is not.
    pub(super) fn report(&mut self, key: &Rc<ReportKey>) -> Result<&mut Report, DownloadError> {
        match self.reports.entry(Rc::clone(key)) {
            Entry::Occupied(open) => Ok(open.into_mut()),
            Entry::Vacant(vacant) => {
                Ok(vacant.insert(Report::open(self.collection, self.options, key)?))
            }
        }
    }

    /// Makes a report the current one, and closes the one before when nothing of it is open.
    fn enter(&mut self, key: &Rc<ReportKey>) -> Result<(), DownloadError> {
        if self.current.as_ref() == Some(key) {
            return Ok(());
        }
        // A server need not list in order: a report may come twice.
        let is_new = self.seen.insert(Rc::clone(key));
        self.summary.reports = self.summary.reports.saturating_add(usize::from(is_new));
        match self.current.replace(Rc::clone(key)) {
            Some(before) => self.close_if_done(&before),
            None => Ok(()),
        }
    }

    fn close_if_done(&mut self, key: &Rc<ReportKey>) -> Result<(), DownloadError> {
        let is_open = self.current.as_ref() == Some(key)
            || self.reports.get(key).is_none_or(|report| report.open > 0);
        if is_open {
            return Ok(());
        }
        self.reports.remove(key).map_or(Ok(()), |report| report.close(self.options))
    }

    /// Asks for a file of a report unless the report has it.
    fn file(&mut self, wanted: Wanted) -> Result<(), DownloadError> {
        let existing = self.options.existing;
        let report = self.report(&wanted.report)?;
        if report.has(&wanted, existing) {
            self.summary.skipped = self.summary.skipped.saturating_add(1);
            return Ok(());
        }
        report.open = report.open.saturating_add(1);
        self.meter.add_wanted(wanted.object.size);
        self.queue.push_back(wanted);
        Ok(())
    }

    /// Notes that an object is done with, whatever became of it.
    pub(super) fn end_of(&mut self, wanted: &Wanted) -> Result<(), DownloadError> {
        self.meter.add_done(wanted.object.size);
        let report = self.report(&wanted.report)?;
        report.open = report.open.saturating_sub(1);
        self.close_if_done(&wanted.report)
    }
}
