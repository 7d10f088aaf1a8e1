//! The rules that read an owner out of a pod's name.
//!
//! Kubernetes draws generated suffixes from a fixed alphabet without vowels and look-alikes
//! (`k8s.io/apimachinery/pkg/util/rand`), and a ReplicaSet's template hash from the part of it
//! that a decimal number maps to, so most names can be told apart from words that people chose.

use super::{Owner, OwnerEvidence, OwnerKind};

/// The owner of a pod, from its name and the host it ran on.
///
/// `hostname` may be empty when it is not known. Kind and name depend on these two texts only,
/// never on which other pods exist, so that links to an owner stay valid.
pub fn owner_of(pod: &str, hostname: &str) -> Owner {
    let (kind, name, evidence) = if is_dns_name(pod) { match_rules(pod, hostname) } else { None }
        .unwrap_or((OwnerKind::Pod, pod, OwnerEvidence::PodName));
    Owner { kind, name: name.to_owned(), evidence }
}

type Match<'a> = (OwnerKind, &'a str, OwnerEvidence);

fn match_rules<'a>(pod: &'a str, hostname: &str) -> Option<Match<'a>> {
    on_its_node(pod, hostname).or_else(|| revisioned_job(pod)).or_else(|| by_suffix(pod))
}

/// A name that ends in the node's name: a static pod, or a job that runs once per node.
fn on_its_node<'a>(pod: &'a str, hostname: &str) -> Option<Match<'a>> {
    let before = before_node(pod, hostname)?;
    let (kind, name) = match revision_head(before) {
        Some((job, "")) => (OwnerKind::Job, job),
        _ => (OwnerKind::StaticPod, before),
    };
    Some((kind, name, OwnerEvidence::StaticPod))
}

/// The part of `pod` before `-<hostname>`, or before `-<first label of the hostname>`.
pub(super) fn before_node<'a>(pod: &'a str, hostname: &str) -> Option<&'a str> {
    let first_label = hostname.split('.').next().unwrap_or_default();
    [hostname, first_label]
        .into_iter()
        .filter(|node| !node.is_empty())
        .find_map(|node| pod.strip_suffix(node)?.strip_suffix('-'))
        .filter(|before| is_head(before))
}

/// The jobs that an OpenShift operator starts for each revision of a static pod.
fn revisioned_job(pod: &str) -> Option<Match<'_>> {
    let (job, rest) = revision_head(pod)?;
    let target = rest.strip_prefix('-')?;
    (!target.is_empty()).then_some((OwnerKind::Job, job, OwnerEvidence::Pattern))
}

/// Splits `<job>-<revision>[-retry-<n>]<rest>` into job and rest; the rest is empty or starts
/// with `-`.
fn revision_head(text: &str) -> Option<(&str, &str)> {
    let (job, rest) = ["installer", "revision-pruner"].into_iter().find_map(|job| {
        let (head, rest) = text.split_at_checked(job.len())?;
        (head == job).then_some((head, rest))
    })?;
    let rest = skip_number(rest.strip_prefix('-')?)?;
    let after_retry = rest.strip_prefix("-retry-").and_then(skip_number);
    Some((job, after_retry.unwrap_or(rest)))
}

/// What follows a decimal number that ends at `-` or at the end of the text.
fn skip_number(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let whole = rest.len() < text.len() && (rest.is_empty() || rest.starts_with('-'));
    whole.then_some(rest)
}

fn by_suffix(pod: &str) -> Option<Match<'_>> {
    let (rest, last) = split_last(pod)?;
    let generated = is_generated(last);
    let owner = split_last(rest);
    if let Some((name, middle)) = owner.filter(|_| generated) {
        if is_schedule_stamp(middle) {
            return Some((OwnerKind::CronJob, name, OwnerEvidence::Alphabet));
        }
        if is_template_hash(middle) {
            return Some((OwnerKind::Deployment, name, OwnerEvidence::Alphabet));
        }
    }
    if generated {
        return Some((OwnerKind::DaemonSet, rest, OwnerEvidence::Alphabet));
    }
    if is_ordinal(last) {
        return Some((OwnerKind::StatefulSet, rest, OwnerEvidence::Pattern));
    }
    by_pattern(rest, last)
}

