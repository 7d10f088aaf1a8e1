//! A host of a static site, with the habits that real hosts have.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::git_server::{Server, read_request};

/// What a host does with files.
#[derive(Clone, Copy, Debug, Default)]
pub struct Habits {
    /// Says of `.gz` files that they are only encoded, so that the browser decodes them.
    pub declares_gzip: bool,
    /// Does not know the type of `.wasm`.
    pub wasm_as_octets: bool,
}

/// What a host was asked for, and what it denies.
#[derive(Debug, Default)]
struct Log {
    asked: Vec<String>,
    missing: BTreeSet<String>,
}

/// Serves a folder below a path prefix, as GitHub Pages does for projects.
pub struct SiteServer {
    server: Server,
    log: Arc<Mutex<Log>>,
}

/// The path prefix.
const PREFIX: &str = "/org/a-report/";

impl SiteServer {
    /// Serves a folder.
    pub fn new(site: &Path, habits: Habits) -> Self {
        let log: Arc<Mutex<Log>> = Arc::default();
        let (site, shared) = (site.to_owned(), Arc::clone(&log));
        let server = Server::start(move |stream| answer(stream, &site, habits, &shared));
        Self { server, log }
    }

    /// The address of the site.
    pub fn url(&self) -> String {
        self.server.url(&PREFIX[1..])
    }

    /// Denies a file from now on, or has it again.
    pub fn set_missing(&self, path: &str, is_missing: bool) {
        let missing = &mut self.log().missing;
        if is_missing {
            missing.insert(path.to_owned());
        } else {
            missing.remove(path);
        }
    }

    /// What was asked for since the last time, without the prefix; other addresses as they are.
    pub fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.log().asked)
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answer(mut stream: &TcpStream, site: &Path, habits: Habits, log: &Mutex<Log>) -> Option<()> {
    let request = read_request(stream)?;
    let path = request.path.strip_prefix(PREFIX).unwrap_or(&request.path).to_owned();
    let is_missing = {
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        log.asked.push(path.clone());
        log.missing.contains(&path)
    };
    let is_below = request.path.starts_with(PREFIX) && !path.contains("..");
    let file: PathBuf = site.join(if path.is_empty() { "index.html" } else { &path });
    let body = if is_below && !is_missing { fs::read(&file).ok() } else { None };
    let Some(body) = body else {
        let text = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return stream.write_all(text.as_bytes()).ok();
    };
    let extension = file.extension().and_then(|e| e.to_str()).unwrap_or_default();
    let media_type = match extension {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript",
        "css" => "text/css",
        "wasm" if !habits.wasm_as_octets => "application/wasm",
        _ => "application/octet-stream",
    };
    let encoding = match extension {
        "gz" if habits.declares_gzip => "Content-Encoding: gzip\r\n",
        _ => "",
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\n{encoding}Content-Length: {}\r\n\
         X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()
}
