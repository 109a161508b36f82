#![doc = include_str!("../README.md")]

mod bindings;
mod call;
mod claims;
mod client;
mod convert;
mod deploy;
mod fault;
mod key;
mod node;
mod refusal;
mod rpc;
mod segment;
mod sender;

pub use call::{BridgeCalls, Call};
pub use claims::{BlockClaims, DepositClaim, PackingRejection};
pub use client::{
    deposit_id, ConnectError, ContractTip, DeployedParameters, DeploymentMismatch, HeaderRules,
    MintedDeposit, MintedLog, Reserves, SideChainClient,
};
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
pub use refusal::{BridgeRefusal, ParameterName, RefusalValue};
pub use rpc::RpcConfig;
pub use segment::{SegmentPreimage, StoredSegment};
pub use sender::{
    next_nonce, submit_and_wait, Broadcast, BroadcastFailure, BroadcastRefusal, ConfirmedNonces,
    Fee, FeePolicy, FeeRejection, IntentFate, PrepareRejection, PreparedTransaction, SubmitError,
    TransactionIntent, TransactionSender, Wait,
};
