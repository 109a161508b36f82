//! The vectors that Foundry reads as well: compared with what this crate gives, and written anew with
//! `FARBANK_BLESS=1`.

use farbank_channels::domain::{ChannelTerms, Digest, Domain, Party, RawTerms, Sides};
use farbank_channels::locks::{Lock, LockSet};
use farbank_channels::objects::{Batch, BatchTree, CoopClose, Proof, Refill, Settle, VaultFlags};
use farbank_channels::payout::{payout, PostedDirection, SideTotals};
use farbank_channels::signature::{ChannelSigner as _, NodeKey};
use farbank_channels::units::{
    ChallengePeriod, LockId, Preimage, ProofNonce, SettleSeq, TokenAmount,
};
use farbank_types::{ChainId, EvmAddress, UnixTime, B256};
use serde_json::{json, Value};

const CLOSE_AT: u64 = 2_000_000_000;

fn compare_or_bless(name: &str, value: &Value) {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors").join(name);
    if std::env::var_os("FARBANK_BLESS").is_some() {
        let text = serde_json::to_string_pretty(value).expect("JSON") + "\n";
        std::fs::write(&path, text).expect("written");
    }
    let stored = std::fs::read_to_string(&path).expect("vector file; make it with FARBANK_BLESS=1");
    let stored: Value = serde_json::from_str(&stored).expect("JSON");
    assert!(stored == *value, "{name} differs; if that is meant, run again with FARBANK_BLESS=1");
}

