//! The `farbank` command in a home of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The command with a home folder that goes away with it.
#[derive(Debug)]
pub struct Farbank {
    home: TempDir,
    environment: Vec<(String, String)>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Default for Farbank {
    fn default() -> Self {
        Self::new()
    }
}

impl Farbank {
    /// Makes a new, empty home.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    #[must_use]
    pub fn new() -> Self {
        let home = tempfile::Builder::new().prefix("farbank-e2e-").tempdir().expect("a folder");
        Self { home, environment: Vec::new() }
    }

    /// Sets a variable for every later command.
    pub fn set_env(&mut self, name: &str, value: impl Into<String>) {
        self.environment.push((name.to_owned(), value.into()));
    }

    /// Returns the home folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns the binary: `FARBANK_BIN`, or the one built beside the tests.
    ///
    /// # Panics
    /// When there is none: `cargo build -p farbank-cli` makes it.
    #[must_use]
    pub fn binary() -> PathBuf {
        let path = std::env::var_os("FARBANK_BIN").map_or_else(
            || {
                let test = std::env::current_exe().expect("a running test has a path");
                test.ancestors().nth(2).expect("target/<profile>/deps/test").join("farbank")
            },
            PathBuf::from,
        );
        assert!(
            path.is_file(),
            "{} is missing: build it with `cargo build -p farbank-cli` in the tests' profile",
            path.display()
        );
        path
    }

    /// Prepares a command without a terminal and without the caller's configuration.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(Self::binary());
        for (name, _) in std::env::vars().filter(|(name, _)| is_configuration(name)) {
            command.env_remove(name);
        }
        command
            .arg("--home")
            .arg(self.home.path())
            .args(arguments)
            .envs(self.environment.iter().cloned())
            .stdin(Stdio::null())
            .current_dir(self.home.path());
        command
    }

    /// Runs a command to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let output = self.command(arguments).output().expect("farbank starts");
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a command with `--json` that must succeed, and returns its document.
    ///
    /// # Panics
    /// When it does not exit with 0 or prints no JSON.
    #[must_use]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(&with_json(arguments));
        assert_eq!(outcome.code, 0, "farbank {arguments:?}: {outcome:?}");
        outcome.document()
    }

    /// Runs a command that must succeed.
    ///
    /// # Panics
    /// When it does not exit with 0.
    pub fn ok(&self, arguments: &[&str]) {
        let outcome = self.run(arguments);
        assert_eq!(outcome.code, 0, "farbank {arguments:?}: {outcome:?}");
    }

    /// Runs a command with `--json` that must be refused, and returns the document that says why.
    ///
    /// # Panics
    /// When it does not exit with 1 or names no reason.
    #[must_use]
    pub fn refusal(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(&with_json(arguments));
        assert_eq!(outcome.code, 1, "farbank {arguments:?}: {outcome:?}");
        let document = outcome.document();
        assert!(document["refused"].is_string(), "no reason in {document}");
        document
    }
}

impl Outcome {
    /// Parses standard output.
    ///
    /// # Panics
    /// When it is no JSON.
    #[must_use]
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Variables that a developer may have set for a devnet of his own; where programs are stays.
fn is_configuration(name: &str) -> bool {
    const PROGRAMS: [&str; 6] = [
        "FARBANK_ANVIL",
        "FARBANK_BIN",
        "FARBANK_BITCOIND",
        "FARBANK_CACHE",
        "FARBANK_FORGE",
        "FARBANK_GETH",
    ];
    name.starts_with("FARBANK_") && !PROGRAMS.contains(&name)
}

fn with_json<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["--json"], arguments].concat()
}
