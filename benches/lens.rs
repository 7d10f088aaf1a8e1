//! What a lens costs to compute, without a browser: `lens SITE [OWNERS] [TIMES]`.
//!
//! SITE is rendered with `--shards gz`; of its owners so many are chosen, others each time.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;
use std::{env, fs};

use covatlas_shared::lens::LensShard;
use covatlas_shared::manifest::Manifest;
use covatlas_shared::owners::OwnersShard;
use covatlas_shared::units::UnitsShard;
use covatlas_viewer::lens::bits::BuildBits;
use covatlas_viewer::lens::chosen::{Builds, Chosen, Site};
use covatlas_viewer::lens::{Lens, front};

fn shard(data: &Path, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let file = fs::File::open(data.join(format!("{name}.gz"))).expect("a shard");
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).expect("gzip");
    bytes
}

fn main() {
    let mut args = env::args().skip(1);
    let data = PathBuf::from(args.next().expect("SITE")).join("data");
    let n_owners: usize = args.next().map_or(50, |n| n.parse().expect("OWNERS"));
    let times: usize = args.next().map_or(20, |n| n.parse().expect("TIMES"));
    let files = fs::read_dir(&data).expect("a site").map(|file| file.expect("a file").file_name());
    let mut names = files.map(|name| name.to_string_lossy().into_owned());
    let manifest = names.find(|name| name.starts_with("manifest-")).expect("a manifest");
    let manifest = shard(&data, manifest.trim_end_matches(".gz"));
    let manifest = Manifest::decode(&manifest).expect("a manifest");
    let owners = OwnersShard::decode(&shard(&data, &manifest.owners)).expect("owners");
    let start = Instant::now();
    let units = UnitsShard::decode(&shard(&data, &manifest.units)).expect("units");
    println!("units shard: {:?}", start.elapsed());
    let site = Site::new(manifest, owners, units);
    let mut loaded: BTreeMap<usize, Rc<BuildBits>> = BTreeMap::new();
    let mut spent = Vec::new();
    for time in 0..times {
        let step = (site.owners.rows.len() / n_owners).max(1);
        let chosen = site.owners.rows.iter().skip(time % step).step_by(step);
        let keys: Vec<String> = chosen.map(|row| site.owners.key(row)).collect();
        let lens = Lens::parse(&[format!("key={{{}}}", keys.join(","))]).expect("a lens");
        let wanted = site.builds_of(&lens);
        for at in &wanted {
            loaded.entry(*at).or_insert_with(|| {
                let build = &site.owners.builds[*at];
                let in_units = site.units.build(&build.hash).expect("units");
                let files = site.units.files_of(in_units).iter();
                let n_units = files.map(|own| site.units.range(own.file).len()).sum();
                let bytes = shard(&data, &build.lens);
                let own = LensShard::decode_units(&bytes, n_units).expect("a lens shard");
                Rc::new(BuildBits::new(own, *at, in_units, &site.owners, &site.units))
            });
        }
        let mut steps = vec![Instant::now()];
        let lens = Lens::parse(&[format!("key={{{}}}", keys.join(","))]).expect("a lens");
        let wanted = site.builds_of(&lens);
        let builds: Builds = wanted.into_iter().map(|at| (at, Rc::clone(&loaded[&at]))).collect();
        steps.push(Instant::now());
        let chosen = Chosen::new(&site, &lens, &builds).expect("processes");
        steps.push(Instant::now());
        let owners = front::owners(&site, &chosen);
        steps.push(Instant::now());
        let manifest = front::manifest(&site, &chosen, &owners);
        steps.push(Instant::now());
        let bytes = (owners.encode().expect("bytes"), manifest.encode().expect("bytes"));
        steps.push(Instant::now());
        let _ = OwnersShard::decode(&bytes.0).expect("owners");
        steps.push(Instant::now());
        let steps: Vec<_> = steps.windows(2).map(|pair| pair[1] - pair[0]).collect();
        println!(
            "{} builds: filter, choose, owners, manifest, encode, decode {steps:.1?}",
            builds.len()
        );
        spent.push(steps.iter().sum());
    }
    spent.sort();
    let (best, median): (std::time::Duration, _) = (spent[0], spent[spent.len() / 2]);
    println!("{n_owners} owners: {best:.1?} at best, {median:.1?} in the median of {times}");
}
