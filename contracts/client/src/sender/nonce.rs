//! Which nonce comes next.

use std::collections::BTreeSet;

use farbank_types::Nonce;

/// Returns the nonce for a new transaction: the first one from `latest` on (the account's nonce in
/// the newest block) that no unresolved own record uses.
///
/// A gap below own records is filled first, since nothing above it can get into a block. Records
/// below `latest` are ignored: their nonce is spent, see [`crate::TransactionIntent::fate`]. What
/// the node's pool says is not asked, because a pool forgets.
#[must_use]
pub fn next_nonce(latest: Nonce, unresolved: impl IntoIterator<Item = Nonce>) -> Nonce {
    let used: BTreeSet<Nonce> = unresolved.into_iter().collect();
    used.range(latest..).fold(latest, |next, nonce| if *nonce == next { next.next() } else { next })
}
