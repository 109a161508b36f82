//! The rules of the protocol, each of which can be taken out of the driver to show what it is for.
//! The machine itself has no switch: the driver bypasses it.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rules {
    /// All hold.
    All,
    /// The contract takes a counter from the payer alone, without the payee's ack.
    CounterWithoutAck,
    /// The hub fails upstream when it hears that its lock was failed, not when the drop was
    /// acknowledged.
    FailBeforeTheDropIsAcknowledged,
    /// On a close the hub shows what it was paid, not its own acknowledged proof.
    OwnProofNotShown,
    /// On a close the hub shows nothing at all.
    NothingShown,
    /// Locks may outlive the challenge period: the hub believes in a longer one than the contract has.
    LongLocks,
    /// What signed settles may still pay is not reserved.
    NoReservation,
    /// A settle is signed against balances without locks.
    SettleIgnoresLocks,
    /// Funding counts before it is final, and is taken back.
    FundingNotFinal,
    /// A preimage is taken off chain at any time before the outgoing lock expires.
    LateFulfil,
    /// Outgoing locks expire by the clock, not by a final block.
    ExpiryNotFinal,
    /// The hub does not reveal what it claims in time.
    NoReveal,
    /// The payer may drop a lock that its payee did not fail.
    DropWithoutFail,
    /// A hash is forwarded though its preimage is on chain already.
    RevealedHash,
    /// Two registries, and no time between the hops to carry a preimage across.
    TwoRegistriesWithoutDelta,
    /// Two registries with the time that it takes: nothing is taken out.
    TwoRegistries,
}

impl Rules {
    pub(crate) fn has_two_registries(self) -> bool {
        matches!(self, Self::TwoRegistries | Self::TwoRegistriesWithoutDelta)
    }

    /// Blocks between the expiry of an incoming and an outgoing lock.
    pub(crate) fn delta(self) -> u64 {
        if self == Self::TwoRegistries {
            crate::contract::LAG + crate::contract::INCLUSION + 2
        } else {
            0
        }
    }
}
