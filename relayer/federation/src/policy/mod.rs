//! Whether an attester signs: the rules that keep two payouts of one redemption from confirming.
//!
//! Decides from one final state of the side chain, the attester's own Bitcoin headers and the intents
//! that it signed before; believes nothing of the request itself. Leaves out how these come to be known
//! and how the signature is made.
//!
//! Why it is safe: every custody transaction spends a custody outpoint, so two of them can both confirm
//! only if one descends from the other. The first form (input 0 is the proven custody outpoint, and every
//! redemption is unpaid in that same state) needs no memory. The second form (input 0 is the custody output
//! of a transaction that this attester signed itself) looks at every ancestor back to the proven outpoint.
//! A log that lost its end can only refuse more.

mod deposits;
mod fees;
mod intent;
mod judge;
mod limits;
mod lineage;
mod payouts;
mod refusal;

pub use intent::{prunable, SignedIntent, SignedPayout};
pub use judge::judge;
pub use limits::{PayoutCap, PolicyLimits};
pub use refusal::{
    DepositRefusal, FeeRefusal, LineageRefusal, PayoutRefusal, PolicyRefusal, ViewRefusal,
};
