//! Signatures, trees and payouts: what holds for all of them.

use farbank_channels::domain::{ChannelTerms, Digest, RawTerms, Sides, TermsRejection};
use farbank_channels::locks::{Lock, LockSet};
use farbank_channels::objects::{BatchTree, TreeRejection};
use farbank_channels::payout::{payout, PayoutRejection, PostedDirection, SideTotals};
use farbank_channels::signature::{ChannelSigner as _, NodeId, NodeKey, SignatureRejection};
use farbank_channels::units::{ChallengePeriod, LockId, PaymentHash, TokenAmount};
use farbank_types::{ChainId, EvmAddress, UnixTime, B256, U256};
use proptest::prelude::{any, prop_assert, prop_assert_eq, prop_oneof, proptest, Just, Strategy};

/// Order of the group of secp256k1 (SEC 2, section 2.4.1).
const ORDER: &str = "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

fn key(seed: u8) -> NodeKey {
    NodeKey::from_bytes(&[seed; 32]).expect("a key")
}

fn amount(value: u128) -> TokenAmount {
    TokenAmount::new(value)
}

#[test]
fn keys_out_of_range_are_refused() {
    let zero = NodeKey::from_bytes(&[0; 32]).expect_err("zero");
    assert_eq!(zero, SignatureRejection::BadSecretKey);
    let point = NodeId::from_bytes(&[5; 33]).expect_err("no point");
    assert_eq!(point, SignatureRejection::BadPublicKey);
}

#[test]
fn the_address_of_a_key_is_ethereums() {
    // The first account of the mnemonic that development chains use.
    let secret = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
    let secret: [u8; 32] = hex::decode(secret).expect("hex").try_into().expect("32 bytes");
    let key = NodeKey::from_bytes(&secret).expect("a key");
    let expected = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";
    assert_eq!(key.node_id().address(), expected.parse::<EvmAddress>().expect("an address"));
}

#[test]
fn a_key_is_not_printed() {
    let printed = format!("{:?}", key(0xab));
    assert!(!printed.contains("abababab"), "{printed}");
}

#[test]
fn parties_out_of_order_are_no_channel() {
    let raw = RawTerms {
        chain_id: ChainId::new(1),
        contract: EvmAddress::ZERO,
        party_a: EvmAddress::repeat_byte(2),
        party_b: EvmAddress::repeat_byte(1),
        token: EvmAddress::ZERO,
        challenge: ChallengePeriod::new(1),
        salt: B256::ZERO,
    };
    for party_b in [raw.party_b, raw.party_a] {
        let refused = ChannelTerms::new(RawTerms { party_b, ..raw }).expect_err("refused");
        let party_a = raw.party_a;
        assert_eq!(refused, TermsRejection::PartiesOutOfOrder { party_a, party_b });
    }
}

