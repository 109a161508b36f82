//! The custody transaction: what the federation signs and what the contract takes as proof.
//!
//! Decides the one shape that every custody transaction has, what a redemption's commitment is, which
//! messages its inputs are signed over and how the signed form is put together. Leaves out whether it
//! should be signed: that is [`crate::policy`]'s.
//!
//! The shape (version 3, BIP-0431; lock time 0; every sequence 0xfffffffd):
//!
//! | | |
//! |---|---|
//! | input 0 | the current custody outpoint |
//! | inputs 1.. | deposits, strictly ascending by txid (internal byte order), then output index |
//! | outputs 0.. | payouts, in ascending order of their redemptions |
//! | last but one | the custody output: `OP_1 <key>`, the federation's key untweaked |
//! | last | value 0, `OP_RETURN <final side-chain block hash ‖ hash of the paid ids>` |

mod build;
mod redemption;
mod request;
mod script;
mod shape;
mod signing;

pub use build::{BuildRefusal, CustodyPlan, PlannedDeposit, PlannedPayout};
pub use redemption::{ids_hash, Redemption, RedemptionId};
pub use request::{DepositInput, SigningRequest};
pub use script::{anchor_script, custody_script, payout_dust};
pub use shape::{
    signed_weight, CustodyOutput, CustodyTransaction, ShapeRefusal, CUSTODY_SEQUENCE,
    MAX_CHILD_WEIGHT, MAX_WEIGHT,
};
pub use signing::{assemble, signing_inputs, AssembleRefusal, SigningInput, SpentOutput};
