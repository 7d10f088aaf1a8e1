//! A pack, looked at while it comes: libgit2 makes room for every object of the size that the pack
//! announces, and a few bytes can announce gigabytes.
//!
//! The layout is that of git's `gitformat-pack`: a header of 12 bytes, then each object with its
//! type, its size and, for a delta, its base, and its contents in one zlib stream. A delta's
//! contents begin with the sizes of base and result.

use flate2::{Decompress, FlushDecompress, Status};

/// Largest object, in bytes: git sends no deltas of larger ones (`core.bigFileThreshold`), and no
/// source has that size.
const MAX_OBJECT: u64 = 512 * 1024 * 1024;
/// Most objects of a pack; the largest known trees have a tenth of it.
const MAX_OBJECTS: u32 = 20_000_000;
/// Bytes of pack header.
const HEADER: usize = 12;
/// So many bytes hold the two sizes at the start of a delta.
const SIZES: usize = 20;
/// Room for the bytes of a delta's base: an id, or a number of at most ten bytes.
const ID: usize = 20;

/// What no honest pack has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// An object of so many bytes.
    Object(u64),
    /// So many objects.
    Objects(u32),
}

/// What comes next.
#[derive(Clone, Copy, Debug)]
enum Next {
    Header,
    /// Type and size of an object: so many bits of the size are known.
    Size {
        kind: u8,
        size: u64,
        shift: u32,
    },
    /// The distance to a delta's base.
    Distance,
    /// The rest of the id of a delta's base, in bytes.
    Id(usize),
    /// An object's contents, and whether they are a delta.
    Contents {
        is_delta: bool,
    },
    /// The checksum, or what is no pack: libgit2 says so.
    Rest,
}

/// Follows a pack through its pieces.
pub(super) struct Pack {
    next: Next,
    header: Vec<u8>,
    n_objects: u32,
    inflate: Decompress,
    /// The start of what the current delta unpacks to.
    sizes: Vec<u8>,
    scratch: Box<[u8]>,
}

impl Default for Pack {
    fn default() -> Self {
        Self {
            next: Next::Header,
            header: Vec::with_capacity(HEADER),
            n_objects: 0,
            inflate: Decompress::new(true),
            sizes: Vec::with_capacity(SIZES),
            scratch: vec![0; 32 * 1024].into_boxed_slice(),
        }
    }
}

impl Pack {
    /// Looks at the next piece.
    ///
    /// # Errors
    /// [`Unfit`], before libgit2 has seen the piece.
    pub(super) fn look(&mut self, mut bytes: &[u8]) -> Result<(), Unfit> {
        while let Some((&byte, rest)) = bytes.split_first() {
            if let Next::Contents { is_delta } = self.next {
                bytes = self.contents(bytes, is_delta)?;
                continue;
            }
            bytes = rest;
            match self.next {
                Next::Header => self.header(byte)?,
                Next::Size { kind, size, shift } => self.size(byte, (kind, size, shift))?,
                Next::Distance if byte & 0x80 == 0 => self.begin(true),
                Next::Distance => {}
                Next::Id(left) if left <= 1 => self.begin(true),
                Next::Id(left) => self.next = Next::Id(left - 1),
                Next::Contents { .. } | Next::Rest => return Ok(()),
            }
        }
        Ok(())
    }

    fn header(&mut self, byte: u8) -> Result<(), Unfit> {
        self.header.push(byte);
        let Some((front, count)) = self.header.split_last_chunk::<4>() else { return Ok(()) };
        if front.len() + 4 < HEADER {
            return Ok(());
        }
        self.n_objects = u32::from_be_bytes(*count);
        if self.n_objects > MAX_OBJECTS {
            return Err(Unfit::Objects(self.n_objects));
        }
        self.next = if front.starts_with(b"PACK") { self.following() } else { Next::Rest };
        Ok(())
    }

    /// The object after this one.
    fn following(&mut self) -> Next {
        match self.n_objects.checked_sub(1) {
            None => Next::Rest,
            Some(left) => {
                self.n_objects = left;
                Next::Size { kind: 0, size: 0, shift: 0 }
            }
        }
    }

    fn size(&mut self, byte: u8, (kind, size, shift): (u8, u64, u32)) -> Result<(), Unfit> {
        // The first byte has the type and four bits of the size, the others have seven.
        let (kind, bits, width) =
            if shift == 0 { (byte >> 4 & 7, byte & 15, 4) } else { (kind, byte & 0x7f, 7) };
        let size = size | shifted(bits, shift);
        if size > MAX_OBJECT {
            return Err(Unfit::Object(size));
        }
        let shift = shift + width;
        match (byte & 0x80 != 0, kind) {
            (true, _) => self.next = Next::Size { kind, size, shift },
            (false, 1..=4) => self.begin(false),
            (false, 6) => self.next = Next::Distance,
            (false, 7) => self.next = Next::Id(ID),
            (false, _) => self.next = Next::Rest,
        }
        Ok(())
    }

