//! Writes meta and counter files, for tests only: the opposite of what the crate does.

#![allow(
    dead_code,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "test code, of which each test binary uses its own part"
)]

/// A meta file before encoding.
#[derive(Clone, Debug)]
pub(crate) struct MetaSpec {
    pub(crate) hash: [u8; 16],
    pub(crate) mode: u8,
    pub(crate) granularity: u8,
    pub(crate) packages: Vec<PackageSpec>,
}

/// A package before encoding.
#[derive(Clone, Debug)]
pub(crate) struct PackageSpec {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) module: String,
    pub(crate) funcs: Vec<FuncSpec>,
}

/// A function before encoding; a unit is start line, start column, end line, end column, statements.
#[derive(Clone, Debug)]
pub(crate) struct FuncSpec {
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) units: Vec<[u32; 5]>,
    pub(crate) literal: bool,
}

/// A counter file before encoding.
#[derive(Clone, Debug)]
pub(crate) struct CounterSpec {
    pub(crate) hash: [u8; 16],
    /// 1 raw, 2 LEB128.
    pub(crate) flavor: u8,
    pub(crate) big_endian: u8,
    pub(crate) segments: Vec<SegmentSpec>,
}

/// A segment before encoding; a record is package, function, counters.
#[derive(Clone, Debug, Default)]
pub(crate) struct SegmentSpec {
    pub(crate) args: Vec<(String, String)>,
    pub(crate) records: Vec<(u32, u32, Vec<u32>)>,
}

