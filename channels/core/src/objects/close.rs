//! A cooperative close, and a refill of a side from its owner's vault.

use std::sync::LazyLock;

use farbank_types::{keccak256, UnixTime, B256};
use serde::{Deserialize, Serialize};

use super::settle::VaultFlags;
use super::{struct_hash, time};
use crate::domain::{ChannelId, Digest, Domain, Sides};
use crate::units::TokenAmount;

static CLOSE_TYPE_HASH: LazyLock<B256> = LazyLock::new(|| {
    keccak256(
        "CoopClose(bytes32 id,uint128 fundedA,uint128 fundedB,uint128 totalOutA,uint128 totalOutB,\
         uint64 deadline,uint8 toVault)",
    )
});
static REFILL_TYPE_HASH: LazyLock<B256> =
    LazyLock::new(|| keccak256("Refill(bytes32 id,uint128 fundedTotal,uint64 deadline)"));

/// What both parties sign to end a channel without locks at once. The totals out sum up to the
/// fundings; what was funded later returns to its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoopClose {
    /// The channel.
    pub id: ChannelId,
    /// Paid in, in total, as both parties count it.
    pub funded: Sides<TokenAmount>,
    /// Paid out, in total, with all settles before.
    pub total_out: Sides<TokenAmount>,
    /// The last second at which the contract takes it.
    pub deadline: UnixTime,
    /// Whose payout goes to the vault.
    pub to_vault: VaultFlags,
}

impl CoopClose {
    /// Returns the struct hash.
    #[must_use]
    pub fn struct_hash(&self) -> B256 {
        let words = [
            self.id.get(),
            self.funded.a.word(),
            self.funded.b.word(),
            self.total_out.a.word(),
            self.total_out.b.word(),
            time(self.deadline),
            self.to_vault.word(),
        ];
        struct_hash(*CLOSE_TYPE_HASH, words)
    }

    /// Returns what both parties sign.
    #[must_use]
    pub fn digest(&self, domain: &Domain) -> Digest {
        domain.digest(self.struct_hash())
    }
}

/// What the owner of a vault signs so that anybody may fund its side from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refill {
    /// The channel.
    pub id: ChannelId,
    /// Paid in by the signer's side, in total, after the refill: a replay adds nothing.
    pub funded_total: TokenAmount,
    /// The last second at which the contract takes it.
    pub deadline: UnixTime,
}

impl Refill {
    /// Returns the struct hash.
    #[must_use]
    pub fn struct_hash(&self) -> B256 {
        let words = [self.id.get(), self.funded_total.word(), time(self.deadline)];
        struct_hash(*REFILL_TYPE_HASH, words)
    }

    /// Returns what the owner signs.
    #[must_use]
    pub fn digest(&self, domain: &Domain) -> Digest {
        domain.digest(self.struct_hash())
    }
}
