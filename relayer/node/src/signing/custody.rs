//! A custody transaction: one session for all inputs.

use core::time::Duration;

use bitcoin::secp256k1::Secp256k1;
use bitcoin::{Transaction, XOnlyPublicKey};
use farbank_federation::custody::{
    assemble, signing_inputs, AssembleRefusal, SigningRequest, SpentOutput,
};
use farbank_federation::identity::AttesterIndex;
use farbank_federation::messages::{Proposal, Refusal};
use farbank_federation::signing::{
    BatchRejection, Commitments, SessionId, SignatureShares, SigningBatch, SigningSet,
};
use farbank_relayer_core::ports::Attesters;
use thiserror::Error;

use super::collect::{collect, NotSigned, Signers};

/// Why a custody transaction was not signed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignCustodyError {
    /// Too few attesters signed it.
    #[error(transparent)]
    NotSigned(#[from] Box<NotSigned>),
    /// An input belongs to a key that this federation does not hold.
    #[error("input {input} belongs to key {key}, this federation holds another one")]
    ForeignKey {
        /// Place of the input.
        input: usize,
        /// Its key.
        key: XOnlyPublicKey,
    },
    /// More inputs than one session signs.
    #[error(transparent)]
    Batch(#[from] BatchRejection),
    /// The spent outputs or the signatures do not fit the transaction.
    #[error(transparent)]
    Assemble(#[from] AssembleRefusal),
}

/// Has a custody transaction signed; `spent` are the outputs that it spends, in the order of its
/// inputs. Every signature of the transaction returned is verified.
///
/// # Errors
/// [`SignCustodyError`].
pub async fn sign_custody<A: Attesters>(
    attesters: &A,
    request: &SigningRequest,
    spent: &[SpentOutput],
    round: Duration,
) -> Result<Transaction, SignCustodyError> {
    let secp = Secp256k1::verification_only();
    let group = attesters.group();
    let own = group.federation_key();
    let inputs = signing_inputs(&secp, &request.transaction, spent)?;
    if let Some((input, foreign)) = inputs.iter().enumerate().find(|(_, one)| one.key != own) {
        return Err(SignCustodyError::ForeignKey { input, key: foreign.key });
    }
    let batch = SigningBatch::of_key(&inputs, own)?;
    let asked = Asked { attesters, key: own, request };
    let signatures = collect(group.clone(), batch, &asked, round).await?;
    Ok(assemble(&secp, &request.transaction, spent, &signatures)?)
}

/// Attesters asked for one transaction.
struct Asked<'a, A> {
    attesters: &'a A,
    key: XOnlyPublicKey,
    request: &'a SigningRequest,
}

impl<A: Attesters> Signers for Asked<'_, A> {
    type Error = A::Error;

    async fn propose(
        &self,
        attester: AttesterIndex,
        session: SessionId,
    ) -> Result<Result<Commitments, Refusal>, A::Error> {
        let proposal = Proposal { session, key: self.key, request: self.request.clone() };
        self.attesters.propose(attester, proposal).await
    }

    async fn sign(
        &self,
        attester: AttesterIndex,
        set: SigningSet,
    ) -> Result<Result<SignatureShares, Refusal>, A::Error> {
        self.attesters.sign(attester, set).await
    }
}
