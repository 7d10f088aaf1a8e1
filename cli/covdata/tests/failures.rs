//! Every kind of damage that Go's reader was seen to meet, with the class, place and field that
//! this one reports. Go panics, loops, runs out of memory or loses functions on half of them.

#![expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests, outside of test functions"
)]

mod encode;

use covdata::{CounterFile, ErrorClass, MetaFile, Warning};
use encode::{counter_sample, meta_sample};

use ErrorClass::{BadMagic, HashMismatch, Malformed, TooLarge, Truncated, UnsupportedVersion};

/// What is done to a sound file, how, and what must be reported.
type Row = (&'static str, fn(&mut Vec<u8>), ErrorClass, u64, &'static str);

// The places of the sample meta file.
const TOTAL_LENGTH: usize = 8;
const N_PACKAGES: usize = 16;
const STRTAB_OFFSET: usize = 40;
const STRTAB_LENGTH: usize = 44;
const MODE: usize = 48;
const GRANULARITY: usize = 49;
const OFFSETS: usize = 56; // two package offsets
const LENGTHS: usize = 72; // two package lengths
const BLOB: usize = 90; // the first package
const PACKAGE_NAME: usize = BLOB + 4;
const PACKAGE_PATH: usize = BLOB + 8;
const MODULE_PATH: usize = BLOB + 12;
const PACKAGE_HASH: usize = BLOB + 16;
const N_STRINGS: usize = BLOB + 36;
const N_FUNCS: usize = BLOB + 40;
const FUNC_OFFSETS: usize = BLOB + 44;
const FUNC: usize = 168; // the first function: units, name, file

// The places of the sample counter file.
const FLAVOR: usize = 24;
const N_RECORDS: usize = 32;
const STRTAB_LEN: usize = 40;
const ARGS_LEN: usize = 44;
const ARGS: usize = 67; // number of arguments, then key and value of each
const RECORDS: usize = 72; // 2 0 0 5 0, then 1 1 0 300
const FOOTER: usize = 82;
const N_SEGMENTS: usize = FOOTER + 8;

