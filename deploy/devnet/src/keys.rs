//! Keys of one devnet: drawn at random, one file each, readable by their owner only.

use core::fmt;
use std::path::{Path, PathBuf};

use farbank_types::EvmAddress;
use secp256k1::{Secp256k1, SecretKey};

use crate::failure::Error;
use crate::folder::{make_private_dir, write_private};

/// A secret key with the file that holds it: 64 hexadecimal digits and a line feed.
#[derive(Clone)]
pub(crate) struct KeyFile {
    secret: SecretKey,
    path: PathBuf,
}

impl KeyFile {
    /// Draws a key and writes it.
    pub(crate) fn create(folder: &Path, name: &str) -> Result<Self, Error> {
        make_private_dir(folder)?;
        let path = folder.join(name);
        let secret = SecretKey::new(&mut secp256k1::rand::thread_rng());
        write_private(&path, format!("{}\n", secret.display_secret()).as_bytes())?;
        Ok(Self { secret, path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the account of the key on the side chain.
    pub(crate) fn evm_address(&self) -> EvmAddress {
        EvmAddress::from_raw_public_key(&self.raw_public_key())
    }

    /// Returns the uncompressed public key without its first byte.
    pub(crate) fn raw_public_key(&self) -> [u8; 64] {
        let [_, key @ ..] = self.secret.public_key(&Secp256k1::new()).serialize_uncompressed();
        key
    }
}

/// The keys of a devnet's own actors. Worth nothing outside of it.
#[derive(Debug)]
pub(crate) struct DevnetKeys {
    /// Receives the mined coins.
    pub(crate) wallet: KeyFile,
    /// Deploys, and governs afterwards.
    pub(crate) deployer: KeyFile,
    pub(crate) guardian: KeyFile,
    pub(crate) relayer: KeyFile,
    /// Pays what the lever `fund` gives away.
    pub(crate) faucet: KeyFile,
    /// For whoever tries the bridge.
    pub(crate) user: KeyFile,
}

/// Name of the faucet's key.
pub(crate) const FAUCET: &str = "faucet";

impl DevnetKeys {
    pub(crate) fn create(folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            wallet: KeyFile::create(folder, "bitcoin-wallet")?,
            deployer: KeyFile::create(folder, "deployer")?,
            guardian: KeyFile::create(folder, "guardian")?,
            relayer: KeyFile::create(folder, "relayer")?,
            faucet: KeyFile::create(folder, FAUCET)?,
            user: KeyFile::create(folder, "user")?,
        })
    }

    /// Returns the accounts that own ether from the first block on.
    pub(crate) fn funded_accounts(&self) -> [EvmAddress; 5] {
        [&self.deployer, &self.guardian, &self.relayer, &self.faucet, &self.user]
            .map(KeyFile::evm_address)
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile").field("path", &self.path).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn key_file_is_private_and_debug_output_hides_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyFile::create(&folder.path().join("keys"), "user").unwrap();
        let mode = key.path().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let text = std::fs::read_to_string(key.path()).unwrap();
        assert_eq!(text.trim().len(), 64);
        assert!(!format!("{key:?}").contains(text.trim()));
    }
}
