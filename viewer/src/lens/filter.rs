//! What a lens lets through: filters on processes, as `--where` has them.

use covatlas_shared::{
    codec::{StrIdx, Strings},
    field::Field,
    glob::Glob,
    lens::{LensProcess, LensShard},
    owners::{OwnerRow, OwnersShard},
};

use crate::store::lens_name::id;

/// Filters `FIELD=GLOB` on processes, all of which must match; none lets everything through.
#[derive(Clone, Debug, Default)]
pub struct Lens {
    filters: Vec<(Field, Pattern)>,
    id: u32,
}

/// The fields that a lens can look at: those of processes. A file or a func is nobody.
pub const FIELDS: [Field; 12] = [
    Field::Namespace,
    Field::Kind,
    Field::Owner,
    Field::Key,
    Field::Pod,
    Field::Node,
    Field::Container,
    Field::Image,
    Field::Binary,
    Field::Build,
    Field::Label,
    Field::Cluster,
];

impl Lens {
    /// Reads filters.
    ///
    /// # Errors
    /// What is wrong with the first that is none, for people.
    pub fn parse(texts: &[String]) -> Result<Self, String> {
        let filters = texts.iter().map(|text| filter(text)).collect::<Result<_, _>>()?;
        Ok(Self { filters, id: id(texts) })
    }

    /// Tells the shards of this lens from those of others.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Whether some process of a row may pass: each filter matches one of its values.
    pub fn may_hold(&self, owners: &OwnersShard, row: &OwnerRow) -> bool {
        let matches = |(field, glob): &(Field, Pattern)| {
            let one = |idx: StrIdx| glob.matches(owners.strings.get(idx));
            // A process outside of pods has an empty pod.
            let any = |list: &[StrIdx]| glob.matches("") || list.iter().copied().any(one);
            match field {
                Field::Pod => any(&row.pods),
                Field::Node => any(&row.hosts),
                Field::Container => any(&row.containers),
                Field::Image => any(&row.images),
                Field::Label => any(&row.labels),
                field => owner_value(owners, row, *field).is_none_or(|value| glob.matches(&value)),
            }
        };
        self.filters.iter().all(matches)
    }

    /// Which of the processes of a row pass, the row being one that [`Lens::may_hold`].
    pub(super) fn processes<'a>(
        &'a self,
        shard: &'a LensShard,
    ) -> impl FnMut(&LensProcess) -> bool + 'a {
        let own = self.filters.iter().filter(|(field, _)| is_of_process(*field));
        let mut memos: Vec<Memo<'_>> =
            own.map(|(field, glob)| Memo::new(*field, glob, &shard.strings)).collect();
        move |process| memos.iter_mut().all(|memo| memo.matches(process))
    }
}

/// Whether processes of one owner may differ in a field.
fn is_of_process(field: Field) -> bool {
    matches!(field, Field::Pod | Field::Node | Field::Container | Field::Image | Field::Label)
}

/// What an owner with one of its builds has of a field; `None` for fields that are not its own.
fn owner_value(owners: &OwnersShard, row: &OwnerRow, field: Field) -> Option<String> {
    let value = match field {
        Field::Cluster => row.cluster,
        Field::Namespace => row.namespace,
        Field::Kind => row.kind,
        Field::Owner => row.name,
        Field::Binary => row.binary,
        Field::Key => return Some(owners.key(row)),
        Field::Build => {
            let build = usize::try_from(row.build).ok().and_then(|at| owners.builds.get(at));
            return build.map(|build| build.hash.clone());
        }
        _ => return None,
    };
    Some(owners.strings.get(value).to_owned())
}

/// A glob, or the texts that it stands for: a lens on chosen things has many.
#[derive(Clone, Debug)]
enum Pattern {
    Texts(Vec<String>),
    Glob(Glob),
}

impl Pattern {
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Texts(texts) => texts.binary_search_by(|own| own.as_str().cmp(text)).is_ok(),
            Self::Glob(glob) => glob.matches(text),
        }
    }
}

fn filter(text: &str) -> Result<(Field, Pattern), String> {
    let (name, glob) = text.split_once('=').ok_or_else(|| format!("`{text}` is no filter"))?;
    let field = Field::of(name).filter(|field| FIELDS.contains(field));
    let field = field.ok_or_else(|| format!("a lens cannot look at `{name}`"))?;
    let glob = Glob::parse(glob).ok_or_else(|| format!("`{glob}` is no pattern"))?;
    Ok((field, glob.literals().map_or(Pattern::Glob(glob), Pattern::Texts)))
}

/// One filter over the processes of a build, most of which have the values of others.
struct Memo<'a> {
    field: Field,
    glob: &'a Pattern,
    strings: &'a Strings,
    known: Vec<Option<bool>>,
}

impl<'a> Memo<'a> {
    fn new(field: Field, glob: &'a Pattern, strings: &'a Strings) -> Self {
        Self { field, glob, strings, known: vec![None; strings.len()] }
    }

    fn matches(&mut self, process: &LensProcess) -> bool {
        match self.field {
            Field::Pod => self.value(process.pod),
            Field::Node => self.value(process.host),
            Field::Container => self.value(process.container),
            Field::Image => self.value(process.image),
            _ => process.labels.iter().any(|label| self.value(*label)),
        }
    }

    fn value(&mut self, idx: StrIdx) -> bool {
        let matches = || self.glob.matches(self.strings.get(idx));
        let slot = usize::try_from(idx).ok().and_then(|at| self.known.get_mut(at));
        slot.map_or_else(matches, |known| *known.get_or_insert_with(matches))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(texts: &[&str]) -> Result<Lens, String> {
        Lens::parse(&texts.iter().map(|&text| text.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_no_filter_of_processes_is_said() {
        for (text, says) in [
            ("namespace", "`namespace` is no filter"),
            ("path=*.go", "cannot look at `path`"),
            ("repo=*", "cannot look at `repo`"),
            ("nope=1", "cannot look at `nope`"),
            ("pod=[", "`[` is no pattern"),
        ] {
            assert!(parse(&[text]).unwrap_err().contains(says), "{text}");
        }
    }
}
