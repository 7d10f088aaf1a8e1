//! How long the page takes to filter and to sort long tables, on a CPU made 4 times slower.
//!
//! Takes a rendered site (`--shards gz`) and multiplies its owners and the funcs of one of its
//! builds, as no small site has so many; the page and everything else stay as they are.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use covatlas_shared::codec::StringsBuilder;
use covatlas_shared::counts::CountsShard;
use covatlas_shared::files::{FuncRow, StatsShard};
use covatlas_shared::manifest::Manifest;
use covatlas_shared::owners::{OwnerRow, OwnersShard};
use covatlas_tests::browser::Page;
use covatlas_tests::site_server::{Habits, SiteServer};

/// How much slower the CPU is made.
const SLOWDOWN: u32 = 4;

/// Runs per number, after as many that only warm up.
const RUNS: usize = 15;

/// Milliseconds of a step from the event until the table is in its new state and laid out: all that
/// keeps the page from answering. Gives the median and the best.
const MEASURE: &str = "
    const [step, runs, done] = arguments;
    const table = () => document.querySelector(TABLE);
    const soon = () => new Promise(resolve => {
        const channel = new MessageChannel();
        channel.port1.onmessage = resolve;
        channel.port2.postMessage(0);
    });
    const state = () => [table().ariaRowCount, ...[...table().tHead.rows[0].cells].map(c => c.ariaSort)].join();
    const steps = {
        filter: i => {
            const field = document.querySelector(FIELD);
            field.value = i % 2 ? 'e' : 'er';
            field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        },
        sort: i => {
            const heads = table().querySelectorAll('th button');
            heads[i % heads.length].click();
        },
    };
    (async () => {
        const times = [];
        for (let i = 0; i < 2 * runs; i++) {
            await new Promise(resolve => setTimeout(resolve, 40));
            const before = state();
            const start = performance.now();
            steps[step](i);
            while (state() === before) await soon();
            document.body.offsetHeight;
            times.push(performance.now() - start);
        }
        const kept = times.slice(runs).sort((a, b) => a - b);
        done([kept[runs >> 1], kept[0]]);
    })();";

fn main() {
    let args: Vec<String> = env::args().collect();
    let [_, site, scratch] = &args[..] else { panic!("usage: interact SITE SCRATCH") };
    println!("filter and sort, {SLOWDOWN}x slower CPU, median of {RUNS}, ms:");
    let page = Page::start();
    for n_rows in [900, 25_000] {
        let dir = Path::new(scratch).join(n_rows.to_string());
        let owner = multiply(Path::new(site), &dir, n_rows);
        let server = SiteServer::new(&dir, Habits::default());
        for (what, hash, table, field) in [
            ("owners", "#/", "table.owners", "#filter"),
            ("functions", owner.as_str(), "table.funcs", "#filter-funcs"),
        ] {
            page.leave();
            page.open(&format!("{}{hash}", server.url()));
            page.wait_for(&format!("{table} tbody tr[aria-rowindex]"));
            page.slow_down(SLOWDOWN);
            let script = MEASURE.replace("FIELD", &format!("'{field}'"));
            let script = script.replace("TABLE", &format!("'{table}'"));
            let time = |step: &str| {
                let times = page.js_async(&script, &[step.into(), RUNS.into()]);
                let [median, best] = [0, 1].map(|i| times[i].as_f64().unwrap());
                format!("{step} {median:>5.1} (best {best:>5.1})")
            };
            println!("  {n_rows:>6} {what:<9} {}  {}", time("filter"), time("sort"));
            page.slow_down(1);
        }
    }
}

