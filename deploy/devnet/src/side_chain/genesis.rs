//! The first block of a Clique chain: rules up to London, signers, funded accounts.

use farbank_types::{EvmAddress, UnixTime, U256};
use serde_json::{json, Map, Value};

use super::{CHAIN_ID, GAS_LIMIT};

/// Seconds between blocks.
const PERIOD: u64 = 1;
/// Blocks between checkpoints of the signer list (EIP-225).
const EPOCH: u64 = 30_000;
/// EIP-1559's own first base fee, 1 gwei.
const BASE_FEE: u64 = 1_000_000_000;
/// Ether of each funded account.
const ETHER_EACH: u64 = 1_000_000;
/// Bytes of extra data before the signers (vanity) and after them (an empty seal), EIP-225.
const VANITY: usize = 32;
const SEAL: usize = 65;

/// Returns what each funded account owns, in wei.
pub(super) fn balance() -> U256 {
    U256::from(ETHER_EACH).saturating_mul(U256::from(1_000_000_000_000_000_000_u64))
}

/// Returns the genesis document that geth reads, with the signers in ascending order in the extra
/// data. No block comes before `time`.
pub(super) fn document(signers: &[EvmAddress], funded: &[EvmAddress], time: UnixTime) -> Value {
    let clique = json!({ "period": PERIOD, "epoch": EPOCH });
    let mut config = json!({ "chainId": CHAIN_ID, "clique": clique });
    for fork in [
        "homestead",
        "eip150",
        "eip155",
        "eip158",
        "byzantium",
        "constantinople",
        "petersburg",
        "istanbul",
        "muirGlacier",
        "berlin",
        "london",
    ] {
        config[format!("{fork}Block")] = 0.into();
    }
    let mut ordered = signers.to_vec();
    ordered.sort_unstable();
    let mut extra = vec![0; VANITY];
    extra.extend(ordered.iter().flat_map(|signer| signer.into_array()));
    extra.extend([0; SEAL]);
    let wei = balance();
    let alloc: Map<String, Value> = funded
        .iter()
        .map(|account| (account.to_string(), json!({ "balance": format!("{wei:#x}") })))
        .collect();
    json!({
        "config": config,
        "timestamp": format!("{:#x}", time.get()),
        "difficulty": "0x1",
        "gasLimit": format!("{GAS_LIMIT:#x}"),
        "baseFeePerGas": format!("{BASE_FEE:#x}"),
        "extraData": farbank_types::Bytes::from(extra),
        "alloc": alloc,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extra_data_holds_the_signers_in_ascending_order() {
        let [low, high] = [EvmAddress::repeat_byte(1), EvmAddress::repeat_byte(2)];
        let genesis = document(&[high, low], &[low], UnixTime::new(7));
        let extra: farbank_types::Bytes =
            serde_json::from_value(genesis["extraData"].clone()).unwrap();
        assert_eq!(extra.len(), VANITY + 2 * 20 + SEAL);
        assert_eq!(&extra[VANITY..VANITY + 20], low.as_slice());
        assert_eq!(genesis["alloc"].as_object().unwrap().len(), 1);
        assert_eq!(genesis["timestamp"], "0x7");
    }
}
