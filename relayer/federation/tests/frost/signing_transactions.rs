//! A real custody transaction: custody and deposits spent by key, checked as a Bitcoin node checks them
//! (BIP-0340, BIP-0341) with the library that it uses.

use bitcoin::absolute::LockTime;
use bitcoin::key::TapTweak as _;
use bitcoin::taproot::{LeafVersion, TapLeafHash};
use bitcoin::transaction::Version;
use bitcoin::{
    Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Witness, XOnlyPublicKey,
};
use farbank_federation::custody::{assemble, signing_inputs, SpentOutput};
use farbank_federation::identity::AttesterIndex;
use farbank_federation::signing::{BatchRejection, SigningBatch};
use secp256k1::{schnorr, Message, Secp256k1};

use crate::support::{key_of, sign_with, subsets, Attesters};

/// Custody and two deposits, with leaves of their own, into custody.
struct Sweep {
    transaction: Transaction,
    spent: Vec<SpentOutput>,
    outputs: Vec<TxOut>,
}

impl Sweep {
    fn new(key: XOnlyPublicKey) -> Self {
        let secp = Secp256k1::verification_only();
        let leaf = |script: &[u8]| {
            let script = ScriptBuf::from_bytes(script.to_vec());
            TapLeafHash::from_script(&script, LeafVersion::TapScript)
        };
        let value = Amount::from_sat(100_000);
        let spent = [None, Some(leaf(&[0x51])), Some(leaf(&[0x52, 0x75, 0x51]))]
            .map(|leaf_hash| SpentOutput { value, key, leaf_hash });
        // The scripts by the library's own means, not by those of the crate under test.
        let script_of = |leaf: Option<TapLeafHash>| match leaf {
            None => ScriptBuf::new_p2tr_tweaked(key.dangerous_assume_tweaked()),
            Some(leaf) => ScriptBuf::new_p2tr(&secp, key, Some(leaf.into())),
        };
        let outputs: Vec<_> = spent
            .iter()
            .map(|spent| TxOut { value, script_pubkey: script_of(spent.leaf_hash) })
            .collect();
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
            output: vec![TxOut { value: Amount::from_sat(299_000), ..outputs[0].clone() }],
        };
        Self { transaction, spent: spent.to_vec(), outputs }
    }

    fn batch(&self) -> SigningBatch {
        let secp = Secp256k1::verification_only();
        let inputs = signing_inputs(&secp, &self.transaction, &self.spent).unwrap();
        SigningBatch::of_key(&inputs, self.spent[0].key).unwrap()
    }

    /// Takes each key out of the script that is spent, and nothing from the federation.
    fn assert_signed(&self, signatures: &[schnorr::Signature]) {
        let secp = Secp256k1::verification_only();
        assert_eq!(signatures.len(), self.outputs.len());
        for ((output, item), signature) in
            self.outputs.iter().zip(self.batch().items()).zip(signatures)
        {
            let key = XOnlyPublicKey::from_slice(&output.script_pubkey.as_bytes()[2..]).unwrap();
            secp.verify_schnorr(signature, &Message::from_digest(item.message), &key).unwrap();
        }
        assemble(&secp, &self.transaction, &self.spent, signatures).unwrap();
    }
}

#[test]
fn any_three_of_four_spend_custody_and_deposits() {
    let mut attesters = Attesters::new(21);
    let sweep = Sweep::new(key_of(&attesters));
    let all: Vec<AttesterIndex> = attesters.signers.keys().copied().collect();
    let choices = subsets(&all, 3);
    assert_eq!(choices.len(), 4);
    for chosen in choices {
        let signatures = sign_with(&mut attesters, &sweep.batch(), &chosen);
        sweep.assert_signed(&signatures);
    }
}

#[test]
fn output_keys_are_those_of_the_scripts() {
    let key = key_of(&Attesters::new(22));
    let sweep = Sweep::new(key);
    let secp = Secp256k1::verification_only();
    for (item, output) in sweep.batch().items().iter().zip(&sweep.outputs) {
        let output_key = item.output_key(key, &secp).unwrap();
        assert_eq!(output_key.serialize(), output.script_pubkey.as_bytes()[2..]);
    }
}

#[test]
fn batch_holds_the_inputs_of_its_key_only() {
    let secp = Secp256k1::verification_only();
    let key = key_of(&Attesters::new(23));
    // x of G and of 2G.
    let [older, stranger] = [
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
    ]
    .map(|x| x.parse::<XOnlyPublicKey>().unwrap());
    let mut sweep = Sweep::new(key);
    sweep.spent[1].key = older;
    let inputs = signing_inputs(&secp, &sweep.transaction, &sweep.spent).unwrap();
    let sizes = [key, older].map(|key| SigningBatch::of_key(&inputs, key).unwrap().items().len());
    assert_eq!(sizes, [2, 1]);
    let rejection = BatchRejection::BadSize { found: 0 };
    assert_eq!(SigningBatch::of_key(&inputs, stranger), Err(rejection));
}
