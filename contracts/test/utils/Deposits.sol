// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Vm} from "./Vm.sol";

/// @notice What a depositor commits to.
struct Descriptor {
    bytes32 deployment;
    address recipient;
    uint64 carrierFee;
    bytes32 salt;
    bytes action;
    bytes32 reclaimKey;
    uint32 reclaimBlocks;
}

/// @notice An output key with what a claim says about it.
struct OutputKey {
    bytes32 x;
    bytes32 y;
    bytes32 slope;
}

/// @notice Derives deposits the plain way, from the secrets of the federation's key, for tests.
library Deposits {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 internal constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 internal constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    /// @dev The secret whose point has an even y, and its x.
    function evenKey(uint256 secret) internal returns (uint256 even, bytes32 x) {
        Vm.Wallet memory wallet = vm.createWallet(secret);
        even = wallet.publicKeyY % 2 == 0 ? secret : N - secret;
        x = bytes32(wallet.publicKeyX);
    }

    function taggedHash(string memory tag, bytes memory message) internal pure returns (bytes32) {
        bytes32 tagHash = sha256(bytes(tag));
        return sha256(abi.encodePacked(tagHash, tagHash, message));
    }

    function commitment(Descriptor memory d) internal pure returns (bytes32) {
        return keccak256(abi.encode(d.deployment, d.recipient, uint256(d.carrierFee), d.salt, keccak256(d.action)));
    }

    function leafHash(Descriptor memory d) internal pure returns (bytes32) {
        bytes memory script = abi.encodePacked(
            hex"20",
            commitment(d),
            hex"7502",
            uint8(d.reclaimBlocks),
            uint8(d.reclaimBlocks >> 8),
            hex"b27520",
            d.reclaimKey,
            hex"ac"
        );
        return taggedHash("TapLeaf", abi.encodePacked(hex"c0", uint8(script.length), script));
    }

    /// @dev The output key of a descriptor under the federation's even secret.
    function outputKey(
        Descriptor memory d,
        uint256 evenSecret,
        bytes32 internalKey
    )
        internal
        returns (OutputKey memory)
    {
        uint256 tweak = uint256(taggedHash("TapTweak", abi.encodePacked(internalKey, leafHash(d))));
        Vm.Wallet memory wallet = vm.createWallet(addmod(evenSecret, tweak, N));
        return OutputKey({
            x: bytes32(wallet.publicKeyX),
            y: bytes32(wallet.publicKeyY),
            slope: slope(wallet.publicKeyX, wallet.publicKeyY)
        });
    }

    /// @dev 3x^2 / (2y) mod p.
    function slope(uint256 x, uint256 y) internal view returns (bytes32) {
        uint256 inverse = modexp(addmod(y, y, P), P - 2);
        return bytes32(mulmod(mulmod(3, mulmod(x, x, P), P), inverse, P));
    }

    function modexp(uint256 base, uint256 exponent) internal view returns (uint256 result) {
        (bool success, bytes memory data) = address(5).staticcall(abi.encode(32, 32, 32, base, exponent, P));
        require(success, "modexp");
        return abi.decode(data, (uint256));
    }
}
