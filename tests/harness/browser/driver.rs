//! Programs that drive a browser.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use crate::binary::Killed;

/// A driver that runs.
pub(super) struct Driver {
    pub(super) process: Killed,
    pub(super) port: u16,
    /// The lines that it and its browser say from now on.
    pub(super) said: Receiver<String>,
}

/// Starts a driver on a port of its choice, which it says in the line that has `before` in it.
///
/// It takes a free port of IPv4 and then wants the same one of IPv6, which another program may
/// hold: then it gives up, and is asked again.
///
/// # Panics
/// When it does not start.
pub(super) fn start(command: &mut Command, before: &str) -> Driver {
    let mut said = String::new();
    for _ in 0..10 {
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = Killed(command.spawn().expect("the driver starts"));
        let mut lines = BufReader::new(driver.0.stdout.take().unwrap()).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let port = line.rsplit_once(before);
            let port = port.and_then(|(_, rest)| rest.trim_end_matches('.').parse().ok());
            said = said.clone() + &line + "\n";
            port
        });
        if let Some(port) = port {
            let (to, said) = channel();
            // It must not fill the pipe, also when nobody listens.
            std::thread::spawn(move || {
                lines.map_while(Result::ok).for_each(|line| drop(to.send(line)));
            });
            return Driver { process: driver, port, said };
        }
    }
    panic!("{command:?} does not start:\n{said}");
}
