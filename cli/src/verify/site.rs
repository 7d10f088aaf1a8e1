//! The site: every file that something names is there, has the content that its name promises,
//! and says what the database says.

use std::{collections::BTreeSet, io::Read as _, time::SystemTime};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use camino::Utf8Path;
use covatlas_shared::{
    compare::CompareShard,
    files::StatsShard,
    layout::{self, Form},
    manifest::Manifest,
    never::NeverShard,
    owners::OwnersShard,
    search::{FuncsShard, PathsShard},
    shard::Kind,
    trust::TrustShard,
};
use flate2::read::GzDecoder;
use rayon::prelude::*;

use super::{Repair, Verified, quoted, rows};
use crate::{
    collection::Collection,
    db::Database,
    problems::{Problem, Problems},
    site::{FILE_LIST, ListedFiles, Viewer, listed_files},
};

/// The most bytes that a shard may have unpacked.
const MAX_SHARD: u64 = 1 << 30;

/// Checks the site in `dir`, as far as there is one.
pub(super) fn check(
    dir: &Utf8Path,
    db: Option<&Database>,
    collection: &Collection,
    repair: Repair<'_>,
    verified: &mut Verified,
) {
    let index = dir.join(layout::INDEX);
    let listed = listed_files(dir);
    if !index.exists() && listed.is_none() {
        return;
    }
    let mut site = Site { dir, repair, flags: String::new() };
    let mut problems = Problems::new();
    let page = fs_err::read(&index).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let page = page.unwrap_or_else(|err| {
        problems.push(site.damaged(layout::INDEX, &err.to_string()));
        String::new()
    });
    if listed.is_none() {
        problems.push(site.without_list());
    }
    let listed = listed.unwrap_or_default();
    let mut files: BTreeSet<String> = listed.paths().cloned().collect();
    let form = words(&page).any(|word| word == Form::Gz.name());
    let form = if form { Form::Gz } else { Form::Script };
    let manifest = words(&page).find(|w| w.starts_with("manifest-") && layout::is_shard_name(w));
    site.flags = manifest.map_or_else(String::new, |name| site.flags_of(name, form));
    // The page names programs; as scripts they are what a loader makes of the names.
    let on_disk = |word: &str| match (form, word.strip_suffix(".wasm")) {
        (Form::Script, Some(_)) => format!("{word}.js"),
        _ => word.to_owned(),
    };
    files.extend(words(&page).filter(|word| is_viewer_file(word)).map(on_disk));
    let mut reached = BTreeSet::new();
    match manifest {
        Some(name) => {
            let owners = site.walk(name, form, &mut reached, &mut problems);
            problems.extend(stale(&site, owners.as_ref(), db, collection));
        }
        None if page.is_empty() => {}
        None => problems.push(site.damaged(layout::INDEX, "names no manifest")),
    }
    let reached: BTreeSet<String> =
        reached.iter().map(|name| layout::shard_path(name, form)).collect();
    // What was looked for on the way is reported there.
    let missing = files.difference(&reached).filter(|path| !dir.join(path).is_file());
    problems.extend(missing.map(|path| site.damaged(path, "is not there")));
    files.extend(reached);
    problems.extend(site.compare_wasm(&files));
    let named: BTreeSet<String> = problems.iter().map(|problem| problem.item.clone()).collect();
    problems.extend(site.compare(files.difference(&named).collect(), &listed));
    verified.site_files = files.len();
    verified.problems.extend(problems);
}

/// Words of a page as far as names of files go.
fn words(page: &str) -> impl Iterator<Item = &str> {
    page.split(|c: char| !(c.is_ascii_alphanumeric() || "._-/".contains(c)))
        .map(|word| word.strip_prefix("./").unwrap_or(word))
}

fn is_viewer_file(word: &str) -> bool {
    word.strip_prefix(layout::VIEWER_DIR)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|name| name.contains('.') && !name.contains('/') && !name.contains(".."))
}

struct Site<'a> {
    dir: &'a Utf8Path,
    repair: Repair<'a>,
    /// The flags that a site like this one is rendered with, and what else is to be known of them.
    flags: String,
}

