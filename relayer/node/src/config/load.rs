//! Reading and printing.

use std::path::Path;

use figment::providers::{Env, Format as _, Serialized, Toml};
use figment::Figment;
use serde::de::DeserializeOwned;
use serde::Serialize;

use super::{ConfigError, RelayerConfig};

/// Environment variables that start so and name a section (`FARBANK_API__LISTEN`) are read. Others
/// (`FARBANK_HOME`) belong to the command line.
pub const ENVIRONMENT_PREFIX: &str = "FARBANK_";

/// Between section and key.
const SEPARATOR: &str = "__";

/// Reads the defaults, then `file`, then the environment. Keys above the first section are variables
/// of the section `process`.
pub(super) fn read<T: Default + Serialize + DeserializeOwned>(
    process: &str,
    file: Option<&Path>,
) -> Result<T, ConfigError> {
    let mut figment = Figment::from(Serialized::defaults(T::default()));
    if let Some(path) = file {
        std::fs::metadata(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        figment = figment.merge(Toml::file_exact(path));
    }
    let process = process.to_owned();
    let environment = Env::prefixed(ENVIRONMENT_PREFIX)
        .filter(|key| key.as_str().contains(SEPARATOR))
        .map(move |key| match key.as_str().split_once(SEPARATOR) {
            Some((section, rest)) if section.eq_ignore_ascii_case(&process) => rest.into(),
            _ => key.as_str().replace(SEPARATOR, ".").into(),
        });
    figment
        .merge(environment)
        .extract()
        .map_err(|source| ConfigError::Refused { source: Box::new(source) })
}

impl RelayerConfig {
    /// Reads the defaults, then `file`, then the environment, and checks the result.
    ///
    /// Relative paths are taken from the folder of `file`, without one from the working folder.
    /// The top-level paths have a section-less variable: `FARBANK_RELAYER__STATE_DIR` and
    /// `FARBANK_RELAYER__DEPLOYMENT_FILE`.
    ///
    /// # Errors
    /// [`ConfigError`]; an unknown key is named with the file or variable that it is in.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut config: Self = read("relayer", file)?;
        config.check()?;
        if let Some(folder) = file.and_then(Path::parent) {
            config.resolve(folder);
        }
        Ok(config)
    }

    /// Returns the configuration as TOML that [`Self::load`] reads back.
    ///
    /// # Errors
    /// [`ConfigError::Unprintable`] for a path that is no UTF-8.
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(self).map_err(|source| ConfigError::Unprintable { source })
    }

    fn resolve(&mut self, folder: &Path) {
        let required = [
            &mut self.deployment_file,
            &mut self.state_dir,
            &mut self.side_chain.key_file,
            &mut self.api.token_file,
            &mut self.federation.identity_file,
        ];
        let optional = [
            &mut self.bitcoin.cookie_file,
            &mut self.bitcoin.user_password_file,
            &mut self.federation.group_file,
        ];
        for path in required.into_iter().chain(optional.into_iter().flatten()) {
            // Leaves an absolute path alone.
            *path = folder.join(&*path);
        }
    }
}
