use globset::GlobMatcher;

use crate::selection::{FilterError, parse_glob};

/// Which keys the user wants: shell globs on the whole key relative to the place, in which `*` also
/// stands for slashes.
#[derive(Clone, Debug, Default)]
pub struct KeyFilter {
    include: Vec<GlobMatcher>,
    exclude: Vec<GlobMatcher>,
}

impl KeyFilter {
    /// A key passes when any of `include` matches, or there is none, and none of `exclude` does.
    ///
    /// # Errors
    /// When one is no glob.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, FilterError> {
        let globs = |texts: &[String]| -> Result<Vec<GlobMatcher>, FilterError> {
            texts.iter().map(|text| parse_glob(text)).collect()
        };
        Ok(Self { include: globs(include)?, exclude: globs(exclude)? })
    }

    /// Whether a key passes.
    pub fn takes(&self, key: &str) -> bool {
        let any = |globs: &[GlobMatcher]| globs.iter().any(|glob| glob.is_match(key));
        (self.include.is_empty() || any(&self.include)) && !any(&self.exclude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_slashes_too() {
        let filter = |include: &[&str], exclude: &[&str]| {
            let texts = |globs: &[&str]| globs.iter().map(ToString::to_string).collect::<Vec<_>>();
            KeyFilter::new(&texts(include), &texts(exclude)).unwrap()
        };
        let key = "n1/openshift-etcd/etcd-0/etcd/20240229T235959Z/img/etcd/covmeta.a";
        for (include, exclude, takes) in [
            (&[][..], &[][..], true),
            (&["n1/*"], &[], true),
            (&["*/openshift-*/*"], &[], true),
            (&["n2/*"], &[], false),
            (&["n2/*", "n1/*"], &[], true),
            (&["openshift-*"], &[], false),
            (&[], &["*/covmeta.*"], false),
            (&["n1/*"], &["*/etcd/*"], false),
        ] {
            assert_eq!(filter(include, exclude).takes(key), takes, "{include:?} {exclude:?}");
        }
        assert!(KeyFilter::new(&["[".to_owned()], &[]).is_err());
    }
}
