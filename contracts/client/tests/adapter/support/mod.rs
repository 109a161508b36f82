//! A real anvil, a node that says what a test tells it, and ready-made values.

mod anvil;
pub(crate) mod bridge;
mod fake_node;

use std::time::Duration;

use farbank_contracts::{
    Call, EvmKey, Fee, FeePolicy, GasEstimate, RpcConfig, TransactionSender, Wait,
};
use farbank_types::{ChainId, EvmAddress, Gas, Nonce, Wei};

pub(crate) use anvil::Anvil;
pub(crate) use fake_node::{hanging_node, Answer, FakeNode};

/// Chain id of anvil.
pub(crate) const ANVIL_CHAIN: ChainId = ChainId::new(31_337);

/// First account that anvil funds.
const FUNDED: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

pub(crate) const PLAIN_TRANSFER: GasEstimate = GasEstimate(Gas::new(21_000));

pub(crate) const WAIT: Wait =
    Wait { poll: Duration::from_millis(20), timeout: Duration::from_secs(10) };

pub(crate) fn funded_key() -> EvmKey {
    let mut secret = [0; 32];
    hex::decode_to_slice(FUNDED, &mut secret).unwrap();
    EvmKey::from_secret_bytes(&secret).unwrap()
}

pub(crate) fn sender() -> TransactionSender {
    TransactionSender::new(funded_key(), ANVIL_CHAIN, FeePolicy::default())
}

/// One gwei to an address that nobody has.
pub(crate) fn small_transfer() -> Call {
    Call::transfer(EvmAddress::repeat_byte(0xfa), Wei::from_gwei(1))
}

pub(crate) fn fee(max_gwei: u64, priority_gwei: u64) -> Fee {
    Fee {
        max_fee_per_gas: Wei::from_gwei(max_gwei),
        priority_fee_per_gas: Wei::from_gwei(priority_gwei),
    }
}

pub(crate) fn nonce(number: u64) -> Nonce {
    Nonce::new(number)
}

/// Bounds that make a test of them quick, on a busy machine too.
pub(crate) fn tight(url: &str) -> RpcConfig {
    RpcConfig { url: url.to_owned(), timeout: Duration::from_secs(1), max_answer_bytes: 10_000 }
}
