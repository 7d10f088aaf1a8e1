//! A lens in the page is `--where` on the command line: the same processes give the same numbers.
//!
//! The code that the page runs under a lens reads a real site here, without a browser.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::PathBuf;
use std::rc::Rc;

use covatlas_shared::counts::CountsShard;
use covatlas_shared::files::StatsShard;
use covatlas_shared::lens::{LensProcess, LensShard};
use covatlas_shared::manifest::Manifest;
use covatlas_shared::owners::{OwnerRow, OwnersShard};
use covatlas_shared::repo::RepoShard;
use covatlas_shared::stats::Coverage;
use covatlas_shared::union::UnionShard;
use covatlas_shared::units::UnitsShard;
use covatlas_tests::rng::Rng;
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, demo, fixtures};
use covatlas_viewer::lens::Lens;
use covatlas_viewer::lens::bits::BuildBits;
use covatlas_viewer::lens::chosen::{Builds, Chosen, Site};
use covatlas_viewer::lens::never::{Never, StatsOf};
use covatlas_viewer::lens::repo::{self, LensedRepo};
use covatlas_viewer::lens::{build, front};
use serde_json::Value;

/// What a process is called, as a position among strings.
type Name = fn(&LensProcess) -> u32;

/// A site on disk, and the collection that it was made of.
struct Report {
    collection: Collection,
    data: PathBuf,
    site: Site,
}

impl Report {
    fn of(run: impl Fn(&Collection, &[&str])) -> Self {
        let collection = Collection::new();
        let viewer = fixtures::plain_viewer(&collection.beside("viewer"));
        run(&collection, &["--viewer", &viewer]);
        collection.run(["render", "--viewer", &viewer, "--shards", "gz"]).exits(0);
        let data = collection.at("site/data");
        let files = fs::read_dir(&data).unwrap().map(|file| file.unwrap().file_name());
        let files = files.map(|name| name.to_str().unwrap().to_owned());
        let mut files = files;
        let manifest = files.find(|name| name.starts_with("manifest-")).unwrap();
        let manifest = manifest.strip_suffix(".gz").unwrap();
        let manifest = Manifest::decode(&shard(&data, manifest)).unwrap();
        let owners = OwnersShard::decode(&shard(&data, &manifest.owners)).unwrap();
        let units = UnitsShard::decode(&shard(&data, &manifest.units)).unwrap();
        Self { collection, data, site: Site::new(manifest, owners, units) }
    }

    fn shard(&self, name: &str) -> Vec<u8> {
        shard(&self.data, name)
    }

    fn stats(&self, build: usize) -> StatsShard {
        StatsShard::decode(&self.shard(&self.site.owners.builds[build].stats)).unwrap()
    }

    fn bits(&self, build: usize) -> BuildBits {
        let Site { owners, units, .. } = &self.site;
        let own = &owners.builds[build];
        let shard = LensShard::decode(&self.shard(&own.lens), &self.stats(build)).unwrap();
        BuildBits::new(shard, build, units.build(&own.hash).unwrap(), owners, units)
    }

    /// What `stats --by` says under the same filters.
    fn where_(&self, by: &str, filters: &[String]) -> Vec<Row> {
        let mut args = vec!["stats", "--json", "--by", by];
        filters.iter().for_each(|filter| args.extend(["--where", filter]));
        self.collection.run(args).exits(0).rows()
    }

    /// A set of processes that is not empty: one or two filters on values of one process.
    fn lens(&self, rng: &mut Rng) -> Vec<String> {
        let build = rng.below(self.site.owners.builds.len());
        let bits = self.bits(build);
        let own = &bits.shard.processes;
        let process = &own[rng.below(own.len())];
        let text = |idx: u32| bits.shard.strings.get(idx);
        let fields: [(&str, Name); 9] = [
            ("namespace", |p| p.namespace),
            ("kind", |p| p.kind),
            ("owner", |p| p.name),
            ("binary", |p| p.binary),
            ("pod", |p| p.pod),
            ("node", |p| p.host),
            ("container", |p| p.container),
            ("image", |p| p.image),
            ("cluster", |p| p.cluster),
        ];
        let mut filters = Vec::new();
        if let Some(label) = process.labels.first().filter(|_| rng.below(3) == 0) {
            filters.push(format!("label={}", text(*label)));
        }
        for _ in 0..=rng.below(2) {
            let (field, value) = fields[rng.below(fields.len())];
            let value = text(value(process));
            // Another value beside it, a part of it, or itself.
            filters.push(match rng.below(3) {
                0 => format!("{field}={{{value},n2,shop*}}"),
                1 if !value.is_empty() => format!("{field}={}*", &value[..=value.len() / 2]),
                _ => format!("{field}={value}"),
            });
        }
        if rng.below(6) == 0 {
            let names = [process.namespace, process.kind, process.name, process.binary];
            filters = vec![format!("key={{{},*/Job/*}}", names.map(text).join("/"))];
        }
        filters
    }
}

