//! The calls of bitcoind that only the levers make: an empty block, and what a killed node would
//! otherwise forget. A lone node has no peers that give it back.

use std::path::PathBuf;

use bitcoin::Address;
use jsonrpsee::core::client::ClientT as _;
use jsonrpsee::core::params::ArrayParams;
use jsonrpsee::core::ClientError;
use jsonrpsee::http_client::HttpClient;
use jsonrpsee::rpc_params;
use serde_json::Value;

#[derive(Debug)]
pub(crate) struct LeverRpc {
    pub(crate) url: String,
    pub(crate) cookie: PathBuf,
}

impl LeverRpc {
    /// Mines a block that holds its coinbase transaction only.
    pub(crate) async fn mine_empty_block(&self, address: &Address) -> Result<(), ClientError> {
        let nothing: [&str; 0] = [];
        self.call("generateblock", rpc_params![address.to_string(), nothing]).await
    }

    /// Makes the node write its chain to disk, which it otherwise does once an hour.
    pub(crate) async fn flush_chain(&self) -> Result<(), ClientError> {
        self.call("gettxoutsetinfo", rpc_params!["none"]).await
    }

    /// Makes the node write its mempool to disk, which it otherwise does at its end.
    pub(crate) async fn flush_mempool(&self) -> Result<(), ClientError> {
        self.call("savemempool", rpc_params![]).await
    }

    async fn call(&self, method: &str, parameters: ArrayParams) -> Result<(), ClientError> {
        let credentials = tokio::fs::read_to_string(&self.cookie)
            .await
            .map_err(|error| ClientError::Transport(error.into()))?;
        let address = self.url.replacen("://", &format!("://{}@", credentials.trim()), 1);
        let client = HttpClient::builder().build(address)?;
        let _answer: Value = client.request(method, parameters).await?;
        Ok(())
    }
}
