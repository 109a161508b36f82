// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IChannelsErrors} from "../interfaces/IChannelsErrors.sol";
import {Signature} from "../types/ChannelTypes.sol";

/// @title Signatures
/// @notice Who signed a digest.
library Signatures {
    /// @dev What a contract may spend on a check, so that its item of a batch cannot use up the others' gas.
    uint256 private constant ERC1271_GAS = 50_000;

    /// @notice Key that signed; reverts with `HighS`, and returns zero when none did.
    function recover(bytes32 digest, Signature calldata signature) internal pure returns (address) {
        (address signer, ECDSA.RecoverError fault, bytes32 value) = ECDSA.tryRecover(digest, signature.r, signature.vs);
        if (fault == ECDSA.RecoverError.InvalidSignatureS) revert IChannelsErrors.HighS(value);
        return signer;
    }

    /// @notice Checks that this account signed: by its key, or the contract it is by ERC-1271.
    /// @return refusal `HighS` or `WrongSigner`, encoded; empty when it signed.
    function check(
        bytes32 digest,
        Signature calldata signature,
        address expected
    )
        internal
        view
        returns (bytes memory refusal)
    {
        (address signer, ECDSA.RecoverError fault, bytes32 value) = ECDSA.tryRecover(digest, signature.r, signature.vs);
        if (fault == ECDSA.RecoverError.NoError && signer == expected) return refusal;
        if (expected.code.length != 0 && _isAccepted(expected, digest, signature)) return refusal;
        return fault == ECDSA.RecoverError.InvalidSignatureS
            ? abi.encodeWithSelector(IChannelsErrors.HighS.selector, value)
            : abi.encodeWithSelector(IChannelsErrors.WrongSigner.selector, signer, expected);
    }

    function _isAccepted(
        address account,
        bytes32 digest,
        Signature calldata signature
    )
        private
        view
        returns (bool isAccepted)
    {
        bytes memory data =
            abi.encodeCall(IERC1271.isValidSignature, (digest, abi.encodePacked(signature.r, signature.vs)));
        bytes4 magic = IERC1271.isValidSignature.selector;
        assembly ("memory-safe") {
            // One word of the answer, whatever its length.
            isAccepted := staticcall(ERC1271_GAS, account, add(data, 0x20), mload(data), 0, 0x20)
            isAccepted := and(isAccepted, and(eq(returndatasize(), 0x20), eq(mload(0), magic)))
        }
    }
}
