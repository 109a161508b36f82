//! The wire form: TLV records, written in ascending order.

use farbank_types::{UnixTime, B256};

use super::{AssetKey, FinalPayload, ForwardPayload, HopPayload, PaymentSecret, QuoteId, Uetr};
use crate::signature::NodeId;
use crate::tlv::{array, number, number_u64, unknown, Records, TlvRejection, TlvWriter};
use crate::units::TokenAmount;

const AMOUNT: u64 = 2;
const EXPIRY: u64 = 4;
const NEXT: u64 = 6;
const ASSET: u64 = 8;
const QUOTE: u64 = 10;
const SECRET: u64 = 12;
const UETR: u64 = 14;
const META_HASH: u64 = 16;

/// What was found, before it is known to belong together.
#[derive(Default)]
struct Found {
    amount: Option<TokenAmount>,
    expiry: Option<UnixTime>,
    next: Option<NodeId>,
    asset: Option<AssetKey>,
    quote: Option<QuoteId>,
    secret: Option<PaymentSecret>,
    uetr: Option<Uetr>,
    meta_hash: Option<B256>,
}

impl HopPayload {
    /// Writes the wire form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Forward(forward) => {
                let writer = TlvWriter::default()
                    .number(AMOUNT, forward.amount.get())
                    .number(EXPIRY, forward.expiry.get().into())
                    .bytes(NEXT, &forward.next.to_bytes())
                    .bytes(ASSET, &forward.asset.to_bytes());
                match forward.quote {
                    Some(quote) => writer.bytes(QUOTE, quote.get().as_slice()).finish(),
                    None => writer.finish(),
                }
            }
            Self::Final(last) => {
                let mut writer = TlvWriter::default()
                    .number(AMOUNT, last.total.get())
                    .number(EXPIRY, last.expiry.get().into())
                    .bytes(ASSET, &last.asset.to_bytes())
                    .bytes(SECRET, last.secret.as_bytes());
                if let Some(uetr) = last.uetr {
                    writer = writer.bytes(UETR, uetr.as_bytes());
                }
                if let Some(meta_hash) = last.meta_hash {
                    writer = writer.bytes(META_HASH, meta_hash.as_slice());
                }
                writer.finish()
            }
        }
    }

    /// Reads the payload of the last hop, or of any other.
    ///
    /// # Errors
    /// [`TlvRejection`].
    pub fn decode(bytes: &[u8], last: bool) -> Result<Self, TlvRejection> {
        let found = Found::read(bytes)?;
        if last {
            found.into_final().map(Self::Final)
        } else {
            found.into_forward().map(Self::Forward)
        }
    }
}

impl Found {
    fn read(bytes: &[u8]) -> Result<Self, TlvRejection> {
        let mut found = Self::default();
        for record in Records::new(bytes) {
            let (kind, value) = record?;
            match kind {
                AMOUNT => found.amount = Some(TokenAmount::new(number(kind, value)?)),
                EXPIRY => found.expiry = Some(UnixTime::new(number_u64(kind, value)?)),
                NEXT => {
                    let key = NodeId::from_bytes(&array(kind, value)?);
                    found.next = Some(key.map_err(|_| TlvRejection::BadValue { kind })?);
                }
                ASSET => found.asset = Some(AssetKey::from_bytes(&array(kind, value)?)),
                QUOTE => found.quote = Some(QuoteId::new(B256::from(array(kind, value)?))),
                SECRET => found.secret = Some(PaymentSecret::new(array(kind, value)?)),
                UETR => {
                    let uetr = Uetr::from_bytes(array(kind, value)?);
                    found.uetr = Some(uetr.map_err(|_| TlvRejection::BadValue { kind })?);
                }
                META_HASH => found.meta_hash = Some(B256::from(array(kind, value)?)),
                other => unknown(other)?,
            }
        }
        Ok(found)
    }

    fn into_forward(self) -> Result<ForwardPayload, TlvRejection> {
        absent(SECRET, self.secret.as_ref())?;
        absent(UETR, self.uetr.as_ref())?;
        absent(META_HASH, self.meta_hash.as_ref())?;
        Ok(ForwardPayload {
            next: present(NEXT, self.next)?,
            asset: present(ASSET, self.asset)?,
            amount: present(AMOUNT, self.amount)?,
            expiry: present(EXPIRY, self.expiry)?,
            quote: self.quote,
        })
    }

    fn into_final(self) -> Result<FinalPayload, TlvRejection> {
        absent(NEXT, self.next.as_ref())?;
        absent(QUOTE, self.quote.as_ref())?;
        Ok(FinalPayload {
            secret: present(SECRET, self.secret)?,
            asset: present(ASSET, self.asset)?,
            total: present(AMOUNT, self.amount)?,
            expiry: present(EXPIRY, self.expiry)?,
            uetr: self.uetr,
            meta_hash: self.meta_hash,
        })
    }
}

fn present<T>(kind: u64, value: Option<T>) -> Result<T, TlvRejection> {
    value.ok_or(TlvRejection::MissingRecord { kind })
}

const fn absent<T>(kind: u64, value: Option<&T>) -> Result<(), TlvRejection> {
    match value {
        Some(_) => Err(TlvRejection::Misplaced { kind }),
        None => Ok(()),
    }
}
