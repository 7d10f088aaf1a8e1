//! `git http-backend` behind a web server that people really run: Debian's lighttpd, as
//! `tests/setup/real-servers.sh` leaves it.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::binary::Killed;
use crate::{tools, wait};

/// A running server; gone when dropped.
pub struct RealGit {
    port: u16,
    _process: Killed,
}

impl RealGit {
    /// Serves all repositories below `root`, to read and to push. Connections that are not used are
    /// closed after a second. `dir` is for its own files.
    ///
    /// # Panics
    /// When it is not there or does not start.
    pub fn start(root: &Path, dir: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::create_dir_all(dir).unwrap();
        let exec = Command::new("git").arg("--exec-path").output().expect("git starts").stdout;
        let exec = String::from_utf8(exec).unwrap();
        let servers = tools::folder().join("servers");
        let config = format!(
            r#"server.modules = ("mod_alias", "mod_setenv", "mod_cgi")
server.bind = "127.0.0.1"
server.port = {port}
server.document-root = "{root}"
server.errorlog = "{dir}/log"
server.max-keep-alive-idle = 1
server.upload-dirs = ("{dir}")
alias.url = ("/git" => "{exec}/git-http-backend")
cgi.assign = ("" => "")
setenv.add-environment = ("GIT_PROJECT_ROOT" => "{root}", "GIT_HTTP_EXPORT_ALL" => "1",
  "GIT_CONFIG_COUNT" => "2", "GIT_CONFIG_KEY_0" => "safe.directory", "GIT_CONFIG_VALUE_0" => "*",
  "GIT_CONFIG_KEY_1" => "http.receivepack", "GIT_CONFIG_VALUE_1" => "true")
"#,
            root = root.display(),
            dir = dir.display(),
            exec = exec.trim(),
        );
        let file = dir.join("lighttpd.conf");
        fs::write(&file, config).unwrap();
        let mut command = Command::new(servers.join("usr/sbin/lighttpd"));
        command.arg("-D").arg("-f").arg(file).arg("-m").arg(servers.join("usr/lib/lighttpd"));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let process = Killed(command.spawn().expect("run tests/setup/real-servers.sh"));
        wait::until("the server listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { port, _process: process }
    }

    /// The address of a repository.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/git/{path}", self.port)
    }
}
