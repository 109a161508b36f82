//! Real transactions: custody and deposits spent by key, checked as a Bitcoin node checks them
//! (BIP-0340, BIP-0341) with the library that it uses.

use bitcoin::absolute::LockTime;
use bitcoin::key::TapTweak as _;
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::taproot::{LeafVersion, TapLeafHash};
use bitcoin::transaction::Version;
use bitcoin::{
    Amount, OutPoint, ScriptBuf, Sequence, TapNodeHash, TapSighashType, Transaction, TxIn, TxOut,
    Witness, XOnlyPublicKey,
};
use farbank_federation::group::Group;
use farbank_federation::identity::AttesterIndex;
use farbank_federation::signing::{Coordinator, CoordinatorStep, SigningBatch, SigningItem};
use secp256k1::{schnorr, Message, Secp256k1};

use crate::support::{rng, subsets, Attesters};

/// A sweep: custody and two deposits with leaves of their own into custody.
struct Sweep {
    transaction: Transaction,
    spent: Vec<TxOut>,
    leaves: Vec<Option<TapNodeHash>>,
}

impl Sweep {
    fn new(federation_key: XOnlyPublicKey) -> Self {
        let secp = Secp256k1::verification_only();
        let leaf = |script: &[u8]| {
            let script = ScriptBuf::from_bytes(script.to_vec());
            TapNodeHash::from(TapLeafHash::from_script(&script, LeafVersion::TapScript))
        };
        let leaves = vec![None, Some(leaf(&[0x51])), Some(leaf(&[0x52, 0x75, 0x51]))];
        let output = |leaf: &Option<TapNodeHash>| {
            let script_pubkey = match leaf {
                // The key as it is: the library's own "untweaked" form.
                None => ScriptBuf::new_p2tr_tweaked(federation_key.dangerous_assume_tweaked()),
                Some(_) => ScriptBuf::new_p2tr(&secp, federation_key, *leaf),
            };
            TxOut { value: Amount::from_sat(100_000), script_pubkey }
        };
        let spent: Vec<_> = leaves.iter().map(output).collect();
        let input = |vout| TxIn {
            previous_output: OutPoint { vout, ..OutPoint::default() },
            script_sig: ScriptBuf::new(),
            sequence: Sequence::ENABLE_RBF_NO_LOCKTIME,
            witness: Witness::new(),
        };
        let transaction = Transaction {
            version: Version(3),
            lock_time: LockTime::ZERO,
            input: (0..3).map(input).collect(),
            output: vec![TxOut { value: Amount::from_sat(299_000), ..spent[0].clone() }],
        };
        Self { transaction, spent, leaves }
    }

    fn batch(&self) -> SigningBatch {
        let mut cache = SighashCache::new(&self.transaction);
        let items = self.leaves.iter().enumerate().map(|(input, leaf)| {
            let sighash = cache
                .taproot_key_spend_signature_hash(
                    input,
                    &Prevouts::All(&self.spent),
                    TapSighashType::Default,
                )
                .unwrap();
            leaf.map_or_else(
                || SigningItem::custody(sighash),
                |leaf| SigningItem::deposit(sighash, leaf),
            )
        });
        SigningBatch::new(items.collect()).unwrap()
    }

    /// Takes the key out of the script that each input spends, and nothing from the federation.
    fn assert_signed(&self, signatures: &[schnorr::Signature]) {
        let secp = Secp256k1::verification_only();
        assert_eq!(signatures.len(), self.spent.len());
        for ((spent, item), signature) in
            self.spent.iter().zip(self.batch().items()).zip(signatures)
        {
            let key = XOnlyPublicKey::from_slice(&spent.script_pubkey.as_bytes()[2..]).unwrap();
            let message = Message::from_digest(item.message);
            secp.verify_schnorr(signature, &message, &key).unwrap();
        }
    }
}

fn sign_with(
    attesters: &mut Attesters,
    group: Group,
    batch: &SigningBatch,
    chosen: &[AttesterIndex],
) -> Vec<schnorr::Signature> {
    let mut rng = rng(20);
    let (mut coordinator, first) = Coordinator::start(group, batch.clone(), &mut rng);
    assert!(
        matches!(first, CoordinatorStep::Propose { ref attesters, .. } if attesters.len() == 4)
    );
    let session = coordinator.session();
    let mut step = CoordinatorStep::Wait;
    for index in chosen {
        assert_eq!(step, CoordinatorStep::Wait);
        let commitments = attesters.commit(*index, session, batch);
        step = coordinator.committed(*index, session, commitments).unwrap();
    }
    let CoordinatorStep::Sign(set) = step else { panic!("{step:?}") };
    assert!(set.signers.keys().copied().eq(chosen.iter().copied()));
    let mut step = CoordinatorStep::Wait;
    for index in chosen {
        assert_eq!(step, CoordinatorStep::Wait);
        let shares = attesters.sign(*index, &set).unwrap();
        step = coordinator.signed(*index, session, shares, &mut rng).unwrap();
    }
    let CoordinatorStep::Done(signatures) = step else { panic!("{step:?}") };
    signatures
}

#[test]
fn any_three_of_four_spend_custody_and_deposits() {
    let mut attesters = Attesters::new(21);
    let group = attesters.group();
    let sweep = Sweep::new(group.federation_key());
    let all: Vec<_> = group.threshold().indices().collect();
    let choices = subsets(&all, 3);
    assert_eq!(choices.len(), 4);
    for chosen in choices {
        let signatures = sign_with(&mut attesters, group.clone(), &sweep.batch(), &chosen);
        sweep.assert_signed(&signatures);
    }
}

#[test]
fn output_keys_are_those_of_the_scripts() {
    let group = Attesters::new(22).group();
    let sweep = Sweep::new(group.federation_key());
    let secp = Secp256k1::verification_only();
    for (item, spent) in sweep.batch().items().iter().zip(&sweep.spent) {
        let key = item.output_key(group.federation_key(), &secp).unwrap();
        assert_eq!(key.serialize(), spent.script_pubkey.as_bytes()[2..]);
    }
}
