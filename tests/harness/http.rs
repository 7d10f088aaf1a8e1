//! A client of one request, so that no library smooths over what a server really sends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// Sends a request to 127.0.0.1 with the path as it is, escaped or not.
///
/// # Panics
/// When the server sends no HTTP answer.
pub fn request(port: u16, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    // 1.0, so that no answer comes in chunks.
    exchange(port, &format!("{method} {path} HTTP/1.0"), headers, b"")
}

/// Sends a request with a body.
///
/// # Panics
/// When the server sends no HTTP answer.
pub fn send(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let length = body.len().to_string();
    let headers: Vec<_> = headers.iter().copied().chain([("Content-Length", &*length)]).collect();
    exchange(port, &format!("{method} {path} HTTP/1.0"), &headers, body)
}

/// Posts a JSON text.
///
/// # Panics
/// When the server sends no HTTP answer.
pub fn post_json(port: u16, path: &str, json: &str) -> Answer {
    let length = json.len().to_string();
    let headers = [("Content-Type", "application/json"), ("Content-Length", &length)];
    exchange(port, &format!("POST {path} HTTP/1.1"), &headers, json.as_bytes())
}

fn exchange(port: u16, first: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut head = format!("{first}\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut reader = BufReader::new(stream);
    let mut lines = std::iter::from_fn(|| {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        (!line.trim().is_empty()).then(|| line.trim().to_owned())
    });
    let status = lines.next().expect("an HTTP answer");
    let status = status.split(' ').nth(1).unwrap().parse().unwrap();
    let header = |line: String| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    let mut answer = Answer { status, headers: lines.map(header).collect(), body: Vec::new() };
    // Some servers keep the connection open whatever they are asked.
    match answer.header("content-length").parse() {
        Ok(length) if !first.starts_with("HEAD") => {
            reader.take(length).read_to_end(&mut answer.body)
        }
        Ok(_) => Ok(0),
        Err(_) => reader.read_to_end(&mut answer.body),
    }
    .unwrap();
    answer
}

/// Gets a path.
pub fn get(port: u16, path: &str) -> Answer {
    request(port, "GET", path, &[])
}
