//! Processes as the kernel shows them.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Returns the ids of all living processes whose command line names `folder`.
///
/// # Panics
/// Without `/proc`.
#[must_use]
pub fn processes_naming(folder: &Path) -> Vec<u32> {
    let needle = folder.to_string_lossy().into_owned();
    fs::read_dir("/proc")
        .expect("Linux has /proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|pid| *pid != std::process::id() && is_alive(*pid))
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|line| String::from_utf8_lossy(&line).contains(&needle))
        })
        .collect()
}

/// Returns whether a process exists and is no zombie.
#[must_use]
pub fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
        state != Some('Z')
    })
}

/// Sends a signal, named as `kill` names it, to a process that the test started.
///
/// # Panics
/// When `kill` cannot be run.
pub fn send_signal(pid: u32, signal: &str) {
    let status = Command::new("kill").args(["-s", signal, &pid.to_string()]).status();
    assert!(status.expect("kill runs").success(), "kill -s {signal} {pid}");
}