fn shard(data: &std::path::Path, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = fs::File::open(data.join(format!("{name}.gz"))).unwrap();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

fn numbers(coverage: Coverage) -> (u64, u64) {
    (coverage.statements(), coverage.covered())
}

/// Compares everything that the command line can say.
fn assert_equal(report: &Report, filters: &[String]) -> Parts {
    let site = &report.site;
    let lens = Lens::parse(filters).unwrap();
    let wanted = site.builds_of(&lens).into_iter();
    let builds: Builds = wanted.map(|at| (at, Rc::new(report.bits(at)))).collect();
    let chosen = Chosen::new(site, &lens, &builds).unwrap();
    let owners = front::owners(site, &chosen);
    let owners = OwnersShard::decode(&owners.encode().unwrap()).unwrap();
    let manifest = front::manifest(site, &chosen, &owners);
    let manifest = Manifest::decode(&manifest.encode().unwrap()).unwrap();
    assert_totals(report, filters, &manifest);
    assert_owners(report, filters, &owners);
    assert_files(report, filters, &chosen, &owners);
    assert_never(report, filters, &chosen);
    assert_repos(report, filters, &chosen, &manifest);
    Parts {
        of_site: manifest.totals.processes < site.manifest.totals.processes,
        of_build: chosen.builds.values().any(|build| !build.part.is_whole),
        of_owner: chosen.rows.values().any(|part| !part.is_whole),
    }
}

/// What a lens parts.
struct Parts {
    of_site: bool,
    of_build: bool,
    of_owner: bool,
}

fn assert_totals(report: &Report, filters: &[String], manifest: &Manifest) {
    let [all] = &report.where_("collection", filters)[..] else { panic!("one line") };
    let totals = &manifest.totals;
    assert_eq!(all.coverage(), numbers(totals.coverage), "{filters:?}");
    for (name, own) in [
        ("processes", totals.processes),
        ("owners", totals.owners),
        ("binaries", totals.binaries),
        ("pods", totals.pods),
        ("hosts", totals.hosts),
        ("images", totals.images),
        ("repos", totals.repos),
    ] {
        assert_eq!(all.number(name), u64::from(own), "{filters:?}: {name}");
    }
    let own: BTreeMap<&str, _> = manifest
        .namespaces
        .iter()
        .map(|(name, coverage)| (name.as_str(), numbers(*coverage)))
        .collect();
    let rows = report.where_("namespace", filters);
    assert_eq!(
        own,
        rows.iter().map(|r| (r.text("namespace"), r.coverage())).collect(),
        "{filters:?}"
    );
}

/// Namespace, kind, name, binary, build.
type Key = [String; 5];

fn key_of(owners: &OwnersShard, row: &OwnerRow) -> Key {
    let text = |idx| owners.strings.get(idx).to_owned();
    let [a, b, c, d] = [row.namespace, row.kind, row.name, row.binary].map(text);
    [a, b, c, d, owners.builds[row.build as usize].hash.clone()]
}

fn key(row: &Row) -> Key {
    ["namespace", "owner_kind", "owner", "binary", "build"].map(|name| row.text(name).to_owned())
}

fn assert_owners(report: &Report, filters: &[String], owners: &OwnersShard) {
    let rows = report.where_("owner", filters);
    let keys: Vec<Key> = owners.rows.iter().map(|row| key_of(owners, row)).collect();
    let expected: BTreeSet<Key> = rows.iter().map(key).collect();
    assert_eq!(keys.iter().cloned().collect::<BTreeSet<_>>(), expected, "{filters:?}");
    for row in &rows {
        let at = keys.iter().position(|own| *own == key(row)).unwrap();
        let own = &owners.rows[at];
        assert_eq!(row.coverage(), numbers(own.coverage), "{filters:?}: {row:?}");
        let funcs = (row.number("funcs"), row.number("funcs_covered"));
        assert_eq!(funcs, numbers(own.funcs), "{filters:?}: {row:?}");
        for (name, n) in [("pods", own.pods.len()), ("hosts", own.hosts.len())] {
            assert_eq!(row.number(name), n as u64, "{filters:?}: {name} of {row:?}");
        }
        assert_eq!(row.number("processes"), u64::from(own.processes), "{filters:?}: {row:?}");
    }
    for row in report.where_("binary", filters) {
        let own = owners.builds.iter().find(|build| build.hash == row.text("build")).unwrap();
        assert_eq!(row.coverage(), numbers(own.coverage), "{filters:?}: {row:?}");
    }
}

/// Files and funcs of each owner, and of everyone with a build.
fn assert_files(report: &Report, filters: &[String], chosen: &Chosen, owners: &OwnersShard) {
    let mut files: BTreeMap<(Key, String), (u64, u64)> = BTreeMap::new();
    let mut funcs: BTreeMap<(Key, String, String, u64), (u64, u64)> = BTreeMap::new();
    let mut anyone: BTreeMap<(usize, String), u64> = BTreeMap::new();
    for (row_at, part) in &chosen.rows {
        let stats = report.stats(part.build);
        let own = &report.site.owners.rows[*row_at];
        let all = CountsShard::decode(&report.shard(&own.counts), &stats).unwrap();
        let of_build = chosen.build_of(part).unwrap();
        let counts = match part.is_whole {
            true => all,
            false => {
                build::counts_of_row(&report.site.units, of_build, (*row_at, part), &stats, &all)
            }
        };
        let counts = CountsShard::decode(&counts.encode().unwrap(), &stats).unwrap();
        let mut name = key_of(&report.site.owners, own);
        name[4].clone_from(&stats.build);
        for (file, covered) in stats.files.iter().zip(&counts.files) {
            let numbers = (file.coverage.statements(), u64::from(*covered));
            files.insert((name.clone(), stats.path(file)), numbers);
        }
        for (func, covered) in stats.funcs.iter().zip(&counts.funcs) {
            let path = stats.path(&stats.files[func.file as usize]);
            let key =
                (name.clone(), path, stats.strings.get(func.name).to_owned(), func.line.into());
            funcs.insert(key, (func.coverage.statements(), u64::from(*covered)));
        }
        let lensed = build::stats(&report.site.units, of_build, &stats);
        for (at, file) in lensed.files.iter().enumerate() {
            anyone.insert((part.build, lensed.path(file)), file.coverage.covered());
            // A unit that ran has a count, and what is covered is what has one.
            let range = stats.unit_range(at).unwrap();
            let ran = counts.units[range].iter().any(|count| *count > 0);
            assert_eq!(ran, counts.files[at] > 0 || ran && file.coverage.statements() == 0);
        }
        assert_who(chosen, part.build);
    }
    let row = |row: &Row| ((key(row), row.text("path").to_owned()), row.coverage());
    assert_eq!(files, report.where_("file", filters).iter().map(row).collect(), "{filters:?}");
    let row = |row: &Row| {
        let func = (
            key(row),
            row.text("path").to_owned(),
            row.text("func").to_owned(),
            row.number("line"),
        );
        (func, row.coverage())
    };
    assert_eq!(funcs, report.where_("func", filters).iter().map(row).collect(), "{filters:?}");
    for (at, build) in chosen.builds.keys().zip(&owners.builds) {
        let own = anyone.iter().filter(|((own, _), _)| own == at);
        assert_eq!(own.map(|(_, n)| n).sum::<u64>(), build.coverage.covered(), "{filters:?}");
    }
}

/// The processes of a build that pass, and what they ran, are those of the site.
fn assert_who(chosen: &Chosen, at: usize) {
    let part = &chosen.builds[&at];
    let (own, all) = (build::lens(part), &part.bits.shard);
    assert_eq!(own.processes.len(), part.part.processes.len());
    for (new, old) in part.part.processes.iter().enumerate() {
        assert_eq!(own.processes[new], all.processes[*old]);
        let same = |unit| own.has_run(new, unit) == all.has_run(*old, unit);
        assert!((0..all.n_units()).all(same));
    }
}

fn stats_of(report: &Report, chosen: &Chosen) -> StatsOf {
    chosen.builds.keys().map(|at| (*at, report.stats(*at))).collect()
}

fn assert_never(report: &Report, filters: &[String], chosen: &Chosen) {
    let never = Never::new(&report.site, chosen, &stats_of(report, chosen));
    let overview = never.shard(chosen.id, 0).unwrap();
    let mut args = vec!["never", "--json"];
    filters.iter().for_each(|filter| args.extend(["--where", filter]));
    let rows = report.collection.run(args).exits(0).rows();
    let texts = |row: &Row| [row.text("path"), row.text("func")].map(str::to_owned);
    let expected: BTreeSet<_> = rows
        .iter()
        .map(|row| {
            let binaries: Vec<&str> =
                row.get("binaries").as_array().unwrap().iter().filter_map(Value::as_str).collect();
            (texts(row), row.number("line"), row.number("statements"), binaries.join(" "))
        })
        .collect();
    let own: BTreeSet<_> = overview
        .funcs
        .iter()
        .map(|func| {
            let names = [overview.path(func), overview.strings.get(func.name).to_owned()];
            (names, u64::from(func.line), func.statements, overview.binaries_of(func).join(" "))
        })
        .collect();
    assert_eq!(own, expected, "{filters:?}");
    let of_repos = (1..=overview.repos.len()).map(|at| never.shard(chosen.id, at).unwrap());
    assert_eq!(of_repos.map(|shard| shard.funcs.len()).sum::<usize>(), rows.len());
    assert!(never.shard(chosen.id, overview.repos.len() + 1).is_none());
}

fn assert_repos(report: &Report, filters: &[String], chosen: &Chosen, manifest: &Manifest) {
    if report.site.manifest.repos.is_empty() {
        return;
    }
    let stats = stats_of(report, chosen);
    let rows = report.where_("repo", filters);
    let mut found = 0;
    for link in &manifest.repos {
        let own = report.site.manifest.repos.iter().position(|own| own.repo == link.repo).unwrap();
        let shard = &report.site.manifest.repos[own].shard;
        let all = RepoShard::decode(&report.shard(shard)).unwrap();
        let lensed = LensedRepo::new(&report.site, chosen, &stats, &all, own);
        let shard = RepoShard::decode(&lensed.shard.encode().unwrap()).unwrap();
        assert_eq!(numbers(shard.coverage()), numbers(link.coverage), "{filters:?}: {}", link.repo);
        for (source, coverage) in shard.stats.sources.iter().zip(&shard.commits) {
            let is_own =
                |r: &&Row| r.text("repo") == link.repo && r.text("commit") == source.commit;
            let row = rows.iter().find(is_own).map(Row::coverage).unwrap_or_default();
            assert_eq!(row, numbers(*coverage), "{filters:?}: {} {}", link.repo, source.commit);
            assert!(row.0 > 0);
            found += 1;
        }
        // Who ran which part of a file, by counts: as many of its statements as the owner's page says.
        let counts = chosen.builds.iter().map(|(at, part)| {
            let n_units = part.bits.shard.n_units();
            let ran = part.bits.shard.ran_by(&mask(part.bits.shard.width(), &part.part.processes));
            (*at, (0..n_units).map(|unit| u32::from(ran[unit])).collect())
        });
        let counts: BTreeMap<usize, Vec<u32>> = counts.collect();
        for at in 0..shard.unions.len() {
            let union = lensed.union(&report.site, chosen, at, &counts).unwrap();
            let union = UnionShard::decode(&union.encode().unwrap(), &shard, at).unwrap();
            for variant in shard.variants_in(at) {
                let covered = shard.stats.files[variant].coverage.covered();
                assert_eq!(covered > 0, union.builds_of(variant).iter().any(|n| *n > 0));
                assert!(union.runs_of(variant).iter().all(|n| u64::from(*n) <= covered));
                if covered > 0 {
                    assert!(union.units_of(variant).contains(&1));
                }
            }
            assert!(lensed.builds_in(at).iter().all(|build| counts.contains_key(build)));
        }
        assert_eq!(repo::of_union_at(repo::union_at(own, 3)), (own, 3));
    }
    assert_eq!(found, rows.len(), "{filters:?}");
}

fn mask(width: usize, processes: &[usize]) -> Vec<u32> {
    let mut words = vec![0; width];
    processes.iter().for_each(|process| words[process / 32] |= 1 << (process % 32));
    words
}

/// Compares `n` random lenses, of which `n_owner` at least part an owner.
fn compare(report: &Report, seed: u64, n: usize, n_owner: usize) {
    let mut rng = Rng::new(seed);
    let parts: Vec<Parts> = (0..n).map(|_| assert_equal(report, &report.lens(&mut rng))).collect();
    let all = |is: fn(&Parts) -> bool| parts.iter().filter(|parts| is(parts)).count();
    let [site, build, owner] = [all(|p| p.of_site), all(|p| p.of_build), all(|p| p.of_owner)];
    assert!(site > n / 2 && build > n / 5 && owner >= n_owner, "{site}, {build}, {owner} of {n}");
}

#[test]
fn random_lenses_have_the_numbers_of_the_command_line() {
    let report = Report::of(|collection, more| {
        demo::run(collection, more).exits(0);
    });
    compare(&report, 0x1e45, 24, 4);
}

#[test]
fn lenses_part_clusters_and_labels_too() {
    let report = Report::of(|collection, _| {
        let data = fixtures::data();
        for (cluster, label) in [("east", "job=e2e-aws"), ("west", "job=e2e-gcp")] {
            let args = ["import", "--cluster-name", cluster, "--label", label];
            collection.run(args.iter().copied().chain([data.to_str().unwrap()])).exits(0);
        }
        collection.run(["compile", "--keep-going"]).exits(0);
    });
    for filters in [&["label=job=*aws"][..], &["label=job=e2e-gcp", "namespace=*demo*"]] {
        let filters: Vec<String> = filters.iter().map(|&filter| filter.to_owned()).collect();
        assert!(assert_equal(&report, &filters).of_build);
    }
    compare(&report, 0x1ab5, 8, 0);
}
