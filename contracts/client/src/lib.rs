#![doc = include_str!("../README.md")]

mod bindings;
mod block_proof;
mod call;
mod claims;
mod client;
mod code;
mod convert;
mod custody;
mod deploy;
mod fault;
mod key;
mod node;
mod refusal;
mod rpc;
mod segment;
mod sender;

pub use block_proof::BlockProof;
pub use call::{BridgeCalls, Call};
pub use claims::{BlockClaims, DepositClaim, PackingRejection};
pub use client::{
    BridgeEvent, ConnectError, ContractTip, DeployedParameters, DeploymentMismatch, DepositRecord,
    DepositState, HeaderRules, LoggedEvent, MintedLog, Reserves, SideChainClient,
};
pub use code::{expected_code_hash, expected_token_code_hash};
pub use custody::{CustodyProof, FederationKeys, LineageRecord, PaidRecord, PaidRedemption};
pub use deploy::{
    deploy, instance, CheckpointArguments, DeployError, DeployedContracts, DeploymentArguments,
    DeploymentRejection,
};
pub use fault::{Fault, NodeError};
pub use key::{EvmKey, InvalidKey, KeyError};
pub use node::{
    BlockAt, BlockRange, CallFailure, EvmBlock, ExecutionStatus, FeeMarket, GasEstimate, LogRecord,
    NodeConnectError, RawHeader, Receipt, SideChainNode, TransactionRecord,
};
pub use refusal::{BridgeRefusal, ParameterName, RefusalValue, ShapeFault};
pub use rpc::RpcConfig;
pub use segment::{SegmentPreimage, StoredSegment};
pub use sender::{
    next_nonce, submit_and_wait, Broadcast, BroadcastFailure, BroadcastRefusal, ConfirmedNonces,
    Fee, FeePolicy, FeeRejection, IntentFate, PrepareRejection, PreparedTransaction, SubmitError,
    TransactionIntent, TransactionSender, Wait,
};
