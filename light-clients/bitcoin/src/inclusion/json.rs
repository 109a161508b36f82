//! How a proof is written in JSON: hexadecimal strings.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};

fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    from_hex(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn from_hex(text: &str) -> Result<Vec<u8>, hex::FromHexError> {
    hex::decode(text.strip_prefix("0x").unwrap_or(text))
}

pub(super) mod bytes {
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        super::decode(from)
    }
}

pub(super) mod header {
    use bitcoin::block::Header;
    use bitcoin::consensus::encode::{deserialize as decode, serialize_hex};
    use serde::de::Error as _;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(header: &Header, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&serialize_hex(header))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Header, D::Error> {
        decode(&super::decode(from)?).map_err(D::Error::custom)
    }
}

pub(super) mod node {
    use farbank_types::B256;
    use serde::de::Error as _;
    use serde::{Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(node: &B256, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&hex::encode(node))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<B256, D::Error> {
        B256::try_from(super::decode(from)?.as_slice()).map_err(D::Error::custom)
    }
}

pub(super) mod nodes {
    use farbank_types::B256;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(nodes: &[B256], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(nodes.iter().map(hex::encode))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<B256>, D::Error> {
        Vec::<String>::deserialize(from)?
            .iter()
            .map(|text| {
                let bytes = super::from_hex(text).map_err(D::Error::custom)?;
                B256::try_from(bytes.as_slice()).map_err(D::Error::custom)
            })
            .collect()
    }
}
