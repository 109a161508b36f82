//! Ports: what the machines' surroundings must be able to do, named after roles.
//!
//! Adapters live in the node and store crates. Contracts that hold for all of them: reading twice is
//! harmless; an answer is a value of one moment, never a stream; a fault says whether another try
//! can succeed; nothing here verifies, the pipeline does that before a machine sees an event.

mod attesters;
mod changes;
mod network;
mod store;

pub use farbank_bitcoin_light_client::BlockRef;

pub use attesters::Attesters;
pub use changes::{
    AttemptChange, Changes, CustodyChange, DepositChange, DepositRecord, DescriptorRecord,
    HeaderRelayChange, IntentChange, IntentId, IntentPurpose, IntentRecord, MintedDeposit,
    RedemptionRecord, ScanChange, SweepChange,
};
pub use network::{
    BitcoinNetwork, ContractLook, PegOutChain, Pool, PortError, RedemptionEvent, RedemptionFact,
    RedemptionsLook, SideChain,
};
pub use store::{Page, PegInStore, PegOutStore, Snapshot, UnitOfWork};