impl Site<'_> {
    fn damaged(&self, path: &str, cause: &str) -> Problem {
        let problem = Problem::loss("site", path).at(self.dir.join(path)).because(cause);
        problem.remedy(self.again(path))
    }

    /// Without the list of its files a page counts as somebody else's.
    fn without_list(&self) -> Problem {
        let (list, index) = (self.dir.join(FILE_LIST), self.dir.join(layout::INDEX));
        let problem = Problem::loss("site", FILE_LIST).at(list);
        let remedy = format!("rm -f {} && {}", quoted(index.as_str()), self.render());
        problem.because("the list of the site's files cannot be read").remedy(remedy)
    }

    /// Compares files with what was written, as the list of them says; where it does not, those of
    /// the viewer with this program's own.
    fn compare(&self, files: Vec<&String>, listed: &ListedFiles) -> Vec<Problem> {
        let viewer = Viewer::built_in().ok();
        let own = |path: &str, bytes: &[u8]| {
            let name = path.strip_prefix(layout::VIEWER_DIR)?.strip_prefix('/')?;
            Some(viewer.as_ref()?.file(name)? == bytes)
        };
        let check = |path: &String| {
            let file = self.dir.join(path);
            // What is not there is a finding by itself.
            let is_sound = file.is_file().then(|| fs_err::read(&file))?.map(|bytes| {
                listed.is_sound(path, &bytes).or_else(|| own(path, &bytes)).unwrap_or(true)
            });
            match is_sound {
                Ok(true) => None,
                Ok(false) => {
                    Some(self.damaged(path, "its content is not the one that was written"))
                }
                Err(err) => Some(self.damaged(path, &err.to_string())),
            }
        };
        files.into_par_iter().filter_map(check).collect()
    }

    /// Removes a file, so that rendering writes it again, and renders.
    fn again(&self, path: &str) -> String {
        let removed = quoted(self.dir.join(path).as_str());
        match path {
            layout::INDEX => self.render(),
            _ => format!("rm -f {removed} && {}", self.render()),
        }
    }

    fn render(&self) -> String {
        let is_usual = self.dir == self.repair.dir.join("site");
        let place = if is_usual {
            String::new()
        } else {
            format!(" --output-dir {}", quoted(self.dir.as_str()))
        };
        self.repair.covatlas(&format!("render{place}{}", self.flags))
    }

    /// What a site was rendered with that another one is not, as far as that can be read in it.
    /// Which kinds of names it hides cannot: a placeholder keeps the real ones from being published.
    fn flags_of(&self, manifest: &str, form: Form) -> String {
        let mut flags = String::new();
        if form == Form::Gz {
            flags += " --shards gz";
        }
        let Ok(manifest) = self.shard(manifest, form, Manifest::decode) else { return flags };
        let owners = self.shard(&manifest.owners, form, OwnersShard::decode).ok();
        let mut hints = Vec::new();
        if owners.is_some_and(|owners| rows::is_redacted(&owners)) {
            flags += " --redact KINDS";
            hints.push("KINDS of names as that site hides them");
        }
        if manifest.compare.is_some() {
            flags += " --baseline BEFORE";
            hints.push("BEFORE as for that site");
        }
        if !hints.is_empty() {
            flags = format!("{flags} # {}, and its other flags", hints.join(", "));
        }
        flags
    }

    /// Follows all names; gives the owners as far as they can be read.
    fn walk(
        &self,
        manifest: &str,
        form: Form,
        reached: &mut BTreeSet<String>,
        problems: &mut Problems,
    ) -> Option<OwnersShard> {
        reached.insert(manifest.to_owned());
        let manifest = problems.keep(self.shard(manifest, form, Manifest::decode))?;
        let mut plain: BTreeSet<String> = self.walk_names(&manifest, form, reached, problems);
        let owners = manifest.owners;
        reached.insert(owners.clone());
        let owners = problems.keep(self.shard(&owners, form, OwnersShard::decode))?;
        let builds = owners.builds.iter();
        let stats: BTreeSet<&String> = builds.clone().map(|build| &build.stats).collect();
        let rows = owners.rows.iter().map(|row| &row.counts);
        plain.extend(builds.flat_map(|build| [&build.counts, &build.lens]).chain(rows).cloned());
        reached.extend(stats.iter().map(|name| (*name).clone()));
        let decoded: Vec<Result<StatsShard, Problem>> =
            stats.into_par_iter().map(|name| self.shard(name, form, StatsShard::decode)).collect();
        for decoded in decoded {
            plain.extend(problems.keep(decoded).into_iter().flat_map(|stats| stats.packs));
        }
        reached.extend(plain.iter().cloned());
        let checked: Vec<Problem> = plain
            .into_par_iter()
            .filter_map(|name| self.shard(&name, form, |_| Ok(())).err())
            .collect();
        problems.extend(checked);
        Some(owners)
    }

    /// Follows the names of what is about all builds together; gives the shards that name no others.
    fn walk_names(
        &self,
        manifest: &Manifest,
        form: Form,
        reached: &mut BTreeSet<String>,
        problems: &mut Problems,
    ) -> BTreeSet<String> {
        let Manifest { paths, funcs, never, trust, .. } = manifest;
        reached.extend([paths, funcs, never, &trust.shard].map(String::clone));
        problems.keep(self.shard(&trust.shard, form, TrustShard::decode));
        if let Some(paths) = problems.keep(self.shard(paths, form, PathsShard::decode)) {
            problems.keep(self.shard(funcs, form, |bytes| FuncsShard::decode(bytes, &paths)));
        }
        let never = problems.keep(self.shard(never, form, NeverShard::decode));
        let mut plain: BTreeSet<String> =
            never.into_iter().flat_map(|never| never.repos).map(|repo| repo.shard).collect();
        if let Some(baseline) = &manifest.compare {
            plain.extend(self.walk_compare(&baseline.shard, form, reached, problems));
        }
        plain
    }

    /// The same of what is compared.
    fn walk_compare(
        &self,
        overview: &str,
        form: Form,
        reached: &mut BTreeSet<String>,
        problems: &mut Problems,
    ) -> Vec<String> {
        reached.insert(overview.to_owned());
        let overview = problems.keep(self.shard(overview, form, CompareShard::decode));
        let mut plain = Vec::new();
        for repo in overview.into_iter().flat_map(|overview| overview.repos) {
            let own = problems.keep(self.shard(&repo.shard, form, CompareShard::decode));
            plain.extend(own.into_iter().flat_map(|own| own.lines));
            reached.insert(repo.shard);
        }
        plain
    }

    /// Reads a shard whose content fits its name.
    fn shard<T>(
        &self,
        name: &str,
        form: Form,
        decode: impl Fn(&[u8]) -> Result<T, covatlas_shared::shard::ShardError>,
    ) -> Result<T, Problem> {
        let path = layout::shard_path(name, form);
        let damaged = |cause: &str| self.damaged(&path, cause);
        if !layout::is_shard_name(name) {
            return Err(damaged("is no name of a shard"));
        }
        let bytes = self.read(&path, name, form).map_err(|cause| damaged(&cause))?;
        let kind = name.rsplit_once('-').and_then(|(kind, _)| Kind::from_name(kind));
        let expected = kind.map(|kind| layout::shard_name(kind, &blake3::hash(&bytes).to_hex()));
        if expected.as_deref() != Some(name) {
            return Err(damaged("its content is not the one that its name promises"));
        }
        decode(&bytes).map_err(|err| damaged(&err.to_string()))
    }

    fn read(&self, path: &str, name: &str, form: Form) -> Result<Vec<u8>, String> {
        let stored = fs_err::read(self.dir.join(path)).map_err(|err| err.to_string())?;
        let gz = match form {
            Form::Gz => stored,
            Form::Script => payload(&stored, name).ok_or("is no script of a shard")?,
        };
        gunzip(&gz)
    }

    /// Where a program is there for pages from disk and from a server, both must be the same.
    fn compare_wasm(&self, files: &BTreeSet<String>) -> Vec<Problem> {
        let scripts = files.iter().filter(|path| path.ends_with(".wasm.js"));
        let differs = |path: &&String| {
            let wasm = path.strip_suffix(".js")?;
            let name = wasm.rsplit('/').next()?;
            let script = fs_err::read(self.dir.join(path)).ok()?;
            let wasm = fs_err::read(self.dir.join(wasm)).ok()?;
            let same = payload(&script, name).is_some_and(|gz| gunzip(&gz) == Ok(wasm));
            (!same).then(|| self.damaged(path, "is not the WebAssembly file beside it"))
        };
        scripts.filter_map(|path| differs(&path)).collect()
    }
}

