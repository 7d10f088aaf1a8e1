//! Small collections for tests: real meta and counter files, written field by field.

use camino::Utf8PathBuf;
use serde_json::Value;

use crate::{
    args::By,
    collect::key::ReportKey,
    collection::{Collection, Metadata},
    compile::{Compiled, Options, compile},
    db::Database,
    encode::{
        CounterSpec, FuncSpec, MetaSpec, PackageSpec, SegmentSpec, encode_counters, encode_meta,
    },
    selection::Selection,
    stats::{Data, query},
};

/// A collection in a temporary folder.
pub(crate) struct Run {
    _dir: tempfile::TempDir,
    pub(crate) collection: Collection,
}

/// Nanoseconds of a snapshot, later for larger `n`.
pub(crate) fn time(n: u64) -> u64 {
    1_795_200_000_000_000_000 + n * 1_000_000_000
}

impl Run {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(dir.path().join("run")).unwrap();
        Self { collection: Collection::create(&path).unwrap(), _dir: dir }
    }

    /// Adds a file to the report of a key such as `n1/ns/pod/ctr/20261120T081502Z/img/bin`.
    pub(crate) fn put(&self, key: &str, name: &str, bytes: &[u8]) {
        let key: ReportKey = key.parse().unwrap();
        let report = self.collection.report_dir("ci", &key);
        report.create().unwrap();
        report.write_metadata(&Metadata::from_key("ci", &key)).unwrap();
        fs_err::write(report.file(name), bytes).unwrap();
    }

    pub(crate) fn compile(&self) -> Compiled {
        self.compile_with(&Options::default())
    }

    pub(crate) fn compile_with(&self, options: &Options) -> Compiled {
        let mut db = Database::create(&self.collection.database()).unwrap();
        compile(&self.collection.reports().unwrap(), options, &mut db).unwrap()
    }

    pub(crate) fn data(&self) -> Data {
        Data::read(&Database::open(&self.collection.database()).unwrap()).unwrap()
    }

    pub(crate) fn rows(&self, by: By) -> Vec<Value> {
        let rows = query(&self.data(), by, &Selection::default()).unwrap();
        rows.iter().map(|row| serde_json::to_value(row).unwrap()).collect()
    }

    /// The counts of the only owner's only build.
    pub(crate) fn counts(&self) -> Vec<u32> {
        let db = Database::open(&self.collection.database()).unwrap();
        let (id, build) = db.builds().unwrap().remove(0);
        db.counts(id, build.n_units).unwrap().remove(0).1
    }
}

/// A func with one unit per element of `statements`, one a line.
pub(crate) fn func(file: &str, statements: &[u32]) -> FuncSpec {
    let units = (1_u32..).zip(statements).map(|(line, n)| [line, 2, line, 9, *n]).collect();
    FuncSpec { name: "F".into(), file: file.into(), units, literal: false }
}

/// A meta file with one package per func.
pub(crate) fn meta(hash: u8, funcs: Vec<FuncSpec>) -> Vec<u8> {
    let package = |func: FuncSpec| PackageSpec {
        path: func.file.rsplit_once('/').map_or("m", |(dir, _)| dir).into(),
        name: "main".into(),
        module: "m".into(),
        funcs: vec![func],
    };
    let packages = funcs.into_iter().map(package).collect();
    encode_meta(&MetaSpec { hash: [hash; 16], mode: 3, granularity: 1, packages })
}

/// A counter file with the counts of the first func of each package.
pub(crate) fn counters(hash: u8, funcs: &[&[u32]]) -> Vec<u8> {
    let records = (0_u32..).zip(funcs).map(|(package, counts)| (package, 0, counts.to_vec()));
    let segments = vec![SegmentSpec { args: vec![], records: records.collect() }];
    encode_counters(&CounterSpec { hash: [hash; 16], flavor: 2, big_endian: 0, segments })
}

pub(crate) const POD: &str = "n1/ns/api-6c8b5d7f9-4kq2z/c/20261120T081502Z/img/api";
pub(crate) const REPLICA: &str = "n2/ns/api-6c8b5d7f9-x2x9k/c/20261120T081502Z/img/api";
