//! Shares at rest: the file opens with its passphrase, and says why when it does not.

use farbank_federation::share::{KdfCost, Passphrase, SealedShare, ShareRejection};
use proptest::prelude::*;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::support::{batch, index, passphrase, rng, shares, sign_with, Attesters, CHEAP};

fn sealed() -> SealedShare {
    shares()[0].seal(&passphrase("right"), CHEAP, &mut rng(50)).unwrap()
}

fn json() -> Value {
    serde_json::to_value(sealed()).unwrap()
}

fn open(file: &Value) -> ShareRejection {
    let sealed = SealedShare::from_json(&serde_json::to_vec(file).unwrap());
    sealed.and_then(|sealed| sealed.open(&passphrase("right"))).unwrap_err()
}

#[test]
fn file_opens_with_its_passphrase() {
    let text = serde_json::to_vec_pretty(&sealed()).unwrap();
    let sealed = SealedShare::from_json(&text).unwrap();
    assert_eq!(sealed.index(), index(1));
    let share = sealed.open(&passphrase("right")).unwrap();
    assert_eq!(share.group(), shares()[0].group());
}

#[test]
fn shares_that_were_sealed_sign() {
    // The shares of every test here went through a file.
    let mut attesters = Attesters::new(51);
    assert_eq!(sign_with(&mut attesters, &batch(1), &[1, 2, 4].map(index)).len(), 1);
}

#[test]
fn wrong_passphrase_is_named() {
    let rejection = ShareRejection::WrongPassphrase { index: index(1) };
    assert_eq!(sealed().open(&passphrase("wrong")).unwrap_err(), rejection);
}

#[test]
fn empty_passphrase_is_refused() {
    let empty = Passphrase::new(Zeroizing::new(Vec::new()));
    assert_eq!(empty.unwrap_err(), ShareRejection::EmptyPassphrase);
}

#[test]
fn every_sealing_has_its_own_salt_and_nonce() {
    let (mut rng, share) = (rng(52), &shares()[0]);
    let [first, second] = [(), ()].map(|()| {
        serde_json::to_value(share.seal(&passphrase("right"), CHEAP, &mut rng).unwrap()).unwrap()
    });
    for field in ["salt", "nonce", "ciphertext"] {
        assert_ne!(first[field], second[field]);
    }
}

#[test]
fn another_version_is_named_whatever_else_it_holds() {
    let file = serde_json::json!({ "version": 2, "share": "in another form" });
    assert_eq!(open(&file), ShareRejection::UnknownVersion { found: 2 });
}

#[test]
fn changed_fields_are_damage() {
    for (field, value) in [
        ("index", Value::from(2)),
        ("salt", "00".repeat(16).into()),
        ("nonce", "00".repeat(12).into()),
        ("ciphertext", "00".repeat(48).into()),
        ("checksum", "00".repeat(32).into()),
        ("kdf", serde_json::json!({ "argon2id": { "memory_kib": 9, "passes": 1, "lanes": 1 } })),
    ] {
        let mut file = json();
        assert_ne!(file[field], value);
        file[field] = value;
        assert_eq!(open(&file), ShareRejection::Damaged, "{field}");
    }
}

#[test]
fn file_that_was_cut_off_is_named() {
    let text = serde_json::to_vec(&sealed()).unwrap();
    let rejection = SealedShare::from_json(&text[..text.len() / 2]).unwrap_err();
    assert!(matches!(rejection, ShareRejection::Malformed { line: 1, .. }), "{rejection:?}");
}

#[test]
fn cost_out_of_bounds_is_refused() {
    for cost in [
        KdfCost { memory_kib: 7, ..CHEAP },
        KdfCost { memory_kib: u32::MAX, ..CHEAP },
        KdfCost { passes: 0, ..CHEAP },
        KdfCost { passes: 17, ..CHEAP },
        KdfCost { lanes: 0, ..CHEAP },
        KdfCost { lanes: 17, ..CHEAP },
    ] {
        let KdfCost { memory_kib, passes, lanes } = cost;
        let rejection = ShareRejection::CostOutOfBounds { memory_kib, passes, lanes };
        let sealed = shares()[0].seal(&passphrase("right"), cost, &mut rng(53));
        assert_eq!(sealed.unwrap_err(), rejection);
    }
}

#[test]
fn secrets_are_not_printed() {
    let share = &shares()[0];
    assert_eq!(format!("{share:?}"), "KeyShare { index: AttesterIndex(1), .. }");
    assert_eq!(format!("{:?}", passphrase("right")), "Passphrase");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn hostile_files_never_panic(cut in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = serde_json::to_vec(&sealed()).unwrap();
        let position = cut.index(text.len());
        let before = core::mem::replace(&mut text[position], byte);
        let opened = SealedShare::from_json(&text)
            .and_then(|sealed| sealed.open(&passphrase("right")));
        // Hex digits of either case are one value.
        prop_assert!(opened.is_err() || byte.eq_ignore_ascii_case(&before));
    }
}
