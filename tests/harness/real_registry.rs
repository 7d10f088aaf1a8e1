//! A registry that people really run: Debian's `docker-registry`, as `tests/setup/real-servers.sh`
//! leaves it.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::binary::Killed;
use crate::registry::{self, Login, Registry, USER};
use crate::{http, tools, wait};

/// [`registry::PASSWORD`] as `htpasswd -B` keeps it.
const BCRYPT: &str = "$2b$04$abcdefghijklmnopqrstuuXCXcm.22d2AzwcYifIiF1tcmnmrz2z6";

/// A running registry; gone when dropped.
pub struct RealRegistry {
    port: u16,
    _process: Killed,
}

impl RealRegistry {
    /// Starts one in a folder, with everything that `images` has.
    ///
    /// # Panics
    /// When it is not there, does not start or refuses something.
    pub fn start(dir: &Path, login: Login, images: &Registry) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::create_dir_all(dir).unwrap();
        let place = dir.display();
        let auth = match login {
            Login::None => String::new(),
            Login::Basic => {
                fs::write(dir.join("users"), format!("{USER}:{BCRYPT}\n")).unwrap();
                format!("auth: {{htpasswd: {{realm: r, path: {place}/users}}}}\n")
            }
            other => panic!("{other:?} needs a token server"),
        };
        let config = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: {place}/data}}}}\n\
             http: {{addr: 127.0.0.1:{port}}}\n{auth}"
        );
        let file = dir.join("config.yml");
        fs::write(&file, config).unwrap();
        let mut command = Command::new(tools::folder().join("servers/usr/bin/docker-registry"));
        command.arg("serve").arg(file).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Killed(command.spawn().expect("run tests/setup/real-servers.sh"));
        wait::until("the registry listens", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        let registry = Self { port, _process: process };
        registry.take(images);
        registry
    }

    /// `127.0.0.1:port`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Uploads blobs, then manifests, then indexes: it refuses what leads nowhere.
    fn take(&self, images: &Registry) {
        let mut documents = images.documents();
        documents.sort_by_key(|(path, media, _)| {
            (path.contains("/manifests/"), media.contains("index") || media.contains("list"))
        });
        let login = registry::basic();
        for (path, media, bytes) in documents {
            let headers = [("Authorization", &*login), ("Content-Type", media)];
            let target = match path.split_once("/blobs/") {
                None => path,
                Some((repository, digest)) => {
                    let uploads = format!("{repository}/blobs/uploads/");
                    let begun = http::send(self.port, "POST", &uploads, &headers, b"");
                    assert_eq!(begun.status, 202, "{}", String::from_utf8_lossy(&begun.body));
                    let place = begun.header("location").to_owned();
                    let (_, place) = place.split_once(&self.host()).unwrap();
                    format!("{place}&digest={digest}")
                }
            };
            let put = http::send(self.port, "PUT", &target, &headers, &bytes);
            assert_eq!(put.status, 201, "{target}: {}", String::from_utf8_lossy(&put.body));
        }
    }
}
