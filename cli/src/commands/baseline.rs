//! What `covatlas render` compares with.

use anyhow::Context as _;
use covatlas_shared::compare::About;

use super::compare::{NO_BASELINE, moment, open_baseline};
use crate::{
    args::{CompareBy, RenderHow},
    collection::Collection,
    db::{Database, OwnerRecord},
    selection::Selection,
    site::{Baseline, Redaction},
    sources::{ExactTexts, Repositories},
    stats::{Comparer, Data, UnitCounts},
};

/// What of both sides the site shows.
pub(super) struct Shown<'a> {
    /// Whether an owner is shown.
    pub(super) owner: &'a dyn Fn(&OwnerRecord) -> bool,
    /// Names that get pseudonyms.
    pub(super) redaction: &'a Redaction,
}

/// What changed since the baseline that the flags name; `None` when they name none.
pub(super) fn read(
    collection: &Collection,
    db: &Database,
    how: &RenderHow,
    shown: &Shown<'_>,
) -> anyhow::Result<Option<Baseline>> {
    if let Some(dir) = &how.baseline {
        let (baseline, old) = open_baseline(dir)?;
        let before = shown.read(&old).context(NO_BASELINE)?;
        let after = shown.read(db)?;
        if after.is_empty() {
            return Ok(None); // Nothing can be rendered at all, which is said there.
        }
        let texts = [&baseline, collection].map(|c| ExactTexts(Repositories::new(c)));
        let [old_texts, new_texts] = &texts;
        let selection = Selection::default();
        let comparer = Comparer::new(&before, &after, Some([old_texts, new_texts]), &selection)?;
        let counts = before.unit_counts(&old).context(NO_BASELINE)?;
        // Where it lies is nobody's business.
        let name = baseline.dir().canonicalize_utf8().unwrap_or_else(|_| dir.clone());
        let name = name.file_name().unwrap_or("baseline").to_owned();
        return Ok(Some(compared(&comparer, &counts, [&before, &after], (name, None))));
    }
    let Some(since) = how.baseline_since else { return Ok(None) };
    let time = moment(since);
    let before = shown.read(db)?.until(db, time)?;
    let after = shown.read(db)?;
    if after.is_empty() {
        return Ok(None);
    }
    let selection = Selection::default();
    let comparer = Comparer::new(&before, &after, None, &selection)?;
    let about = (String::new(), Some(time));
    Ok(Some(compared(&comparer, &before.unit_bits(), [&before, &after], about)))
}

fn compared(
    comparer: &Comparer<'_>,
    counts: &UnitCounts<'_>,
    [before, now]: [&Data; 2],
    (baseline, since): (String, Option<i64>),
) -> Baseline {
    let (before, now) = (before.period(), now.period());
    Baseline {
        about: About { baseline, since, before: before.into(), now: now.into() },
        owners: comparer.compare(CompareBy::Owner),
        files: comparer.files(counts),
    }
}

impl Shown<'_> {
    fn read(&self, db: &Database) -> anyhow::Result<Data> {
        let mut data = Data::read(db)?;
        data.keep_owners(self.owner);
        let redacted =
            data.rename(|owners, reports| self.redaction.apply(owners, reports, &mut []));
        redacted
            .map_err(|err| anyhow::Error::new(*err))
            .context("cannot look for the names that --redact hides")?;
        Ok(data)
    }
}
