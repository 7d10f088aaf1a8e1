//! A small HTTP server: `git http-backend` as CGI, or one fixed reply to everything.
//!
//! The unit tests of `cli/src/sources/git` include this file too.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "test code, of which each crate uses its own part"
)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// What a server answers to every request.
#[derive(Clone)]
pub enum Reply {
    Text {
        head: String,
        body: String,
    },
    /// Nothing, until the client goes.
    Silence,
    /// An advertisement without end.
    Endless,
    /// The answer to a fetch: first something, then something else again and again.
    Fetch {
        first: Vec<u8>,
        again: Vec<u8>,
        pause: Duration,
    },
}

impl Reply {
    pub fn status(code: u16) -> Self {
        Self::Text { head: format!("{code} X\r\n"), body: String::new() }
    }

    pub fn text(body: &str) -> Self {
        Self::Text {
            head: "200 OK\r\nContent-Type: text/html\r\n".to_owned(),
            body: body.to_owned(),
        }
    }

    /// The answer to a fetch, that ends.
    pub fn fetch(answer: Vec<u8>) -> Self {
        Self::Fetch { first: answer, again: Vec::new(), pause: Duration::ZERO }
    }

    pub fn redirect(location: &str) -> Self {
        Self::Text { head: format!("301 X\r\nLocation: {location}\r\n"), body: String::new() }
    }
}

/// Listens on a free port of 127.0.0.1 until it is dropped.
pub struct Server {
    port: u16,
    n_requests: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Serves all repositories below a folder.
    pub fn git(root: impl AsRef<Path>) -> Self {
        Self::guarded(root, |_| None)
    }

    /// Serves them, unless `guard` has another reply to a request; pushing is allowed.
    pub fn guarded(
        root: impl AsRef<Path>,
        guard: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let root = root.as_ref().to_owned();
        Self::start(move |stream| {
            let request = read_request(stream)?;
            match guard(&request) {
                Some(reply) => answer_with(stream, &reply),
                None => git(stream, &request, &root),
            }
        })
    }

    /// Serves them to who knows a user and password, as `Basic` has them.
    pub fn closed(root: impl AsRef<Path>, user_and_password: &str) -> Self {
        let wanted = format!("Basic {}", STANDARD.encode(user_and_password));
        Self::guarded(root, move |request| {
            let refused = request.authorization != wanted;
            refused.then(|| Reply::Text {
                head: "401 X\r\nWWW-Authenticate: Basic realm=\"git\"\r\n".to_owned(),
                body: String::new(),
            })
        })
    }

    pub fn fixed(reply: Reply) -> Self {
        Self::start(move |stream| fixed(stream, &reply))
    }

    pub fn start(answer: impl Fn(&TcpStream) -> Option<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            n_requests: Arc::default(),
            stop: Arc::default(),
        };
        let (n_requests, stop) = (Arc::clone(&server.n_requests), Arc::clone(&server.stop));
        let answer = Arc::new(answer);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                n_requests.fetch_add(1, Ordering::Relaxed);
                let answer = Arc::clone(&answer);
                // A client that goes away early is what some tests are about.
                std::thread::spawn(move || answer(&stream));
            }
        });
        server
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    pub fn n_requests(&self) -> usize {
        self.n_requests.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        TcpStream::connect(("127.0.0.1", self.port)).ok();
    }
}

/// A request as it came.
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    pub content_type: String,
    pub authorization: String,
    pub body: Vec<u8>,
}

pub fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (path, query) = (path.to_owned(), query.to_owned());
    let (mut length, mut content_type, mut authorization) = (0, String::new(), String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => authorization = value.trim().to_owned(),
            "content-type" => content_type = value.trim().to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, query, content_type, authorization, body })
}

#[expect(clippy::disallowed_methods, reason = "the one place of these tests that runs git")]
fn git(mut stream: &TcpStream, request: &Request, root: &PathBuf) -> Option<()> {
    let mut child = Command::new("git")
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GIT_CONFIG_COUNT", "2")
        .env("GIT_CONFIG_KEY_1", "http.receivepack")
        .env("GIT_CONFIG_VALUE_1", "true")
        .env("GIT_CONFIG_KEY_0", "safe.directory")
        .env("GIT_CONFIG_VALUE_0", "*")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", &request.content_type)
        .env("CONTENT_LENGTH", request.body.len().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("git is installed");
    if let Some(mut stdin) = child.stdin.take() {
        // A refusal may come before everything is read.
        stdin.write_all(&request.body).ok();
    }
    let output = child.wait_with_output().ok()?.stdout;
    let head_end = output.windows(4).position(|w| w == b"\r\n\r\n")? + 2;
    let head = String::from_utf8_lossy(&output[..head_end]).into_owned();
    let status = head.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap_or("200 OK");
    let body = &output[head_end + 2..];
    let front = format!(
        "HTTP/1.1 {status}\r\n{head}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(front.as_bytes()).ok()?;
    stream.write_all(body).ok()
}

fn fixed(stream: &TcpStream, reply: &Reply) -> Option<()> {
    read_request(stream)?;
    answer_with(stream, reply)
}

fn answer_with(mut stream: &TcpStream, reply: &Reply) -> Option<()> {
    match reply {
        Reply::Text { head, body } => {
            let length = body.len();
            let text = format!(
                "HTTP/1.1 {head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(text.as_bytes()).ok()
        }
        Reply::Silence => {
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).ok().map(drop)
        }
        Reply::Endless => {
            let head = "HTTP/1.1 200 OK\r\n\
                Content-Type: application/x-git-upload-pack-advertisement\r\n\
                Connection: close\r\n\r\n001e# service=git-upload-pack\n0000";
            stream.write_all(head.as_bytes()).ok()?;
            for number in 0_u64.. {
                let line = format!("{number:040x} refs/heads/{number:020}\n");
                let packet = format!("{:04x}{line}", line.len() + 4);
                stream.write_all(packet.as_bytes()).ok()?;
            }
            Some(())
        }
        Reply::Fetch { first, again, pause } => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-git-upload-pack-result\r\n\
                Connection: close\r\n\r\n";
            stream.write_all(head.as_bytes()).ok()?;
            stream.write_all(first).ok()?;
            while !again.is_empty() {
                stream.write_all(again).ok()?;
                std::thread::sleep(*pause);
            }
            Some(())
        }
    }
}
