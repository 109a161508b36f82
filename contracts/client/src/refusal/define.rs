//! Makes the catalogue's type, its names, values and meanings of one list.

macro_rules! refusals {
    (
        bridge {$(
            #[doc = $meaning:literal]
            $name:ident { $($(#[$field_doc:meta])* $field:ident: $unit:ty,)* }
        )*}
        token {$(
            #[doc = $token_meaning:literal]
            $token_name:ident { $($(#[$token_doc:meta])* $token_field:ident: $token_unit:ty,)* }
        )*}
    ) => {
        /// Why the bridge refuses a call. Values carry the names of the contract's arguments.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum BridgeRefusal {
            $(
                #[doc = $meaning]
                $name { $($(#[$field_doc])* $field: $unit,)* },
            )*
            $(
                #[doc = $token_meaning]
                $token_name { $($(#[$token_doc])* $token_field: $token_unit,)* },
            )*
            /// Reverted with data that is no known refusal: another contract, another version, or an
            /// execution that ran out of gas.
            Unknown {
                /// What the execution returned; the first four bytes are the selector, if any.
                data: Bytes,
            },
        }

        impl BridgeRefusal {
            /// Returns the name that the contract uses.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => stringify!($name),)*
                    $(Self::$token_name { .. } => stringify!($token_name),)*
                    Self::Unknown { .. } => "Unknown",
                }
            }

            /// Returns the values with the names of the arguments, in their order.
            #[must_use]
            pub fn values(&self) -> Vec<(&'static str, RefusalValue)> {
                match self {
                    $(Self::$name { $($field),* } => {
                        vec![$((stringify!($field), $field.to_report())),*]
                    })*
                    $(Self::$token_name { $($token_field),* } => {
                        vec![$((stringify!($token_field), $token_field.to_report())),*]
                    })*
                    Self::Unknown { data } => vec![("data", RefusalValue::Text(data.to_string()))],
                }
            }

            /// Returns what the refusal means: a clause, with a space in front.
            pub(super) const fn meaning(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $meaning,)*
                    $(Self::$token_name { .. } => $token_meaning,)*
                    Self::Unknown { .. } => " reverted without a reason known here.",
                }
            }

            pub(super) fn from_bridge(error: BridgeErrors) -> Option<Self> {
                match error {
                    $(BridgeErrors::$name(bridge::$name { $($field),* }) => {
                        Some(Self::$name { $($field: FromAbi::from_abi($field)?),* })
                    })*
                    BridgeErrors::RevertString(_) => None,
                }
            }

            /// The token's other errors are those of calls that the bridge never makes.
            pub(super) fn from_token(error: FBTCErrors) -> Option<Self> {
                #[allow(clippy::wildcard_enum_match_arm, reason = "those others")]
                match error {
                    $(FBTCErrors::$token_name(fbtc::$token_name { $($token_field),* }) => {
                        Some(Self::$token_name {
                            $($token_field: FromAbi::from_abi($token_field)?),*
                        })
                    })*
                    _ => None,
                }
            }
        }
    };
}
