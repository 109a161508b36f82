//! What a payout costs on Bitcoin, and the greatest fee that is allowed for it when nothing is said.

use bitcoin::transaction::Version;
use bitcoin::{absolute, Amount, FeeRate, Script, ScriptBuf, Transaction, TxIn, TxOut};
use farbank_federation::custody::{anchor_script, payout_dust, signed_weight};
use farbank_types::{BridgeParameters, B256};

/// Room for the fee rate to double while the redemption waits.
const MARGIN: u64 = 2;

/// Length of the custody output's script: `OP_1` and a key.
const CUSTODY_SCRIPT: usize = 34;

/// Returns what a payout to `script` costs when its custody transaction pays nobody else: the most
/// that its share of the fee can be at this rate.
#[must_use]
pub fn fee_alone(script: &Script, rate: FeeRate) -> Amount {
    let output = |script_pubkey| TxOut { value: Amount::ZERO, script_pubkey };
    let frame = Transaction {
        version: Version(3),
        lock_time: absolute::LockTime::ZERO,
        input: vec![TxIn::default()],
        output: vec![
            output(ScriptBuf::from_bytes(vec![0; CUSTODY_SCRIPT])),
            output(anchor_script(B256::ZERO, B256::ZERO)),
        ],
    };
    // Both parts are rounded up, as the relayer does.
    let part = |weight| rate.fee_wu(weight).unwrap_or(Amount::MAX);
    let (frame, own) = (part(signed_weight(&frame)), part(output(script.to_owned()).weight()));
    frame.checked_add(own).unwrap_or(Amount::MAX)
}

/// Returns the greatest fee of a redemption whose requester names none: twice what the payout costs
/// alone, at least the contract's floor, and no more than leaves a payout above dust.
#[must_use]
pub fn default_max_fee(
    script: &Script,
    owed: Amount,
    rate: FeeRate,
    parameters: &BridgeParameters,
) -> Amount {
    let wanted = fee_alone(script, rate).checked_mul(MARGIN).unwrap_or(Amount::MAX);
    let dust = payout_dust(script).unwrap_or(Amount::ZERO);
    let most = owed.checked_sub(dust).unwrap_or(Amount::ZERO);
    wanted.min(most).max(parameters.min_max_fee)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P2WPKH: 31 vB. Frame: 11 + 57.5 + 43 + 75 vB, rounded up to whole weight units.
    fn script() -> ScriptBuf {
        ScriptBuf::from_bytes([&[0, 20][..], &[7; 20]].concat())
    }

    fn rate(sat_per_vb: u64) -> FeeRate {
        FeeRate::from_sat_per_vb(sat_per_vb).unwrap()
    }

    #[test]
    fn payout_alone_pays_for_the_whole_transaction() {
        let fee = fee_alone(&script(), rate(4)).to_sat();
        assert!((860..=880).contains(&fee), "{fee}");
    }

    #[test]
    fn default_lies_between_the_floor_and_dust() {
        let parameters = BridgeParameters::devnet();
        let default = |owed, sat_per_vb| {
            default_max_fee(&script(), Amount::from_sat(owed), rate(sat_per_vb), &parameters)
        };
        assert_eq!(default(1_000_000, 1), parameters.min_max_fee);
        let doubled = fee_alone(&script(), rate(10)).checked_mul(2).unwrap();
        assert_eq!(default(1_000_000, 10), doubled);
        assert_eq!(default(9_000, 1_000), Amount::from_sat(9_000 - 294));
    }
}