/// Names that somebody made by hand in the image of generated ones.
fn by_pattern<'a>(rest: &'a str, last: &str) -> Option<Match<'a>> {
    if !(last.len() == 5 && is_alphanumeric(last)) {
        return None;
    }
    let hashed = split_last(rest)
        .filter(|(_, hash)| (8..=10).contains(&hash.len()) && is_alphanumeric(hash))
        .filter(|(_, hash)| has_digit(hash));
    if let Some((name, _)) = hashed {
        return Some((OwnerKind::Deployment, name, OwnerEvidence::Pattern));
    }
    // A word such as `shell` or `debug` was chosen, not generated.
    has_digit(last).then_some((OwnerKind::DaemonSet, rest, OwnerEvidence::Pattern))
}

/// Splits at the last `-`, when what stands before can be an owner's name.
pub(super) fn split_last(text: &str) -> Option<(&str, &str)> {
    text.rsplit_once('-').filter(|(head, _)| is_head(head))
}

fn is_head(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// The time in the name of a job that a `CronJob` made: minutes (8 digits) or seconds (10).
pub(super) fn is_schedule_stamp(text: &str) -> bool {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits
        && match text.len() {
            8 => text.starts_with(['2', '3']),
            10 => text.starts_with('1'),
            _ => false,
        }
}

fn is_template_hash(text: &str) -> bool {
    (6..=10).contains(&text.len()) && text.bytes().all(|b| b"456789bcdf".contains(&b))
}

fn is_generated(text: &str) -> bool {
    text.len() == 5 && text.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b))
}

fn is_ordinal(text: &str) -> bool {
    (1..=4).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'))
}

fn is_alphanumeric(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
}

