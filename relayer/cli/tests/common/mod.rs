//! The program under test, with a home of its own and nothing from the environment.

#![allow(dead_code, reason = "every test file uses another part")]
#![allow(unreachable_pub, clippy::unwrap_used, reason = "a failed helper is a failed test")]

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// What a run ended with.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The one JSON document on stdout.
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {:?} {:?}", self.stdout, self.stderr))
    }

    /// The name of the refusal; panics unless the run was refused.
    pub fn refused(&self) -> String {
        assert_eq!(self.code, 1, "{} {}", self.stdout, self.stderr);
        self.document()["refused"].as_str().unwrap().to_owned()
    }
}

/// A folder that is gone after the test.
pub struct Home(tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file into the home.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Runs `farbank` with these arguments.
    pub fn run<S: AsRef<std::ffi::OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs `farbank` with these arguments and this standard input.
    pub fn run_with<S: AsRef<std::ffi::OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
        input: impl Into<Vec<u8>>,
    ) -> Ran {
        let output = Command::new(env!("CARGO_BIN_EXE_farbank"))
            .env_clear()
            .env("FARBANK_HOME", self.path())
            .current_dir(self.path())
            .args(arguments)
            .write_stdin(input.into())
            .output()
            .unwrap();
        Ran {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// Reads one of the public vectors.
pub fn vector(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Mainnet headers 554,390 to 554,408 back to back, and the time that their period began.
pub fn mainnet_headers() -> (Vec<u8>, u32) {
    let vectors: Value =
        serde_json::from_slice(&vector("mainnet-headersWithRetarget.json")).unwrap();
    let bytes = |entry: &Value| {
        hex::decode(entry["hex"].as_str().unwrap().trim_start_matches("0x")).unwrap()
    };
    let mut raw = bytes(&vectors["genesis"]);
    for entry in vectors["chain"].as_array().unwrap() {
        raw.extend(bytes(entry));
    }
    let start = bytes(&vectors["oldPeriodStart"]);
    (raw, u32::from_le_bytes(start[68..72].try_into().unwrap()))
}
