//! Rows of a site's owners against those of the database.

use std::collections::BTreeMap;

use covatlas_shared::{owners::OwnersShard, stats::Coverage};

use crate::{
    db::{Database, DbError},
    site::has_pseudonym,
};

/// What a row of the site says: coverage, processes, when its last data was written.
type Numbers = (Coverage, u32, Option<i64>);
/// Cluster, namespace, kind, name, binary, build.
type RowKey = [String; 6];

/// Whether there are pseudonyms in place of names.
pub(super) fn is_redacted(owners: &OwnersShard) -> bool {
    let all = 0..u32::try_from(owners.strings.len()).unwrap_or(u32::MAX);
    all.map(|idx| owners.strings.get(idx)).any(has_pseudonym)
}

/// Whether the database has all rows of a site, which may show only some of its owners. A row with
/// a pseudonym is any one of which only the name differs and that no other row is.
pub(super) fn is_known(owners: &OwnersShard, db: &Database) -> Result<bool, DbError> {
    let (mut stored, mut unnamed) = (rows_of_database(db)?, Vec::new());
    for (key, numbers) in rows_of_site(owners) {
        match stored.remove(&key) {
            Some(known) if known == numbers => {}
            None if has_pseudonym(name_of(&key)) => unnamed.push((without_name(key), numbers)),
            _ => return Ok(false),
        }
    }
    let mut left: BTreeMap<RowKey, Vec<Numbers>> = BTreeMap::new();
    for (key, numbers) in stored {
        left.entry(without_name(key)).or_default().push(numbers);
    }
    Ok(unnamed.into_iter().all(|(key, numbers)| {
        let Some(known) = left.get_mut(&key) else { return false };
        let at = known.iter().position(|known| *known == numbers);
        at.map(|at| known.swap_remove(at)).is_some()
    }))
}

fn name_of([_, _, _, name, _, _]: &RowKey) -> &str {
    name
}

/// A row's key but for the owner's name.
fn without_name(key: RowKey) -> RowKey {
    let [cluster, namespace, kind, _, binary, build] = key;
    [cluster, namespace, kind, String::new(), binary, build]
}

fn rows_of_site(owners: &OwnersShard) -> BTreeMap<RowKey, Numbers> {
    let text = |idx: u32| owners.strings.get(idx).to_owned();
    let row = |row: &covatlas_shared::owners::OwnerRow| {
        let build = owners.builds.get(usize::try_from(row.build).ok()?)?;
        let key = [row.cluster, row.namespace, row.kind, row.name, row.binary].map(text);
        let [cluster, namespace, kind, name, binary] = key;
        let key = [cluster, namespace, kind, name, binary, build.hash.clone()];
        Some((key, (row.coverage, row.processes, row.last_seen)))
    };
    owners.rows.iter().filter_map(row).collect()
}

fn rows_of_database(db: &Database) -> Result<BTreeMap<RowKey, Numbers>, DbError> {
    let owners: BTreeMap<i64, _> = db.owners()?.into_iter().map(|o| (o.id, o.key)).collect();
    let builds: BTreeMap<i64, String> =
        db.builds()?.into_iter().map(|(id, b)| (id, b.hash)).collect();
    let row = |row: &crate::db::OwnerBuildRow| {
        let (owner, build) = (owners.get(&row.owner_id)?, builds.get(&row.build_id)?);
        let names = [&owner.cluster, &owner.namespace, &owner.kind, &owner.name, &owner.binary];
        let [cluster, namespace, kind, name, binary] = names.map(String::clone);
        let key = [cluster, namespace, kind, name, binary, build.clone()];
        Some((key, (row.coverage, row.processes, row.last_seen)))
    };
    Ok(db.owner_builds()?.iter().filter_map(row).collect())
}
