//! Which process ran which unit.

use covatlas_shared::{
    codec::StringsBuilder,
    lens::{LensProcess, LensShard},
};

use super::{
    Input, RenderError,
    input::{BuildInput, ProcessInput},
};
use crate::{db::DbError, profile::Bits};

/// The lens shard of a build.
pub(super) fn shard(input: &Input, build: &BuildInput) -> Result<LensShard, RenderError> {
    let n_units = build.table.units().len();
    let mut strings = StringsBuilder::default();
    let (mut processes, mut bits) = (Vec::new(), Vec::new());
    for own in &build.processes {
        let Some(process) = process(input, own, &mut strings) else { continue };
        let damaged = || DbError::Damaged { what: format!("processes of {}", build.row.hash) };
        bits.push(own.bits.to_bits(n_units).ok_or_else(damaged)?);
        processes.push(process);
    }
    let ran = (0..n_units).map(|unit| words(&bits, unit));
    Ok(LensShard::new(strings.finish(), processes, ran))
}

fn process(input: &Input, own: &ProcessInput, strings: &mut StringsBuilder) -> Option<LensProcess> {
    let key = &input.owners.get(input.rows.get(own.row)?.owner)?.key;
    let report = input.reports.get(own.report)?;
    Some(LensProcess {
        cluster: strings.add(&key.cluster),
        namespace: strings.add(&key.namespace),
        kind: strings.add(&key.kind),
        name: strings.add(&key.name),
        binary: strings.add(&key.binary),
        pod: strings.add(&report.pod),
        host: strings.add(&report.hostname),
        container: strings.add(&report.container),
        image: strings.add(&report.image),
        labels: report.labels.iter().map(|label| strings.add(label)).collect(),
        runs: own.process.runs,
        first_seen: own.process.first_seen,
        last_seen: own.process.last_seen,
    })
}

/// The processes that ran a unit, as bits of words.
fn words(bits: &[Bits], unit: usize) -> Vec<u32> {
    let word = |bits: &[Bits]| {
        bits.iter().rev().fold(0, |word, bits| word << 1 | u32::from(bits.get(unit)))
    };
    bits.chunks(32).map(word).collect()
}

#[cfg(test)]
mod tests {
    use crate::{
        db::Database,
        sample::{POD, REPLICA, Run, counters, func, meta, time},
        site::Input,
    };

    #[test]
    fn each_process_has_the_units_that_it_ran_under_the_name_of_its_pod() {
        let run = Run::new();
        for (pod, pid, counts) in
            [(REPLICA, 1, [0, 0, 9]), (POD, 1, [5, 0, 0]), (POD, 7, [1, 1, 0])]
        {
            // The first file of the table is the second of the meta file.
            let funcs = vec![func("m/b.go", &[1, 1]), func("m/a.go", &[1])];
            run.put(pod, "covmeta.x", &meta(1, funcs));
            let records: [&[u32]; 2] = [&counts[..2], &counts[2..]];
            run.put(pod, &format!("covcounters.x.{pid}.{}", time(1)), &counters(1, &records));
        }
        run.compile();
        let db = Database::open(&run.collection.database()).unwrap();
        let input = Input::read_all(&db).unwrap();
        let shard = super::shard(&input, &input.builds[0]).unwrap();
        let ran = |process: usize| [0, 1, 2].map(|unit| shard.has_run(process, unit));
        let pods: Vec<_> = shard
            .processes
            .iter()
            .map(|p| (shard.strings.get(p.pod), shard.strings.get(p.host)))
            .collect();
        assert_eq!(pods[0], ("api-6c8b5d7f9-4kq2z", "n1"));
        assert_eq!(pods[2], ("api-6c8b5d7f9-x2x9k", "n2"));
        assert_eq!(
            [0, 1, 2].map(ran),
            [
                [false, true, false], // pid 1 ran the first unit of b.go
                [false, true, true],
                [true, false, false],
            ]
        );
    }
}
