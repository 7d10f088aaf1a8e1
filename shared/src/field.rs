//! What `--where` and `--hide` can look at.

/// What a filter `FIELD=GLOB` looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The cluster's name.
    Cluster,
    /// The namespace.
    Namespace,
    /// The owner's kind.
    Kind,
    /// The owner's name.
    Owner,
    /// The owner's whole key, `namespace/kind/name/binary`.
    Key,
    /// The pod.
    Pod,
    /// The node.
    Node,
    /// The container.
    Container,
    /// The image.
    Image,
    /// The binary.
    Binary,
    /// The build's hash.
    Build,
    /// The source repository, `host/org/repo`.
    Repo,
    /// A file's path, as built or in its repository.
    Path,
    /// A func's name.
    Func,
    /// A label, `KEY=VALUE`.
    Label,
}

impl Field {
    /// All fields, in the order in which people are told of them.
    pub const ALL: [Self; 15] = [
        Self::Cluster,
        Self::Namespace,
        Self::Kind,
        Self::Owner,
        Self::Key,
        Self::Pod,
        Self::Node,
        Self::Container,
        Self::Image,
        Self::Binary,
        Self::Build,
        Self::Repo,
        Self::Path,
        Self::Func,
        Self::Label,
    ];

    /// Its name in a filter.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Namespace => "namespace",
            Self::Kind => "kind",
            Self::Owner => "owner",
            Self::Key => "key",
            Self::Pod => "pod",
            Self::Node => "node",
            Self::Container => "container",
            Self::Image => "image",
            Self::Binary => "binary",
            Self::Build => "build",
            Self::Repo => "repo",
            Self::Path => "path",
            Self::Func => "func",
            Self::Label => "label",
        }
    }

    /// The field of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}