pub(crate) fn put_uleb(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn put_u32(out: &mut Vec<u8>, value: usize) {
    out.extend(u32::try_from(value).unwrap().to_le_bytes());
}

fn put_u64(out: &mut Vec<u8>, value: usize) {
    out.extend(u64::try_from(value).unwrap().to_le_bytes());
}

/// A string table under construction; entry 0 is the empty string, as in Go.
struct Table(Vec<String>);

impl Table {
    fn new() -> Self {
        Self(vec![String::new()])
    }

    fn index(&mut self, text: &str) -> u32 {
        let known = self.0.iter().position(|known| known == text);
        let index = known.unwrap_or_else(|| {
            self.0.push(text.to_owned());
            self.0.len() - 1
        });
        u32::try_from(index).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_uleb(&mut out, u32::try_from(self.0.len()).unwrap());
        for text in &self.0 {
            put_uleb(&mut out, u32::try_from(text.len()).unwrap());
            out.extend(text.as_bytes());
        }
        out
    }
}

/// A whole meta file.
pub(crate) fn encode_meta(spec: &MetaSpec) -> Vec<u8> {
    let blobs: Vec<_> = spec.packages.iter().map(encode_package).collect();
    let tables_end = 56 + 16 * blobs.len();
    let total = tables_end + 2 + blobs.iter().map(Vec::len).sum::<usize>();
    let mut out = b"\0cvm\x01\0\0\0".to_vec();
    put_u64(&mut out, total);
    put_u64(&mut out, blobs.len());
    out.extend(spec.hash);
    put_u32(&mut out, tables_end);
    put_u32(&mut out, 2);
    out.extend([spec.mode, spec.granularity, 0, 0, 0, 0, 0, 0]);
    let mut offset = tables_end + 2;
    for blob in &blobs {
        put_u64(&mut out, offset);
        offset += blob.len();
    }
    for blob in &blobs {
        put_u64(&mut out, blob.len());
    }
    out.extend([1, 0]);
    out.extend(blobs.concat());
    out
}

fn encode_package(spec: &PackageSpec) -> Vec<u8> {
    let mut table = Table::new();
    let header = [&spec.name, &spec.path, &spec.module].map(|text| table.index(text));
    let funcs: Vec<_> = spec.funcs.iter().map(|func| encode_func(func, &mut table)).collect();
    let table_bytes = table.bytes();
    let funcs_at = 44 + 4 * funcs.len() + table_bytes.len();
    let mut out = Vec::new();
    put_u32(&mut out, funcs_at + funcs.iter().map(Vec::len).sum::<usize>());
    out.extend(header.map(u32::to_le_bytes).as_flattened());
    out.extend([0xab; 16]);
    out.extend([0; 4]);
    put_u32(&mut out, table.0.len());
    put_u32(&mut out, funcs.len());
    let mut offset = funcs_at;
    for func in &funcs {
        put_u32(&mut out, offset);
        offset += func.len();
    }
    out.extend(table_bytes);
    out.extend(funcs.concat());
    out
}

fn encode_func(spec: &FuncSpec, table: &mut Table) -> Vec<u8> {
    let mut out = Vec::new();
    put_uleb(&mut out, u32::try_from(spec.units.len()).unwrap());
    put_uleb(&mut out, table.index(&spec.name));
    put_uleb(&mut out, table.index(&spec.file));
    spec.units.iter().flatten().for_each(|number| put_uleb(&mut out, *number));
    put_uleb(&mut out, u32::from(spec.literal));
    out
}

/// A whole counter file.
pub(crate) fn encode_counters(spec: &CounterSpec) -> Vec<u8> {
    let mut out = b"\0cwm\x01\0\0\0".to_vec();
    out.extend(spec.hash);
    out.extend([spec.flavor, spec.big_endian, 0, 0, 0, 0, 0, 0]);
    for (index, segment) in spec.segments.iter().enumerate() {
        put_segment(&mut out, spec, segment);
        out.extend(b"\0cwm\0\0\0\0");
        put_u32(&mut out, index + 1);
        out.extend([0; 4]);
    }
    out
}

fn put_segment(out: &mut Vec<u8>, spec: &CounterSpec, segment: &SegmentSpec) {
    let mut table = Table::new();
    let mut args = Vec::new();
    put_uleb(&mut args, u32::try_from(segment.args.len()).unwrap());
    for (key, value) in &segment.args {
        put_uleb(&mut args, table.index(key));
        put_uleb(&mut args, table.index(value));
    }
    let table_bytes = table.bytes();
    while !(16 + table_bytes.len() + args.len()).is_multiple_of(4) {
        args.push(0);
    }
    put_u64(out, segment.records.len());
    put_u32(out, table_bytes.len());
    put_u32(out, args.len());
    out.extend(table_bytes);
    out.extend(args);
    for (package, func, counters) in &segment.records {
        let n = u32::try_from(counters.len()).unwrap();
        for number in [n, *package, *func].iter().chain(counters) {
            match (spec.flavor, spec.big_endian) {
                (2, _) => put_uleb(out, *number),
                (_, 0) => out.extend(number.to_le_bytes()),
                _ => out.extend(number.to_be_bytes()),
            }
        }
    }
}

/// The hash of the samples.
pub(crate) const SAMPLE_HASH: [u8; 16] = *b"0123456789abcdef";

fn func(name: &str, file: &str, units: &[[u32; 5]], literal: bool) -> FuncSpec {
    FuncSpec { name: name.into(), file: file.into(), units: units.to_vec(), literal }
}

/// Two packages: `m/a` with two functions of two and one units, `m/b` with one literal of one unit.
pub(crate) fn meta_spec() -> MetaSpec {
    let package = |path: &str, name: &str, funcs| PackageSpec {
        path: path.into(),
        name: name.into(),
        module: "m".into(),
        funcs,
    };
    let f = func("F", "m/a/a.go", &[[3, 10, 5, 2, 2], [4, 3, 4, 300, 1]], false);
    let g = func("*T.G", "m/a/a.go", &[[7, 12, 9, 2, 1]], false);
    let lit = func("func.L3.C9", "m/b/b.go", &[[3, 20, 3, 20, 0]], true);
    MetaSpec {
        hash: SAMPLE_HASH,
        mode: 3,
        granularity: 1,
        packages: vec![package("m/a", "a", vec![f, g]), package("m/b", "b", vec![lit])],
    }
}

/// Counters for [`meta_spec`]: 5 and 0 for the first function, 300 for the literal.
pub(crate) fn counter_spec() -> CounterSpec {
    let args = vec![("argc".to_owned(), "1".to_owned()), ("argv0".to_owned(), "./x".to_owned())];
    let records = vec![(0, 0, vec![5, 0]), (1, 0, vec![300])];
    CounterSpec {
        hash: SAMPLE_HASH,
        flavor: 2,
        big_endian: 0,
        segments: vec![SegmentSpec { args, records }],
    }
}

/// [`meta_spec`], encoded.
pub(crate) fn meta_sample() -> Vec<u8> {
    encode_meta(&meta_spec())
}

/// [`counter_spec`], encoded.
pub(crate) fn counter_sample() -> Vec<u8> {
    encode_counters(&counter_spec())
}
