//! Image names as they stand in the bucket, where `/`, `:` and `@` all became `-`.

/// A registry whose sanitised names can be read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryPrefix {
    /// How names start in the bucket, as in `quay.io-openshift-release-dev-`.
    pub sanitised: String,
    /// What that stands for, as in `quay.io/openshift-release-dev/`.
    pub registry: String,
}

impl RegistryPrefix {
    /// The prefix for a registry path; the sanitised form follows from it.
    pub fn new(registry: &str) -> Self {
        let registry = format!("{}/", registry.trim_end_matches('/'));
        Self { sanitised: registry.replace(['/', ':', '@'], "-"), registry }
    }
}

/// The prefixes that are known without a configuration.
pub fn known_prefixes() -> Vec<RegistryPrefix> {
    ["quay.io/openshift-release-dev", "registry.ci.openshift.org/ocp"]
        .map(RegistryPrefix::new)
        .to_vec()
}

/// The real name of an image, when its sanitised name leaves no doubt.
///
/// That is when it ends in `-sha256-` and 64 lower-case hexadecimal digits, and starts with one
/// of `prefixes` (the longest counts). `None` means: keep the name as it is, and never ask a
/// registry for a guess.
pub fn unsanitise(name: &str, prefixes: &[RegistryPrefix]) -> Option<String> {
    let (front, digest) = name.rsplit_once("-sha256-")?;
    let hex = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
    if digest.len() != 64 || !digest.bytes().all(hex) {
        return None;
    }
    let fitting = prefixes.iter().filter(|prefix| front.starts_with(&prefix.sanitised));
    let prefix = fitting.max_by_key(|prefix| prefix.sanitised.len())?;
    let rest = front.strip_prefix(&prefix.sanitised)?;
    is_repository(rest).then(|| format!("{}{rest}@sha256:{digest}", prefix.registry))
}

/// Whether the text can be the last part of a repository's name.
fn is_repository(rest: &str) -> bool {
    let known = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b);
    let ends = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    rest.bytes().all(known)
        && rest.bytes().next().is_some_and(ends)
        && rest.bytes().last().is_some_and(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000d223da77bf8c5e86dde8c4ae557dbda86bcf767db294731bd1479473115f0";

    #[test]
    fn only_what_is_certain() {
        let mut prefixes = known_prefixes();
        prefixes.push(RegistryPrefix::new("registry.example.com:5000/team/"));
        let table = [
            (
                "quay.io-openshift-release-dev-ocp-v4.0-art-dev-sha256-",
                HEX,
                Some("quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:"),
            ),
            (
                "registry.ci.openshift.org-ocp-4.20-sha256-",
                HEX,
                Some("registry.ci.openshift.org/ocp/4.20@sha256:"),
            ),
            (
                "registry.example.com-5000-team-app-sha256-",
                HEX,
                Some("registry.example.com:5000/team/app@sha256:"),
            ),
            ("quay.io-other-app-sha256-", HEX, None),
            ("quay.io-openshift-release-dev-sha256-", HEX, None),
            ("quay.io-openshift-release-dev-ocp--sha256-", HEX, None),
            ("quay.io-openshift-release-dev-OCP-sha256-", HEX, None),
            ("quay.io-openshift-release-dev-ocp-sha256-", "abc", None),
            ("quay.io-openshift-release-dev-ocp-v4.0", "", None),
            ("unknown", "", None),
        ];
        for (name, digest, want) in table {
            let want = want.map(|front| format!("{front}{digest}"));
            assert_eq!(unsanitise(&format!("{name}{digest}"), &prefixes), want, "{name}");
        }
        let upper = format!("quay.io-openshift-release-dev-a-sha256-{}", HEX.to_uppercase());
        assert_eq!(unsanitise(&upper, &prefixes), None);
    }
}
