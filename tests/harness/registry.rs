//! A small registry that speaks the OCI distribution API as real ones do, with every way to log in,
//! and with the faults that real ones have.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::fixtures::hex;
use crate::git_server::{Request, Server, read_request};

const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// The user whom registries that want a password know.
pub const USER: &str = "puller";
/// The password.
pub const PASSWORD: &str = "p:ss word";
/// What a token server takes in place of a password.
pub const IDENTITY: &str = "identity-of-puller";

/// Who may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// Everybody.
    None,
    /// Who sends the password with each request.
    Basic,
    /// Who brings a token; the token server gives one to everybody.
    OpenToken,
    /// Who brings a token; the token server wants the password or the identity.
    Token,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// Every document is refused the first time.
    BusyOnce(u16),
    /// Every request is refused.
    Busy,
    /// Requests are read and never answered.
    Silent,
    /// A config without end.
    Endless,
    /// Other bytes than those asked for.
    Swapped,
    /// Configs are at another address.
    Elsewhere(&'static str),
    /// Every connection is cut in the middle of the answer the first time.
    CutOnce,
}

/// The form of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One OCI manifest.
    Oci,
    /// One Docker manifest.
    Docker,
    /// An OCI index with an attestation, arm64 and amd64.
    OciIndex,
    /// A Docker manifest list with arm64 and amd64.
    DockerList,
}

/// Listens on a free port of 127.0.0.1 until it is dropped.
pub struct Registry {
    server: Server,
    store: Arc<Store>,
}

struct Store {
    login: Login,
    fault: Fault,
    /// Media type and bytes by path.
    documents: Mutex<BTreeMap<String, (&'static str, Vec<u8>)>>,
    /// Method and path of every request, and whether it had a login.
    requests: Mutex<Vec<(String, bool)>>,
}

impl Registry {
    /// An empty registry.
    pub fn start(login: Login, fault: Fault) -> Self {
        let store = Arc::new(Store {
            login,
            fault,
            documents: Mutex::default(),
            requests: Mutex::default(),
        });
        let answering = Arc::clone(&store);
        Self { server: Server::start(move |stream| answering.answer(stream)), store }
    }

    /// `127.0.0.1:port`.
    pub fn host(&self) -> String {
        self.server.url("").trim_start_matches("http://").trim_end_matches('/').to_owned()
    }

    /// Adds an image; returns its digest.
    pub fn push(&self, repository: &str, form: Form, labels: &Value, env: &[&str]) -> String {
        match form {
            Form::Oci => self.image(repository, OCI_MANIFEST, "amd64", labels, env),
            Form::Docker => self.image(repository, DOCKER_MANIFEST, "amd64", labels, env),
            Form::OciIndex => {
                let none = json!({});
                let arm = self.image(repository, OCI_MANIFEST, "arm64", &none, &[]);
                let proof = self.image(repository, OCI_MANIFEST, "unknown", &none, &[]);
                let amd = self.image(repository, OCI_MANIFEST, "amd64", labels, env);
                let images = [("unknown", proof), ("arm64", arm), ("amd64", amd)];
                self.index(repository, OCI_INDEX, OCI_MANIFEST, &images)
            }
            Form::DockerList => {
                let arm = self.image(repository, DOCKER_MANIFEST, "arm64", &json!({}), &[]);
                let amd = self.image(repository, DOCKER_MANIFEST, "amd64", labels, env);
                let images = [("arm64", arm), ("amd64", amd)];
                self.index(repository, DOCKER_LIST, DOCKER_MANIFEST, &images)
            }
        }
    }

    fn image(
        &self,
        repository: &str,
        media: &'static str,
        architecture: &str,
        labels: &Value,
        env: &[&str],
    ) -> String {
        let config = json!({ "architecture": architecture, "os": "linux",
            "config": { "Labels": labels, "Env": env, "Cmd": ["/app"] } });
        let (digest, size) = self.put(repository, "blobs", "application/octet-stream", &config);
        let kind = "application/vnd.oci.image.config.v1+json";
        let manifest = json!({ "schemaVersion": 2, "mediaType": media, "layers": [],
            "config": { "mediaType": kind, "digest": digest, "size": size } });
        self.put(repository, "manifests", media, &manifest).0
    }

    fn index(
        &self,
        repository: &str,
        media: &'static str,
        of: &str,
        images: &[(&str, String)],
    ) -> String {
        let image = |(architecture, digest): &(&str, String)| {
            let os = if *architecture == "unknown" { "unknown" } else { "linux" };
            json!({ "mediaType": of, "digest": digest, "size": 1,
                "platform": { "os": os, "architecture": architecture } })
        };
        let images: Vec<Value> = images.iter().map(image).collect();
        let index = json!({ "schemaVersion": 2, "mediaType": media, "manifests": images });
        self.put(repository, "manifests", media, &index).0
    }

    fn put(
        &self,
        repository: &str,
        folder: &str,
        media: &'static str,
        document: &Value,
    ) -> (String, usize) {
        let bytes = serde_json::to_vec(document).unwrap();
        let hash = ring::digest::digest(&ring::digest::SHA256, &bytes);
        let digest = format!("sha256:{}", hex(hash.as_ref()));
        let size = bytes.len();
        let path = format!("/v2/{repository}/{folder}/{digest}");
        self.store.documents.lock().unwrap().insert(path, (media, bytes));
        (digest, size)
    }

