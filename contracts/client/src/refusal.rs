//! The contract's refusals, by name and with their values.
//!
//! The catalogue is that of the contract; what a number means is said by its type here.

#[macro_use]
mod define;
mod catalogue;
mod values;

pub use catalogue::BridgeRefusal;
pub use values::{ParameterName, RefusalValue, ShapeFault};

use core::fmt;

use ethers::abi::{AbiDecode, AbiEncode};
use farbank_types::Bytes;

impl BridgeRefusal {
    /// Reads what a reverted execution returned. Data that is not the canonical encoding of a known
    /// refusal is kept as [`BridgeRefusal::Unknown`].
    #[must_use]
    pub fn decode(data: &Bytes) -> Self {
        let of_bridge = canonical(data).and_then(Self::from_bridge);
        of_bridge
            .or_else(|| canonical(data).and_then(Self::from_token))
            .unwrap_or_else(|| Self::Unknown { data: data.clone() })
    }
}

fn canonical<E: AbiDecode + AbiEncode + Clone>(data: &Bytes) -> Option<E> {
    E::decode(data).ok().filter(|error| error.clone().encode() == data.as_ref())
}

impl std::error::Error for BridgeRefusal {}

impl fmt::Display for BridgeRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bridge refuses: {}", self.name())?;
        for (position, (name, value)) in self.values().into_iter().enumerate() {
            f.write_str(if position == 0 { " (" } else { ", " })?;
            write!(f, "{name} {value}")?;
        }
        if !self.values().is_empty() {
            f.write_str(")")?;
        }
        write!(f, ":{}", self.meaning())
    }
}
