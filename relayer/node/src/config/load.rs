//! Reading and printing.

use std::path::Path;

use figment::providers::{Env, Format as _, Serialized, Toml};
use figment::Figment;

use super::{ConfigError, RelayerConfig};

/// Environment variables that start so and name a section (`FARBANK_API__LISTEN`) are read. Others
/// (`FARBANK_HOME`) belong to the command line.
pub const ENVIRONMENT_PREFIX: &str = "FARBANK_";

/// Between section and key.
const SEPARATOR: &str = "__";

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
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(path) = file {
            std::fs::metadata(path)
                .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
            figment = figment.merge(Toml::file_exact(path));
        }
        let environment = Env::prefixed(ENVIRONMENT_PREFIX)
            .filter(|key| key.as_str().contains(SEPARATOR))
            .map(|key| match key.as_str().split_once(SEPARATOR) {
                Some((section, rest)) if section.eq_ignore_ascii_case("relayer") => rest.into(),
                _ => key.as_str().replace(SEPARATOR, ".").into(),
            });
        let mut config: Self = figment
            .merge(environment)
            .extract()
            .map_err(|source| ConfigError::Refused { source: Box::new(source) })?;
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
        ];
        let optional = [&mut self.bitcoin.cookie_file, &mut self.bitcoin.user_password_file];
        for path in required.into_iter().chain(optional.into_iter().flatten()) {
            // Leaves an absolute path alone.
            *path = folder.join(&*path);
        }
    }
}
