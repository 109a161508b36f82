//! Key files: who may read them, what they hold, and that nothing prints them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use farbank_contracts::{EvmKey, InvalidKey, KeyError};
use farbank_types::EvmAddress;
use tempfile::TempDir;

const ONE: &str = "0000000000000000000000000000000000000000000000000000000000000001";
/// Address of the secret 1: keccak256 of the generator, last 20 bytes.
const ADDRESS_OF_ONE: &str = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf";
const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

fn file(content: &str, mode: u32) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
    (folder, path)
}

#[test]
fn key_file_is_read_with_and_without_prefix_and_line_end() {
    let address: EvmAddress = ADDRESS_OF_ONE.parse().unwrap();
    for content in [ONE.to_owned(), format!("{ONE}\n"), format!("0x{ONE}\r\n")] {
        let (_folder, path) = file(&content, 0o600);
        assert_eq!(EvmKey::load(&path).unwrap().address(), address);
    }
    let (_folder, path) = file(ONE, 0o400);
    assert_eq!(EvmKey::load(&path).unwrap().address(), address);
}

#[test]
fn key_file_that_others_may_read_is_refused() {
    for mode in [0o640, 0o604, 0o660, 0o666, 0o700] {
        let (_folder, path) = file(ONE, mode);
        let error = EvmKey::load(&path).unwrap_err();
        assert!(matches!(error, KeyError::OpenToOthers { mode: found, .. } if found == mode));
    }
}

#[test]
fn file_without_a_key_is_refused() {
    let zero = "0".repeat(64);
    let long = format!("{ONE}\n{ONE}");
    for content in ["", "0x", "nonsense", &ONE[1..], &zero, ORDER, &long, &format!(" {ONE}")] {
        let (_folder, path) = file(content, 0o600);
        let error = EvmKey::load(&path).unwrap_err();
        assert!(matches!(error, KeyError::NotAKey { .. }), "{content}: {error}");
        assert!(!error.to_string().contains(ONE));
    }
}

#[test]
fn missing_file_is_named() {
    let error = EvmKey::load("/nonexistent/key".as_ref()).unwrap_err();
    assert!(matches!(error, KeyError::File { .. }));
    assert!(error.to_string().contains("/nonexistent/key"));
}

#[test]
fn new_key_is_saved_once_for_its_owner_alone() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("key");
    let key = EvmKey::generate();
    key.save_new(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(EvmKey::load(&path).unwrap().address(), key.address());
    assert!(matches!(key.save_new(&path), Err(KeyError::File { .. })));
    assert_ne!(EvmKey::generate().address(), key.address());
}

#[test]
fn secret_is_never_printed() {
    let mut secret = [0; 32];
    secret[31] = 1;
    let key = EvmKey::from_secret_bytes(&secret).unwrap();
    let address = ADDRESS_OF_ONE.to_lowercase();
    assert_eq!(format!("{key:?}"), format!("EvmKey {{ address: {address}, .. }}"));
    assert_eq!(EvmKey::from_secret_bytes(&[0; 32]).unwrap_err(), InvalidKey);
}