fn prefixed(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

fn key(seed: u8) -> NodeKey {
    NodeKey::from_bytes(&[seed; 32]).expect("a key")
}

fn keys() -> Sides<NodeKey> {
    let (one, two) = (key(1), key(2));
    if one.node_id().address() < two.node_id().address() {
        Sides { a: one, b: two }
    } else {
        Sides { a: two, b: one }
    }
}

fn raw_terms(chain: u64, challenge: u32, salt: u8) -> RawTerms {
    let keys = keys();
    RawTerms {
        chain_id: ChainId::new(chain),
        contract: EvmAddress::repeat_byte(0xc0),
        party_a: keys.a.node_id().address(),
        party_b: keys.b.node_id().address(),
        token: EvmAddress::repeat_byte(0x70),
        challenge: ChallengePeriod::new(challenge),
        salt: B256::repeat_byte(salt),
    }
}

fn terms() -> ChannelTerms {
    ChannelTerms::new(raw_terms(31_337, 3_600, 0x5a)).expect("terms")
}

fn id_vector(raw: RawTerms) -> Value {
    let terms = ChannelTerms::new(raw).expect("terms");
    json!({
        "chainId": raw.chain_id.to_string(),
        "contract": prefixed(raw.contract),
        "partyA": prefixed(raw.party_a),
        "partyB": prefixed(raw.party_b),
        "token": prefixed(raw.token),
        "challenge": raw.challenge,
        "salt": prefixed(raw.salt),
        "id": prefixed(terms.id().get()),
        "domainSeparator": prefixed(terms.domain().separator()),
    })
}

/// Digest and both parties' signatures.
fn signed(mut object: Value, struct_hash: B256, digest: Digest) -> Value {
    let keys = keys();
    object["structHash"] = json!(prefixed(struct_hash));
    object["digest"] = json!(prefixed(digest.get()));
    for (name, key) in [("signatureA", &keys.a), ("signatureB", &keys.b)] {
        let signature = key.sign(digest);
        assert!(signature.is_by(key.node_id(), digest));
        object[name] = json!({ "r": prefixed(signature.r), "vs": prefixed(signature.vs) });
    }
    object
}

fn lock(id: u64, amount: u128, expiry: u64) -> Lock {
    let preimage = preimage(id);
    Lock {
        id: LockId::new(id),
        amount: TokenAmount::new(amount),
        expiry: UnixTime::new(expiry),
        hash: preimage.hash(),
    }
}

fn preimage(id: u64) -> Preimage {
    let mut bytes = [0x11; 32];
    bytes[24..].copy_from_slice(&id.to_be_bytes());
    Preimage::new(bytes)
}

fn lock_set(locks: &[Lock]) -> LockSet {
    let mut set = LockSet::default();
    for lock in locks {
        set.insert(*lock).expect("ascending");
    }
    set
}

fn locks_vector(locks: &[Lock]) -> Value {
    let set = lock_set(locks);
    assert_eq!(LockSet::from_leaves(&set.leaves()), Ok(set.clone()));
    let each = locks.iter().map(|lock| {
        json!({
            "id": lock.id.to_string(),
            "amount": lock.amount.to_string(),
            "expiry": lock.expiry.to_string(),
            "hash": prefixed(lock.hash.get()),
            "preimage": prefixed(preimage(lock.id.get()).as_bytes()),
        })
    });
    json!({
        "locks": each.collect::<Vec<_>>(),
        "leaves": prefixed(set.leaves()),
        "root": prefixed(set.root()),
        "total": set.total().to_string(),
    })
}

fn lock_lists() -> [Vec<Lock>; 4] {
    [
        Vec::new(),
        vec![lock(1, 1, CLOSE_AT)],
        vec![
            lock(3, 700, CLOSE_AT - 5),
            lock(9, u128::from(u64::MAX), 1),
            lock(u64::MAX, 5, u64::MAX),
        ],
        (1..=256).map(|id| lock(id, u128::from(id), CLOSE_AT)).collect(),
    ]
}

fn proof_vector(proof: &Proof) -> Value {
    let value = json!({
        "id": prefixed(proof.id.get()),
        "fromA": proof.payer.is_a(),
        "nonce": proof.nonce.to_string(),
        "transferred": proof.transferred.to_string(),
        "locked": proof.locked.to_string(),
        "locksRoot": prefixed(proof.locks_root),
        "metaHash": prefixed(proof.meta_hash),
        "ackNonce": proof.ack_nonce.to_string(),
        "ackHash": prefixed(proof.ack_hash.get()),
    });
    signed(value, proof.struct_hash(), proof.digest(terms().domain()))
}

/// A first proof of A, and one of B that acknowledges it.
fn proofs() -> [Proof; 2] {
    let locks = lock_set(&lock_lists()[2]);
    let first = Proof {
        id: terms().id(),
        payer: Party::A,
        nonce: ProofNonce::new(1),
        transferred: TokenAmount::new(123_456),
        locked: locks.total(),
        locks_root: locks.root(),
        meta_hash: B256::repeat_byte(0x77),
        ack_nonce: ProofNonce::NONE,
        ack_hash: Digest::NONE,
    };
    let second = Proof {
        payer: Party::B,
        nonce: ProofNonce::new(u64::MAX),
        transferred: TokenAmount::new(u128::MAX),
        locked: TokenAmount::ZERO,
        locks_root: B256::ZERO,
        ack_nonce: first.nonce,
        ack_hash: first.digest(terms().domain()),
        ..first
    };
    [first, second]
}

fn settle(seq: u64, flags: VaultFlags) -> Settle {
    let total_out = Sides { a: TokenAmount::new(u128::from(seq) * 1_000), b: TokenAmount::new(7) };
    Settle {
        id: terms().id(),
        seq: SettleSeq::new(seq),
        total_out,
        deadline: UnixTime::new(CLOSE_AT),
        to_vault: flags,
    }
}

fn settle_vector(settle: &Settle) -> Value {
    let value = json!({
        "id": prefixed(settle.id.get()),
        "settleSeq": settle.seq.to_string(),
        "totalOutA": settle.total_out.a.to_string(),
        "totalOutB": settle.total_out.b.to_string(),
        "deadline": settle.deadline,
        "toVault": settle.to_vault.bits(),
    });
    signed(value, settle.struct_hash(), settle.digest(terms().domain()))
}

fn close_vector() -> Value {
    let close = CoopClose {
        id: terms().id(),
        funded: Sides { a: TokenAmount::new(1_000), b: TokenAmount::new(500) },
        total_out: Sides { a: TokenAmount::new(250), b: TokenAmount::new(1_250) },
        deadline: UnixTime::new(CLOSE_AT),
        to_vault: VaultFlags { a: false, b: true },
    };
    let value = json!({
        "id": prefixed(close.id.get()),
        "fundedA": close.funded.a.to_string(),
        "fundedB": close.funded.b.to_string(),
        "totalOutA": close.total_out.a.to_string(),
        "totalOutB": close.total_out.b.to_string(),
        "deadline": close.deadline,
        "toVault": close.to_vault.bits(),
    });
    signed(value, close.struct_hash(), close.digest(terms().domain()))
}

fn refill_vector() -> Value {
    let refill = Refill {
        id: terms().id(),
        funded_total: TokenAmount::new(9_000),
        deadline: UnixTime::new(CLOSE_AT),
    };
    let value = json!({
        "id": prefixed(refill.id.get()),
        "fundedTotal": refill.funded_total.to_string(),
        "deadline": refill.deadline,
    });
    signed(value, refill.struct_hash(), refill.digest(terms().domain()))
}

fn batch_vector(count: u64) -> Value {
    let leaves: Vec<B256> =
        (1..=count).map(|seq| settle(seq, VaultFlags::default()).struct_hash()).collect();
    let tree = BatchTree::new(leaves.clone()).expect("a tree");
    let branches = leaves.iter().enumerate().map(|(index, leaf)| {
        let branch = tree.branch(index).expect("a branch");
        assert_eq!(BatchTree::climb(*leaf, &branch, index, leaves.len()), Ok(tree.root()));
        branch.iter().map(prefixed).collect::<Vec<_>>()
    });
    let branches: Vec<_> = branches.collect();
    let batch = Batch { root: tree.root(), deadline: UnixTime::new(CLOSE_AT) };
    let value = json!({
        "count": count,
        "leaves": leaves.iter().map(prefixed).collect::<Vec<_>>(),
        "root": prefixed(batch.root),
        "deadline": batch.deadline,
        "branches": branches,
    });
    signed(value, batch.struct_hash(), batch.digest(terms().domain()))
}

/// Funded, withdrawn, transferred, and locks with the time of their reveal, of each side.
struct Case {
    name: &'static str,
    funded: [u128; 2],
    withdrawn: [u128; 2],
    transferred: [u128; 2],
    locks: [Vec<(Lock, u64)>; 2],
}

fn payout_cases() -> Vec<Case> {
    let none = || [Vec::new(), Vec::new()];
    let case = |name, funded, withdrawn, transferred, locks| Case {
        name,
        funded,
        withdrawn,
        transferred,
        locks,
    };
    let timed = |amount, expiry, at| (lock(1, amount, expiry), at);
    vec![
        case("nothing moved", [1_000, 500], [0, 0], [0, 0], none()),
        case("both transferred", [1_000, 500], [0, 0], [300, 40], none()),
        case("after settles", [1_000, 500], [100, 700], [300, 40], none()),
        case("a owes more than everything", [10, 0], [0, 0], [11, 0], none()),
        case("b owes more than everything", [10, 7], [0, 0], [0, 8], none()),
        case("all settled out", [10, 5], [15, 0], [0, 5], none()),
        case(
            "revealed in the last second",
            [1_000, 0],
            [0, 0],
            [0, 0],
            [vec![timed(400, CLOSE_AT - 10, CLOSE_AT - 10)], Vec::new()],
        ),
        case(
            "revealed a second late",
            [1_000, 0],
            [0, 0],
            [0, 0],
            [vec![timed(400, CLOSE_AT - 10, CLOSE_AT - 9)], Vec::new()],
        ),
        case(
            "revealed after the window, before the expiry",
            [1_000, 0],
            [0, 0],
            [0, 0],
            [vec![timed(400, CLOSE_AT + 10, CLOSE_AT + 1)], Vec::new()],
        ),
        case(
            "revealed at the end of the window",
            [1_000, 0],
            [0, 0],
            [0, 0],
            [vec![timed(400, CLOSE_AT + 10, CLOSE_AT)], Vec::new()],
        ),
        case(
            "not revealed",
            [1_000, 0],
            [0, 0],
            [0, 0],
            [vec![timed(400, CLOSE_AT, 0)], Vec::new()],
        ),
        case(
            "locks of both sides and of great sums",
            [u128::MAX / 4, u128::MAX / 4],
            [17, 4],
            [u128::MAX, u128::MAX - 9],
            [vec![timed(u128::MAX, CLOSE_AT, 5)], vec![timed(u128::MAX - 3, CLOSE_AT, 5)]],
        ),
    ]
}

fn payout_vector(case: &Case) -> Value {
    let direction = |at: usize| {
        let locks: Vec<Lock> = case.locks[at].iter().map(|(lock, _)| *lock).collect();
        PostedDirection {
            transferred: TokenAmount::new(case.transferred[at]),
            locks: lock_set(&locks),
        }
    };
    let side = |at: usize| SideTotals {
        funded: TokenAmount::new(case.funded[at]),
        withdrawn: TokenAmount::new(case.withdrawn[at]),
    };
    let sides = Sides { a: side(0), b: side(1) };
    let posted = Sides { a: direction(0), b: direction(1) };
    let all: Vec<_> = case.locks.iter().flatten().collect();
    let revealed = |hash| {
        let found = all.iter().find(|(lock, at)| lock.hash == hash && *at > 0);
        found.map(|(_, at)| UnixTime::new(*at))
    };
    let paid = payout(&sides, &posted, UnixTime::new(CLOSE_AT), revealed).expect("a payout");
    let reveals = |at: usize| case.locks[at].iter().map(|(_, at)| *at).collect::<Vec<_>>();
    let name = |letter: &str, value: u128| (letter.to_owned(), value.to_string());
    let amounts: std::collections::BTreeMap<_, _> = [
        name("fundedA", case.funded[0]),
        name("fundedB", case.funded[1]),
        name("withdrawnA", case.withdrawn[0]),
        name("withdrawnB", case.withdrawn[1]),
        name("transferredA", case.transferred[0]),
        name("transferredB", case.transferred[1]),
        name("paidA", paid.a.get()),
        name("paidB", paid.b.get()),
    ]
    .into();
    let mut value = json!(amounts);
    value["name"] = json!(case.name);
    value["closeAt"] = json!(CLOSE_AT);
    value["leavesA"] = json!(prefixed(posted.a.locks.leaves()));
    value["leavesB"] = json!(prefixed(posted.b.locks.leaves()));
    value["revealedAtA"] = json!(reveals(0));
    value["revealedAtB"] = json!(reveals(1));
    value
}

#[test]
fn channel_vectors_are_as_stored() {
    let keys = keys();
    // The seeds were given out by address.
    let seeds = if keys.a.node_id() == key(1).node_id() { [1, 2] } else { [2, 1] };
    let named = |key: &NodeKey, seed: u8| {
        json!({
            "secret": prefixed([seed; 32]),
            "nodeId": prefixed(key.node_id().to_bytes()),
            "address": prefixed(key.node_id().address()),
        })
    };
    let flags = |a, b| VaultFlags { a, b };
    let settles = [
        (1, flags(false, false)),
        (2, flags(true, false)),
        (3, flags(false, true)),
        (u64::MAX / 1_000, flags(true, true)),
    ];
    let settles = settles.map(|(seq, flags)| settle_vector(&settle(seq, flags)));
    let batches = [1, 2, 3, 5, 8, 100].map(batch_vector);
    let separator = Domain::new(ChainId::new(31_337), EvmAddress::repeat_byte(0xc0)).separator();
    let value = json!({
        "keyA": named(&keys.a, seeds[0]),
        "keyB": named(&keys.b, seeds[1]),
        "chainId": "31337",
        "contract": prefixed(EvmAddress::repeat_byte(0xc0)),
        "domainSeparator": prefixed(separator),
        "ids": [
            id_vector(raw_terms(31_337, 3_600, 0x5a)),
            id_vector(raw_terms(1, 0, 0)),
            id_vector(raw_terms(u64::MAX, u32::MAX, 0xff)),
        ],
        "proofs": proofs().iter().map(proof_vector).collect::<Vec<_>>(),
        "settles": settles,
        "close": close_vector(),
        "refill": refill_vector(),
        "batches": batches,
        "locks": lock_lists().iter().map(|locks| locks_vector(locks)).collect::<Vec<_>>(),
        "payouts": payout_cases().iter().map(payout_vector).collect::<Vec<_>>(),
    });
    compare_or_bless("channels.json", &value);
}
