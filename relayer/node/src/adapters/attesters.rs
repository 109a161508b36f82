//! Attesters over the transport between peers.

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;
use farbank_federation::group::Group;
use farbank_federation::identity::AttesterIndex;
use farbank_federation::messages::{
    AttesterStatus, Hello, MessageRejection, Proposal, Refusal, Request, Response,
};
use farbank_federation::signing::{Commitments, SignatureShares, SigningSet};
use farbank_relayer_core::ports::{Attesters, PortError};
use farbank_transport::{IdentityKey, PeerAddress, PeerClient, PeerError, PeerLimits, Protocol};
use farbank_types::B256;
use thiserror::Error;

/// Time for trying to reach an attester within a round.
const CONNECT: Duration = Duration::from_secs(2);

/// Asks the attesters of one federation.
#[derive(Debug)]
pub struct AttesterClient {
    group: Group,
    instance: B256,
    clients: BTreeMap<AttesterIndex, PeerClient>,
}

/// Why an attester gave no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AttesterClientError {
    /// As many addresses as attesters are needed.
    #[error("federation.attesters lists {found} addresses for {expected} attesters")]
    WrongCount {
        /// Addresses listed.
        found: usize,
        /// Attesters of the group.
        expected: u16,
    },
    /// The federation has no attester of that number.
    #[error("the federation has no attester {index}")]
    UnknownAttester {
        /// The number.
        index: AttesterIndex,
    },
    /// It cannot be reached, or not as itself.
    #[error("attester at {address}: {source}")]
    Peer {
        /// Where.
        address: PeerAddress,
        /// Why.
        source: PeerError,
    },
    /// A message cannot be written, or the answer is none.
    #[error("attester {index}: {rejection}")]
    Message {
        /// Who.
        index: AttesterIndex,
        /// Why.
        rejection: MessageRejection,
    },
    /// It answered to something else.
    #[error("attester {index} answered to something else")]
    OtherAnswer {
        /// Who.
        index: AttesterIndex,
    },
}

impl PortError for AttesterClientError {
    fn is_transient(&self) -> bool {
        match self {
            Self::Peer { source, .. } => source.is_transient(),
            Self::WrongCount { .. }
            | Self::UnknownAttester { .. }
            | Self::Message { .. }
            | Self::OtherAnswer { .. } => false,
        }
    }
}

impl AttesterClient {
    /// Returns a client of the attesters of `group`, which listen at `addresses` in the order of
    /// their indices and know `key`; nothing is sent yet.
    ///
    /// # Errors
    /// [`AttesterClientError::WrongCount`], or a key that does not serve.
    pub fn new(
        group: Group,
        addresses: &[PeerAddress],
        key: &IdentityKey,
        instance: B256,
        answer: Duration,
    ) -> Result<Self, AttesterClientError> {
        let expected = group.threshold().attesters();
        if addresses.len() != usize::from(expected) {
            return Err(AttesterClientError::WrongCount { found: addresses.len(), expected });
        }
        let limits = PeerLimits { answer, connect: CONNECT, ..PeerLimits::default() };
        let client = |((index, identity), address): (_, &PeerAddress)| {
            PeerClient::new(key, Protocol::ATTESTER, address.clone(), identity, limits)
                .map(|client| (index, client))
                .map_err(|source| AttesterClientError::Peer { address: address.clone(), source })
        };
        let clients = group.roster().members().zip(addresses).map(client).collect::<Result<_, _>>();
        Ok(Self { clients: clients?, group, instance })
    }

    async fn ask(
        &self,
        index: AttesterIndex,
        request: &Request,
    ) -> Result<Response, AttesterClientError> {
        let client =
            self.clients.get(&index).ok_or(AttesterClientError::UnknownAttester { index })?;
        let message = |rejection| AttesterClientError::Message { index, rejection };
        let body = Bytes::from_owner(request.encode().map_err(message)?);
        let answer = client.request(body).await.map_err(|source| AttesterClientError::Peer {
            address: client.address().clone(),
            source,
        })?;
        Response::decode(&answer).map_err(message)
    }
}

impl Attesters for AttesterClient {
    type Error = AttesterClientError;

    fn group(&self) -> &Group {
        &self.group
    }

    async fn status(
        &self,
        attester: AttesterIndex,
    ) -> Result<Result<AttesterStatus, Refusal>, AttesterClientError> {
        let hello = Request::Hello(Hello { instance: Some(self.instance) });
        match self.ask(attester, &hello).await? {
            Response::Status(status) if status.index == attester => Ok(Ok(status)),
            Response::Refused(refusal) => Ok(Err(refusal)),
            Response::Status(_)
            | Response::Committed { .. }
            | Response::Signed { .. }
            | Response::DkgTaken => Err(AttesterClientError::OtherAnswer { index: attester }),
        }
    }

    async fn propose(
        &self,
        attester: AttesterIndex,
        proposal: Proposal,
    ) -> Result<Result<Commitments, Refusal>, AttesterClientError> {
        let asked = proposal.session;
        match self.ask(attester, &Request::Propose(Box::new(proposal))).await? {
            Response::Committed { session, commitments } if session == asked => Ok(Ok(commitments)),
            Response::Refused(refusal) => Ok(Err(refusal)),
            Response::Status(_)
            | Response::Committed { .. }
            | Response::Signed { .. }
            | Response::DkgTaken => Err(AttesterClientError::OtherAnswer { index: attester }),
        }
    }

    async fn sign(
        &self,
        attester: AttesterIndex,
        set: SigningSet,
    ) -> Result<Result<SignatureShares, Refusal>, AttesterClientError> {
        let asked = set.session;
        match self.ask(attester, &Request::Sign(set)).await? {
            Response::Signed { session, shares } if session == asked => Ok(Ok(shares)),
            Response::Refused(refusal) => Ok(Err(refusal)),
            Response::Status(_)
            | Response::Committed { .. }
            | Response::Signed { .. }
            | Response::DkgTaken => Err(AttesterClientError::OtherAnswer { index: attester }),
        }
    }
}
