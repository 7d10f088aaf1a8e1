//! Reports: every file decodes, and what they say ran is what the database says.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use covdata::{Directory, ErrorClass, FileName};
use rayon::prelude::*;

use super::{Repair, Verified, quoted};
use crate::{
    collect::{file_name::FileRole, place::S3Place},
    collection::{Collection, CollectionError, Metadata, ReportDir, ReportFile},
    db::ReportRow,
    image::Info,
    inspect::Workshop,
    problems::{Problem, Problems, chain},
    profile::{Bits, StoredUnits},
    stats::{Data, ReportBits},
};

/// Checks all reports of a collection; without `data` only that their files are sound.
pub(super) fn check(
    collection: &Collection,
    data: Option<&Data>,
    repair: Repair<'_>,
    verified: &mut Verified,
) -> Result<(), CollectionError> {
    let reports = collection.reports()?;
    let stored = data.map(Data::bits_of_reports);
    let context = Context { data, stored: stored.as_ref(), repair, workshop: Workshop::default() };
    let found: Vec<(usize, Problems)> =
        reports.par_iter().map(|report| context.check(report)).collect();
    verified.reports = reports.len();
    for (n_files, problems) in found {
        verified.files += n_files;
        verified.problems.extend(problems);
    }
    if reports.is_empty() {
        let n = stored.as_ref().map_or(0, BTreeMap::len);
        let problem = Problem::loss("NoReports", "coverage").at(collection.coverage_dir());
        verified.problems.push(
            problem
                .because(format!("there is no report; the database has {n}"))
                .remedy(context.bring_back(None)),
        );
        return Ok(());
    }
    let on_disk: BTreeSet<&str> = reports.iter().map(ReportDir::name).collect();
    let known = stored.iter().flat_map(BTreeMap::keys);
    for gone in known.filter(|dir| !on_disk.contains(dir.as_str())) {
        let problem = Problem::loss("gone", gone).at(collection.coverage_dir().join(gone));
        verified.problems.push(
            problem
                .because("the database has this report, but its folder is gone")
                .remedy(repair.covatlas("compile # takes it out; import it again to keep it")),
        );
    }
    Ok(())
}

struct Context<'a> {
    data: Option<&'a Data>,
    stored: Option<&'a BTreeMap<String, ReportBits<'a>>>,
    repair: Repair<'a>,
    workshop: Workshop,
}

