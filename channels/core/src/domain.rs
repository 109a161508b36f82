//! Which channel: the terms that its id commits to, its two parties, and the EIP-712 domain.

use core::fmt;

use farbank_types::{keccak256, ChainId, EvmAddress, B256, U256};
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

use crate::units::ChallengePeriod;

/// Name of the EIP-712 domain.
const DOMAIN_NAME: &str = "Farbank Channels";
/// Version of the EIP-712 domain.
const DOMAIN_VERSION: &str = "1";
const DOMAIN_TYPE: &str =
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";

/// One of the two parties of a channel; A has the lower address. Also names a direction, by its
/// payer, and a side, by its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Party {
    /// The party with the lower address.
    A,
    /// The party with the higher address.
    B,
}

impl Party {
    /// Returns the counterparty.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    /// Whether it is A: the contract's `fromA` and `ofA`.
    #[must_use]
    pub const fn is_a(self) -> bool {
        matches!(self, Self::A)
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_a() { "A" } else { "B" })
    }
}

/// One value for each party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides<T> {
    /// That of A.
    pub a: T,
    /// That of B.
    pub b: T,
}

impl<T> Sides<T> {
    /// Returns the value of a party.
    pub const fn of(&self, party: Party) -> &T {
        match party {
            Party::A => &self.a,
            Party::B => &self.b,
        }
    }

    /// Returns the value of a party, to be changed.
    pub fn of_mut(&mut self, party: Party) -> &mut T {
        match party {
            Party::A => &mut self.a,
            Party::B => &mut self.b,
        }
    }
}

/// Name of a channel: see [`ChannelTerms::id`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelId(B256);

impl ChannelId {
    /// Returns the 32 bytes.
    #[must_use]
    pub const fn get(self) -> B256 {
        self.0
    }
}

impl From<B256> for ChannelId {
    fn from(bytes: B256) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is signed and what an ack holds: `keccak256(0x1901 ‖ domain separator ‖ struct hash)` (EIP-712).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(B256);

impl Digest {
    /// Stands for no proof.
    pub const NONE: Self = Self(B256::ZERO);

    /// Wraps the 32 bytes of a digest.
    #[must_use]
    pub const fn new(bytes: B256) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn get(self) -> B256 {
        self.0
    }
}

/// The EIP-712 domain of one `Channels` contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    separator: B256,
}

impl Domain {
    /// Returns the domain of the contract at that address of that chain.
    #[must_use]
    pub fn new(chain_id: ChainId, contract: EvmAddress) -> Self {
        let words = [
            keccak256(DOMAIN_TYPE),
            keccak256(DOMAIN_NAME),
            keccak256(DOMAIN_VERSION),
            B256::from(U256::from(chain_id.get())),
            contract.into_word(),
        ];
        Self { separator: keccak256(words.concat()) }
    }

    /// Returns the domain separator.
    #[must_use]
    pub const fn separator(&self) -> B256 {
        self.separator
    }

    /// Returns the digest of an object with that struct hash.
    #[must_use]
    pub fn digest(&self, struct_hash: B256) -> Digest {
        let mut preimage = [0; 66];
        preimage[..2].copy_from_slice(&[0x19, 0x01]);
        preimage[2..34].copy_from_slice(self.separator.as_slice());
        preimage[34..].copy_from_slice(struct_hash.as_slice());
        Digest(keccak256(preimage))
    }
}

/// Why terms describe no channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, IntoStaticStr)]
pub enum TermsRejection {
    /// A is the lower address, and nobody has a channel with itself.
    #[error("party A {party_a} is not below party B {party_b}")]
    PartiesOutOfOrder {
        /// The first address given.
        party_a: EvmAddress,
        /// The second address given.
        party_b: EvmAddress,
    },
}

/// What never changes about a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawTerms", into = "RawTerms")]
pub struct ChannelTerms {
    raw: RawTerms,
    id: ChannelId,
    domain: Domain,
}

/// The terms, before they are known to describe a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawTerms {
    /// The chain of the contract.
    pub chain_id: ChainId,
    /// The `Channels` contract.
    pub contract: EvmAddress,
    /// The party with the lower address.
    pub party_a: EvmAddress,
    /// The party with the higher address.
    pub party_b: EvmAddress,
    /// The token that the channel moves.
    pub token: EvmAddress,
    /// How long a close can be answered.
    pub challenge: ChallengePeriod,
    /// Tells channels of equal terms apart.
    pub salt: B256,
}

impl ChannelTerms {
    /// Takes terms.
    ///
    /// # Errors
    /// [`TermsRejection`].
    pub fn new(raw: RawTerms) -> Result<Self, TermsRejection> {
        let RawTerms { party_a, party_b, .. } = raw;
        if party_a >= party_b {
            return Err(TermsRejection::PartiesOutOfOrder { party_a, party_b });
        }
        let words = [
            B256::from(U256::from(raw.chain_id.get())),
            raw.contract.into_word(),
            party_a.into_word(),
            party_b.into_word(),
            raw.token.into_word(),
            raw.challenge.word(),
            raw.salt,
        ];
        let domain = Domain::new(raw.chain_id, raw.contract);
        Ok(Self { raw, id: ChannelId(keccak256(words.concat())), domain })
    }

    /// Returns the name of the channel: `keccak256(abi.encode(chainId, contract, partyA, partyB,
    /// token, challengeSeconds, salt))`.
    #[must_use]
    pub const fn id(&self) -> ChannelId {
        self.id
    }

    /// Returns the domain of its contract.
    #[must_use]
    pub const fn domain(&self) -> &Domain {
        &self.domain
    }

    /// Returns the terms one by one.
    #[must_use]
    pub const fn raw(&self) -> &RawTerms {
        &self.raw
    }

    /// Returns the address of a party.
    #[must_use]
    pub const fn address(&self, party: Party) -> EvmAddress {
        match party {
            Party::A => self.raw.party_a,
            Party::B => self.raw.party_b,
        }
    }

    /// Returns which party has that address; nothing for a stranger.
    #[must_use]
    pub fn party(&self, address: EvmAddress) -> Option<Party> {
        [Party::A, Party::B].into_iter().find(|party| self.address(*party) == address)
    }
}

impl TryFrom<RawTerms> for ChannelTerms {
    type Error = TermsRejection;

    fn try_from(raw: RawTerms) -> Result<Self, Self::Error> {
        Self::new(raw)
    }
}

impl From<ChannelTerms> for RawTerms {
    fn from(terms: ChannelTerms) -> Self {
        terms.raw
    }
}
