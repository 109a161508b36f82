//! The rules that a header, its parent and the signers in force answer. The order is geth's.

use alloy_consensus::EMPTY_OMMER_ROOT_HASH;
use alloy_eips::eip1559::{calc_next_block_base_fee, BaseFeeParams, GAS_LIMIT_BOUND_DIVISOR};
use farbank_types::{EvmAddress, EvmBlockNumber, UnixTime, B256, U256};

use super::rejection::CliqueRejection;
use super::seal::SEAL_BYTES;
use super::{CliqueRules, MAX_SIGNERS};
use crate::header::SideHeader;

/// How far a header's time may lie ahead of the clock. geth allows nothing and tries again later;
/// machines whose clocks differ by less than this need not.
pub const MAX_FUTURE_SECS: u64 = 15;

/// Bytes of extra data that a signer fills as it likes.
pub(super) const VANITY_BYTES: usize = 32;

/// Bytes of an address in the list of signers.
pub(super) const ADDRESS_BYTES: usize = 20;

/// Least and greatest gas limit of a block (geth's `MinGasLimit`, `MaxGasLimit`).
const GAS_LIMITS: core::ops::RangeInclusive<u64> = 5_000..=0x7fff_ffff_ffff_ffff;

/// Nonces that vote: against and for the beneficiary as a signer.
const NONCE_DROP: u64 = 0;
const NONCE_ADD: u64 = u64::MAX;

/// Difficulty of a block whose signer's turn it is, and of any other.
pub(super) const IN_TURN: u64 = 2;
pub(super) const OUT_OF_TURN: u64 = 1;

/// Returns whether the header votes for its beneficiary, which makes it a signer.
pub(super) fn votes_for(header: &SideHeader) -> bool {
    u64::from_be_bytes(header.header().nonce.0) == NONCE_ADD
}

/// Checks what the header says by itself.
pub(super) fn check_alone(rules: CliqueRules, header: &SideHeader) -> Result<(), CliqueRejection> {
    let (number, fields) = (header.number(), header.header());
    let checkpoint = rules.is_checkpoint(number.get());
    let nonce = u64::from_be_bytes(fields.nonce.0);
    let voting = nonce == NONCE_ADD || fields.beneficiary != EvmAddress::ZERO;
    if !matches!(nonce, NONCE_ADD | NONCE_DROP) || (checkpoint && voting) {
        return Err(CliqueRejection::BadVote { number });
    }
    let length = fields.extra_data.len();
    match length.checked_sub(VANITY_BYTES + SEAL_BYTES) {
        Some(0) if !checkpoint => {}
        Some(signers) if checkpoint && signers % ADDRESS_BYTES == 0 => {}
        _ => return Err(CliqueRejection::BadExtraData { number, length }),
    }
    if fields.mix_hash != B256::ZERO {
        return Err(CliqueRejection::BadMixDigest { number });
    }
    if fields.ommers_hash != EMPTY_OMMER_ROOT_HASH {
        return Err(CliqueRejection::BadUncles { number });
    }
    let later = fields.withdrawals_root.is_some()
        || fields.blob_gas_used.is_some()
        || fields.excess_blob_gas.is_some()
        || fields.parent_beacon_block_root.is_some()
        || fields.requests_hash.is_some()
        || fields.block_access_list_hash.is_some()
        || fields.slot_number.is_some();
    if later {
        return Err(CliqueRejection::LaterFork { number });
    }
    Ok(())
}