proptest! {
    #[test]
    fn signatures_are_deterministic_and_name_their_signer(seed in 1_u8..255, digest in any::<[u8; 32]>()) {
        let (key, digest) = (key(seed), Digest::new(B256::from(digest)));
        let signature = key.sign(digest);
        prop_assert_eq!(key.sign(digest), signature);
        prop_assert_eq!(signature.recover(digest), Ok(key.node_id()));
    }

    #[test]
    fn the_other_s_is_refused(seed in 1_u8..255, digest in any::<[u8; 32]>()) {
        let digest = Digest::new(B256::from(digest));
        let mut signature = key(seed).sign(digest);
        let order: U256 = ORDER.parse().expect("a number");
        let top = U256::from(1) << 255;
        let low = U256::from_be_bytes(signature.vs.0) & (top - U256::from(1));
        let high = order - low;
        // The high s of the compact form would need the bit of the parity.
        if high < top {
            signature.vs = B256::from(high);
            prop_assert_eq!(signature.recover(digest), Err(SignatureRejection::HighS));
        }
    }

    #[test]
    fn every_branch_of_a_batch_leads_to_its_root(count in 1_usize..40, at in any::<proptest::sample::Index>()) {
        let leaves: Vec<B256> = (1..=count).map(|leaf| B256::from(U256::from(leaf))).collect();
        let tree = BatchTree::new(leaves.clone()).expect("a tree");
        let index = at.index(count);
        let branch = tree.branch(index).expect("a branch");
        prop_assert_eq!(BatchTree::climb(leaves[index], &branch, index, count), Ok(tree.root()));
        let other = BatchTree::climb(B256::ZERO, &branch, index, count);
        prop_assert!(other != Ok(tree.root()));
        let longer = [branch.clone(), vec![B256::ZERO]].concat();
        let refused = TreeRejection::BadBranchLength {
            found: branch.len() + 1,
            expected: branch.len(),
        };
        prop_assert_eq!(BatchTree::climb(leaves[index], &longer, index, count), Err(refused));
        let outside = TreeRejection::IndexOutOfRange { index: count, count };
        prop_assert_eq!(tree.branch(count), Err(outside));
    }

    #[test]
    fn a_payout_is_the_pot_and_never_less_than_what_a_party_is_sure_of(case in case()) {
        let Case { sides, posted, more } = case;
        let revealed = |_: PaymentHash| Some(UnixTime::new(5));
        let at = UnixTime::new(10);
        let paid = payout(&sides, &posted, at, revealed).expect("a payout");
        let pot = sides.a.funded.get() + sides.b.funded.get()
            - sides.a.withdrawn.get() - sides.b.withdrawn.get();
        prop_assert_eq!(paid.a.get() + paid.b.get(), pot);
        // A newer proof to a party never takes from it; an older one of its own neither.
        let mut newer = posted.clone();
        newer.b.transferred = posted.b.transferred.saturating_add(amount(more));
        let with_newer = payout(&sides, &newer, at, revealed).expect("a payout");
        prop_assert!(with_newer.a >= paid.a);
        let older = Sides { a: PostedDirection::default(), b: posted.b };
        let with_older = payout(&sides, &older, at, revealed).expect("a payout");
        prop_assert!(with_older.a >= paid.a);
    }
}

#[derive(Clone, Debug)]
struct Case {
    sides: Sides<SideTotals>,
    posted: Sides<PostedDirection>,
    more: u128,
}

fn case() -> impl Strategy<Value = Case> {
    let money = || prop_oneof![Just(0_u128), 0_u128..1_000_000, 0_u128..u128::MAX / 4];
    let owed = || prop_oneof![Just(0_u128), 0_u128..1_000_000, any::<u128>()];
    (money(), money(), any::<(u8, u8)>(), owed(), owed(), owed(), 0_u128..1_000_000).prop_map(
        |(a, b, (first, second), sent_a, sent_b, locked, more)| {
            let part = |whole: u128, share: u8| whole / 256 * u128::from(share);
            let out_a = part(a + b, first);
            let out_b = part(a + b - out_a, second);
            let side = |funded, withdrawn| SideTotals {
                funded: amount(funded),
                withdrawn: amount(withdrawn),
            };
            let mut locks = LockSet::default();
            let lock = Lock {
                id: LockId::new(1),
                amount: amount(locked),
                expiry: UnixTime::new(7),
                hash: PaymentHash::new([1; 32]),
            };
            locks.insert(lock).expect("the first");
            let direction = |sent, locks| PostedDirection { transferred: amount(sent), locks };
            Case {
                sides: Sides { a: side(a, out_a), b: side(b, out_b) },
                posted: Sides {
                    a: direction(sent_a, LockSet::default()),
                    b: direction(sent_b, locks),
                },
                more,
            }
        },
    )
}

#[test]
fn a_channel_that_settled_more_than_it_had_has_no_payout() {
    let side =
        |funded, withdrawn| SideTotals { funded: amount(funded), withdrawn: amount(withdrawn) };
    let sides = Sides { a: side(1, 1), b: side(1, 2) };
    let paid = payout(&sides, &Sides::default(), UnixTime::new(1), |_| None);
    assert_eq!(paid, Err(PayoutRejection::Overdrawn));
}
