//! Attesters that sign anything, and the relayer that leads them.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use bitcoin::secp256k1::rand::rngs::OsRng;
use bitcoin::secp256k1::Secp256k1;
use farbank_federation::custody::{signing_inputs, SigningRequest};
use farbank_federation::identity::AttesterIndex;
use farbank_federation::messages::{Proposal, Refusal};
use farbank_federation::share::{KeyShare, Passphrase, SealedShare};
use farbank_federation::signing::{
    Commitments, HeldNonces, SessionId, SignatureShares, Signer, SigningBatch, SigningSet,
};
use farbank_relayer::adapters::attesters::AttesterClientError;
use farbank_relayer::signing::{collect, NotSigned, Signers};
use farbank_relayer_core::ports::Attesters as _;
use farbank_tests::Devnet;
use zeroize::Zeroizing;

use super::relayer::LyingRelayer;
use super::truth::Truth;

/// Time that honest attesters get for an answer.
const ROUND: Duration = Duration::from_secs(15);

/// A relayer and the attesters whose shares it has.
#[derive(Debug)]
pub(crate) struct Conspiracy<'a> {
    relayer: &'a LyingRelayer,
    signers: BTreeMap<AttesterIndex, Signer>,
}

impl<'a> Conspiracy<'a> {
    /// Opens the shares of these attesters.
    pub(crate) fn of(devnet: &Devnet, relayer: &'a LyingRelayer, names: [&str; 2]) -> Self {
        let shares = names.map(|name| open_share(devnet, name));
        let signers = shares.map(|share| (share.index(), Signer::new(share))).into();
        Self { relayer, signers }
    }

    /// Asks everybody to sign; the conspirators do.
    pub(crate) fn sign(&self, request: SigningRequest, truth: &Truth) -> NotSigned {
        let group = self.relayer.group();
        let secp = Secp256k1::verification_only();
        let inputs = signing_inputs(&secp, &request.transaction, &truth.spent()).expect("inputs");
        let batch = SigningBatch::of_key(&inputs, group.federation_key()).expect("a batch");
        let held = Mutex::default();
        let asked = Asked { conspiracy: self, request, batch: batch.clone(), held };
        let session = collect(group.clone(), batch, &asked, ROUND);
        let failure = self.relayer.runtime().block_on(session).expect_err("a lie was signed");
        *failure
    }
}

fn open_share(devnet: &Devnet, name: &str) -> KeyShare {
    let read =
        |file: String| std::fs::read(devnet.folder().join("keys").join(file)).expect("a file");
    let passphrase = read(format!("{name}.passphrase")).trim_ascii_end().to_vec();
    let passphrase = Passphrase::new(Zeroizing::new(passphrase)).expect("a passphrase");
    let sealed = SealedShare::from_json(&read(format!("{name}-share.json"))).expect("a share");
    sealed.open(&passphrase).expect("the passphrase opens it")
}

/// One lie that everybody is asked to sign.
struct Asked<'a> {
    conspiracy: &'a Conspiracy<'a>,
    request: SigningRequest,
    batch: SigningBatch,
    held: Mutex<BTreeMap<AttesterIndex, HeldNonces>>,
}

impl Signers for Asked<'_> {
    type Error = AttesterClientError;

    async fn propose(
        &self,
        attester: AttesterIndex,
        session: SessionId,
    ) -> Result<Result<Commitments, Refusal>, AttesterClientError> {
        let Conspiracy { relayer, signers } = self.conspiracy;
        if let Some(signer) = signers.get(&attester) {
            let (held, commitments) = signer.commit(session, self.batch.clone(), &mut OsRng);
            self.held.lock().expect("no panic before").insert(attester, held);
            return Ok(Ok(commitments));
        }
        let (key, request) = (relayer.group().federation_key(), self.request.clone());
        relayer.client().propose(attester, Proposal { session, key, request }).await
    }

    async fn sign(
        &self,
        attester: AttesterIndex,
        set: SigningSet,
    ) -> Result<Result<SignatureShares, Refusal>, AttesterClientError> {
        let held = self.held.lock().expect("no panic before").remove(&attester);
        match (self.conspiracy.signers.get(&attester), held) {
            (Some(signer), Some(held)) => Ok(signer.sign(held, &set).map_err(Refusal::from)),
            _ => self.conspiracy.relayer.client().sign(attester, set).await,
        }
    }
}