fn put_u32(file: &mut [u8], at: usize, value: u32) {
    file[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn put_u64(file: &mut [u8], at: usize, value: u64) {
    file[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

const META_ROWS: &[Row] = &[
    ("empty", |f| f.clear(), Truncated, 0, "magic"),
    ("cut in the version", |f| f.truncate(6), Truncated, 4, "version"),
    ("one byte less than a header", |f| f.truncate(55), Truncated, 50, "padding"),
    ("the header alone", |f| f.truncate(56), Truncated, 56, "file size"),
    ("cut in the tables", |f| f.truncate(80), Truncated, 80, "file size"),
    ("cut in a package", |f| f.truncate(150), Truncated, 150, "file size"),
    ("other magic", |f| f[3] = b'x', BadMagic, 0, "magic"),
    ("a counter file", |f| *f = counter_sample(), BadMagic, 0, "magic"),
    ("version 2", |f| put_u32(f, 4, 2), UnsupportedVersion, 4, "version"),
    ("version 0", |f| put_u32(f, 4, 0), UnsupportedVersion, 4, "version"),
    (
        "total before the tables' end",
        |f| put_u64(f, TOTAL_LENGTH, 89),
        Malformed,
        8,
        "total length",
    ),
    ("total below a length", |f| put_u64(f, TOTAL_LENGTH, 100), Malformed, 72, "package length"),
    ("total below an offset", |f| put_u64(f, OFFSETS, 9999), Malformed, 56, "package offset"),
    ("total inside a package", |f| put_u64(f, TOTAL_LENGTH, 191), Malformed, 72, "package length"),
    ("one package too few", |f| put_u64(f, N_PACKAGES, 1), Malformed, 44, "string table length"),
    ("one package too many", |f| put_u64(f, N_PACKAGES, 3), Malformed, 44, "string table length"),
    ("2³³ packages", |f| put_u64(f, N_PACKAGES, 1 << 33), TooLarge, 16, "number of packages"),
    ("2⁶⁴-1 packages", |f| put_u64(f, N_PACKAGES, u64::MAX), TooLarge, 16, "number of packages"),
    ("no string table", |f| put_u32(f, STRTAB_LENGTH, 0), Malformed, 44, "string table length"),
    ("half a string table", |f| put_u32(f, STRTAB_LENGTH, 1), Malformed, 44, "string table length"),
    (
        "string table too long",
        |f| put_u32(f, STRTAB_LENGTH, 3),
        Malformed,
        44,
        "string table length",
    ),
    (
        "string table past the end",
        |f| put_u32(f, STRTAB_LENGTH, 9999),
        Truncated,
        44,
        "string table length",
    ),
    ("mode 0, unset", |f| f[MODE] = 0, Malformed, 48, "mode"),
    ("mode 4, registration only", |f| f[MODE] = 4, Malformed, 48, "mode"),
    ("mode 5, test main", |f| f[MODE] = 5, Malformed, 48, "mode"),
    ("mode 6, none", |f| f[MODE] = 6, Malformed, 48, "mode"),
    ("granularity 0", |f| f[GRANULARITY] = 0, Malformed, 49, "granularity"),
    ("granularity 3", |f| f[GRANULARITY] = 3, Malformed, 49, "granularity"),
    ("package of 0 bytes", |f| put_u64(f, LENGTHS, 0), Truncated, 72, "package length"),
    ("package of 43 bytes", |f| put_u64(f, LENGTHS, 43), Truncated, 72, "package length"),
    (
        "package at the end",
        |f| {
            let end = f.len() as u64;
            put_u64(f, OFFSETS, end);
        },
        Truncated,
        56,
        "package offset",
    ),
    ("package one byte late", |f| put_u64(f, OFFSETS, 91), Malformed, 56, "package offset"),
    ("blob shorter than its table entry", |f| f[BLOB] -= 1, Malformed, 90, "blob length"),
    ("blob longer than its table entry", |f| f[BLOB] += 1, Malformed, 90, "blob length"),
    ("package name of no string", |f| put_u32(f, PACKAGE_NAME, 7), Malformed, 94, "package name"),
    ("package path of no string", |f| put_u32(f, PACKAGE_PATH, 7), Malformed, 98, "package path"),
    ("module path of no string", |f| put_u32(f, MODULE_PATH, 7), Malformed, 102, "module path"),
    ("function name of no string", |f| f[FUNC + 1] = 7, Malformed, 169, "function name"),
    ("function file of no string", |f| f[FUNC + 2] = 7, Malformed, 170, "function file"),
    ("one function too few", |f| put_u32(f, N_FUNCS, 1), Malformed, 138, "number of strings"),
    ("one function too many", |f| put_u32(f, N_FUNCS, 3), Malformed, 148, "string"),
    ("2³²-1 functions", |f| put_u32(f, N_FUNCS, u32::MAX), Malformed, 130, "number of functions"),
    ("function offset 0", |f| put_u32(f, FUNC_OFFSETS, 0), Malformed, 134, "function offset"),
    (
        "function past its package",
        |f| put_u32(f, FUNC_OFFSETS, 9999),
        Malformed,
        134,
        "function offset",
    ),
    (
        "second function at the first",
        |f| put_u32(f, FUNC_OFFSETS + 4, 78),
        Malformed,
        138,
        "function offset",
    ),
    ("127 units", |f| f[FUNC] = 127, TooLarge, 168, "number of units"),
    ("number past the end", |f| *f.last_mut().unwrap() = 0x80, Truncated, 0, "literal flag"),
    ("literal flag 2", |f| *f.last_mut().unwrap() = 2, Malformed, 0, "literal flag"),
    ("overlong number", |f| f[FUNC + 12] = 0, Malformed, 179, "unit"),
];

const COUNTER_ROWS: &[Row] = &[
    ("empty", |f| f.clear(), Truncated, 0, "magic"),
    ("one byte less than a header", |f| f.truncate(31), Truncated, 26, "padding"),
    ("the header alone", |f| f.truncate(32), Truncated, 32, "footer"),
    ("no footer", |f| f.truncate(FOOTER), Truncated, 66, "footer"),
    ("one byte less", |f| f.truncate(f.len() - 1), Truncated, 81, "footer"),
    ("one byte more", |f| f.push(0), Truncated, 83, "footer"),
    ("other magic", |f| f[3] = b'x', BadMagic, 0, "magic"),
    ("a meta file", |f| *f = meta_sample(), BadMagic, 0, "magic"),
    ("version 2", |f| put_u32(f, 4, 2), UnsupportedVersion, 4, "version"),
    ("version 0", |f| put_u32(f, 4, 0), UnsupportedVersion, 4, "version"),
    ("flavor 0", |f| f[FLAVOR] = 0, Malformed, 24, "flavor"),
    ("flavor 3", |f| f[FLAVOR] = 3, Malformed, 24, "flavor"),
    (
        "raw of byte order 2",
        |f| f[FLAVOR..FLAVOR + 2].copy_from_slice(&[1, 2]),
        Malformed,
        25,
        "byte order",
    ),
    ("no segments", |f| put_u32(f, N_SEGMENTS, 0), Malformed, 90, "number of segments"),
    ("two segments, one there", |f| put_u32(f, N_SEGMENTS, 2), Malformed, 82, "records"),
    (
        "string table past the end",
        |f| put_u32(f, STRTAB_LEN, 99),
        Truncated,
        40,
        "string table length",
    ),
    ("arguments past the end", |f| put_u32(f, ARGS_LEN, 99), Truncated, 44, "arguments length"),
    (
        "string table too short",
        |f| put_u32(f, STRTAB_LEN, 18),
        Malformed,
        40,
        "string table length",
    ),
    ("arguments too short", |f| put_u32(f, ARGS_LEN, 4), Malformed, 44, "arguments length"),
    ("arguments too long", |f| put_u32(f, ARGS_LEN, 9), Malformed, 44, "arguments length"),
    ("argument of no string", |f| f[ARGS + 2] = 5, Malformed, 69, "arguments"),
    ("argument given twice", |f| f[ARGS + 3] = 1, Malformed, 70, "arguments"),
    ("one record too many", |f| put_u64(f, N_RECORDS, 3), Malformed, 82, "records"),
    ("2³²+2 records", |f| put_u64(f, N_RECORDS, (1 << 32) + 2), Malformed, 32, "number of records"),
    ("one record too few", |f| put_u64(f, N_RECORDS, 1), Malformed, 77, "records"),
    (
        "number of 33 bits",
        |f| drop(f.splice(80..82, [0xff, 0xff, 0xff, 0xff, 0x1f])),
        Malformed,
        80,
        "records",
    ),
    ("overlong number", |f| f[81] = 0, Malformed, 80, "records"),
    ("record longer than its counters", |f| f[RECORDS + 5] = 9, Malformed, 82, "records"),
];

#[test]
fn damaged_meta_files() {
    for (what, damage, class, offset, field) in META_ROWS {
        let mut file = meta_sample();
        damage(&mut file);
        // The last byte's place follows from the file.
        let offset = if *field == "literal flag" { file.len() as u64 - 1 } else { *offset };
        let err = MetaFile::decode(&file).expect_err(what);
        assert_eq!((err.class, err.offset, err.field), (*class, offset, *field), "{what}: {err}");
    }
}

#[test]
fn damaged_counter_files() {
    for (what, damage, class, offset, field) in COUNTER_ROWS {
        let mut file = counter_sample();
        damage(&mut file);
        let err = CounterFile::decode(&file).expect_err(what);
        assert_eq!((err.class, err.offset, err.field), (*class, *offset, *field), "{what}: {err}");
    }
}

fn meta_warnings(damage: impl FnOnce(&mut Vec<u8>)) -> Vec<(ErrorClass, u64, &'static str)> {
    let mut file = meta_sample();
    damage(&mut file);
    let meta = MetaFile::decode(&file).unwrap();
    meta.warnings()
        .iter()
        .map(|Warning { class, offset, field, .. }| (*class, *offset, *field))
        .collect()
}

#[test]
fn oddities_of_a_meta_file_are_warnings_at_most() {
    // The sample's own hash is made up.
    let made_up = (HashMismatch, 24, "meta hash");
    assert_eq!(meta_warnings(|_| ()), [made_up]);
    let n_bytes = meta_sample().len() as u64;
    assert_eq!(meta_warnings(|f| f.push(0)), [(Malformed, n_bytes, "file size"), made_up]);
    assert_eq!(
        meta_warnings(|f| put_u32(f, STRTAB_OFFSET, 1)),
        [(Malformed, 40, "string table offset"), made_up]
    );
    assert_eq!(
        meta_warnings(|f| put_u32(f, N_STRINGS, 1)),
        [(Malformed, 126, "number of strings"), made_up]
    );
    assert_eq!(meta_warnings(|f| f[PACKAGE_HASH] ^= 1), [made_up]);
    assert_eq!(meta_warnings(|f| f[24] ^= 1), [made_up]);
    // The `F` of the function's name, at the end of `1 F`.
    assert_eq!(meta_warnings(|f| f[153] = 0xff), [(Malformed, 152, "string"), made_up]);
}

#[test]
fn text_that_is_not_utf8_is_kept_as_far_as_it_goes() {
    let mut file = meta_sample();
    file[153] = 0xff;
    let meta = MetaFile::decode(&file).unwrap();
    assert_eq!(meta.str(meta.funcs()[0].name), "\u{fffd}");
}

#[test]
fn bits_that_nobody_reads_change_nothing() {
    let mut file = counter_sample();
    file[25] = 1; // byte order, which LEB128 does not have
    assert!(CounterFile::decode(&file).unwrap().warnings().is_empty());
}

#[test]
fn process_arguments_never_reach_a_message() {
    for at in 0..counter_sample().len() {
        for value in [0, 1, 9, 0x80, 0xff] {
            let mut file = counter_sample();
            file[at] = value;
            if let Err(err) = CounterFile::decode(&file) {
                assert!(!format!("{err:?}").contains("argv"), "{err:?}");
            }
        }
    }
}
