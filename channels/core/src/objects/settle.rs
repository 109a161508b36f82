//! A settle: net amounts paid out in place; the channel stays open.

use std::sync::LazyLock;

use farbank_types::{keccak256, UnixTime, B256, U256};
use serde::{Deserialize, Serialize};

use super::{struct_hash, time};
use crate::domain::{ChannelId, Digest, Domain, Party, Sides};
use crate::signature::CompactSignature;
use crate::units::{SettleSeq, TokenAmount};

static TYPE_HASH: LazyLock<B256> = LazyLock::new(|| {
    keccak256(
        "Settle(bytes32 id,uint64 settleSeq,uint128 totalOutA,uint128 totalOutB,uint64 deadline,\
         uint8 toVault)",
    )
});

/// Whose payout is credited to the contract's vault instead of being sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultFlags {
    /// That of A: bit 0.
    pub a: bool,
    /// That of B: bit 1.
    pub b: bool,
}

impl VaultFlags {
    /// Returns the contract's bits.
    #[must_use]
    pub fn bits(self) -> u8 {
        u8::from(self.a) | (u8::from(self.b) << 1)
    }

    pub(super) fn word(self) -> B256 {
        B256::from(U256::from(self.bits()))
    }
}

/// What both parties sign to be paid out in place. Void after its deadline and once the channel closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// The channel.
    pub id: ChannelId,
    /// Greater than that of every settle before it.
    pub seq: SettleSeq,
    /// Paid out, in total, since the channel was opened.
    pub total_out: Sides<TokenAmount>,
    /// The last second at which the contract takes it.
    pub deadline: UnixTime,
    /// Whose payout goes to the vault.
    pub to_vault: VaultFlags,
}

impl Settle {
    /// Returns the struct hash: also its leaf in a batch.
    #[must_use]
    pub fn struct_hash(&self) -> B256 {
        let words = [
            self.id.get(),
            self.seq.word(),
            self.total_out.a.word(),
            self.total_out.b.word(),
            time(self.deadline),
            self.to_vault.word(),
        ];
        struct_hash(*TYPE_HASH, words)
    }

    /// Returns what both parties sign.
    #[must_use]
    pub fn digest(&self, domain: &Domain) -> Digest {
        domain.digest(self.struct_hash())
    }

    /// Returns what a party gets in total.
    #[must_use]
    pub const fn out(&self, party: Party) -> TokenAmount {
        *self.total_out.of(party)
    }
}

/// A settle with the signature of one party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSettle {
    /// The settle.
    pub settle: Settle,
    /// The party's signature.
    pub signature: CompactSignature,
}
