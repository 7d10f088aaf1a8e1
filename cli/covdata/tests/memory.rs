//! No file makes its reader allocate more than a fixed multiple of its own size.
//!
//! One test only: the peak is that of the whole process.

mod corpus;
mod encode;

use covdata::{CounterFile, MetaFile};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Twenty bytes of unit for five in the file, twice when a vector grows, and its old half.
const FACTOR: usize = 20;
/// Hash tables and messages of the smallest files.
const CONSTANT: usize = 4096;

fn peak_of(run: impl FnOnce()) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    run();
    ALLOCATOR.peak_usage().saturating_sub(before)
}

fn check(bytes: &[u8], what: &str) {
    let limit = FACTOR * bytes.len() + CONSTANT;
    let meta = peak_of(|| drop(MetaFile::decode(bytes)));
    let counters = peak_of(|| drop(CounterFile::decode(bytes)));
    assert!(meta <= limit && counters <= limit, "{what}: {meta}, {counters} > {limit}");
}

#[test]
fn memory_is_bounded_by_the_size_of_the_file() {
    let mut files = corpus::all_files();
    files.push(("sample".to_owned(), encode::meta_sample()));
    files.push(("sample".to_owned(), encode::counter_sample()));
    for (name, bytes) in &files {
        check(bytes, name);
        // Large numbers in every place where a count may stand.
        let step = (bytes.len() / 400).max(1);
        for at in (0..bytes.len()).step_by(step) {
            let mut damaged = bytes.clone();
            let end = damaged.len().min(at + 5);
            for (place, value) in damaged[at..end].iter_mut().zip([0xff, 0xff, 0xff, 0xff, 0x0f]) {
                *place = value;
            }
            check(&damaged, name);
        }
    }
}
