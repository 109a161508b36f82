//! Invariant I1: what the bridge owes is covered by what it holds.

use bitcoin::{Amount, OutPoint};
use farbank_contracts::{BlockAt, Fault, Reserves, SideChainClient};
use farbank_types::EvmBlockNumber;
use serde::Serialize;

/// Both sides of I1 at one block of the side chain: `supply + unpaid <= custody + unswept`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReservesReport {
    /// The block.
    pub block: EvmBlockNumber,
    /// fBTC in circulation.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "supply_sat")]
    pub supply: Amount,
    /// Redemptions that are not paid yet.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "unpaid_sat")]
    pub unpaid: Amount,
    /// Proven custody.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "custody_sat")]
    pub custody: Amount,
    /// Its outpoint; `None` after a spend that did not conform.
    pub custody_outpoint: Option<OutPoint>,
    /// Deposits that are minted and not yet swept.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "unswept_sat")]
    pub unswept: Amount,
    /// What is owed: supply and unpaid redemptions.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "left_sat")]
    pub left: Amount,
    /// What is held: custody and unswept deposits.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "right_sat")]
    pub right: Amount,
    /// What is held beyond what is owed; zero when less is held.
    #[serde(with = "bitcoin::amount::serde::as_sat", rename = "surplus_sat")]
    pub surplus: Amount,
    /// The verdict on I1.
    pub holds: bool,
}

/// Asks the contract and the token at the newest block. The token's own supply is what counts: the
/// contract's record of it is not believed.
///
/// # Errors
/// A fault of the node.
pub async fn reserves(client: &SideChainClient) -> Result<ReservesReport, Fault> {
    let block = client.node().head().await?.number;
    let at = BlockAt::Number(block);
    let reserves = client.reserves(at).await?;
    let supply = client.token_supply(at).await?;
    let custody = client.custody(at).await?.map(|custody| custody.outpoint);
    Ok(judge(block, Reserves { supply, ..reserves }, custody))
}

/// Adds both sides up. A sum that overflows does not hold.
#[must_use]
pub fn judge(
    block: EvmBlockNumber,
    reserves: Reserves,
    custody_outpoint: Option<OutPoint>,
) -> ReservesReport {
    let Reserves { supply, unpaid, custody, unswept } = reserves;
    let left = supply.checked_add(unpaid).unwrap_or(Amount::MAX);
    let right = custody.checked_add(unswept).unwrap_or(Amount::MAX);
    ReservesReport {
        block,
        supply,
        unpaid,
        custody,
        custody_outpoint,
        unswept,
        left,
        right,
        surplus: right.checked_sub(left).unwrap_or_default(),
        holds: reserves.is_covered(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdict_follows_both_sides() {
        let sat = Amount::from_sat;
        for (name, parts, left, right, surplus, holds) in [
            ("seed only", (0, 0, 100, 0), 0, 100, 100, true),
            ("exactly covered", (60, 40, 70, 30), 100, 100, 0, true),
            ("one satoshi short", (61, 40, 70, 30), 101, 100, 0, false),
            ("overflow", (u64::MAX, 1, 5, 5), u64::MAX, 10, 0, false),
        ] {
            let (supply, unpaid, custody, unswept) = parts;
            let reserves = Reserves {
                supply: sat(supply),
                unpaid: sat(unpaid),
                custody: sat(custody),
                unswept: sat(unswept),
            };
            let report = judge(EvmBlockNumber::new(1), reserves, None);
            let found = (report.right, report.surplus, report.holds);
            assert_eq!(found, (sat(right), sat(surplus), holds), "{name}");
            if left != u64::MAX {
                assert_eq!(report.left, sat(left), "{name}");
            }
        }
    }
}
