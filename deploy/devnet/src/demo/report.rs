//! What the demo found, as its JSON document says it.

use bitcoin::{Amount, Txid};
use farbank_types::{SideChainKind, B256};
use serde::Serialize;

/// The whole demo.
#[derive(Clone, Debug, Serialize)]
pub struct DemoReport {
    /// Whether every step succeeded and every invariant holds.
    pub ok: bool,
    /// Duration, the devnet's start included.
    pub seconds: f64,
    /// Consensus of the side chain.
    pub side_chain: SideChainKind,
    /// The steps, in the order in which they ran; the first that fails is the last.
    pub steps: Vec<StepReport>,
    /// The invariants that could be looked at.
    pub invariants: Vec<InvariantReport>,
}

/// One step.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    /// Its stable name.
    pub name: &'static str,
    /// Whether it succeeded.
    pub ok: bool,
    /// Duration.
    pub seconds: f64,
    /// The Bitcoin transaction that matters most.
    pub bitcoin_tx: Option<Txid>,
    /// The side-chain transaction that matters most.
    pub side_tx: Option<B256>,
    /// Gas that it used.
    pub gas: Option<u64>,
    /// What arrived, in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat::opt")]
    pub amount: Option<Amount>,
    /// What happened, or why it failed.
    pub note: String,
}

/// The verdict on an invariant of DESIGN 8, from the live chains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InvariantReport {
    /// `I1`, `I2`, ...
    pub id: &'static str,
    /// Whether it holds.
    pub holds: bool,
    /// What was found.
    pub left: Finding,
    /// What it is compared with.
    pub right: Finding,
}

/// One side of an invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Finding {
    /// A sum in satoshi.
    #[serde(with = "bitcoin::amount::serde::as_sat")]
    Sum(Amount),
    /// The answers of contracts and nodes, by name.
    Answers(Vec<String>),
}

impl core::fmt::Display for Finding {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Sum(sum) => sum.fmt(f),
            Self::Answers(answers) => f.write_str(&answers.join(", ")),
        }
    }
}

impl InvariantReport {
    /// An invariant that could not be looked at does not hold, for all that is known.
    pub(super) fn unknown(id: &'static str, cause: &impl core::fmt::Display) -> Self {
        Self::of_answers(id, vec![cause.to_string()], &[])
    }

    /// Compares answers with those that the invariant demands.
    pub(super) fn of_answers(id: &'static str, left: Vec<String>, right: &[&str]) -> Self {
        let right: Vec<String> = right.iter().copied().map(str::to_owned).collect();
        let holds = left == right;
        Self { id, holds, left: Finding::Answers(left), right: Finding::Answers(right) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_has_the_documented_fields() {
        let step = StepReport {
            name: "peg-in",
            ok: true,
            seconds: 1.5,
            bitcoin_tx: None,
            side_tx: None,
            gas: Some(158_000),
            amount: Some(Amount::from_sat(7)),
            note: "minted".into(),
        };
        let answered = ["AlreadyMinted".to_owned()].into();
        let report = DemoReport {
            ok: true,
            seconds: 2.5,
            side_chain: SideChainKind::Clique,
            steps: vec![step],
            invariants: vec![
                InvariantReport {
                    id: "I1",
                    holds: true,
                    left: Finding::Sum(Amount::from_sat(1)),
                    right: Finding::Sum(Amount::from_sat(2)),
                },
                InvariantReport::of_answers("I2", answered, &["AlreadyMinted"]),
            ],
        };
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["side_chain"], "clique");
        assert_eq!(
            (&json["steps"][0]["amount"], &json["steps"][0]["gas"]),
            (&7.into(), &158_000.into())
        );
        assert!(json["steps"][0]["side_tx"].is_null());
        assert_eq!(
            (&json["invariants"][0]["left"], &json["invariants"][1]["holds"]),
            (&1.into(), &true.into())
        );
    }
}
