//! Which files belong together, and what happens to the others.

use super::*;
use crate::encode::{SAMPLE_HASH, counter_sample, counter_spec, encode_counters, meta_sample};

fn finding_classes<'a>(dir: &Directory<'a>) -> Vec<(&'a str, ErrorClass)> {
    dir.findings().iter().map(|finding| (finding.name, finding.warning.class)).collect()
}

#[test]
fn headers_say_what_belongs_together_not_names() {
    let (meta, counters) = (meta_sample(), counter_sample());
    let files = [
        ("covcounters.other.7.2", counters.as_slice()),
        ("covmeta.unknown", meta.as_slice()),
        ("tmp.covmeta.x", b"".as_slice()),
        ("info.json", b"{}".as_slice()),
    ];
    let dir = Directory::read(files);
    let [build] = dir.builds() else { panic!("{dir:?}") };
    assert_eq!(build.name, "covmeta.unknown");
    let [named] = build.counters.as_slice() else { panic!("{build:?}") };
    assert_eq!((named.name, named.pid, named.time), ("covcounters.other.7.2", 7, 2));
    assert_eq!(build.combined(Combine::Max), [5, 0, 0, 300]);
    assert_eq!((dir.refused(), dir.findings()), (&[][..], &[][..]));
}

#[test]
fn counters_of_a_missing_meta_file_are_orphans_whatever_their_name_says() {
    let (meta, mut counters) = (meta_sample(), counter_sample());
    counters[8] ^= 0xff;
    let dir = Directory::read([
        ("covmeta.aa", meta.as_slice()),
        ("covcounters.aa.1.1", counters.as_slice()),
    ]);
    assert_eq!(finding_classes(&dir), [("covcounters.aa.1.1", ErrorClass::Orphan)]);
    assert_eq!(dir.orphans().len(), 1);
    assert!(dir.builds()[0].counters.is_empty());
    let message = &dir.findings()[0].warning.message;
    assert_eq!(message, "no meta file has the hash cf313233343536373839616263646566");
}

#[test]
fn a_damaged_meta_file_makes_its_counters_orphans_and_is_named() {
    let (meta, counters) = (meta_sample(), counter_sample());
    let files = [("covmeta.aa", &meta[..60]), ("covcounters.aa.1.1", counters.as_slice())];
    let dir = Directory::read(files);
    assert_eq!(dir.refused()[0].error.class, ErrorClass::Truncated);
    let message = &dir.findings()[0].warning.message;
    assert!(message.ends_with("is damaged: covmeta.aa"), "{message}");
}

#[test]
fn a_sound_copy_stands_in_for_a_damaged_meta_file() {
    let (meta, counters) = (meta_sample(), counter_sample());
    let files = [
        ("covmeta.aa", &meta[..60]),
        ("covmeta.bb", meta.as_slice()),
        ("covcounters.aa.1.1", counters.as_slice()),
    ];
    let dir = Directory::read(files);
    assert_eq!(dir.builds()[0].counters.len(), 1);
    assert_eq!((dir.refused().len(), dir.findings().len()), (1, 0));
}

#[test]
fn a_bad_file_never_stops_the_others() {
    let (meta, counters) = (meta_sample(), counter_sample());
    let mut spec = counter_spec();
    spec.segments[0].records[0].2.push(1);
    let long = encode_counters(&spec);
    let files = [
        ("covmeta.aa", meta.as_slice()),
        ("covcounters.aa.1.1", b"not a counter file".as_slice()),
        ("covcounters.aa.2.1", long.as_slice()),
        ("covcounters.aa.3.1", counters.as_slice()),
    ];
    let dir = Directory::read(files);
    let refused: Vec<_> = dir.refused().iter().map(|r| (r.name, r.error.class)).collect();
    let want = [
        ("covcounters.aa.1.1", ErrorClass::BadMagic),
        ("covcounters.aa.2.1", ErrorClass::LengthMismatch),
    ];
    assert_eq!(refused, want);
    assert_eq!(dir.builds()[0].counters.len(), 1);
}

#[test]
fn a_second_meta_file_of_one_hash_is_decoded_only_when_its_bytes_differ() {
    let meta = meta_sample();
    let mut other = meta.clone();
    other.push(0);
    let mut n_decoded = 0;
    let files = [("covmeta.1", &meta), ("covmeta.2", &meta), ("covmeta.3", &other)];
    let dir = Directory::read_with(files.map(|(name, bytes)| (name, bytes.as_slice())), |bytes| {
        n_decoded += 1;
        MetaFile::decode(bytes).map(Arc::new)
    });
    assert_eq!(n_decoded, 2);
    assert_eq!((dir.builds().len(), dir.duplicates().len()), (1, 2));
    assert_eq!(finding_classes(&dir), [("covmeta.3", ErrorClass::Malformed)]);
    assert_eq!(dir.builds()[0].meta.hash(), MetaHash::from_bytes(SAMPLE_HASH));
}

#[test]
fn a_directory_without_coverage_data_has_no_data() {
    let dir = Directory::read([("tmp.covmeta.x", b"".as_slice())]);
    assert_eq!(finding_classes(&dir), [("", ErrorClass::NoData)]);
}

#[test]
fn meta_without_counters_is_a_program_that_has_not_ended() {
    let meta = meta_sample();
    let dir = Directory::read([("some/dir/covmeta.aa", meta.as_slice())]);
    assert_eq!(dir.builds()[0].combined(Combine::Sum), [0; 4]);
    assert!(dir.findings().is_empty());
}