    /// Path, media type and bytes of everything it has.
    pub fn documents(&self) -> Vec<(String, &'static str, Vec<u8>)> {
        let documents = self.store.documents.lock().unwrap();
        documents
            .iter()
            .map(|(path, (media, bytes))| (path.clone(), *media, bytes.clone()))
            .collect()
    }

    /// The paths of all requests, in their order.
    pub fn requests(&self) -> Vec<String> {
        self.store.requests.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }

    /// Whether some request brought a login.
    pub fn was_told_a_login(&self) -> bool {
        self.store.requests.lock().unwrap().iter().any(|(_, login)| *login)
    }
}

impl Store {
    fn answer(&self, mut stream: &TcpStream) -> Option<()> {
        let request = read_request(stream)?;
        let line = format!("{} {}", request.method, request.path);
        let is_first = {
            let mut requests = self.requests.lock().unwrap();
            let is_first = !requests.iter().any(|(known, _)| *known == line);
            requests.push((line, !request.authorization.is_empty()));
            is_first
        };
        let is_config = request.path.contains("/blobs/");
        match self.fault {
            Fault::Silent => return stream.read_to_end(&mut Vec::new()).ok().map(drop),
            Fault::Busy => return reply(stream, "503 X", &[], b""),
            Fault::BusyOnce(status) if is_first => {
                return reply(stream, &format!("{status} X"), &[("Retry-After", "0")], b"");
            }
            Fault::CutOnce if is_first => {
                return stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{").ok();
            }
            _ => {}
        }
        if request.path == "/token" {
            return self.token(stream, &request);
        }
        if !self.is_allowed(&request) {
            let realm = format!("http://{}/token", stream.local_addr().ok()?);
            let challenge = match self.login {
                Login::Basic => "Basic realm=\"registry\"".to_owned(),
                _ => format!("Bearer realm=\"{realm}\",service=\"registry\",scope=\"whatever\""),
            };
            return reply(stream, "401 X", &[("WWW-Authenticate", &challenge)], b"{}");
        }
        let documents = self.documents.lock().unwrap();
        let Some((media, bytes)) = documents.get(&request.path) else {
            return reply(stream, "404 X", &[], b"{\"errors\":[]}");
        };
        match self.fault {
            Fault::Swapped if is_config => reply(stream, "200 OK", &[], b"{\"config\":{}}"),
            Fault::Elsewhere(to) if is_config => reply(stream, "307 X", &[("Location", to)], b""),
            Fault::Endless if is_config => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").ok()?;
                loop {
                    stream.write_all(&[b' '; 65536]).ok()?;
                }
            }
            _ => reply(stream, "200 OK", &[("Content-Type", media)], bytes),
        }
    }

    fn is_allowed(&self, request: &Request) -> bool {
        let repository = request.path.strip_prefix("/v2/").unwrap_or_default();
        let repository = repository.split(['/']).rev().skip(2).collect::<Vec<_>>();
        let repository: Vec<&str> = repository.into_iter().rev().collect();
        match self.login {
            Login::None => true,
            Login::Basic => request.authorization == basic(),
            _ => request.authorization == format!("Bearer {}", token(&repository.join("/"))),
        }
    }

    /// The token server: of the password, or of the identity, it makes a token for one repository.
    fn token(&self, stream: &TcpStream, request: &Request) -> Option<()> {
        let body = String::from_utf8_lossy(&request.body);
        let form = if request.method == "POST" { &*body } else { &request.query };
        let field = |name: &str| {
            let value = form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value.unwrap_or_default().replace("%3A", ":").replace("%2F", "/")
        };
        let is_known = match (self.login, request.method.as_str()) {
            (_, "POST") => {
                field("grant_type") == "refresh_token" && field("refresh_token") == IDENTITY
            }
            (Login::OpenToken, _) => {
                request.authorization.is_empty() || request.authorization == basic()
            }
            _ => request.authorization == basic(),
        };
        let scope = field("scope");
        let repository = scope.strip_prefix("repository:").and_then(|s| s.strip_suffix(":pull"));
        match repository {
            Some(repository) if is_known && field("service") == "registry" => {
                let key = if request.method == "POST" { "access_token" } else { "token" };
                let answer = json!({ key: token(repository), "expires_in": 60 });
                reply(stream, "200 OK", &[], answer.to_string().as_bytes())
            }
            _ => reply(stream, "401 X", &[], b"{}"),
        }
    }
}

fn token(repository: &str) -> String {
    format!("token-for.{}", repository.replace('/', "."))
}

/// The header that tells the right password.
pub fn basic() -> String {
    format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")))
}

fn reply(
    mut stream: &TcpStream,
    status: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Option<()> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).ok()?;
    stream.write_all(body).ok()
}

/// A pull secret: scopes with logins as docker has them.
pub fn pull_secret(entries: &[(String, Value)]) -> String {
    let auths: serde_json::Map<String, Value> =
        entries.iter().map(|(scope, entry)| (scope.clone(), entry.clone())).collect();
    json!({ "auths": auths }).to_string()
}

/// The entry with the right password.
pub fn password() -> Value {
    json!({ "auth": STANDARD.encode(format!("{USER}:{PASSWORD}")) })
}