fn gunzip(gz: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = GzDecoder::new(gz).take(MAX_SHARD).read_to_end(&mut bytes);
    read.map_err(|err| format!("is damaged: {err}"))?;
    Ok(bytes)
}

/// The gzip in a script.
fn payload(script: &[u8], name: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(script).ok()?;
    let base64 = text.strip_prefix(&format!("covatlas(\"{name}\",\""))?.strip_suffix("\");\n")?;
    STANDARD.decode(base64).ok()
}

/// Whether the site says something else than the database, or is older.
fn stale(
    site: &Site<'_>,
    owners: Option<&OwnersShard>,
    db: Option<&Database>,
    collection: &Collection,
) -> Option<Problem> {
    let (owners, db) = (owners?, db?);
    let modified = |path: &Utf8Path| -> Option<SystemTime> {
        fs_err::metadata(path).and_then(|metadata| metadata.modified()).ok()
    };
    let same = rows::is_known(owners, db).ok()?;
    let index = modified(&site.dir.join(layout::INDEX));
    let is_older = index.zip(modified(&collection.database())).is_some_and(|(site, db)| site < db);
    let cause = match (same, is_older) {
        (false, _) => "shows other numbers than the database",
        (true, true) => "is older than the database",
        (true, false) => return None,
    };
    let problem = Problem::loss("stale", "site").at(site.dir).because(cause);
    Some(problem.remedy(site.render()))
}
