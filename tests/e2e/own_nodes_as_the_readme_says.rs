//! The README's steps on a bitcoind and a geth started by hand, taken from the README itself.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use farbank_devnet::{free_ports, Tool, ToolPaths};
use farbank_tests::{processes_naming, send_signal, Farbank};
use serde_json::{json, Value};

/// The steps' shell and everything that it started; ended, by id, whatever happens.
struct Steps {
    farbank: Farbank,
    shell: Option<Child>,
}

impl Drop for Steps {
    fn drop(&mut self) {
        if let Some(shell) = &mut self.shell {
            // The shell leads a process group, in which its background jobs stay; it may be gone.
            let group = format!("-{}", shell.id());
            let _ = Command::new("kill").args(["-s", "KILL", "--", &group]).status();
            let _ = shell.wait();
        }
        // bitcoind left the group when it became a daemon.
        for pid in processes_naming(self.farbank.home()) {
            send_signal(pid, "KILL");
        }
    }
}

#[test]
fn deposit_is_minted_by_the_steps_of_the_readme() {
    let mut steps = Steps { farbank: Farbank::new(), shell: None };
    let home = steps.farbank.home().to_path_buf();
    let readme = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).expect("a README");
    let tools = ToolPaths::from_environment();
    let bitcoind = tools.find(Tool::Bitcoind).expect("deploy/setup brings bitcoind");
    let (side_chain, other) = tools.find(Tool::Geth).map_or_else(
        |_| (tools.find(Tool::Anvil).expect("deploy/setup brings anvil"), "geth --datadir"),
        |geth| (geth, "anvil --port"),
    );
    let script = shell_blocks(&readme, "## On your own nodes", other);
    fs::write(home.join("steps.sh"), format!("set -euo pipefail\n{script}")).expect("a file");

    let ports = [("bitcoind", None), ("side chain", None), ("relayer", None)];
    let [bitcoin, side, relayer] = free_ports(ports).expect("ports").map(|port| port.to_string());
    let shell = Command::new("bash")
        .arg("steps.sh")
        .process_group(0)
        .current_dir(&home)
        .env_clear()
        .env("HOME", &home)
        .env("PATH", path(&[&Farbank::binary(), &bitcoind, &side_chain]))
        .env("BITCOIN_PORT", bitcoin)
        .env("SIDE_PORT", side)
        .env("RELAYER_PORT", relayer)
        .stdin(Stdio::null())
        .stdout(fs::File::create(home.join("out.log")).expect("a file"))
        .stderr(fs::File::create(home.join("err.log")).expect("a file"))
        .spawn()
        .expect("bash starts");
    let outcome = steps.shell.insert(shell).wait().expect("it ends");
    let said = |file: &str| fs::read_to_string(home.join(file)).unwrap_or_default();
    assert!(outcome.success(), "{}\n{}", said("out.log"), said("err.log"));

    let own = home.join("own");
    let reserves = Command::new(Farbank::binary())
        .args(["--json", "--home"])
        .arg(&own)
        .arg("reserves")
        .output()
        .expect("farbank starts");
    let reserves: Value = serde_json::from_slice(&reserves.stdout).expect("JSON");
    assert_eq!(reserves["supply_sat"], json!(25_000_000), "{reserves}");
    assert_eq!(reserves["holds"], json!(true), "{reserves}");
}

/// Returns the ```sh blocks of one section, back to back, without those of the other side chain.
fn shell_blocks(markdown: &str, heading: &str, other_side_chain: &str) -> String {
    let (_, rest) = markdown.split_once(heading).expect("the section");
    let section = rest.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```sh\n").skip(1).filter_map(|block| block.split("```").next());
    let (left_out, steps): (Vec<&str>, Vec<&str>) =
        blocks.partition(|block| block.contains(other_side_chain));
    assert_eq!(left_out.len(), 1, "the section has one block for {other_side_chain}");
    steps.concat()
}

/// A PATH with the programs that the steps name, and those of the system.
fn path(tools: &[&Path]) -> String {
    let system = std::env::var("PATH").expect("a PATH");
    let folders = tools.iter().map(|tool| tool.parent().expect("a folder").display().to_string());
    folders.chain([system]).collect::<Vec<_>>().join(":")
}