    fn begin(&mut self, is_delta: bool) {
        self.inflate.reset(true);
        self.sizes.clear();
        self.next = Next::Contents { is_delta };
    }

    /// Unpacks contents; gives the bytes after them.
    fn contents<'b>(&mut self, bytes: &'b [u8], is_delta: bool) -> Result<&'b [u8], Unfit> {
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(bytes, &mut self.scratch, FlushDecompress::None);
        let n_read = usize::try_from(self.inflate.total_in() - read).unwrap_or(usize::MAX);
        let written = usize::try_from(self.inflate.total_out() - written).unwrap_or(usize::MAX);
        if self.inflate.total_out() > MAX_OBJECT {
            return Err(Unfit::Object(self.inflate.total_out()));
        }
        if is_delta && self.sizes.len() < SIZES {
            let missing = SIZES - self.sizes.len();
            let unpacked = self.scratch.get(..written.min(missing)).unwrap_or_default();
            self.sizes.extend_from_slice(unpacked);
            let [base, result] = sizes(&self.sizes);
            if base.max(result) > MAX_OBJECT {
                return Err(Unfit::Object(base.max(result)));
            }
        }
        match status {
            Ok(Status::StreamEnd) => self.next = self.following(),
            Ok(Status::Ok | Status::BufError) if n_read > 0 || written > 0 => {}
            // Damaged.
            _ => self.next = Next::Rest,
        }
        Ok(bytes.get(n_read..).unwrap_or_default())
    }
}

