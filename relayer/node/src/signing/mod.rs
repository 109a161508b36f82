//! Collecting signatures: the relayer's side of a signing session.
//!
//! Decides whom to ask next and when an attester counts as silent; leaves out which answers make a
//! signature, which [`Coordinator`] knows, and whether anything should be signed, which the attesters
//! decide.
//!
//! [`Coordinator`]: farbank_federation::signing::Coordinator

mod collect;
mod custody;

pub use collect::{collect, NotSigned, Signers};
pub use custody::{sign_custody, SignCustodyError};
