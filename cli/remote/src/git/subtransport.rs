//! The part of libgit2's smart protocol that talks to the server.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

use git2::transport::{Service, SmartSubtransport, SmartSubtransportStream, Transport};
use git2::{Error, ErrorClass, ErrorCode, Remote};

use super::client::{self, Authorization, GIVE, Message, Request, TAKE};
use super::pack;
use super::session::{Session, WebFailure};

/// Largest message of a fetch, in bytes: wants and haves, never a pack.
const MAX_MESSAGE: u64 = 16 * 1024 * 1024;
/// Largest part of a message that is kept in memory, in bytes.
const IN_MEMORY: usize = 1024 * 1024;

/// Makes the transport of one remote, under the limits of the running fetch.
pub(super) fn transport(remote: &Remote<'_>) -> Result<Transport, Error> {
    let subtransport = Http { session: Session::current(), base: Arc::default() };
    Transport::smart(remote, true, subtransport)
}

struct Http {
    session: Arc<Session>,
    /// Address of the repository after redirects, set by the first request.
    base: Arc<Mutex<Option<String>>>,
}

impl SmartSubtransport for Http {
    fn action(
        &self,
        url: &str,
        action: Service,
    ) -> Result<Box<dyn SmartSubtransportStream>, Error> {
        let mut slot = self.base.lock().unwrap_or_else(PoisonError::into_inner);
        let base = slot.clone().unwrap_or_else(|| url.to_owned());
        let session = Arc::clone(&self.session);
        let login = Authorization::of(url, &session);
        let service = match action {
            Service::UploadPackLs | Service::UploadPack => GIVE,
            Service::ReceivePackLs | Service::ReceivePack => TAKE,
        };
        let state = match action {
            Service::UploadPackLs | Service::ReceivePackLs => {
                let answer = client::ask(&base, Request::Refs(service), login.as_ref(), &session)
                    .map_err(|failure| error(&session, &failure))?;
                *slot = Some(answer.base);
                State::Answer(answer.body, None)
            }
            Service::UploadPack | Service::ReceivePack => {
                State::Message(Message::new(IN_MEMORY), 0)
            }
        };
        Ok(Box::new(Stream { session, base, service, login, state }))
    }

    fn close(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// Keeps the failure for the one who asked, and gives libgit2 its words.
fn error(session: &Session, failure: &WebFailure) -> Error {
    session.fail(failure);
    Error::new(ErrorCode::GenericError, ErrorClass::Http, failure.to_string())
}

enum State {
    /// Being written by libgit2; so many bytes are.
    Message(Message, u64),
    /// Being read by libgit2, once it is looked at when it brings a pack.
    Answer(Box<dyn Read + Send>, Option<Box<pack::Answer>>),
}

/// One request: libgit2 writes a message and then reads the answer.
struct Stream {
    session: Arc<Session>,
    base: String,
    service: &'static str,
    login: Option<Authorization>,
    state: State,
}

impl Stream {
    /// Sends the message, unless that is done.
    fn answer(&mut self) -> io::Result<(&mut dyn Read, Option<&mut pack::Answer>)> {
        if let State::Message(body, _) = &mut self.state {
            let request = Request::Post { service: self.service, body };
            let answer = client::ask(&self.base, request, self.login.as_ref(), &self.session)
                .map_err(|failure| self.fail(&failure))?;
            let guard = (self.service == GIVE).then(Box::default);
            self.state = State::Answer(without_error(answer.body)?, guard);
        }
        match &mut self.state {
            State::Answer(body, guard) => Ok((body, guard.as_deref_mut())),
            State::Message(..) => Err(io::Error::other("nothing was sent")),
        }
    }

    fn fail(&self, failure: &WebFailure) -> io::Error {
        self.session.fail(failure);
        io::Error::other(failure.to_string())
    }
}

/// The answer, unless it starts with an error packet: libgit2 does not expect one there, and would
/// hide what the server says. The error is not kept as a failure, as the next request may succeed.
fn without_error(mut body: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    let mut start = Vec::new();
    body.by_ref().take(8).read_to_end(&mut start)?;
    if start.get(4..) != Some(b"ERR ") {
        return Ok(Box::new(io::Cursor::new(start).chain(body)));
    }
    let mut message = Vec::new();
    body.take(500).read_to_end(&mut message)?;
    let message = String::from_utf8_lossy(&message);
    let message = message.trim_end().replace(char::is_control, "?");
    Err(io::Error::other(format!("the server says: {message}")))
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let (body, guard) = self.answer()?;
        let failure = match body.read(buf) {
            Ok(bytes) => {
                let looked = guard.map_or(Ok(()), |g| g.look(buf.get(..bytes).unwrap_or_default()));
                match looked.map_err(unfit).and_then(|()| self.session.receive(bytes)) {
                    Ok(()) => return Ok(bytes),
                    Err(failure) => failure,
                }
            }
            Err(err) if err.kind() == io::ErrorKind::Interrupted => return Err(err),
            Err(err) => client::read_failure(&err, &self.session),
        };
        Err(self.fail(&failure))
    }
}

fn unfit(what: pack::Unfit) -> WebFailure {
    match what {
        pack::Unfit::Object(bytes) => WebFailure::HugeObject(bytes),
        pack::Unfit::Objects(objects) => WebFailure::HugePack(objects),
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Message(body, written) if self.service == TAKE || *written <= MAX_MESSAGE => {
                let n = body.write(buf)?;
                *written = written.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
                Ok(n)
            }
            State::Message(..) => Err(io::Error::other("the message is too long")),
            State::Answer(..) => Err(io::Error::other("the answer is already being read")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(answer: &'static [u8]) -> io::Result<Vec<u8>> {
        let mut rest = Vec::new();
        without_error(Box::new(answer))?.read_to_end(&mut rest)?;
        Ok(rest)
    }

    #[test]
    fn an_error_packet_is_told() {
        let err = check(b"0036ERR upload-pack: not our ref 01234\n").unwrap_err();
        assert_eq!(err.to_string(), "the server says: upload-pack: not our ref 01234");
        for whole in [&b"0008NAK\nPACK..."[..], b"", b"00"] {
            assert_eq!(check(whole).unwrap(), whole);
        }
    }
}
