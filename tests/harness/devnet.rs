//! A devnet that never outlives its test, and deposits on it.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{json, Value};

use crate::{eventually, Farbank, Rpc};

/// Longest wait for anything that takes a few blocks.
const PATIENCE: Duration = Duration::from_secs(120);

/// Returns the side chain of scenarios that work on any: `FARBANK_SIDE_CHAIN`, by default `auto`.
#[must_use]
pub fn side_chain_choice() -> String {
    std::env::var("FARBANK_SIDE_CHAIN").unwrap_or_else(|_| "auto".to_owned())
}

/// A running devnet; stopped when dropped.
#[derive(Debug)]
pub struct Devnet {
    farbank: Farbank,
}

/// A deposit that the relayer knows.
#[derive(Debug)]
pub struct Deposit {
    /// Its file.
    pub file: PathBuf,
    /// Its address.
    pub address: String,
    /// The transaction that paid it.
    pub txid: String,
}

impl Devnet {
    /// Starts a devnet in a home of its own, and a user named `alice`.
    ///
    /// # Panics
    /// When it does not come up.
    #[must_use]
    pub fn up(side_chain: &str) -> Self {
        let mut devnet = Self { farbank: Farbank::new() };
        devnet.farbank.ok(&["devnet", "up", "--side-chain", side_chain]);
        for (name, value) in devnet.environment() {
            if name.starts_with("FARBANK_RELAYER") {
                devnet.farbank.set_env(&name, value);
            }
        }
        devnet.farbank.ok(&["keys", "add", "alice"]);
        devnet
    }

    /// Returns what `devnet env` exports.
    fn environment(&self) -> Vec<(String, String)> {
        let script = self.farbank.run(&["devnet", "env"]).stdout;
        let exports = script.lines().filter_map(|line| line.strip_prefix("export "));
        exports
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect()
    }

    /// Returns the command in the devnet's home.
    #[must_use]
    pub const fn farbank(&self) -> &Farbank {
        &self.farbank
    }

    /// Returns the devnet's folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.farbank.home().join("devnet")
    }

    /// Reads `deployment.json`.
    ///
    /// # Panics
    /// When it is no JSON.
    #[must_use]
    pub fn deployment(&self) -> Value {
        let path = self.folder().join("deployment.json");
        serde_json::from_slice(&std::fs::read(path).expect("a deployment")).expect("JSON")
    }

    /// Mines Bitcoin blocks.
    pub fn mine(&self, blocks: u32) {
        self.farbank.ok(&["devnet", "mine", &blocks.to_string()]);
    }

    /// Replaces the newest Bitcoin blocks by a longer branch.
    pub fn reorg(&self, blocks: u32) {
        self.farbank.ok(&["devnet", "reorg", &blocks.to_string()]);
    }

    /// Ends a process with SIGKILL.
    pub fn kill(&self, name: &str) {
        self.farbank.ok(&["devnet", "kill", name]);
    }

    /// Starts a process that was killed.
    pub fn start(&self, name: &str) {
        self.farbank.ok(&["devnet", "start", name]);
    }

    /// Makes a deposit address for alice, tells the relayer, and pays it; nothing is mined.
    ///
    /// # Panics
    /// When a command fails.
    #[must_use]
    pub fn pay_deposit(&self, bitcoins: &str) -> Deposit {
        let file = self.farbank.home().join("deposit.json");
        let path = file.to_string_lossy().into_owned();
        let made =
            self.farbank.json(&["peg-in", "address", "--recipient", "alice", "--out", &path]);
        let address = made["address"].as_str().expect("an address").to_owned();
        assert!(made["announced_to"].is_string(), "the relayer was told: {made}");
        let paid = self.farbank.json(&["devnet", "fund", &address, bitcoins]);
        let txid = paid["bitcoin_tx"].as_str().expect("a transaction").to_owned();
        Deposit { file, address, txid }
    }

    /// Returns what `peg-in status` says of the one output of a deposit; null when there is none.
    #[must_use]
    pub fn deposit_status(&self, deposit: &Deposit) -> Value {
        let path = deposit.file.to_string_lossy().into_owned();
        self.farbank.json(&["peg-in", "status", &path])["deposits"][0].clone()
    }

    /// Waits until a deposit is in `state`.
    pub fn deposit_reaches(&self, deposit: &Deposit, state: &str) {
        eventually(&format!("deposit {state}"), PATIENCE, || {
            (self.deposit_status(deposit)["state"] == state).then_some(())
        });
    }

    /// Waits until the relayer has nothing left to do for the one deposit: minted and final.
    pub fn relayer_settles(&self) {
        eventually("the relayer's deposit is final", PATIENCE, || {
            let deposit = self.relayer_deposit()?;
            (deposit["state"] == "done").then_some(())
        });
    }

    /// Returns the relayer's record of the one deposit, while it answers.
    #[must_use]
    pub fn relayer_deposit(&self) -> Option<Value> {
        let found = self.relayer_get("/v1/deposits")?;
        Some(found["deposits"][0]["outputs"][0].clone()).filter(|deposit| !deposit.is_null())
    }

    /// Asks the relayer, while it answers.
    #[must_use]
    pub fn relayer_get(&self, path: &str) -> Option<Value> {
        let (_, url) =
            self.environment().into_iter().find(|(name, _)| name == "FARBANK_RELAYER_URL")?;
        let answer = reqwest::blocking::get(format!("{url}{path}"))
            .and_then(reqwest::blocking::Response::text);
        serde_json::from_str(&answer.ok()?).ok()
    }

    /// Checks that `sat` are in circulation, all of them backed (I1).
    ///
    /// # Panics
    /// When another sum is, or I1 does not hold.
    pub fn assert_supply(&self, sat: u64) {
        let reserves = self.farbank.json(&["reserves"]);
        assert_eq!(reserves["supply_sat"], json!(sat), "{reserves}");
        assert_eq!(reserves["holds"], json!(true), "{reserves}");
    }

    /// Returns bitcoind's RPC as it is now (a restart makes a new cookie).
    ///
    /// # Panics
    /// While bitcoind is down.
    #[must_use]
    pub fn bitcoin(&self) -> Rpc {
        let bitcoin = self.deployment()["bitcoin"].clone();
        let cookie = std::fs::read_to_string(bitcoin["cookie_file"].as_str().expect("a path"));
        Rpc::new(bitcoin["rpc_url"].as_str().expect("a URL"), Some(&cookie.expect("a cookie")))
    }

    /// Returns the side chain's RPC.
    ///
    /// # Panics
    /// When the deployment names none.
    #[must_use]
    pub fn side_chain(&self) -> Rpc {
        Rpc::new(self.deployment()["side_chain"]["rpc_url"].as_str().expect("a URL"), None)
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.folder().join("relayer/relayer.log");
            let text = std::fs::read_to_string(log).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(30)..].join("\n");
            // The test runner shows it only for a test that failed.
            #[allow(clippy::print_stderr, reason = "what the relayer said explains the failure")]
            {
                eprintln!("{tail}");
            }
        }
        // A test that already took it down gets a refusal here, which is as good.
        let _ = self.farbank.run(&["devnet", "down"]);
    }
}
