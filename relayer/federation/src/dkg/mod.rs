//! Distributed key generation: n attesters make a key that nobody ever holds.
//!
//! Runs FROST's key generation (Pedersen's with proofs of knowledge, `frost-secp256k1-tr`) over four
//! rounds: commitments to everybody; an echo of what everybody sent; a secret share for each one; the
//! hash of the result. The outcome exists only after all n confirmed the same group. Decides what a
//! message may do and who is to blame; leaves out transport, clock and storage: the node ends a
//! ceremony that waits too long and names [`Participant::awaited`].

mod errors;
mod message;
mod participant;

pub use errors::{DkgFailure, DkgFault, DkgRejection};
pub use message::{CeremonyId, DkgBody, DkgMessage, DkgRound, PackageHash, SecretShare};
pub use participant::{DkgOutcome, DkgProgress, DkgStatus, Outgoing, Participant};