/// Checks what the header owes to the clock and to its parent.
pub(super) fn check_parent(
    rules: CliqueRules,
    parent: &SideHeader,
    header: &SideHeader,
    latest: UnixTime,
) -> Result<(), CliqueRejection> {
    let (number, fields) = (header.number(), header.header());
    let expected = parent.number().get().checked_add(1).map(EvmBlockNumber::new);
    if expected != Some(number) {
        let expected = expected.unwrap_or(parent.number());
        return Err(CliqueRejection::BadNumber { number, expected });
    }
    if header.time() > latest {
        return Err(CliqueRejection::TimeTooNew { number, time: header.time(), latest });
    }
    check_alone(rules, header)?;
    let difficulty = fields.difficulty;
    if difficulty != U256::from(IN_TURN) && difficulty != U256::from(OUT_OF_TURN) {
        return Err(CliqueRejection::BadDifficulty { number, difficulty, expected: None });
    }
    let earliest = parent.time().saturating_add_secs(rules.period_secs);
    if header.time() < earliest {
        return Err(CliqueRejection::BadTime { number, time: header.time(), earliest });
    }
    let (limit, used, parent_limit) =
        (fields.gas_limit, fields.gas_used, parent.header().gas_limit);
    let moved = limit.abs_diff(parent_limit) >= parent_limit / GAS_LIMIT_BOUND_DIVISOR;
    if used > limit || moved || !GAS_LIMITS.contains(&limit) {
        return Err(CliqueRejection::BadGas { number, limit, used, parent_limit });
    }
    let (base_fee, expected) = (fields.base_fee_per_gas, base_fee_after(parent));
    if expected.is_none() || base_fee != expected {
        return Err(CliqueRejection::BadBaseFee { number, base_fee, expected });
    }
    Ok(())
}

/// Returns the base fee of a block's child. Above half of what fits, where no real chain gets, there
/// is none, so that the library's sum cannot overflow.
fn base_fee_after(parent: &SideHeader) -> Option<u64> {
    let fields = parent.header();
    let base_fee = fields.base_fee_per_gas.filter(|fee| *fee <= u64::MAX / 2)?;
    let params = BaseFeeParams::ethereum();
    Some(calc_next_block_base_fee(fields.gas_used, fields.gas_limit, base_fee, params))
}

/// Checks that a checkpoint lists the signers in force, ascending.
pub(super) fn check_signer_list(
    header: &SideHeader,
    signers: &[EvmAddress],
) -> Result<(), CliqueRejection> {
    let extra = &header.header().extra_data;
    let listed = extra.get(VANITY_BYTES..extra.len().saturating_sub(SEAL_BYTES)).unwrap_or(&[]);
    if listed.chunks(ADDRESS_BYTES).eq(signers.iter().map(|signer| signer.as_slice())) {
        return Ok(());
    }
    let number = header.number();
    Err(CliqueRejection::BadCheckpointSigners { number, signers: signers.len() })
}

/// Checks a header that a chain starts from, and returns the signers that it lists, ascending. It is
/// trusted: neither its seal nor its parent is looked at.
pub(super) fn check_start(
    rules: CliqueRules,
    header: &SideHeader,
) -> Result<Vec<EvmAddress>, CliqueRejection> {
    let number = header.number();
    if !rules.is_checkpoint(number.get()) {
        let expected = EvmBlockNumber::new(number.get() - number.get() % rules.epoch);
        return Err(CliqueRejection::BadNumber { number, expected });
    }
    let fields = header.header();
    let length = fields.extra_data.len();
    let bad_extra = CliqueRejection::BadExtraData { number, length };
    let list = length
        .checked_sub(SEAL_BYTES)
        .and_then(|end| fields.extra_data.get(VANITY_BYTES..end))
        .ok_or(bad_extra)?;
    let (addresses, rest) = list.as_chunks::<ADDRESS_BYTES>();
    if addresses.is_empty() || addresses.len() > MAX_SIGNERS || !rest.is_empty() {
        return Err(bad_extra);
    }
    let (limit, used) = (fields.gas_limit, fields.gas_used);
    if used > limit || !GAS_LIMITS.contains(&limit) {
        return Err(CliqueRejection::BadGas { number, limit, used, parent_limit: limit });
    }
    let base_fee = fields.base_fee_per_gas;
    if base_fee.is_none() {
        return Err(CliqueRejection::BadBaseFee { number, base_fee, expected: None });
    }
    let mut signers: Vec<_> = addresses.iter().map(EvmAddress::from).collect();
    signers.sort_unstable();
    signers.dedup();
    Ok(signers)
}
