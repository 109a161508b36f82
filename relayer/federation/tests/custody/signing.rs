//! Messages and signatures, checked by `secp256k1` alone.

use bitcoin::key::TapTweak as _;
use bitcoin::secp256k1::{schnorr, Message, Secp256k1};
use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use farbank_federation::custody::{
    assemble, signing_inputs, AssembleRefusal, SigningRequest, SpentOutput,
};

use crate::common::{deposit, key, keypair, plan, sat};

fn request() -> (SigningRequest, Vec<SpentOutput>) {
    let mut plan = plan(&[1, 2]);
    plan.deposits = vec![deposit(7, 0, 60_000), deposit(3, 1, 40_000)];
    let request = plan.build().expect("built");
    let deposits = request.deposits.iter().zip([40_000, 60_000]).map(|(input, value)| {
        let leaf_hash = Some(input.leaf_hash);
        SpentOutput { value: sat(value), key: input.federation_key, leaf_hash }
    });
    let custody = SpentOutput { value: sat(100_000_000), key: key(1), leaf_hash: None };
    let spent = std::iter::once(custody).chain(deposits).collect();
    (request, spent)
}

/// Signs as the whole federation would: custody untweaked, a deposit tweaked by its leaf.
fn sign(request: &SigningRequest, spent: &[SpentOutput]) -> Vec<schnorr::Signature> {
    let secp = Secp256k1::new();
    signing_inputs(&secp, &request.transaction, spent)
        .expect("counts are equal")
        .iter()
        .map(|input| {
            let pair = keypair(1);
            let pair = match input.merkle_root {
                None => pair,
                Some(root) => pair.tap_tweak(&secp, Some(root)).to_keypair(),
            };
            secp.sign_schnorr_no_aux_rand(&Message::from(input.sighash), &pair)
        })
        .collect()
}

#[test]
fn signatures_of_all_inputs_make_a_valid_transaction() {
    let (request, spent) = request();
    let secp = Secp256k1::new();
    let signed = assemble(&secp, &request.transaction, &spent, &sign(&request, &spent))
        .expect("valid signatures");
    assert_eq!(signed.compute_txid(), request.transaction.compute_txid());
    let outputs: Vec<_> = spent.iter().map(|output| output.to_output(&secp)).collect();
    let mut cache = SighashCache::new(&signed);
    for (at, input) in signed.input.iter().enumerate() {
        let sighash = cache
            .taproot_key_spend_signature_hash(at, &Prevouts::All(&outputs), TapSighashType::Default)
            .expect("index in range");
        let signature = schnorr::Signature::from_slice(&input.witness[0]).expect("64 bytes");
        let script = outputs[at].script_pubkey.as_bytes();
        let output_key = bitcoin::XOnlyPublicKey::from_slice(&script[2..]).expect("key");
        secp.verify_schnorr(&signature, &Message::from(sighash), &output_key).expect("valid");
    }
}

#[test]
fn messages_cover_the_amounts() {
    let (request, mut spent) = request();
    let secp = Secp256k1::new();
    let signatures = sign(&request, &spent);
    spent[2].value = sat(60_001);
    assert_eq!(
        assemble(&secp, &request.transaction, &spent, &signatures),
        Err(AssembleRefusal::BadSignature { input: 0 })
    );
}

#[test]
fn bad_signature_names_its_input() {
    let (request, spent) = request();
    let secp = Secp256k1::new();
    let mut signatures = sign(&request, &spent);
    signatures.swap(1, 2);
    assert_eq!(
        assemble(&secp, &request.transaction, &spent, &signatures),
        Err(AssembleRefusal::BadSignature { input: 1 })
    );
}

#[test]
fn wrong_counts_are_refused() {
    let (request, spent) = request();
    let secp = Secp256k1::new();
    let signatures = sign(&request, &spent);
    assert_eq!(
        assemble(&secp, &request.transaction, &spent, &signatures[..2]),
        Err(AssembleRefusal::WrongCount { inputs: 3, found: 2 })
    );
    assert_eq!(
        signing_inputs(&secp, &request.transaction, &spent[..1]),
        Err(AssembleRefusal::WrongCount { inputs: 3, found: 1 })
    );
}
