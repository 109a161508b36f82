//! What the tests share: keys, redemptions, plans.
#![allow(dead_code, reason = "every test file uses a part of it")]

pub(crate) mod chain;
pub(crate) mod view;

use std::sync::LazyLock;

use bitcoin::hashes::Hash as _;
use bitcoin::secp256k1::{Keypair, Parity, Secp256k1, SecretKey};
use bitcoin::taproot::TapLeafHash;
use bitcoin::{Amount, OutPoint, ScriptBuf, Txid, XOnlyPublicKey};
use farbank_federation::custody::{
    CustodyOutput, CustodyPlan, DepositInput, PlannedDeposit, PlannedPayout, Redemption,
    RedemptionId,
};
use farbank_types::{EvmAddress, UnixTime, B256};

/// A block hash that transactions name as their anchor.
pub(crate) const ANCHOR: B256 = B256::repeat_byte(0xa0);

pub(crate) fn sat(amount: u64) -> Amount {
    Amount::from_sat(amount)
}

/// Key pairs whose public key has an even y, as the federation's has; made once, since that is slow
/// without optimisation.
static KEYPAIRS: LazyLock<Vec<Keypair>> = LazyLock::new(|| {
    let secp = Secp256k1::new();
    let pair = |seed| {
        let secret = SecretKey::from_slice(&[seed; 32]).expect("in range");
        match secret.x_only_public_key(&secp).1 {
            Parity::Even => secret.keypair(&secp),
            Parity::Odd => secret.negate().keypair(&secp),
        }
    };
    (1..=u8::MAX - 1).map(pair).collect()
});

pub(crate) fn keypair(seed: u8) -> Keypair {
    KEYPAIRS[usize::from(seed) - 1]
}

pub(crate) fn key(seed: u8) -> XOnlyPublicKey {
    keypair(seed).x_only_public_key().0
}

pub(crate) fn txid(seed: u8) -> Txid {
    Txid::from_byte_array([seed; 32])
}

pub(crate) fn outpoint(seed: u8, vout: u32) -> OutPoint {
    OutPoint { txid: txid(seed), vout }
}

/// One script of each supported kind, by turns.
pub(crate) fn script(at: u64) -> ScriptBuf {
    let seed = u8::try_from(at % 200).expect("fits") + 1;
    let text = match at % 5 {
        0 => format!("0014{}", hex::encode([seed; 20])),
        1 => format!("5120{}", key(seed)),
        2 => format!("0020{}", hex::encode([seed; 32])),
        3 => format!("76a914{}88ac", hex::encode([seed; 20])),
        _ => format!("a914{}87", hex::encode([seed; 20])),
    };
    ScriptBuf::from_hex(&text).expect("hex")
}

pub(crate) fn redemption(id: u64) -> Redemption {
    Redemption {
        id: RedemptionId::new(id),
        amount: sat(100_000 + id),
        max_fee: sat(5_000),
        requested_at: UnixTime::new(1_700_000_000 + id),
        requester: EvmAddress::repeat_byte(0x11),
        script: script(id),
    }
}

pub(crate) fn payout(id: u64, fee_share: u64) -> PlannedPayout {
    PlannedPayout { redemption: redemption(id), fee_share: sat(fee_share) }
}

pub(crate) fn deposit(seed: u8, vout: u32, value: u64) -> PlannedDeposit {
    let leaf_hash = TapLeafHash::from_byte_array([seed; 32]);
    let input = DepositInput { federation_key: key(1), leaf_hash };
    PlannedDeposit { outpoint: outpoint(seed, vout), value: sat(value), input }
}

/// A plan that pays `ids` from a custody output of one bitcoin.
pub(crate) fn plan(ids: &[u64]) -> CustodyPlan {
    CustodyPlan {
        custody: CustodyOutput {
            outpoint: outpoint(0xc0, 1),
            value: sat(100_000_000),
            key: key(1),
        },
        deposits: Vec::new(),
        payouts: ids.iter().map(|id| payout(*id, 1_000)).collect(),
        key: key(1),
        anchor: ANCHOR,
        fee: sat(2_000),
    }
}
