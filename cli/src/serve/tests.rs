use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use camino::Utf8PathBuf;

use super::*;

/// A server in a thread of its own, which ends with the test.
struct Running {
    _guard: tempfile::TempDir,
    dir: Utf8PathBuf,
    address: SocketAddr,
    url: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Clone, Copy)]
enum From {
    Folder,
    Archive,
}

impl Running {
    fn new(from: From, prefix: &str) -> Self {
        let guard = tempfile::tempdir().unwrap();
        let dir = Utf8PathBuf::from_path_buf(guard.path().canonicalize().unwrap()).unwrap();
        let site = dir.join("site");
        for (name, contents) in [
            ("index.html", "<!doctype html>".to_owned()),
            ("data/owners-0123456789abcdef.js", "f('abcd');".repeat(500)),
            ("data/owners-0123456789abcdef.gz", "\u{1}".repeat(2000)),
            ("viewer/v-0123456789abcdef_bg.wasm", "\0asm".to_owned()),
            (".nojekyll", String::new()),
        ] {
            fs_err::create_dir_all(site.join(name).parent().unwrap()).unwrap();
            fs_err::write(site.join(name), contents).unwrap();
        }
        fs_err::write(dir.join("secret.txt"), "secret").unwrap();
        let home = match from {
            From::Folder => site,
            From::Archive => {
                let packed = dir.join("site.tar.gz");
                crate::pack::pack(&site, &packed).unwrap();
                packed
            }
        };
        let files = SiteFiles::open(&home).unwrap();
        let options = ServeOptions { port: Some(0), prefix: prefix.to_owned() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let server = runtime.block_on(Server::bind(files, &options)).unwrap();
        let (address, url) = (server.address(), server.url());
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let shutdown = async { stopped.await.unwrap_or_default() };
            runtime.block_on(server.run(shutdown)).unwrap();
        });
        Self { _guard: guard, dir, address, url, stop: Some(stop), thread: Some(thread) }
    }

    fn request(&self, method: &str, path: &str, headers: &str) -> Answer {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
        Answer { head, body: bytes[end + 4..].to_vec() }
    }

    fn get(&self, path: &str) -> Answer {
        self.request("GET", path, "Host: localhost\r\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.take().map(|stop| stop.send(()));
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

struct Answer {
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn status(&self) -> u16 {
        self.head.split(' ').nth(1).unwrap().parse().unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

const SHARD: &str = "/data/owners-0123456789abcdef.js";

#[test]
fn files_have_their_type_and_cache_rule() {
    for from in [From::Folder, From::Archive] {
        let server = Running::new(from, "");
        let index = server.get("/");
        assert_eq!((index.status(), index.body.as_slice()), (200, &b"<!doctype html>"[..]));
        assert_eq!(index.header("content-type"), Some("text/html; charset=utf-8"));
        assert_eq!(index.header("cache-control"), Some("no-cache"));
        assert_eq!(index.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(index.header("cross-origin-resource-policy"), Some("same-origin"));
        let shard = server.get(SHARD);
        assert_eq!(shard.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(shard.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!((shard.body.len(), shard.header("content-encoding")), (5000, None));
        let wasm = server.get("/viewer/v-0123456789abcdef_bg.wasm");
        assert_eq!(wasm.header("content-type"), Some("application/wasm"));
    }
}

#[test]
fn text_is_compressed_for_those_who_accept_it() {
    for from in [From::Folder, From::Archive] {
        let server = Running::new(from, "");
        let headers = "Host: 127.0.0.1:1\r\nAccept-Encoding: br, gzip\r\n";
        for _ in 0..2 {
            let shard = server.request("GET", SHARD, headers);
            assert_eq!(shard.header("content-encoding"), Some("gzip"));
            assert_eq!(shard.header("vary"), Some("accept-encoding"));
            assert_eq!(shard.header("content-length"), Some(&*shard.body.len().to_string()));
            let mut text = String::new();
            let mut gzip = flate2::read::GzDecoder::new(shard.body.as_slice());
            gzip.read_to_string(&mut text).unwrap();
            assert_eq!(text, "f('abcd');".repeat(500));
        }
        let gz = server.request("GET", "/data/owners-0123456789abcdef.gz", headers);
        assert_eq!((gz.header("content-encoding"), gz.body.len()), (None, 2000));
        assert_eq!(gz.header("content-type"), Some("application/gzip"));
    }
}

#[test]
fn head_tells_the_length_without_the_body() {
    let server = Running::new(From::Folder, "");
    for headers in ["Host: localhost\r\n", "Host: localhost\r\nAccept-Encoding: gzip\r\n"] {
        let (head, get) =
            (server.request("HEAD", SHARD, headers), server.request("GET", SHARD, headers));
        assert_eq!(head.status(), 200);
        assert!(head.body.is_empty());
        assert_eq!(head.header("content-length"), get.header("content-length"));
    }
    assert_eq!(server.request("HEAD", "/none", "Host: localhost\r\n").status(), 404);
    let post = server.request("POST", "/", "Host: localhost\r\nContent-Length: 0\r\n");
    assert_eq!((post.status(), post.header("allow")), (405, Some("get, head")));
}

#[test]
fn no_path_leads_out_of_the_site() {
    for from in [From::Folder, From::Archive] {
        let server = Running::new(from, "");
        #[cfg(unix)]
        if matches!(from, From::Folder) {
            let link = |name: &str, to: &str| {
                std::os::unix::fs::symlink(to, server.dir.join("site").join(name)).unwrap();
            };
            link("out.txt", "../secret.txt");
            link("dir", "..");
            assert_eq!(server.get("/out.txt").status(), 404);
            assert_eq!(server.get("/dir/secret.txt").status(), 404);
        }
        for path in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/data/..%2f..%2fsecret.txt",
            "/%00",
            "/a%5c..%5csecret.txt",
        ] {
            assert_eq!(server.get(path).status(), 400, "{path}");
        }
        let absolute = format!("/{}", server.dir.join("secret.txt"));
        for path in [&*absolute, "/data", "/data/", "/.nojekyll", "/none", "/index.html/x"] {
            let answer = server.get(path);
            assert_eq!(answer.status(), 404, "{path}");
            assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
            assert_eq!(answer.body, b"no such file in this site\n");
        }
    }
}

#[test]
fn other_hosts_get_nothing() {
    let server = Running::new(From::Folder, "");
    for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080"] {
        assert_eq!(
            server.request("GET", "/", &format!("Host: {host}\r\n")).status(),
            200,
            "{host}"
        );
    }
    for host in ["example.com", "localhost.example.com", "10.0.0.1", "[::2]", "127.0.0.1.nip.io"] {
        assert_eq!(
            server.request("GET", "/", &format!("Host: {host}\r\n")).status(),
            403,
            "{host}"
        );
    }
}

#[test]
fn a_site_can_lie_below_a_prefix() {
    let server = Running::new(From::Archive, "/org/site/");
    assert_eq!(server.url, format!("http://{}/org/site/", server.address));
    assert_eq!(server.get("/org/site/").status(), 200);
    assert_eq!(server.get(&format!("/org/site{SHARD}")).status(), 200);
    let bare = server.get("/org/site");
    assert_eq!((bare.status(), bare.header("location")), (308, Some("/org/site/")));
    assert_eq!(server.get("/").status(), 404);
}

#[test]
fn a_site_rendered_again_is_shown_at_once() {
    let server = Running::new(From::Folder, "");
    assert_eq!(server.get("/").body, b"<!doctype html>");
    let index = server.dir.join("site/index.html");
    crate::collection::write_atomic(&index, b"new").unwrap();
    assert_eq!(server.get("/").body, b"new");
}

#[test]
fn a_taken_port_is_refused_when_named_and_passed_over_when_not() {
    let server = Running::new(From::Folder, "");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let bind = |port| {
        let files = SiteFiles::open(&server.dir.join("site")).unwrap();
        runtime.block_on(Server::bind(files, &ServeOptions { port, ..ServeOptions::default() }))
    };
    let taken = server.address.port();
    let err = bind(Some(taken)).unwrap_err();
    assert!(matches!(err, ServeError::Taken(port) if port == taken), "{err}");
    // Whether or not somebody else has the first one.
    let _first = std::net::TcpListener::bind(("127.0.0.1", 8080));
    let next = bind(None).unwrap();
    assert!(next.address().port() > 8080 && next.address().ip().is_loopback());
}

#[test]
fn what_is_no_site_is_not_opened() {
    let server = Running::new(From::Folder, "");
    let open = |name: &str| SiteFiles::open(&server.dir.join(name)).unwrap_err();
    assert!(matches!(open("missing"), OpenError::Missing { .. }));
    assert!(open("site/data").to_string().contains("no index.html"));
    assert!(matches!(open("secret.txt"), OpenError::Archive(_)));
}
