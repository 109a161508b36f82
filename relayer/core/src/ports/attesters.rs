//! The attesters of a federation, asked one by one.

use core::future::Future;

use farbank_federation::group::Group;
use farbank_federation::identity::AttesterIndex;
use farbank_federation::messages::{AttesterStatus, Proposal, Refusal};
use farbank_federation::signing::{Commitments, SignatureShares, SigningSet};

use super::network::PortError;

/// The attesters of a federation. Each verifies what it is asked to sign; a refusal is an answer and
/// carries its name, an error means that there was none.
///
/// Asking twice is harmless: a session that was used is refused, and a new one draws new nonces.
pub trait Attesters: Send + Sync {
    /// Its faults.
    type Error: PortError;

    /// Returns the federation: who can be asked, and under which key signatures must hold.
    fn group(&self) -> &Group;

    /// Asks how an attester stands.
    fn status(
        &self,
        attester: AttesterIndex,
    ) -> impl Future<Output = Result<Result<AttesterStatus, Refusal>, Self::Error>> + Send;

    /// Asks an attester to judge a proposal and to commit to nonces for its inputs.
    fn propose(
        &self,
        attester: AttesterIndex,
        proposal: Proposal,
    ) -> impl Future<Output = Result<Result<Commitments, Refusal>, Self::Error>> + Send;

    /// Asks an attester for its shares of the signatures, with the signers of `set`.
    fn sign(
        &self,
        attester: AttesterIndex,
        set: SigningSet,
    ) -> impl Future<Output = Result<Result<SignatureShares, Refusal>, Self::Error>> + Send;
}
