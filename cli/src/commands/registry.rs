//! Which registries are asked about images, and with which logins.

use std::{env, path::PathBuf};

use covatlas_remote::registry::Credentials;
use etcetera::BaseStrategy as _;

use crate::{args::CompileHow, compile::Inspection};

/// Images that are asked for at once, unless the user says otherwise.
const CONCURRENCY: u16 = 10;

/// How to ask registries; `None` when the user does not want it.
pub(super) fn inspection(
    how: &CompileHow,
    concurrency: Option<u16>,
) -> anyhow::Result<Option<Inspection>> {
    if how.skip_inspection {
        return Ok(None);
    }
    let (credentials, unusable) = match &how.registry_config {
        Some(path) => (Credentials::read(path.as_std_path())?, Vec::new()),
        None => Credentials::read_all(&usual_files()),
    };
    let n_threads = usize::from(concurrency.unwrap_or(CONCURRENCY));
    Ok(Some(Inspection { credentials, unusable, n_threads }))
}

/// Where podman, then docker keep logins.
fn usual_files() -> Vec<PathBuf> {
    let folder = |name: &str| env::var_os(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    let dirs = etcetera::choose_base_strategy().ok();
    let run = folder("XDG_RUNTIME_DIR").map(|dir| dir.join("containers/auth.json"));
    let own = dirs.as_ref().map(|dirs| dirs.config_dir().join("containers/auth.json"));
    let home = dirs.as_ref().map(|dirs| dirs.home_dir().join(".docker"));
    let docker = folder("DOCKER_CONFIG").or(home).map(|dir| dir.join("config.json"));
    [folder("REGISTRY_AUTH_FILE"), run, own, docker].into_iter().flatten().collect()
}
