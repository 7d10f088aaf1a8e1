//! Where credentials come from: the sources of the AWS tools in their order, and what each lacks.

use std::time::Duration;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::config::{Credentials, ProvideCredentials as _, SharedCredentialsProvider};

use super::S3Error;
use super::error::causes;

/// How long instance metadata may take: where there is none, packets often go nowhere.
const METADATA: Duration = Duration::from_secs(1);
/// How long any other source may take, such as a server for temporary credentials.
const SOURCE: Duration = Duration::from_secs(15);

/// A source that has credentials.
pub(super) struct Found {
    /// Asked again when they expire.
    pub(super) provider: SharedCredentialsProvider,
    /// In words: the source, the end of the key's id, and which sources have none.
    pub(super) signer: String,
}

struct Source {
    name: String,
    /// What to say when it has none, if we know better than the source itself.
    lack: Option<String>,
    timeout: Duration,
    /// Whether somebody set it up, so that its failure must be told and not passed over.
    is_set_up: bool,
    provider: SharedCredentialsProvider,
}

/// Asks the sources in order: a profile alone when one is named, as the AWS tools do.
///
/// # Errors
/// When none has credentials, or one should have them but fails.
pub(super) async fn find(
    config: &ProviderConfig,
    profile: Option<&str>,
    bucket: &str,
) -> Result<Found, S3Error> {
    let mut tried: Vec<String> = Vec::new();
    for source in sources(config, profile) {
        let Source { name, lack, timeout, is_set_up, provider } = source;
        let asked = tokio::time::timeout(timeout, provider.provide_credentials()).await;
        let Ok(answer) = asked else {
            tried.push(format!("{name} (no answer within {} s)", timeout.as_secs()));
            continue;
        };
        match answer {
            Ok(credentials) => {
                let signer = signer(&name, &credentials, &tried);
                return Ok(Found { provider, signer });
            }
            Err(err) if is_nothing(&err) || !is_set_up => {
                let lack = lack.filter(|_| is_nothing(&err)).unwrap_or_else(|| causes(&err));
                tried.push(format!("{name} ({lack})"));
            }
            Err(err) => {
                let tried = if tried.is_empty() { "nothing".to_owned() } else { tried.join(", ") };
                return Err(S3Error::Credentials { source_name: name, cause: causes(&err), tried });
            }
        }
    }
    Err(S3Error::NoCredentials { bucket: bucket.to_owned(), tried: tried.join(", ") })
}

fn is_nothing(err: &CredentialsError) -> bool {
    matches!(err, CredentialsError::CredentialsNotLoaded(_))
}

fn signer(name: &str, credentials: &Credentials, tried: &[String]) -> String {
    let id = credentials.access_key_id();
    let end: String = id.chars().skip(id.chars().count().saturating_sub(4)).collect();
    let before = match tried {
        [] => String::new(),
        tried => format!("; before that tried {}", tried.join(", ")),
    };
    format!("signed with the key …{end} from {name}{before}")
}

fn sources(config: &ProviderConfig, profile: Option<&str>) -> Vec<Source> {
    let mut of_profile = ProfileFileCredentialsProvider::builder().configure(config);
    if let Some(profile) = profile {
        of_profile = of_profile.profile_name(profile);
    }
    let set = profile.map(str::to_owned).or_else(|| std::env::var("AWS_PROFILE").ok());
    let profile_name = set.as_deref().unwrap_or("default");
    let of_profile = Source {
        name: format!("profile `{profile_name}`"),
        lack: Some("not in ~/.aws/config or ~/.aws/credentials with any".to_owned()),
        timeout: SOURCE,
        is_set_up: true,
        provider: SharedCredentialsProvider::new(of_profile.build()),
    };
    if profile.is_some() {
        return vec![of_profile];
    }
    let metadata = imds::Client::builder()
        .configure(config)
        .max_attempts(1)
        .connect_timeout(METADATA)
        .read_timeout(METADATA)
        .build();
    let metadata = ImdsCredentialsProvider::builder().configure(config).imds_client(metadata);
    let token = WebIdentityTokenCredentialsProvider::builder().configure(config);
    let container = EcsCredentialsProvider::builder().configure(config);
    vec![
        Source {
            name: "the environment".to_owned(),
            lack: Some("AWS_ACCESS_KEY_ID is not set".to_owned()),
            timeout: SOURCE,
            is_set_up: true,
            provider: SharedCredentialsProvider::new(EnvironmentVariableCredentialsProvider::new()),
        },
        of_profile,
        Source {
            name: "web identity".to_owned(),
            lack: Some("AWS_WEB_IDENTITY_TOKEN_FILE is not set".to_owned()),
            timeout: SOURCE,
            is_set_up: true,
            provider: SharedCredentialsProvider::new(token.build()),
        },
        Source {
            name: "the container".to_owned(),
            lack: Some("AWS_CONTAINER_CREDENTIALS_* is not set".to_owned()),
            timeout: SOURCE,
            is_set_up: true,
            provider: SharedCredentialsProvider::new(container.build()),
        },
        Source {
            name: "instance metadata".to_owned(),
            lack: Some("none here".to_owned()),
            timeout: METADATA,
            is_set_up: false,
            provider: SharedCredentialsProvider::new(metadata.build()),
        },
    ]
}