impl Context<'_> {
    /// How many files a report has, and what is wrong with them.
    fn check(&self, report: &ReportDir) -> (usize, Problems) {
        let mut problems = Problems::new();
        let files = match report.files() {
            Ok(files) => files,
            Err(err) => {
                let problem = Problem::loss("unreadable", report.name()).at(report.path());
                problems.push(problem.caused_by(&err).remedy("check the folder's permissions"));
                return (0, problems);
            }
        };
        self.check_names(report, &mut problems);
        let mut contents = Vec::new();
        let is_data = |file: &&ReportFile| FileName::parse(&file.name).is_some();
        for file in files.iter().filter(is_data) {
            let path = report.file(&file.name);
            match fs_err::read(&path) {
                Ok(bytes) => contents.push((file.name.as_str(), bytes)),
                Err(err) => problems.push(self.damaged(report, &path, err.to_string())),
            }
        }
        self.missing(report, &files, &mut problems);
        let n_files = contents.len();
        if n_files == 0 {
            self.compare_text(report, &files, &mut problems);
            return (1, problems);
        }
        let bytes = contents.iter().map(|(name, bytes)| (*name, bytes.as_slice()));
        let dir = Directory::read_with(bytes, |bytes| self.workshop.decode(bytes));
        for refused in dir.refused() {
            let error = &refused.error;
            let cause = format!("{}: {error}", error.class);
            problems.push(self.damaged(report, &report.file(refused.name), cause));
        }
        problems.extend(self.malformed(report, &dir));
        let is_meta = |name: &str| matches!(FileName::parse(name), Some(FileName::Meta { .. }));
        let has_all_metas = !dir.refused().iter().any(|refused| is_meta(refused.name));
        if has_all_metas {
            problems.extend(dir.orphans().iter().map(|orphan| {
                let hash = orphan.file.meta_hash();
                let problem = Problem::loss("orphan", report.name()).at(report.file(orphan.name));
                problem
                    .because(format!("Orphan: no meta file with the hash {hash}"))
                    .remedy(self.bring_back(Some(report)))
            }));
        }
        self.compare(report, &dir, has_all_metas, &mut problems);
        (n_files, problems)
    }

    /// What says whose the report is, and where it was built from.
    fn check_names(&self, report: &ReportDir, problems: &mut Problems) {
        let path = report.file("metadata.json");
        match report.metadata() {
            // Its folder was named by what stood there.
            Ok(None) if report.is_named_by_key() => {
                problems.push(self.damaged(report, &path, "is not there".to_owned()));
            }
            Ok(_) => {}
            Err(err) => {
                problems.push(self.damaged(report, &path, chain(&err)));
            }
        }
        let path = report.file("info.json");
        if path.symlink_metadata().is_err() {
            return;
        }
        if let Err(err) = Info::read(&path) {
            problems.push(self.damaged(report, &path, chain(&err)));
        }
    }

    /// Files that say something else than their own lengths or counts; a program may accept them,
    /// but no process wrote them so.
    fn malformed(&self, report: &ReportDir, dir: &Directory<'_>) -> Vec<Problem> {
        let of_builds = dir.builds().iter().map(|build| (build.name, &build.meta));
        let of_copies = dir.duplicates().iter().map(|copy| (copy.name, &copy.meta));
        let of_files = of_builds
            .chain(of_copies)
            .flat_map(|(name, meta)| meta.warnings().iter().map(move |warning| (name, warning)));
        let of_dir = dir.findings().iter().map(|finding| (finding.name, &finding.warning));
        let found = of_files.chain(of_dir);
        let found = found.filter(|(_, warning)| warning.class == ErrorClass::Malformed);
        let problem = |(name, warning): (&str, &covdata::Warning)| {
            let cause = format!("{}: {warning}", warning.class);
            self.damaged(report, &report.file(name), cause)
        };
        found.map(problem).collect()
    }

    /// Files that the store listed when the report was collected and that are gone or cut short.
    fn missing(&self, report: &ReportDir, files: &[ReportFile], problems: &mut Problems) {
        let Ok(Some(metadata)) = report.metadata() else { return };
        let Some(source) = &metadata.source else { return };
        let sizes: BTreeMap<&str, u64> = files.iter().map(|f| (f.name.as_str(), f.size)).collect();
        for (name, listed) in &source.files {
            let cause = match sizes.get(name.as_str()) {
                Some(size) if *size == listed.size => continue,
                Some(size) => format!("has {size} bytes, {} were collected", listed.size),
                None => "was collected and is gone".to_owned(),
            };
            problems.push(self.damaged(report, &report.file(name), cause));
        }
    }

    fn damaged(&self, report: &ReportDir, path: &Utf8Path, cause: String) -> Problem {
        let remedy =
            format!("rm -f {} && {}", quoted(path.as_str()), self.bring_back(Some(report)));
        Problem::loss("damaged", report.name()).at(path).because(cause).remedy(remedy)
    }

    /// Collects a report, or all of them, again and takes it into the database.
    fn bring_back(&self, report: Option<&ReportDir>) -> String {
        let stated = report.and_then(|report| report.metadata().ok().flatten());
        let place = stated.as_ref().and_then(bucket_of);
        let cluster = stated.map(|metadata| metadata.cluster);
        let cluster = cluster.or_else(|| report?.cluster_by_name());
        let cluster = match cluster.filter(|cluster| !cluster.is_empty()) {
            Some(cluster) => format!("--cluster-name {} ", quoted(&cluster)),
            None => String::new(),
        };
        let (collect, hint) = match place {
            Some(place) => (
                format!("download {cluster}{}", quoted(&place)),
                "with the flags of the download before",
            ),
            None => (format!("import {cluster}DIR"), "DIR: where the data came from"),
        };
        format!(
            "{} && {} # {hint}",
            self.repair.covatlas(&collect),
            self.repair.covatlas("compile")
        )
    }

    /// Compares what ran, build by build.
    ///
    /// Where a meta file of the report cannot be read, the database may still know its program: from
    /// another report's copy.
    fn compare(
        &self,
        report: &ReportDir,
        dir: &Directory<'_>,
        has_all_metas: bool,
        problems: &mut Problems,
    ) {
        let (Some(data), Some(stored)) = (self.data, self.stored) else { return };
        let Some(stored) = stored.get(report.name()) else {
            if !dir.builds().is_empty() {
                problems.push(self.stale(report, "the database does not have this report"));
            }
            return;
        };
        let mut seen = BTreeSet::new();
        for build in dir.builds() {
            let hash = build.meta.hash().to_string();
            let ran: Vec<u32> = build.covered().into_iter().map(u32::from).collect();
            let table = data.table(&hash);
            let own = table.map(|table| Bits::of_counts(&table.sort_counts(&ran)));
            let cause = match (own, stored.get(hash.as_str())) {
                (Some(own), Some(stored)) if own.as_bytes() == stored.as_bytes() => None,
                (Some(_), Some(_)) => Some("its files say that other code ran than the database"),
                _ => Some("the database does not have this program of the report"),
            };
            problems.extend(cause.map(|cause| self.stale(report, cause)));
            seen.insert(hash);
        }
        if has_all_metas && stored.keys().any(|hash| !seen.contains(*hash)) {
            problems.push(self.stale(report, "the database has a program whose files are gone"));
        }
    }

    /// A report that has a text profile and nothing else: only that it is there.
    fn compare_text(&self, report: &ReportDir, files: &[ReportFile], problems: &mut Problems) {
        let text = files.iter().rfind(|file| file.role == FileRole::Text);
        let text = text.map(|file| report.file(&file.name));
        let Some(path) = text else {
            let problem = Problem::loss("NoData", report.name()).at(report.path());
            let remedy = self.repair.again(report.path(), "compile");
            problems.push(problem.because("no coverage data").remedy(remedy));
            return;
        };
        let read = fs_err::read(&path).map_err(|err| err.to_string());
        match read.and_then(|bytes| StoredUnits::decode(&bytes)) {
            Err(cause) => problems.push(self.damaged(report, &path, cause)),
            Ok(_) if self.stored.is_some_and(|stored| !stored.contains_key(report.name())) => {
                problems.push(self.stale(report, "the database does not have this report"));
            }
            Ok(_) => {}
        }
    }

    /// A report of which the database says something else. One that it has is decoded again even if
    /// its files look as before.
    fn stale(&self, report: &ReportDir, cause: &str) -> Problem {
        let row = self.data.and_then(|data| data.report(report.name()));
        let update = row.map(update_of).unwrap_or_default();
        let problem = Problem::loss("stale", report.name()).at(report.path()).because(cause);
        problem.remedy(self.repair.covatlas(&format!("compile{update}")))
    }
}

