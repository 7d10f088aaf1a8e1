//! `kill -9` at random moments of every step: what was there stays readable, and the next run ends
//! where an undisturbed one does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use covatlas_tests::binary::Killed;
use covatlas_tests::files::{self, Tree};
use covatlas_tests::rng::Rng;
use covatlas_tests::row::Row;
use covatlas_tests::{Collection, fixtures};
use serde_json::Value;

/// The list of a site's files.
const FILE_LIST: &str = ".covatlas-site.json";

/// The steps of the pipeline with their arguments, in order.
struct Steps(Vec<Vec<String>>);

/// What can be seen of a collection from outside.
#[derive(PartialEq)]
struct Outcome {
    coverage: Tree,
    site: Tree,
    owners: Vec<Row>,
    files: Vec<Row>,
}

/// A world between two states: a collection as it was, and the steps that bring it to the next one.
struct World {
    steps: Steps,
    /// The collection right before each step.
    stages: Vec<Collection>,
    /// How long each step takes.
    durations: Vec<Duration>,
    before: Outcome,
    after: Outcome,
    /// Holds the inputs.
    _inputs: Collection,
}

impl Steps {
    fn new(inputs: &Collection, data: &Path) -> Self {
        let viewer = fixtures::plain_viewer(&inputs.beside("viewer"));
        let samples = fixtures::small().join("samples.git");
        let mirror = format!("{}={}", fixtures::REPO_URL, samples.display());
        let images = fixtures::images();
        let data = data.to_str().unwrap();
        let steps: [&[&str]; 4] = [
            &["import", "--copy", "--cluster-name", "ci", data],
            &["compile", "--images", &images],
            &["clone-sources", "--allow-local-git", "--mirror", &mirror],
            &["render", "--viewer", &viewer],
        ];
        Self(steps.map(|step| step.iter().map(ToString::to_string).collect()).to_vec())
    }
}

impl Outcome {
    fn of(collection: &Collection) -> Self {
        let (mut coverage, site) = (Tree::new(), files::read(&collection.at("site")));
        // When it was collected differs from run to run.
        let is_data = |name: &str| !name.ends_with("metadata.json");
        coverage.extend(files::read(&collection.at("coverage")));
        coverage.retain(|name, _| is_data(name));
        let (owners, files) = (collection.stats("owner"), collection.stats("file"));
        Self { coverage, site, owners, files }
    }
}

impl World {
    /// An earlier state without two of the reports and without sources, and the step to all of it.
    fn new() -> Self {
        let inputs = Collection::new();
        let (part, whole) = (inputs.beside("part"), inputs.beside("whole"));
        fixtures::whole_data(&whole);
        files::copy(&whole, &part);
        let mut nodes: Vec<_> = fs::read_dir(&part).unwrap().map(|e| e.unwrap().path()).collect();
        nodes.sort();
        fs::remove_dir_all(nodes.last().unwrap()).unwrap();
        let earlier = Collection::new();
        for (number, step) in Steps::new(&inputs, &part).0.iter().enumerate() {
            if number != 2 {
                earlier.run(step).exits(0);
            }
        }
        let before = Outcome::of(&earlier);

        let steps = Steps::new(&inputs, &whole);
        let (mut stages, mut durations, mut current) = (Vec::new(), Vec::new(), earlier);
        for step in &steps.0 {
            let next = copy(&current);
            let start = Instant::now();
            next.run(step).exits(0);
            durations.push(start.elapsed());
            stages.push(std::mem::replace(&mut current, next));
        }
        let after = Outcome::of(&current);
        assert!(before.owners != after.owners && before.site != after.site);
        Self { steps, stages, durations, before, after, _inputs: inputs }
    }

    /// Kills one step at a random moment; says whether it was still running.
    fn kill(&self, number: usize, rng: &mut Rng) -> bool {
        let collection = copy(&self.stages[number]);
        let moment = self.durations[number] * u32::try_from(rng.below(1_000)).unwrap() / 1_000;
        let mut command = collection.command();
        command.args(&self.steps.0[number]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut process = Killed(command.spawn().unwrap());
        std::thread::sleep(moment);
        let is_killed = process.0.try_wait().unwrap().is_none();
        drop(process);

        let place = format!("step {number} after {moment:?}");
        self.assert_readable(&collection, &place);
        for step in &self.steps.0[number..] {
            collection.run(step).exits(0);
        }
        let mut now = Outcome::of(&collection);
        // A later import takes what is incomplete away or leaves it aside, as every reader does.
        now.coverage.retain(|name, _| !name.contains("/tmp."));
        files::assert_same(&now.coverage, &self.after.coverage);
        files::assert_same(&now.site, &self.after.site);
        assert!(now == self.after, "{place}: other numbers than an undisturbed run's");
        is_killed
    }

    /// Numbers and site are those of before or after, and no file is half there.
    fn assert_readable(&self, collection: &Collection, place: &str) {
        let owners = collection.stats("owner");
        let is_old = owners == self.before.owners;
        assert!(is_old || owners == self.after.owners, "{place}: numbers in between");
        for (name, bytes) in files::read(&collection.at("coverage")) {
            if !name.contains("/tmp.") && !name.ends_with("metadata.json") {
                assert!(self.after.coverage.get(&name) == Some(&bytes), "{place}: half of {name}");
            }
        }
        let site = files::read(&collection.at("site"));
        let page = &site["index.html"];
        let is_old = *page == self.before.site["index.html"];
        let whole = if is_old { &self.before.site } else { &self.after.site };
        for (name, bytes) in whole {
            if name == FILE_LIST {
                // Around the moment of the new page it names the files of both sites.
                let [now, own] = [&site[name], bytes].map(|list| listed(list));
                assert!(own.is_subset(&now), "{place}: the list of the site lacks files");
            } else {
                assert!(site.get(name) == Some(bytes), "{place}: {name} of the site");
            }
        }
    }
}

/// The files that a site's list names.
fn listed(list: &[u8]) -> BTreeSet<String> {
    let list: Value = serde_json::from_slice(list).unwrap();
    let files = list["files"].as_array().unwrap().iter();
    files.map(|file| file.as_str().unwrap().to_owned()).collect()
}

fn copy(collection: &Collection) -> Collection {
    let copy = Collection::new();
    files::copy(&collection.path(), &copy.path());
    // Empty folders are part of a bare repository.
    for repo in files::list(&copy.path()).iter().filter(|path| path.ends_with("HEAD")) {
        for folder in ["refs/heads", "objects/info", "objects/pack"] {
            fs::create_dir_all(copy.path().join(repo.parent().unwrap()).join(folder)).unwrap();
        }
    }
    copy
}

/// Kills every step so many times, and again until so many were still running: a step may be faster
/// than when it was timed. Says how many were.
fn storm(rounds: usize, wanted: usize, seed: u64) -> usize {
    let world = World::new();
    let mut rng = Rng::new(seed);
    let mut killed = 0;
    for round in 0..4 * rounds {
        if round >= rounds && killed >= wanted {
            break;
        }
        for number in 0..world.steps.0.len() {
            killed += usize::from(world.kill(number, &mut rng));
        }
    }
    killed
}

#[test]
fn a_killed_step_leaves_what_was_there_and_the_next_run_finishes_it() {
    let killed = storm(2, 3, 41);
    assert!(killed > 2, "only {killed} were still running");
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_kills_change_nothing() {
    let killed = storm(25, 51, 42);
    assert!(killed > 50, "only {killed} were still running");
}
