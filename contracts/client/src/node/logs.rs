//! Logs of one contract and some of its events, in bounded ranges.

use ethers::types as e;
use farbank_types::{EvmAddress, EvmBlockNumber, B256};
use serde_json::json;

use super::SideChainNode;
use crate::fault::Fault;

const GET_LOGS: &str = "eth_getLogs";

/// Blocks from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRange {
    /// First block.
    pub first: EvmBlockNumber,
    /// Last block.
    pub last: EvmBlockNumber,
}

impl BlockRange {
    /// Greatest number of blocks asked about at once. Public nodes refuse more.
    pub(crate) const MAX: u64 = 2_000;

    /// Splits the newest part off: at most [`Self::MAX`] blocks, and what lies before.
    pub(crate) fn newest(self) -> (Self, Option<Self>) {
        let first = self.last.get().saturating_sub(Self::MAX - 1).max(self.first.get());
        let newest = Self { first: EvmBlockNumber::new(first), last: self.last };
        (newest, self.before(first))
    }

    /// Returns both halves, the older one first; `None` for a single block.
    pub(crate) fn halves(self) -> Option<(Self, Self)> {
        let half = self.last.get().checked_sub(self.first.get())? / 2;
        let middle = self.first.get().checked_add(half)?.checked_add(1)?;
        let newer = Self { first: EvmBlockNumber::new(middle), last: self.last };
        (middle <= self.last.get()).then_some(())?;
        Some((self.before(middle)?, newer))
    }

    const fn is_long(self) -> bool {
        self.last.get().saturating_sub(self.first.get()) >= Self::MAX
    }

    fn before(self, number: u64) -> Option<Self> {
        let last = number.checked_sub(1)?;
        (last >= self.first.get()).then(|| Self { last: EvmBlockNumber::new(last), ..self })
    }
}

/// Which logs to look for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogQuery<'a> {
    pub(crate) contract: EvmAddress,
    /// Signature hashes: any of these events.
    pub(crate) events: &'a [e::H256],
    /// First indexed argument; `None` for any.
    pub(crate) topic: Option<B256>,
}

impl SideChainNode {
    /// Returns the logs in a range of blocks, oldest first. A range of more than [`BlockRange::MAX`]
    /// blocks, or too much for the node or for the bound on answers, is asked for in halves.
    pub(crate) async fn logs(
        &self,
        query: LogQuery<'_>,
        range: BlockRange,
    ) -> Result<Vec<e::Log>, Fault> {
        let mut found = Vec::new();
        let mut remaining = vec![range];
        while let Some(range) = remaining.pop() {
            if let (Some((older, newer)), true) = (range.halves(), range.is_long()) {
                remaining.extend([newer, older]);
                continue;
            }
            match self.logs_once(query, range).await {
                Ok(logs) => found.extend(logs),
                Err(fault) if is_too_much(&fault) => {
                    let (older, newer) = range.halves().ok_or(fault)?;
                    remaining.extend([newer, older]);
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(found)
    }

    async fn logs_once(
        &self,
        query: LogQuery<'_>,
        range: BlockRange,
    ) -> Result<Vec<e::Log>, Fault> {
        let filter = json!({
            "address": query.contract,
            "topics": [query.events, query.topic],
            "fromBlock": format!("{:#x}", range.first.get()),
            "toBlock": format!("{:#x}", range.last.get()),
        });
        let logs: Vec<e::Log> = self.rpc.ask(GET_LOGS, vec![filter]).await?;
        if logs.iter().all(|log| query.matches(log, range)) && logs.is_sorted_by_key(position) {
            Ok(logs)
        } else {
            let expected = "only logs that match the filter, oldest first";
            Err(Fault::Contradiction { method: GET_LOGS, expected })
        }
    }
}

impl LogQuery<'_> {
    fn matches(&self, log: &e::Log, range: BlockRange) -> bool {
        let number = log.block_number.map(|number| number.as_u64());
        log.address.0 == self.contract.into_array()
            && log.topics.first().is_some_and(|event| self.events.contains(event))
            && self.topic.is_none_or(|topic| log.topics.get(1).map(|t| t.0) == Some(topic.0))
            && !log.removed.unwrap_or(false)
            && log.transaction_hash.is_some()
            && log.block_hash.is_some()
            && number.is_some_and(|number| (range.first.get()..=range.last.get()).contains(&number))
    }
}

fn position(log: &e::Log) -> (Option<e::U64>, Option<e::U256>) {
    (log.block_number, log.log_index)
}

fn is_too_much(fault: &Fault) -> bool {
    match fault {
        Fault::AnswerTooLarge { .. } => true,
        // The codes that providers use for "query returned more than N results".
        Fault::Node { error, .. } => {
            matches!(error.code, -32_005 | -32_602) || {
                error.message.contains("more than") || error.message.contains("range")
            }
        }
        Fault::BadAddress { .. }
        | Fault::Timeout { .. }
        | Fault::Unreachable { .. }
        | Fault::HttpStatus { .. }
        | Fault::Unreadable { .. }
        | Fault::Contradiction { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u64, last: u64) -> BlockRange {
        BlockRange { first: EvmBlockNumber::new(first), last: EvmBlockNumber::new(last) }
    }

    #[test]
    fn newest_part_is_bounded_and_leaves_the_rest() {
        assert_eq!(range(5, 5).newest(), (range(5, 5), None));
        assert_eq!(range(0, 1_999).newest(), (range(0, 1_999), None));
        assert_eq!(range(0, 2_000).newest(), (range(1, 2_000), Some(range(0, 0))));
    }

    #[test]
    fn halves_cover_the_range_without_overlap() {
        assert_eq!(range(7, 7).halves(), None);
        assert_eq!(range(0, 1).halves(), Some((range(0, 0), range(1, 1))));
        assert_eq!(range(0, 2).halves(), Some((range(0, 1), range(2, 2))));
        assert_eq!(range(10, 19).halves(), Some((range(10, 14), range(15, 19))));
    }
}
