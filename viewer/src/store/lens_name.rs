//! What the shards of a lens are called. Pages ask for them as for those of the site; only the names
//! tell.

use covatlas_shared::{layout, shard::Kind};

/// Tells the shards of a lens with these filters from those of others: 32 bits of FNV-1a.
pub fn id(filters: &[String]) -> u32 {
    let bytes = filters.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The name of a shard of a lens, by its position among those of its kind.
pub fn name(kind: Kind, lens: u32, at: usize) -> String {
    let at = u32::try_from(at).unwrap_or(u32::MAX);
    layout::shard_name(kind, &format!("{lens:08x}{at:08x}"))
}

/// Whether a name is that of a shard of a lens. One of a site's own, which ends in a hash, is taken
/// for one by a chance of one in 2^32.
pub fn is_name(name: &str, lens: u32) -> bool {
    name.rsplit_once('-').is_some_and(|(_, end)| end.starts_with(&format!("{lens:08x}")))
}

/// The kind and the position of a shard of a lens by its name; `None` for shards of others.
pub fn parse_name(name: &str, lens: u32) -> Option<(Kind, usize)> {
    let (kind, digits) = name.rsplit_once('-')?;
    let at = digits.strip_prefix(&format!("{lens:08x}"))?;
    let at = u32::from_str_radix(at, 16).ok().and_then(|at| usize::try_from(at).ok())?;
    Some((Kind::from_name(kind)?, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenses_are_told_apart_also_where_their_texts_are_cut_differently() {
        let ids = [&["pod=a", "pod=b"][..], &["pod=apod=b"], &["pod=b", "pod=a"], &[]];
        let ids = ids.map(|texts| id(&texts.iter().map(|&t| t.to_owned()).collect::<Vec<_>>()));
        let ids: std::collections::BTreeSet<u32> = ids.into();
        assert_eq!(ids.len(), 4);
    }

    #[test]
    fn names_come_back_wherever_they_stand() {
        for at in [0, 1, 0xffff_ffff, 80 << 16] {
            let shard = name(Kind::Union, 0x1e45, at);
            assert!(layout::is_shard_name(&shard) && is_name(&shard, 0x1e45));
            assert_eq!(parse_name(&shard, 0x1e45), Some((Kind::Union, at)));
            assert!(!is_name(&shard, 0x1e46) && parse_name(&shard, 0x1e46).is_none());
        }
    }
}