/// The place in a bucket that a report was downloaded from, with a placeholder for a bucket that
/// nobody noted; `None` when it came another way.
fn bucket_of(metadata: &Metadata) -> Option<String> {
    let source = metadata.source.as_ref().filter(|source| !source.key_prefix.is_empty())?;
    let key = metadata.report_key(metadata.discovered_at?).to_string();
    let prefix = source.key_prefix.strip_suffix(&key)?.trim_end_matches('/').to_owned();
    let bucket = if source.bucket.is_empty() { "BUCKET" } else { &source.bucket };
    Some(S3Place { bucket: bucket.to_owned(), prefix }.to_string())
}

/// The flags that make `compile` read a report again.
fn update_of(row: &ReportRow) -> String {
    let fields = [
        ("namespace", &row.namespace),
        ("pod", &row.pod),
        ("node", &row.hostname),
        ("container", &row.container),
        ("binary", &row.binary),
    ];
    let known = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let flag = |(field, value): (&str, &String)| {
        // What means something else in a pattern, or nothing that can be typed, is any character.
        let is_special = |c: char| "*?[]{}!\\'".contains(c) || c.is_control();
        let pattern = format!("{field}={}", value.replace(is_special, "?"));
        format!(" --update {}", quoted(&pattern))
    };
    known.map(flag).collect()
}
