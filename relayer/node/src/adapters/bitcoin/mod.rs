//! Bitcoin Core by JSON-RPC.
//!
//! Decides how calls are encoded, which answers are consistent with what was asked, and which
//! faults are worth another try. Leaves out whether an answer is *true*: headers are verified by the
//! light client, and a block is only compared with its own hash and Merkle root here.
//!
//! ```no_run
//! # async fn f() -> Result<(), farbank_relayer::adapters::bitcoin::BitcoindError> {
//! use farbank_relayer::adapters::bitcoin::{BitcoindNetwork, BitcoindOptions, RpcAuth};
//! let auth = RpcAuth::CookieFile("regtest/.cookie".into());
//! let node = BitcoindNetwork::new(BitcoindOptions::new("http://127.0.0.1:18443", auth));
//! node.check(bitcoin::Network::Regtest).await?;
//! let tip = node.chain_info().await?;
//! let block = node.block(&tip.best_block).await?;
//! # let _ = block; Ok(()) }
//! ```

mod auth;
mod chain;
mod error;
mod options;
mod outputs;
mod port;
mod transactions;
mod transport;
mod types;
mod wire;

pub use auth::RpcAuth;
pub use chain::BitcoindNetwork;
pub use error::BitcoindError;
pub use options::{BitcoindOptions, FeeBounds};
pub use outputs::{ScannedOutput, UnspentScan};
pub use types::{
    Broadcast, ChainInfo, HeaderInfo, KnownTransaction, MempoolVerdict, UnspentOutput,
};
