//! A second bucket store, of another make than [`crate::s3`]: moto from PyPI, as
//! `tests/setup/real-servers.sh` leaves it. It is filled and read by boto3, AWS's own client.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::binary::Killed;
use crate::s3::{ACCESS_KEY, isolated};
use crate::{tools, wait};

/// What boto3 does: puts a folder's files below a prefix, or writes what is there to a folder, and
/// of each object its headers to `headers.json` beside that.
const CLIENT: &str = r#"
import boto3, json, os, sys
endpoint, action, bucket, prefix, folder = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint)
s3.create_bucket(Bucket=bucket)
if action == "put":
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            s3.upload_file(path, bucket, prefix + os.path.relpath(path, folder))
else:
    headers = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for listed in page.get("Contents", []):
            name = listed["Key"][len(prefix):]
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            stored = s3.get_object(Bucket=bucket, Key=listed["Key"])
            headers[name] = {key.lower(): text for key, text in stored["ResponseMetadata"]["HTTPHeaders"].items()}
            with open(path, "wb") as file:
                file.write(stored["Body"].read())
    with open(folder + ".headers.json", "w") as file:
        json.dump(headers, file)
"#;

/// A running store; gone when dropped.
pub struct Moto {
    url: String,
    scratch: TempDir,
    _process: Killed,
}

impl Moto {
    /// Starts a store without buckets, which holds everything in memory.
    ///
    /// # Panics
    /// When it is not there or does not start.
    pub fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(tools::folder().join("moto/bin/moto_server"));
        command.args(["-H", "127.0.0.1", "-p"]).arg(port.to_string());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let process = Killed(command.spawn().expect("run tests/setup/real-servers.sh"));
        wait::until("moto listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        let scratch = tempfile::tempdir().unwrap();
        Self { url: format!("http://127.0.0.1:{port}"), scratch, _process: process }
    }

    /// Tells a command where the store is, and how to sign.
    pub fn known_to<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        isolated(command)
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", "moto believes everybody")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_DEFAULT_REGION", "us-east-1")
    }

    /// Puts a folder's files into a bucket below a prefix, which ends in `/`.
    pub fn put_all(&self, bucket: &str, prefix: &str, from: &Path) {
        self.client("put", bucket, prefix, from);
    }

    /// Overwrites an object.
    pub fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let (prefix, name) = key.rsplit_once('/').unwrap();
        let folder = self.scratch.path().join("put");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
        self.put_all(bucket, &format!("{prefix}/"), &folder);
        fs::remove_dir_all(folder).unwrap();
    }

    /// Writes what is below a prefix, which ends in `/`, to a folder that is made; gives the
    /// headers of each object by its name there.
    pub fn get_all(&self, bucket: &str, prefix: &str, to: &Path) -> serde_json::Value {
        fs::create_dir_all(to).unwrap();
        self.client("get", bucket, prefix, to);
        let mut headers = to.as_os_str().to_owned();
        headers.push(".headers.json");
        serde_json::from_slice(&fs::read(headers).unwrap()).unwrap()
    }

    fn client(&self, action: &str, bucket: &str, prefix: &str, folder: &Path) {
        let mut command = Command::new(tools::folder().join("moto/bin/python"));
        command.args(["-c", CLIENT, &self.url, action, bucket, prefix]).arg(folder);
        let output = self.known_to(&mut command).output().expect("Python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}
