//! Where the parts of a real meta or counter file are, in bytes. Trusts its input.

use std::collections::BTreeSet;

/// A cursor over trusted bytes.
struct At<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl At<'_> {
    fn uleb(&mut self) -> usize {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = usize::from(self.bytes[self.pos]);
            self.pos += 1;
            value |= (byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    }

    /// Moves over a string table.
    fn skip_strings(&mut self) {
        for _ in 0..self.uleb() {
            self.pos += self.uleb();
        }
    }
}

/// A little-endian u32.
pub fn u32_at(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())).unwrap()
}

/// A little-endian u64.
pub fn u64_at(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap()
}

/// Overwrites a u32.
pub fn put_u32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

/// Overwrites a u64.
pub fn put_u64(bytes: &mut [u8], at: usize, value: u64) {
    bytes[at..at + 8].copy_from_slice(&value.to_le_bytes());
}

/// A package of a meta file.
#[derive(Clone, Debug)]
pub struct Package {
    /// Where its blob begins.
    pub start: usize,
    /// Where its string table begins.
    pub strings: usize,
    /// Where each of its functions begins, and how many units it has.
    pub funcs: Vec<(usize, usize)>,
}

/// The parts of a meta file.
#[derive(Clone, Debug)]
pub struct MetaLayout {
    /// Its packages.
    pub packages: Vec<Package>,
    /// Every byte at which some part begins, and the end.
    pub borders: BTreeSet<usize>,
}

impl MetaLayout {
    /// Finds the parts of a real meta file.
    pub fn of(bytes: &[u8]) -> Self {
        let n = u64_at(bytes, 16);
        let tables = [0, 4, 8, 16, 24, 40, 48, 50, 56, 56 + 8 * n, 56 + 16 * n, bytes.len()];
        let mut borders = BTreeSet::from(tables);
        let mut packages = Vec::new();
        for i in 0..n {
            let start = u64_at(bytes, 56 + 8 * i);
            let n_funcs = u32_at(bytes, start + 40);
            let strings = start + 44 + 4 * n_funcs;
            let offset = |f: usize| start + u32_at(bytes, start + 44 + 4 * f);
            let units = |pos: usize| (pos, At { bytes, pos }.uleb());
            let funcs: Vec<_> = (0..n_funcs).map(offset).map(units).collect();
            let mut end = At { bytes, pos: strings };
            end.skip_strings();
            borders.extend([
                start,
                start + 4,
                start + 16,
                start + 36,
                start + 44,
                strings,
                end.pos,
            ]);
            borders.extend(funcs.iter().map(|(at, _)| *at));
            packages.push(Package { start, strings, funcs });
        }
        Self { packages, borders }
    }
}

/// The parts of a counter file with one segment.
#[derive(Clone, Debug)]
pub struct CounterLayout {
    /// Where the arguments begin.
    pub args: usize,
    /// Where the records begin.
    pub records: usize,
    /// Where the footer begins.
    pub footer: usize,
    /// Every byte at which some part begins, and the end.
    pub borders: BTreeSet<usize>,
}

impl CounterLayout {
    /// Finds the parts of a real counter file.
    pub fn of(bytes: &[u8]) -> Self {
        let args = 48 + u32_at(bytes, 40);
        let records = args + u32_at(bytes, 44);
        let footer = bytes.len() - 16;
        let mut borders =
            BTreeSet::from([0, 4, 8, 24, 25, 32, 40, 44, 48, args, records, footer, bytes.len()]);
        let mut at = At { bytes, pos: records };
        for _ in 0..u64_at(bytes, 32) {
            borders.insert(at.pos);
            let n = at.uleb();
            for _ in 0..n + 2 {
                at.uleb();
            }
        }
        assert_eq!(at.pos, footer, "records end at the footer");
        Self { args, records, footer, borders }
    }
}