/// A DNS-1123 subdomain, which every pod's name is.
fn is_dns_name(text: &str) -> bool {
    let is_label = |label: &str| {
        label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && label.starts_with(|c: char| c.is_ascii_alphanumeric())
            && label.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// pod, host, and the owner as `Kind name (evidence)`.
    const VECTORS: &[(&str, &str, &str)] = &[
        ("api-server-abc1234567-xyz12", "", "Deployment api-server (pattern)"),
        ("router-default-7d9f8b6c5d-x2x9k", "", "Deployment router-default (alphabet)"),
        (
            "kube-apiserver-operator-6c8b5d7f9-4kq2z",
            "",
            "Deployment kube-apiserver-operator (alphabet)",
        ),
        ("prometheus-k8s-0", "", "StatefulSet prometheus-k8s (pattern)"),
        ("dns-default-8k2lm", "", "DaemonSet dns-default (alphabet)"),
        ("node-exporter-x7k2p", "", "DaemonSet node-exporter (alphabet)"),
        ("node-resolver-9bd4f", "", "DaemonSet node-resolver (alphabet)"),
        ("csi-node-driver-registrar-xyz12", "", "DaemonSet csi-node-driver-registrar (pattern)"),
        ("redhat-operators-x7k2p", "", "DaemonSet redhat-operators (alphabet)"),
        ("ovnkube-node-58472", "", "DaemonSet ovnkube-node (alphabet)"),
        ("packageserver-6b9f66d7c8-24568", "", "Deployment packageserver (alphabet)"),
        ("collect-profiles-28471935-xk2zp", "", "CronJob collect-profiles (alphabet)"),
        ("image-pruner-28471920-xk2zp", "", "CronJob image-pruner (alphabet)"),
        ("x-458967458-x2k9b", "", "Deployment x (alphabet)"),
        ("kine-debug", "", "Pod kine-debug (pod-name)"),
        ("hcl-shell", "", "Pod hcl-shell (pod-name)"),
        (
            "etcd-ip-10-0-1-5.ec2.internal",
            "ip-10-0-1-5.ec2.internal",
            "StaticPod etcd (static-pod)",
        ),
        ("kube-apiserver-ip-10-0-1-5", "ip-10-0-1-5", "StaticPod kube-apiserver (static-pod)"),
        (
            "kube-apiserver-ci-ln-abc123-master-0",
            "ci-ln-abc123-master-0",
            "StaticPod kube-apiserver (static-pod)",
        ),
        ("installer-5-master-0", "master-0", "Job installer (static-pod)"),
        ("installer-5-abcde", "", "Job installer (pattern)"),
        (
            "installer-5-ip-10-0-1-5.ec2.internal",
            "ip-10-0-1-5.ec2.internal",
            "Job installer (static-pod)",
        ),
        ("revision-pruner-7-master-1", "master-1", "Job revision-pruner (static-pod)"),
        ("guard-master-0", "master-0", "StaticPod guard (static-pod)"),
        ("mypod", "", "Pod mypod (pod-name)"),
        ("web-0-abcde", "", "Pod web-0-abcde (pod-name)"),
        ("test-pod-12345678", "", "Pod test-pod-12345678 (pod-name)"),
        ("UPPER-abcde", "", "Pod UPPER-abcde (pod-name)"),
        ("-0", "", "Pod -0 (pod-name)"),
        ("0", "", "Pod 0 (pod-name)"),
        ("a-b", "", "Pod a-b (pod-name)"),
        ("pod_1", "", "Pod pod_1 (pod-name)"),
        ("abcde", "", "Pod abcde (pod-name)"),
        ("installer-5-retry-1-master-0", "master-0", "Job installer (static-pod)"),
        // Beyond the table: the corners of each rule.
        ("installer-5-retry-1-master-0", "", "Job installer (pattern)"),
        ("installer-5", "", "StatefulSet installer (pattern)"),
        ("installer-6b9f66d7c8-24568", "", "Deployment installer (alphabet)"),
        ("etcd-ip-10-0-1-5", "ip-10-0-1-5.ec2.internal", "StaticPod etcd (static-pod)"),
        ("master-0", "master-0", "StatefulSet master (pattern)"),
        ("etcd-master-0", "", "StatefulSet etcd-master (pattern)"),
        ("backup-1712345678-xk2zp", "", "CronJob backup (alphabet)"),
        ("backup-18471935-xk2zp", "", "DaemonSet backup-18471935 (alphabet)"),
        ("web-9999", "", "StatefulSet web (pattern)"),
        ("web-10000", "", "DaemonSet web (pattern)"),
        ("web-100000", "", "Pod web-100000 (pod-name)"),
        ("web-00", "", "Pod web-00 (pod-name)"),
        ("web-01", "", "Pod web-01 (pod-name)"),
        ("x-bcdfb-x2k9b", "", "DaemonSet x-bcdfb (alphabet)"),
        ("x-bcdfb4-x2k9b", "", "Deployment x (alphabet)"),
        ("x-bcdfb456789-x2k9b", "", "DaemonSet x-bcdfb456789 (alphabet)"),
        ("a--x2k9b", "", "Pod a--x2k9b (pod-name)"),
        ("x2k9b", "", "Pod x2k9b (pod-name)"),
        ("", "", "Pod  (pod-name)"),
    ];

    #[test]
    fn every_vector_has_its_owner() {
        for (pod, host, expected) in VECTORS {
            let owner = owner_of(pod, host);
            let found = format!("{} {} ({})", owner.kind, owner.name, owner.evidence);
            assert_eq!(found, *expected, "pod {pod:?} on {host:?}");
        }
    }

    #[test]
    fn hosts_and_processes_are_named_after_what_is_known() {
        assert_eq!(Owner::host("kubelet").kind, OwnerKind::Host);
        assert_eq!(Owner::host("kubelet").name, "kubelet");
        assert_eq!(Owner::process("run1").evidence, OwnerEvidence::Directory);
    }

    #[test]
    fn a_name_longer_than_dns_allows_is_a_plain_pod() {
        let pod = format!("{}-x2k9b", "a".repeat(248));
        assert_eq!(owner_of(&pod, "").kind, OwnerKind::Pod);
        let pod = format!("{}-x2k9b", "a".repeat(247));
        assert_eq!(owner_of(&pod, "").kind, OwnerKind::DaemonSet);
    }

    proptest! {
        #[test]
        fn any_text_has_one_owner(pod in ".*", host in ".*") {
            prop_assert_eq!(owner_of(&pod, &host), owner_of(&pod, &host));
        }

        #[test]
        fn a_name_is_a_non_empty_prefix_of_the_pod(
            pod in "[a-z0-9.-]{1,40}", host in "[a-z0-9.-]{0,12}",
        ) {
            let owner = owner_of(&pod, &host);
            prop_assert!(pod.starts_with(&owner.name) && !owner.name.is_empty());
        }

        #[test]
        fn replicas_of_one_deployment_share_their_owner(
            name in "[a-z]([a-z0-9-]{0,10}[a-z0-9])?",
            hash in "[456789bcdf]{6,10}",
            a in "[bcdfghjklmnpqrstvwxz2456789]{5}",
            b in "[bcdfghjklmnpqrstvwxz2456789]{5}",
        ) {
            prop_assume!(!name.starts_with("installer") && !name.starts_with("revision"));
            let one = owner_of(&format!("{name}-{hash}-{a}"), "");
            prop_assert_eq!(&one, &owner_of(&format!("{name}-{hash}-{b}"), "node-1"));
            prop_assert_eq!((one.kind, one.name), (OwnerKind::Deployment, name));
        }
    }
}
