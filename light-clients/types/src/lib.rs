//! The vocabulary of Farbank: units, identifiers and the description of a deployment.
//!
//! Decides what the words mean and how they are written down; leaves out every rule about them (the
//! light clients and the machines have those) and all I/O.

mod deployment;
mod deposit_id;
mod peer_identity;
mod proof;
mod redemption;
mod units;

pub use alloy_primitives::{keccak256, Address as EvmAddress, Bytes, B256, U256};
pub use bitcoin;

pub use deployment::{
    BitcoinEndpoint, BridgeParameters, CheckpointRecord, ContractAddresses, CustodyRecord,
    Deployment, FederationKey, FederationKeyKind, SideChainEndpoint, SideChainKind,
    DEPLOYMENT_VERSION,
};
pub use deposit_id::DepositId;
pub use peer_identity::PeerIdentity;
pub use proof::ProofAnswer;
pub use redemption::{Redemption, RedemptionId};
pub use units::{
    BitcoinHeight, BlockCount, ChainId, EvmBlockNumber, Gas, Nonce, SegmentIndex, UnixTime, Wei,
    Work,
};
