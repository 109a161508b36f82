//! A relayer that says what it likes, under the real relayer's identity or another.

use std::path::Path;
use std::time::Duration;

use bitcoin::secp256k1::rand::rngs::OsRng;
use bitcoin::XOnlyPublicKey;
use bytes::Bytes;
use farbank_federation::custody::SigningRequest;
use farbank_federation::group::Group;
use farbank_federation::identity::AttesterIndex;
use farbank_federation::messages::{Hello, Proposal, Refusal, Request, Response};
use farbank_federation::signing::{Commitments, SessionId, SigningSet};
use farbank_relayer::adapters::attesters::{AttesterClient, AttesterClientError};
use farbank_relayer::config::{FederationConfig, RelayerConfig};
use farbank_relayer_core::ports::Attesters as _;
use farbank_tests::Devnet;
use farbank_transport::{IdentityKey, PeerClient, PeerLimits, Protocol};
use farbank_types::{Deployment, EvmBlockNumber, B256};
use tokio::runtime::Runtime;

use super::lies::thief;

/// The name of an answer that is no refusal.
pub(crate) const ACCEPTED: &str = "accepted";

/// A relayer that says what it likes.
#[derive(Debug)]
pub(crate) struct LyingRelayer {
    runtime: Runtime,
    client: AttesterClient,
    key: IdentityKey,
    group: Group,
    federation: FederationConfig,
    instance: B256,
}

impl LyingRelayer {
    /// Takes over the identity and the configuration of a devnet's relayer.
    pub(crate) fn of(devnet: &Devnet) -> Self {
        let file = devnet.folder().join("relayer/relayer.toml");
        let federation = RelayerConfig::load(Some(&file)).expect("a configuration").federation;
        let key = IdentityKey::load(&devnet.folder().join("keys/relayer-identity.pem"));
        let deployment: Deployment = serde_json::from_value(devnet.deployment()).expect("one");
        Self::new(federation, key.expect("an identity"), deployment.instance)
    }

    fn new(federation: FederationConfig, key: IdentityKey, instance: B256) -> Self {
        let file = federation.group_file.as_ref().expect("a federation");
        let group = std::fs::read(file).expect("the federation's file");
        let group: Group = serde_json::from_slice(&group).expect("a federation");
        let answer = Duration::from_secs(federation.answer_timeout_secs);
        let addresses = &federation.attesters;
        let client = AttesterClient::new(group.clone(), addresses, &key, instance, answer);
        let runtime = Runtime::new().expect("a runtime");
        Self { runtime, client: client.expect("a client"), key, group, federation, instance }
    }

    /// Returns one with an identity that nobody knows.
    pub(crate) fn as_stranger(&self) -> Self {
        let key = IdentityKey::generate().expect("an identity");
        Self::new(self.federation.clone(), key, self.instance)
    }

    /// Returns one with the identity in a file.
    pub(crate) fn as_owner_of(&self, identity: &Path) -> Self {
        let key = IdentityKey::load(identity).expect("an identity");
        Self::new(self.federation.clone(), key, self.instance)
    }

    /// Says hello as the relayer of another bridge; returns the answer's name.
    pub(crate) fn greet_for(&self, attester: AttesterIndex, instance: B256) -> &'static str {
        let hello = Request::Hello(Hello { instance: Some(instance) }).encode().expect("bytes");
        self.send_bytes(attester, hello.to_vec())
    }

    /// Returns all attesters.
    pub(crate) fn attesters(&self) -> Vec<AttesterIndex> {
        self.group.threshold().indices().collect()
    }

    pub(crate) const fn group(&self) -> &Group {
        &self.group
    }

    pub(crate) const fn client(&self) -> &AttesterClient {
        &self.client
    }

    pub(crate) const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Asks for the newest block that is final for an attester.
    pub(crate) fn final_block(&self, attester: AttesterIndex) -> Option<EvmBlockNumber> {
        let status = self.runtime.block_on(self.client.status(attester));
        status.expect("an answer").expect("a status").final_block
    }

    /// Asks an attester to sign with the federation's key; returns the answer's name.
    pub(crate) fn propose(&self, attester: AttesterIndex, request: SigningRequest) -> &'static str {
        let answer = self.try_propose(attester, self.group.federation_key(), request);
        name_of(&answer.expect("an answer"))
    }

    /// Asks an attester to sign with a key that is not the federation's; returns the answer's name.
    pub(crate) fn propose_for_another_key(
        &self,
        attester: AttesterIndex,
        request: SigningRequest,
    ) -> &'static str {
        name_of(&self.try_propose(attester, thief(), request).expect("an answer"))
    }

    /// Asks an attester that does not let this peer in; returns the name of the reason.
    pub(crate) fn transport_fault(
        &self,
        attester: AttesterIndex,
        request: SigningRequest,
    ) -> &'static str {
        match self.try_propose(attester, self.group.federation_key(), request) {
            Err(AttesterClientError::Peer { source, .. }) => source.name(),
            other => panic!("attester {attester} answers a stranger: {other:?}"),
        }
    }

    fn try_propose(
        &self,
        attester: AttesterIndex,
        key: XOnlyPublicKey,
        request: SigningRequest,
    ) -> Result<Result<Commitments, Refusal>, AttesterClientError> {
        let proposal = Proposal { session: SessionId::random(&mut OsRng), key, request };
        self.runtime.block_on(self.client.propose(attester, proposal))
    }

    /// Asks for shares of a signature that was never proposed; returns the answer's name.
    pub(crate) fn sign_unasked(&self, attester: AttesterIndex) -> &'static str {
        let session = SessionId::random(&mut OsRng);
        let set = SigningSet { session, signers: [].into() };
        name_of(&self.runtime.block_on(self.client.sign(attester, set)).expect("an answer"))
    }

    /// Sends an attester bytes; returns the answer's name.
    pub(crate) fn send_bytes(&self, attester: AttesterIndex, bytes: Vec<u8>) -> &'static str {
        let place = usize::from(attester.get()) - 1;
        let (_, identity) = self.group.roster().members().nth(place).expect("a member");
        let address = self.federation.attesters[place].clone();
        let limits = PeerLimits::default();
        let answer = self.runtime.block_on(async {
            let client = PeerClient::new(&self.key, Protocol::ATTESTER, address, identity, limits);
            client.expect("a client").request(Bytes::from(bytes)).await
        });
        match Response::decode(&answer.expect("an answer")).expect("a response") {
            Response::Refused(refusal) => refusal.name(),
            Response::Status(_)
            | Response::Committed { .. }
            | Response::Signed { .. }
            | Response::DkgTaken => ACCEPTED,
        }
    }
}

fn name_of<T>(answer: &Result<T, Refusal>) -> &'static str {
    answer.as_ref().err().map_or(ACCEPTED, Refusal::name)
}
