//! From what the user says to a client.

use std::sync::Arc;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{RequestChecksumCalculation, SharedHttpClient};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use tokio::runtime::Runtime;

use super::S3Error;
use super::credentials::find;
use super::error::Asked;

/// Longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest wait for the head of an answer.
const ANSWER: Duration = Duration::from_secs(30);
/// How long a body may stand still.
const STALL: Duration = Duration::from_secs(8);

/// Whether requests are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signing {
    /// With the credentials of the first source that has some.
    #[default]
    Signed,
    /// Not at all, for public buckets.
    Anonymous,
}

/// What the user says about a bucket.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// The bucket's name.
    pub bucket: String,
    /// A profile of `~/.aws/config`; with it no other source of credentials counts.
    pub profile: Option<String>,
    /// The region; by default what environment and profile say, else `us-east-1`.
    pub region: Option<String>,
    /// The address of another server than AWS's.
    pub endpoint_url: Option<String>,
    /// Whether requests are signed.
    pub signing: Signing,
}

/// A bucket with a client that may use it. Nothing has been asked of it yet.
#[derive(Debug)]
pub struct Bucket {
    runtime: Runtime,
    config: SdkConfig,
    client: Client,
    names: Names,
}

/// What messages call things.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) bucket: Arc<str>,
    /// Endpoint or region.
    server: Arc<str>,
    signer: Arc<str>,
}

impl Names {
    pub(super) fn asked<'a>(&'a self, action: &'static str, key: &'a str) -> Asked<'a> {
        Asked { action, bucket: &self.bucket, key, server: &self.server, signer: &self.signer }
    }
}

impl Bucket {
    /// Finds region and credentials.
    ///
    /// # Errors
    /// When there are no credentials, or a source of them fails.
    pub fn connect(connection: &Connection) -> Result<Self, S3Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(workers())
            .thread_name("s3")
            .enable_all()
            .build()
            .map_err(S3Error::Threads)?;
        let (config, signer) = runtime.block_on(load(connection))?;
        let server = server(&config);
        let names = Names {
            bucket: connection.bucket.as_str().into(),
            server: server.into(),
            signer: signer.into(),
        };
        Ok(Self { runtime, client: client(&config), config, names })
    }

    pub(super) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    pub(super) fn names(&self) -> Names {
        self.names.clone()
    }

    /// Uses the region that the server names from now on.
    pub(super) fn move_to(&mut self, region: String) {
        (self.client, self.names) = self.in_region(region);
    }

    /// A client for the region that the server names.
    pub(super) fn in_region(&self, region: String) -> (Client, Names) {
        let config = self.config.to_builder().region(Region::new(region)).build();
        let names = Names { server: server(&config).into(), ..self.names() };
        (client(&config), names)
    }
}

/// More threads do not make a network faster; one may wait for the disk.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get).clamp(2, 4)
}

async fn load(connection: &Connection) -> Result<(SdkConfig, String), S3Error> {
    let http = http_client()?;
    let region = region(connection, &http).await;
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.clone())
        .region(region.clone())
        // One policy for requests and bodies alike: see `retry`.
        .retry_config(RetryConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(CONNECT)
                .read_timeout(ANSWER)
                .operation_attempt_timeout(ANSWER.saturating_mul(4))
                .build(),
        )
        .stalled_stream_protection(
            StalledStreamProtectionConfig::enabled().grace_period(STALL).build(),
        );
    if let Some(profile) = &connection.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &connection.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    let signer = if connection.signing == Signing::Anonymous {
        loader = loader.no_credentials();
        "not signed (--no-sign-request)".to_owned()
    } else {
        let config = ProviderConfig::without_region().with_region(Some(region));
        let config = config.with_http_client(http);
        let found = find(&config, connection.profile.as_deref(), &connection.bucket).await?;
        loader = loader.credentials_provider(found.provider);
        found.signer
    };
    Ok((loader.load().await, signer))
}

/// The flag, else environment, else profile; instance metadata is not asked, since most machines
/// have none, and a server tells the right region anyway.
async fn region(connection: &Connection, http: &SharedHttpClient) -> Region {
    let config = ProviderConfig::without_region().with_http_client(http.clone());
    let mut of_profile = ProfileFileRegionProvider::builder().configure(&config);
    if let Some(profile) = &connection.profile {
        of_profile = of_profile.profile_name(profile);
    }
    RegionProviderChain::first_try(connection.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(of_profile.build())
        .region()
        .await
        .unwrap_or_else(|| Region::new("us-east-1"))
}

/// rustls on ring with the machine's certificates, and those that `AWS_CA_BUNDLE` names.
fn http_client() -> Result<SharedHttpClient, S3Error> {
    let mut trusted = TrustStore::empty().with_native_roots(true);
    if let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) {
        let unreadable = |err| S3Error::Request(format!("AWS_CA_BUNDLE: {err}"));
        let pem = fs_err::read(&path).map_err(unreadable)?;
        trusted.add_pem_certificate(pem);
    }
    let context = TlsContext::builder().with_trust_store(trusted).build();
    let context = context.map_err(|err| S3Error::Request(err.to_string()))?;
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https())
}

fn client(config: &SdkConfig) -> Client {
    // Other servers rarely have a name for each bucket.
    let is_other = endpoint(config).is_some();
    let mut builder = aws_sdk_s3::config::Builder::from(config).force_path_style(is_other);
    if is_other {
        // Many do not know checksums that come after a body.
        builder = builder.request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
    }
    Client::from_conf(builder.build())
}

fn endpoint(config: &SdkConfig) -> Option<String> {
    let own = || std::env::var("AWS_ENDPOINT_URL_S3").ok();
    config.endpoint_url().map(str::to_owned).or_else(own)
}

fn server(config: &SdkConfig) -> String {
    endpoint(config).unwrap_or_else(|| {
        let region = config.region().map_or("us-east-1", AsRef::as_ref);
        format!("S3 in {region}")
    })
}
