//! A private anvil with London rules on a free port; it dies with its handle.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

use farbank_contracts::{RpcConfig, SideChainNode};
use jsonrpsee::core::client::ClientT as _;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use serde_json::Value;

use super::ANVIL_CHAIN;

pub(crate) struct Anvil {
    process: Child,
    url: String,
    levers: HttpClient,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Anvil {
    /// Starts a chain that makes a block for every transaction.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a chain that makes blocks only by [`Anvil::mine`].
    pub(crate) fn start_without_blocks() -> Self {
        Self::start_with(&["--no-mining"])
    }

    fn start_with(arguments: &[&str]) -> Self {
        let mut process = Command::new(program())
            .args(["--port", "0", "--hardfork", "london", "--slots-in-an-epoch", "1"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("anvil starts");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| line.unwrap().strip_prefix("Listening on ").map(str::to_owned))
            .expect("anvil says where it listens");
        thread::spawn(move || lines.for_each(drop));
        let url = format!("http://{address}");
        let levers = HttpClientBuilder::default().build(&url).unwrap();
        Self { process, url, levers }
    }

    pub(crate) fn config(&self) -> RpcConfig {
        RpcConfig::new(self.url.as_str())
    }

    pub(crate) async fn node(&self) -> SideChainNode {
        SideChainNode::connect(&self.config(), ANVIL_CHAIN).await.unwrap()
    }

    pub(crate) async fn mine(&self) {
        self.lever("evm_mine", vec![]).await;
    }

    /// Pulls a lever that only a development node has.
    pub(crate) async fn lever(&self, method: &str, parameters: Vec<Value>) -> Value {
        self.levers.request(method, parameters).await.unwrap()
    }
}

fn program() -> PathBuf {
    let on_path = || {
        let path = env::var_os("PATH")?;
        env::split_paths(&path).map(|folder| folder.join("anvil")).find(|file| file.is_file())
    };
    let in_cache = || {
        let cache = env::var_os("FARBANK_CACHE").map(PathBuf::from).or_else(|| {
            let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
            let base = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home)?;
            Some(base.join("farbank"))
        })?;
        let mut parts = fs::read_dir(cache).ok()?.filter_map(Result::ok);
        parts.find_map(|part| Some(part.path().join("bin/anvil")).filter(|file| file.is_file()))
    };
    env::var_os("FARBANK_ANVIL")
        .map(PathBuf::from)
        .or_else(on_path)
        .or_else(in_cache)
        .expect("anvil in FARBANK_ANVIL, on PATH or in the tools cache: run deploy/setup")
}
