//! `pack` and `serve`: a site as one file, and a site on 127.0.0.1.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use covatlas_tests::binary::Killed;
use covatlas_tests::files::{self, Tree};
use covatlas_tests::http::{get, request};
use covatlas_tests::tools;

use crate::render::Ready;

fn rendered() -> Ready {
    let ready = Ready::new();
    ready.render(&[]).exits(0);
    ready
}

/// Unpacks with the system's tar, so that our own reader proves nothing to itself.
fn untar(archive: &Path, to: &Path) -> Tree {
    fs::create_dir_all(to).unwrap();
    let status = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(to).status().unwrap();
    assert!(status.success());
    files::read(to)
}

#[test]
fn a_pack_is_reproducible_and_unpacks_to_the_site() {
    let ready = rendered();
    let site = files::read(&ready.collection.at("site"));
    let first = ready.collection.run(["pack", "--json"]).exits(0).json();
    let archive = ready.collection.at("site.tar.gz");
    assert_eq!(first["packed_bytes"], fs::metadata(&archive).unwrap().len());

    // The same site elsewhere, with other times, owners of files and order on disk.
    let other = ready.collection.beside("elsewhere/site");
    let names: Vec<&String> = site.keys().rev().collect();
    names.iter().for_each(|name| files::replace(&other.join(name), &site[*name]));
    let second = ready.collection.beside("second.tar.gz");
    let args = ["pack", other.to_str().unwrap(), "-o", second.to_str().unwrap()];
    ready.collection.run(args).exits(0);
    assert!(fs::read(&archive).unwrap() == fs::read(&second).unwrap(), "two packs differ");

    let unpacked = untar(&archive, &ready.collection.beside("out"));
    let below: Tree = site.into_iter().map(|(name, b)| (format!("site/{name}"), b)).collect();
    files::assert_same(&unpacked, &below);
}

#[test]
fn a_pack_needs_a_site_and_does_not_pack_itself() {
    let ready = Ready::new();
    let path = ready.collection.path();
    let missing = ready.collection.run(["pack"]).exits(1).prints_nothing();
    missing.says(&["no site in", path.to_str().unwrap(), "covatlas render"]);
    ready.render(&[]).exits(0);
    let inside = ready.collection.at("site/data/x.tar.gz");
    let run = ready.collection.run(["pack", "-o", inside.to_str().unwrap()]).exits(1);
    run.says(&["lies in the site itself"]);
    assert!(!inside.exists());
}

/// `covatlas serve --port 0`, and the port it took.
fn serve(ready: &Ready, args: &[&str]) -> (Killed, u16) {
    let mut command = ready.collection.command();
    command.args(["serve", "--port", "0", "--json"]).args(args);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut process = Killed(child);
    let mut line = String::new();
    BufReader::new(process.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let url = line["url"].as_str().unwrap();
    let port = url.strip_prefix("http://127.0.0.1:").unwrap().trim_end_matches('/');
    (process, port.parse().unwrap())
}

/// The site's files without those that only a host or covatlas itself looks at.
fn visible(ready: &Ready) -> Tree {
    let mut site = files::read(&ready.collection.at("site"));
    site.retain(|name, _| !name.starts_with('.'));
    site
}

#[test]
fn a_folder_and_its_pack_are_served_alike() {
    let ready = rendered();
    ready.collection.run(["pack"]).exits(0);
    let archive = ready.collection.at("site.tar.gz");
    let (_folder, from_folder) = serve(&ready, &[]);
    let (_archive, from_archive) = serve(&ready, &[archive.to_str().unwrap()]);
    for (name, bytes) in visible(&ready) {
        for port in [from_folder, from_archive] {
            let answer = get(port, &format!("/{name}"));
            assert_eq!(answer.status, 200, "{name}");
            assert!(answer.body == bytes, "{name} has other bytes");
            let media_type = answer.header("content-type");
            let wanted = match name.rsplit('.').next().unwrap() {
                "html" => "text/html",
                "js" => "text/javascript",
                "wasm" => "application/wasm",
                "css" => "text/css",
                _ => "",
            };
            assert!(media_type.starts_with(wanted), "{name}: {media_type}");
        }
    }
    for port in [from_folder, from_archive] {
        assert!(get(port, "/").body.starts_with(b"<!doctype html>"));
        for path in ["/data/nothing.js", "/data/", "/data", "/.covatlas-site.json"] {
            assert_eq!(get(port, path).status, 404, "{path}");
        }
    }
}

#[test]
fn compressed_answers_have_the_same_contents() {
    let ready = rendered();
    let (_process, port) = serve(&ready, &[]);
    let mut compressed = 0;
    for (name, bytes) in visible(&ready) {
        let path = format!("/{name}");
        let answer = request(port, "GET", &path, &[("Accept-Encoding", "gzip")]);
        let body = match answer.header("content-encoding") {
            "gzip" => tools::gunzip(&answer.body),
            other => {
                assert_eq!(other, "");
                answer.body.clone()
            }
        };
        compressed += usize::from(answer.header("content-encoding") == "gzip");
        assert!(body == bytes, "{name}");
        let head = request(port, "HEAD", &path, &[]);
        assert_eq!((head.status, head.body.len()), (200, 0));
    }
    assert!(compressed > 3);
    assert_eq!(request(port, "POST", "/", &[]).status, 405);
}

#[test]
fn nothing_outside_of_the_site_is_served() {
    let ready = rendered();
    fs::write(ready.collection.at("secret"), "secret").unwrap();
    let site = ready.collection.at("site");
    std::os::unix::fs::symlink(ready.collection.at("secret"), site.join("link.js")).unwrap();
    std::os::unix::fs::symlink("/etc", site.join("etc")).unwrap();
    let (_process, port) = serve(&ready, &[]);
    for path in [
        "/../secret",
        "/%2e%2e/secret",
        "/..%2fsecret",
        "/data/../../secret",
        "/./../secret",
        "/%2e%2e%2fsecret",
        "//etc/passwd",
        "/etc/passwd",
        "/..\\secret",
        "/link.js",
        "/%00",
        "/index.html%00.js",
        "/%ff",
        "/etc",
        "/%2e",
        "/data/%2e%2e/%2e%2e/secret",
    ] {
        let answer = get(port, path);
        assert!([400, 403, 404].contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.body.windows(6).any(|w| w == b"secret" || w == b"root:x"), "{path}");
    }
    assert_eq!(get(port, "/index.html").status, 200, "it serves on");
}

#[test]
fn a_port_in_use_and_a_missing_site_are_explained() {
    let ready = Ready::new();
    let run = ready.collection.run(["serve", "--port", "0"]).exits(1).prints_nothing();
    run.says(&["covatlas render"]);
    let nowhere = ready.collection.beside("nowhere.tar.gz");
    let run = ready.collection.run(["serve", nowhere.to_str().unwrap()]).exits(1);
    run.says(&[nowhere.to_str().unwrap()]);
    fs::write(&nowhere, "no archive").unwrap();
    ready.collection.run(["serve", nowhere.to_str().unwrap()]).exits(1).says(&["nowhere.tar.gz"]);
}