/// The sizes of base and result at the start of a delta, as far as they are there.
fn sizes(delta: &[u8]) -> [u64; 2] {
    let mut bytes = delta.iter();
    [(); 2].map(|()| {
        let (mut size, mut shift) = (0, 0);
        for byte in bytes.by_ref() {
            size |= shifted(byte & 0x7f, shift);
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        size
    })
}

/// Bits at their place; more than fit are as good as the largest number.
fn shifted(bits: u8, shift: u32) -> u64 {
    let bits = u64::from(bits);
    if bits != 0 && shift > bits.leading_zeros() {
        u64::MAX
    } else {
        bits.checked_shl(shift).unwrap_or(0)
    }
}

/// Finds the pack in the answer to a fetch: after lines of text, in packets of a side band or as
/// it is.
#[derive(Default)]
pub(super) struct Answer {
    pack: Pack,
    packet: Packet,
}

/// Where in git's packets an answer is.
#[derive(Debug)]
enum Packet {
    /// In the four digits of a length.
    Length(Vec<u8>),
    /// Before the first of so many bytes, which names the band.
    Band(usize),
    /// In text, progress or a message: so many bytes are left.
    Text(usize),
    /// In a piece of the pack: so many bytes are left.
    Pack(usize),
    /// The rest is the pack, without packets.
    Bare,
    /// The rest is nothing that is known: libgit2 says so.
    Unknown,
}

impl Default for Packet {
    fn default() -> Self {
        Self::Length(Vec::with_capacity(4))
    }
}

impl Answer {
    /// Looks at the next piece.
    ///
    /// # Errors
    /// [`Unfit`], before libgit2 has seen the piece.
    pub(super) fn look(&mut self, mut bytes: &[u8]) -> Result<(), Unfit> {
        while let Some((&byte, rest)) = bytes.split_first() {
            match &mut self.packet {
                Packet::Length(digits) => {
                    digits.push(byte);
                    bytes = rest;
                    if let Ok(digits) = <[u8; 4]>::try_from(digits.as_slice()) {
                        self.packet = self.after(digits)?;
                    }
                }
                Packet::Band(left) => {
                    // The pack is the first band; text begins with a letter.
                    let left = *left - 1;
                    let is_pack = byte == 1;
                    self.packet = if is_pack { Packet::Pack(left) } else { Packet::Text(left) };
                    bytes = rest;
                }
                Packet::Text(0) | Packet::Pack(0) => self.packet = Packet::default(),
                Packet::Text(left) => {
                    let (_, after) = bytes.split_at(bytes.len().min(*left));
                    *left -= bytes.len() - after.len();
                    bytes = after;
                }
                Packet::Pack(left) => {
                    let (piece, after) = bytes.split_at(bytes.len().min(*left));
                    *left -= piece.len();
                    bytes = after;
                    self.pack.look(piece)?;
                }
                Packet::Bare => return self.pack.look(bytes),
                Packet::Unknown => return Ok(()),
            }
        }
        Ok(())
    }

    /// What follows a length.
    fn after(&mut self, digits: [u8; 4]) -> Result<Packet, Unfit> {
        if &digits == b"PACK" {
            self.pack.look(&digits)?;
            return Ok(Packet::Bare);
        }
        let length = std::str::from_utf8(&digits).ok();
        let length = length.and_then(|text| usize::from_str_radix(text, 16).ok());
        Ok(match length {
            // Marks without contents.
            Some(0..=4) => Packet::default(),
            Some(length) => Packet::Band(length - 4),
            None => Packet::Unknown,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::ZlibEncoder};

    use super::*;

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    /// A number in sevens of bits, the lowest first.
    fn sevens(mut number: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while number > 0x7f {
            bytes.push(0x80 | u8::try_from(number & 0x7f).unwrap());
            number >>= 7;
        }
        bytes.push(u8::try_from(number).unwrap());
        bytes
    }

    /// A pack of objects: type, announced size, what stands before the contents, and those.
    fn pack(objects: &[(u8, u64, &[u8], &[u8])]) -> Vec<u8> {
        let mut pack = b"PACK\0\0\0\x02".to_vec();
        pack.extend(u32::try_from(objects.len()).unwrap().to_be_bytes());
        for (kind, size, base, contents) in objects {
            let low = u8::try_from(size & 15).unwrap();
            let is_more = if *size > 15 { 0x80 } else { 0 };
            pack.push(is_more | kind << 4 | low);
            if *size > 15 {
                pack.extend(sevens(size >> 4));
            }
            pack.extend_from_slice(base);
            pack.extend(zlib(contents));
        }
        pack.extend([7; 20]);
        pack
    }

    fn delta(base: u64, result: u64) -> Vec<u8> {
        [sevens(base), sevens(result), vec![0x90, 5]].concat()
    }

    /// In packets of a side band, with progress between them.
    fn packets(pack: &[u8], size: usize) -> Vec<u8> {
        let mut answer = b"0008NAK\n".to_vec();
        for piece in pack.chunks(size) {
            answer.extend(b"000a\x02wait\n");
            answer.extend(format!("{:04x}\x01", piece.len() + 5).as_bytes());
            answer.extend(piece);
        }
        answer.extend(b"0000");
        answer
    }

    /// The same whatever pieces it comes in.
    fn look(answer: &[u8]) -> Result<(), Unfit> {
        let results: Vec<_> = [1, 7, answer.len()]
            .map(|size| {
                let mut guard = Answer::default();
                answer.chunks(size).try_for_each(|piece| guard.look(piece))
            })
            .into();
        assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
        results[0]
    }

    #[test]
    fn announced_sizes_are_found_wherever_they_stand() {
        const HUGE: u64 = 8 << 30;
        let text = vec![b'a'; 100_000];
        let blob: (u8, u64, &[u8], &[u8]) = (3, 100_000, &[], &text);
        let fit = delta(100_000, 5);
        let (by_distance, by_id): (&[u8], &[u8]) = (&[0x81, 0x05], &[9; 20]);
        let honest = [blob, (6, 6, by_distance, &fit), (7, 6, by_id, &fit), blob];
        let (large, endless) = (delta(100_000, HUGE), delta(HUGE, 5));
        let beyond = [vec![5], vec![0xff; 18]].concat();
        for (wanted, last) in [
            (Ok(()), blob),
            (Err(Unfit::Object(HUGE)), (3, HUGE, &[], b"short")),
            (Err(Unfit::Object(HUGE)), (6, 8, by_distance, &large)),
            (Err(Unfit::Object(HUGE)), (7, 8, by_id, &endless)),
            (Err(Unfit::Object(u64::MAX)), (7, 19, by_id, &beyond)),
        ] {
            let pack = pack(&[honest.as_slice(), &[last]].concat());
            assert_eq!(look(&packets(&pack, 50)), wanted);
            assert_eq!(look(&packets(&pack, 60_000)), wanted);
            assert_eq!(look(&[b"0008NAK\n", pack.as_slice()].concat()), wanted);
        }
    }

    #[test]
    fn a_pack_of_too_many_objects_is_unfit() {
        let pack = b"PACK\0\0\0\x02\xff\xff\xff\xff";
        assert_eq!(look(&packets(pack, 5)), Err(Unfit::Objects(u32::MAX)));
    }

    #[test]
    fn what_is_no_pack_is_left_to_libgit2() {
        let damaged = [&pack(&[(3, 5, &[], b"hello")])[..16], &[0xff; 40]].concat();
        for answer in [
            &b"0008NAK\n0000"[..],
            b"0031ERR no",
            b"<html>",
            b"0009\x01PACX",
            &packets(&damaged, 9),
        ] {
            assert_eq!(look(answer), Ok(()));
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(bytes: Vec<u8>, at in 12..200_usize) {
            look(&packets(&bytes, 40)).ok();
            let mut pack = pack(&[(3, 9, &[], b"some text"), (7, 6, &[9; 20], &delta(9, 5))]);
            let place = at % pack.len();
            pack.splice(place..place, bytes);
            look(&packets(&pack, 40)).ok();
        }
    }
}
