//! Logging in: passwords, and tokens of a token server.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use ureq::http::{StatusCode, header};

use super::RegistryFailure;
use super::challenge::Challenge;
use super::client::Authorization;
use super::credentials::{Credential, Secret};
use super::visit::{Failed, Visit};

/// Largest answer of a token server, in bytes.
const MAX_ANSWER: u64 = 1024 * 1024;
/// What we are called at token servers.
const CLIENT: &str = "covatlas";

/// The ways to log in for an image, one after another.
pub(super) struct Logins<'a> {
    visit: &'a Visit<'a>,
    challenge: Option<Challenge>,
    /// What is left to try; at the end without any login, where a token server allows it.
    left: std::vec::IntoIter<Option<Credential>>,
    /// The scope of the first credential.
    scope: Option<String>,
}

impl<'a> Logins<'a> {
    pub(super) fn new(visit: &'a Visit<'a>, challenge: Option<Challenge>) -> Self {
        let image = visit.image;
        let credentials = visit.client.credentials.of(image.host(), image.repository());
        let scope = credentials.first().map(|credential| credential.scope.clone());
        let mut left: Vec<Option<Credential>> =
            credentials.into_iter().cloned().map(Some).collect();
        if matches!(challenge, Some(Challenge::Bearer { .. })) {
            left.push(None);
        }
        Self { visit, challenge, left: left.into_iter(), scope }
    }

    /// The next login; `status` is what the registry answered to the one before.
    pub(super) fn next(&mut self, mut status: u16) -> Result<Authorization, Failed> {
        if let Some(challenge) = &self.challenge {
            for credential in self.left.by_ref() {
                match login(self.visit, challenge, credential.as_ref()) {
                    Ok(authorization) => return Ok(authorization),
                    // The token server does not like this one.
                    Err(Failed { failure: RegistryFailure::NoCredential(refusal), .. }) => {
                        status = refusal;
                    }
                    Err(failed) => return Err(failed),
                }
            }
        }
        Err(match self.scope.clone() {
            Some(scope) => RegistryFailure::Refused { scope, status },
            None => RegistryFailure::NoCredential(status),
        }
        .into())
    }
}

/// Answers a challenge.
///
/// # Errors
///
/// [`RegistryFailure::NoCredential`] when the token server refuses; whatever else fails there.
fn login(
    visit: &Visit<'_>,
    challenge: &Challenge,
    credential: Option<&Credential>,
) -> Result<Authorization, Failed> {
    let secret = credential.map(|credential| &credential.secret);
    match (challenge, secret) {
        (_, Some(Secret::Token(token))) => Ok(bearer(token)),
        (Challenge::Basic, Some(Secret::Password { user, password })) => Ok(basic(user, password)),
        // A registry without a token server cannot use the rest.
        (Challenge::Basic, _) => Err(RegistryFailure::NoCredential(401).into()),
        (Challenge::Bearer { realm, service }, secret) => token(visit, realm, service, secret),
    }
}

fn basic(user: &str, password: &str) -> Authorization {
    Authorization(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
}

fn bearer(token: &str) -> Authorization {
    Authorization(format!("Bearer {token}"))
}

/// Gets a token that opens the image's repository for reading.
fn token(
    visit: &Visit<'_>,
    realm: &str,
    service: &str,
    secret: Option<&Secret>,
) -> Result<Authorization, Failed> {
    // A password goes to the token server only as safely as the image comes from the registry.
    let is_safe = realm.starts_with("https://")
        || (realm.starts_with("http://") && visit.image.api().starts_with("http://"));
    if !is_safe || realm.parse::<ureq::http::Uri>().is_err() {
        let reason = "the address of the token server is none that is used";
        return Err(RegistryFailure::Malformed { what: "login", reason }.into());
    }
    let scope = format!("repository:{}:pull", visit.image.repository());
    let left = Some(visit.time_left()?);
    let agent = &visit.client.agent;
    let sent = if let Some(Secret::Identity(token)) = secret {
        let form = [
            ("grant_type", "refresh_token"),
            ("service", service),
            ("client_id", CLIENT),
            ("scope", &scope),
            ("refresh_token", token),
        ];
        agent.post(realm).config().timeout_global(left).build().send_form(form)
    } else {
        let mut request = agent.get(realm).query("scope", &scope);
        if !service.is_empty() {
            request = request.query("service", service);
        }
        if let Some(Secret::Password { user, password }) = secret {
            request = request.query("account", user);
            request = request.header(header::AUTHORIZATION, basic(user, password).0);
        }
        request.config().timeout_global(left).build().call()
    };
    let response = sent.map_err(|err| visit.failure(realm, &err))?;
    match response.status() {
        StatusCode::OK => {}
        // Token servers answer so to a wrong password; one for anybody else is of no use.
        status @ (StatusCode::BAD_REQUEST
        | StatusCode::UNAUTHORIZED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED) => {
            return Err(RegistryFailure::NoCredential(status.as_u16()).into());
        }
        _ => return Err(Failed::status(realm, &response)),
    }
    let bytes = visit.body(realm, "token", MAX_ANSWER, response)?;
    read(&bytes).map(|token| bearer(&token)).map_err(Failed::from)
}

/// The token in an answer.
fn read(bytes: &[u8]) -> Result<String, RegistryFailure> {
    #[derive(Deserialize)]
    struct Answer {
        token: Option<String>,
        access_token: Option<String>,
    }
    let malformed = |reason| RegistryFailure::Malformed { what: "token", reason };
    let answer: Answer =
        serde_json::from_slice(bytes).map_err(|_| malformed("the answer has another shape"))?;
    let token = answer.token.or(answer.access_token).unwrap_or_default();
    if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(malformed("it is empty or has characters that no token has"));
    }
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_under_both_names() {
        assert_eq!(read(br#"{"token":"a","expires_in":60}"#), Ok("a".to_owned()));
        assert_eq!(read(br#"{"access_token":"b"}"#), Ok("b".to_owned()));
        for text in ["", "{}", r#"{"token":""}"#, r#"{"token":"a\nb"}"#, r#"{"token":1}"#] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}