/// Copies the site with `n` owners and with `n` funcs in one build; gives the address of an owner of
/// that build.
fn multiply(site: &Path, to: &Path, n: usize) -> String {
    assert!(Command::new("cp").arg("-r").arg(site).arg(to).status().unwrap().success());
    let index = fs::read_to_string(to.join("index.html")).unwrap();
    let manifest_name = index.split("covatlas-report\" content=\"").nth(1).unwrap();
    let manifest_name = manifest_name.split(' ').next().unwrap();
    let mut manifest = Manifest::decode(&unpacked(to, manifest_name)).unwrap();
    let mut owners = OwnersShard::decode(&unpacked(to, &manifest.owners)).unwrap();
    let row = owners.rows.iter().find(|r| owners.strings.get(r.name) == "covdemo").unwrap().clone();
    let build = usize::try_from(row.build).unwrap();

    let stats = StatsShard::decode(&unpacked(to, &owners.builds[build].stats)).unwrap();
    let own = CountsShard::decode(&unpacked(to, &row.counts), &stats).unwrap();
    let (stats, own) = with_funcs(&stats, &own, n);
    owners.builds[build].stats = pack(to, "stats-00000000000000f1", &stats.encode().unwrap());
    let counts = pack(to, "counts-00000000000000f2", &own.encode().unwrap());

    let mut strings = StringsBuilder::default();
    (0..owners.strings.len()).for_each(|i| {
        strings.add(owners.strings.get(u32::try_from(i).unwrap()));
    });
    let rows = owners.rows.clone();
    let copies = rows.iter().cycle().enumerate().take(n.saturating_sub(1)).map(|(i, row)| {
        let name = format!("{}-{i:05}", owners.strings.get(row.name));
        OwnerRow { name: strings.add(&name), ..row.clone() }
    });
    let row = OwnerRow { counts, ..row };
    owners.rows = copies.collect();
    owners.rows.push(row.clone());
    owners.strings = strings.finish();
    manifest.owners = pack(to, "owners-00000000000000f3", &owners.encode().unwrap());
    let name = pack(to, "manifest-00000000000000f4", &manifest.encode().unwrap());
    fs::write(to.join("index.html"), index.replace(manifest_name, &name)).unwrap();
    let names = [row.namespace, row.kind, row.name, row.binary].map(|i| owners.strings.get(i));
    format!("#/o/{}", names.join("/"))
}

/// The build with each of its funcs so often that there are `n`.
fn with_funcs(stats: &StatsShard, own: &CountsShard, n: usize) -> (StatsShard, CountsShard) {
    let mut strings = StringsBuilder::default();
    (0..stats.strings.len()).for_each(|i| {
        strings.add(stats.strings.get(u32::try_from(i).unwrap()));
    });
    let known = stats.funcs.iter().zip(&own.funcs).filter(|(f, _)| f.coverage.statements() > 0);
    let mut funcs: Vec<(FuncRow, u32)> = known
        .cycle()
        .take(n)
        .enumerate()
        .map(|(i, (func, covered))| {
            let name = format!("{}Of{i:05}", stats.strings.get(func.name));
            (FuncRow { name: strings.add(&name), ..func.clone() }, *covered)
        })
        .collect();
    funcs.sort_by_key(|(func, _)| func.file);
    let mut files = stats.files.clone();
    for (file, idx) in files.iter_mut().zip(0..) {
        let of_file = funcs.iter().filter(|(func, _)| func.file == idx).count();
        file.n_funcs = u32::try_from(of_file).unwrap();
    }
    let (funcs, covered) = funcs.into_iter().unzip();
    let (sources, packs) = (stats.sources.clone(), stats.packs.clone());
    let stats =
        StatsShard::new(strings.finish(), stats.build.clone(), sources, packs, files, funcs)
            .unwrap();
    (stats, CountsShard { funcs: covered, ..own.clone() })
}

fn unpacked(site: &Path, name: &str) -> Vec<u8> {
    pipe(&["-dc"], &fs::read(path(site, name)).unwrap())
}

fn pack(site: &Path, name: &str, bytes: &[u8]) -> String {
    fs::write(path(site, name), pipe(&["-6nc"], bytes)).unwrap();
    name.to_owned()
}

fn path(site: &Path, name: &str) -> PathBuf {
    site.join("data").join(format!("{name}.gz"))
}

/// What gzip makes of its input.
fn pipe(args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut command = Command::new("gzip");
    let mut child =
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap().stdout;
    writer.join().unwrap();
    output
}
