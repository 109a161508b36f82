//! Where the programs come from: a variable, PATH, or the cache that `deploy/setup` fills.

use core::fmt;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Rejection;

/// A program that the devnet runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    /// Bitcoin Core.
    Bitcoind,
    /// go-ethereum of the 1.13 series, the last one that seals Clique blocks.
    Geth,
    /// The development node of Foundry.
    Anvil,
    /// Ties the life of a process to its parent's (util-linux).
    Setpriv,
}

impl Tool {
    /// Returns the program's file name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bitcoind => "bitcoind",
            Self::Geth => "geth",
            Self::Anvil => "anvil",
            Self::Setpriv => "setpriv",
        }
    }

    const fn variable(self) -> Option<&'static str> {
        match self {
            Self::Bitcoind => Some("FARBANK_BITCOIND"),
            Self::Geth => Some("FARBANK_GETH"),
            Self::Anvil => Some("FARBANK_ANVIL"),
            Self::Setpriv => None,
        }
    }

    /// Start of the name of the cache's folders that hold the program.
    const fn cache_prefix(self) -> Option<&'static str> {
        match self {
            Self::Bitcoind => Some("bitcoind-"),
            Self::Geth => Some("geth-"),
            Self::Anvil => Some("foundry-"),
            Self::Setpriv => None,
        }
    }

    const fn remedy(self) -> &'static str {
        match self {
            Self::Bitcoind => {
                "run deploy/setup, put a bitcoind of version 28 or newer on PATH, or name it in \
                 FARBANK_BITCOIND"
            }
            Self::Geth => {
                "run deploy/setup (it needs Go), name a geth 1.13 in FARBANK_GETH, or choose \
                 --side-chain anvil"
            }
            Self::Anvil => "run deploy/setup, or name it in FARBANK_ANVIL",
            Self::Setpriv => "install util-linux",
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where programs are looked for. Taken from the environment once, so that it can be replaced.
#[derive(Clone, Debug, Default)]
pub struct ToolPaths {
    variables: Vec<(Tool, PathBuf)>,
    path: Option<OsString>,
    cache: Option<PathBuf>,
}

impl ToolPaths {
    /// Reads the variables `FARBANK_BITCOIND`, `FARBANK_GETH`, `FARBANK_ANVIL`, then `PATH`, then
    /// `FARBANK_CACHE` (default `$XDG_CACHE_HOME/farbank`, `~/.cache/farbank`).
    #[must_use]
    pub fn from_environment() -> Self {
        let non_empty = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let variables = [Tool::Bitcoind, Tool::Geth, Tool::Anvil]
            .into_iter()
            .filter_map(|tool| Some((tool, non_empty(tool.variable()?)?.into())))
            .collect();
        let cache = non_empty("FARBANK_CACHE").map(PathBuf::from).or_else(|| {
            let base = non_empty("XDG_CACHE_HOME").map(PathBuf::from);
            let base = base.or_else(|| Some(env::home_dir()?.join(".cache")))?;
            Some(base.join("farbank"))
        });
        Self { variables, path: env::var_os("PATH"), cache }
    }

    /// Returns the program's path.
    ///
    /// # Errors
    /// [`Rejection::ToolMissing`] with the remedy. A variable that names no program is not passed
    /// over in silence: what a user chose is not replaced by something else.
    pub fn find(&self, tool: Tool) -> Result<PathBuf, Rejection> {
        let chosen = self.variables.iter().find(|(named, _)| *named == tool);
        if let (Some((_, path)), Some(variable)) = (chosen, tool.variable()) {
            return Some(path.clone()).filter(|path| is_program(path)).ok_or_else(|| {
                let remedy = format!(
                    "{variable} names {}, which is no program; correct or unset it",
                    path.display()
                );
                Rejection::ToolMissing { tool, remedy }
            });
        }
        self.on_path(tool)
            .or_else(|| self.in_cache(tool))
            .ok_or_else(|| Rejection::ToolMissing { tool, remedy: tool.remedy().into() })
    }

    fn on_path(&self, tool: Tool) -> Option<PathBuf> {
        env::split_paths(self.path.as_ref()?)
            .map(|folder| folder.join(tool.name()))
            .find(|path| is_program(path))
    }

    /// The newest by name, when several versions are kept.
    fn in_cache(&self, tool: Tool) -> Option<PathBuf> {
        let prefix = tool.cache_prefix()?;
        let folders = self.cache.as_ref()?.read_dir().ok()?;
        folders
            .filter_map(Result::ok)
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
            .map(|entry| entry.path().join("bin").join(tool.name()))
            .filter(|path| is_program(path))
            .max()
    }
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn program(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn variable_comes_before_path_and_path_before_the_cache() {
        let root = tempfile::tempdir().unwrap();
        let cached = root.path().join("cache/geth-1.13.15/bin/geth");
        let on_path = root.path().join("bin/geth");
        let named = root.path().join("mine/geth");
        program(&cached);
        let mut tools =
            ToolPaths { cache: Some(root.path().join("cache")), ..ToolPaths::default() };
        assert_eq!(tools.find(Tool::Geth), Ok(cached));
        program(&on_path);
        tools.path = Some(root.path().join("bin").into());
        assert_eq!(tools.find(Tool::Geth), Ok(on_path));
        program(&named);
        tools.variables = vec![(Tool::Geth, named.clone())];
        assert_eq!(tools.find(Tool::Geth), Ok(named));
    }

    #[test]
    fn missing_program_is_named_with_its_remedy() {
        let tools = ToolPaths::default();
        let Err(Rejection::ToolMissing { tool: Tool::Anvil, remedy }) = tools.find(Tool::Anvil)
        else {
            panic!("found anvil nowhere");
        };
        assert!(remedy.contains("deploy/setup"), "{remedy}");
    }

    #[test]
    fn variable_that_names_no_program_is_not_replaced() {
        let root = tempfile::tempdir().unwrap();
        let cached = root.path().join("geth-1/bin/geth");
        program(&cached);
        let tools = ToolPaths {
            variables: vec![(Tool::Geth, "/nowhere/geth".into())],
            path: None,
            cache: Some(root.path().to_owned()),
        };
        assert!(tools.find(Tool::Geth).is_err());
    }
}
