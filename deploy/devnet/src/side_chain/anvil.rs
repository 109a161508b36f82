//! anvil: a development node whose own `finalized` tag is the verdict.

use std::ffi::OsString;
use std::path::Path;

use farbank_types::EvmAddress;
use jsonrpsee::core::client::ClientT as _;
use jsonrpsee::core::ClientError;
use jsonrpsee::http_client::HttpClient;
use jsonrpsee::rpc_params;
use serde_json::Value;

use super::{genesis, CHAIN_ID, GAS_LIMIT};
use crate::failure::Failure;
use crate::folder::{make_private_dir, DevnetFolder};
use crate::ports::free_ports;
use crate::process::Program;

const ANVIL: &str = "anvil";

/// Returns the program.
pub(super) fn configure(
    folder: &DevnetFolder,
    anvil: &Path,
    port: Option<u16>,
) -> Result<Program, Failure> {
    let home = folder.process(ANVIL);
    make_private_dir(&home)?;
    let [port] = free_ports([(ANVIL, port)])?;
    let (port_text, chain_id) = (port.to_string(), CHAIN_ID.to_string());
    let gas_limit = GAS_LIMIT.to_string();
    let mut arguments: Vec<OsString> = [
        "--host",
        "127.0.0.1",
        "--port",
        &port_text,
        "--chain-id",
        &chain_id,
        "--hardfork",
        "london",
        "--slots-in-an-epoch",
        "1",
        "--block-time",
        "1",
        "--gas-limit",
        &gas_limit,
        "--accounts",
        "1",
        "--balance",
        "0",
        "--state-interval",
        "1",
        "--preserve-historical-states",
    ]
    .map(OsString::from)
    .into();
    // What a killed node finds again: the chain of at most a second before.
    arguments.extend(["--state".into(), home.join("state.json").into_os_string()]);
    Ok(Program {
        name: ANVIL.to_owned(),
        path: anvil.to_owned(),
        arguments,
        log: folder.log(ANVIL),
        folder: home,
        port,
    })
}

/// Gives the accounts their ether: a node that keeps its state takes no genesis document.
pub(super) async fn fund(url: &str, accounts: &[EvmAddress]) -> Result<(), ClientError> {
    let client = HttpClient::builder().build(url)?;
    let balance = format!("{:#x}", genesis::balance());
    for account in accounts {
        let _done: Value =
            client.request("anvil_setBalance", rpc_params![account, &balance]).await?;
    }
    Ok(())
}
