//! Which consensus a side-chain node runs, told by what only that consensus does.

use core::time::Duration;

use farbank_types::{Bytes, SideChainKind, U256};
use jsonrpsee::core::client::{ClientT as _, Error as ClientError};
use jsonrpsee::core::params::ArrayParams;
use jsonrpsee::http_client::HttpClientBuilder;
use serde::Deserialize;
use thiserror::Error;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a Clique header's extra data between checkpoints: 32 of vanity and a seal of 65
/// (EIP-225).
const CLIQUE_EXTRA: usize = 97;

/// A signer's address, listed in the extra data of Clique's checkpoints.
const ADDRESS: usize = 20;

/// The node cannot be asked.
#[derive(Debug, Error)]
#[error("the side-chain node at {url} cannot be asked for its newest block; start it or correct its address")]
pub struct KindError {
    url: String,
    #[source]
    source: Box<ClientError>,
}

#[derive(Deserialize)]
struct Header {
    difficulty: U256,
    #[serde(rename = "extraData")]
    extra_data: Bytes,
}

/// Returns the consensus, or inside `Err` what the node calls itself when it is neither.
///
/// # Errors
/// [`KindError`] when the node does not answer.
pub async fn detect(url: &str) -> Result<Result<SideChainKind, String>, KindError> {
    let fault = |source| KindError { url: url.to_owned(), source: Box::new(source) };
    let client = HttpClientBuilder::default().request_timeout(TIMEOUT).build(url).map_err(fault)?;
    let name: String =
        client.request("web3_clientVersion", ArrayParams::new()).await.map_err(fault)?;
    let mut newest = ArrayParams::new();
    newest.insert("latest").and_then(|()| newest.insert(false)).map_err(|e| fault(e.into()))?;
    let header: Header = client.request("eth_getBlockByNumber", newest).await.map_err(fault)?;
    Ok(judge(name, header.difficulty, header.extra_data.len()))
}

/// Clique marks a block in turn with difficulty 2, others with 1, and seals it in the extra data.
fn judge(name: String, difficulty: U256, extra: usize) -> Result<SideChainKind, String> {
    if name.to_ascii_lowercase().starts_with("anvil") {
        return Ok(SideChainKind::Anvil);
    }
    let sealed = extra >= CLIQUE_EXTRA && (extra - CLIQUE_EXTRA).is_multiple_of(ADDRESS);
    if sealed && (difficulty == U256::from(1) || difficulty == U256::from(2)) {
        return Ok(SideChainKind::Clique);
    }
    Err(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consensus_is_told_by_name_or_seal() {
        let one = U256::from(1);
        let rows = [
            ("anvil/v1.7.1", U256::ZERO, 0, Ok(SideChainKind::Anvil)),
            ("Geth/v1.13.15", U256::from(2), 97, Ok(SideChainKind::Clique)),
            ("Geth/v1.13.15", one, 157, Ok(SideChainKind::Clique)),
            ("Geth/v1.14.0", U256::ZERO, 97, Err("Geth/v1.14.0".to_owned())),
            ("Geth/v1.13.15", one, 96, Err("Geth/v1.13.15".to_owned())),
        ];
        for (name, difficulty, extra, expected) in rows {
            assert_eq!(judge(name.to_owned(), difficulty, extra), expected, "{name} {extra}");
        }
    }
}
