//! Versions, help, wrong usage and broken pipes.

mod common;

use std::process::{Command, Stdio};
use std::time::Instant;

use common::Home;

#[test]
fn version_and_help_are_answers() {
    let home = Home::new();
    let version = home.run(["--version"]);
    assert_eq!((version.code, version.stderr.as_str()), (0, ""));
    assert_eq!(version.stdout.trim(), concat!("farbank ", env!("CARGO_PKG_VERSION")));
    assert_eq!(home.run(["--json", "--help"]).code, 0);
}

#[test]
fn unknown_command_exits_with_two_and_in_json_on_request() {
    let home = Home::new();
    let text = home.run(["mint-me-some"]);
    assert_eq!((text.code, text.stdout.as_str()), (2, ""));
    let json = home.run(["mint-me-some", "--json"]);
    assert_eq!((json.code, json.stderr.as_str()), (2, ""));
    assert_eq!(json.document()["error"], "usage");
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the time it takes is what is tested")]
fn version_answers_within_fifty_milliseconds() {
    let fastest = (0..5)
        .map(|_| {
            let start = Instant::now();
            assert_eq!(Home::new().run(["--version"]).code, 0);
            start.elapsed()
        })
        .min()
        .unwrap();
    assert!(fastest.as_millis() < 50, "{fastest:?}");
}

#[test]
fn reader_that_goes_away_is_no_fault() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_farbank"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = Home::new().run(["completions", shell]);
        assert_eq!(ran.code, 0);
        assert!(ran.stdout.contains("headers") && ran.stdout.contains("inclusion"), "{shell}");
    }
}
