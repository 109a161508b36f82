// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Secp256k1
/// @notice Checks Q = P + t*G with the signature-recovery precompile, which returns the address of
/// r^-1 * (s*R - z*G) for a point R with x = r.
/// @dev With R = P, s = r = P.x and z = -t*r that is P + t*G; with s = 2r and z = -2t*r it is 2*(P + t*G). An address
/// has 160 bits only, so a pair of keys that share one costs 2^80; that the doubles share one as well costs 2^160.
library Secp256k1 {
    /// @dev Order of the group.
    uint256 private constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @dev Prime of the field.
    uint256 private constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    /// @dev Recovery id of an R with even y: what BIP-0340's lift_x gives.
    uint8 private constant EVEN = 27;

    /// @notice True when an x-only key lies on the curve and below the group's order, as the recovery demands.
    function isKey(bytes32 x) internal pure returns (bool) {
        // The precompile refuses r = 0, r >= n and an r that is no x-coordinate.
        return ecrecover(0, EVEN, x, x) != address(0);
    }

    /// @notice True when (x, y) = lift_x(internalKey) + tweak * G.
    /// @param internalKey x-only key P for which `isKey` holds.
    /// @param tweak t, refused when not below the group's order.
    /// @param slope Slope of the tangent at (x, y): 3x^2 / (2y) mod p.
    function isTweaked(
        bytes32 internalKey,
        bytes32 tweak,
        uint256 x,
        uint256 y,
        uint256 slope
    )
        internal
        pure
        returns (bool)
    {
        uint256 t = uint256(tweak);
        uint256 r = uint256(internalKey);
        if (t >= N || x >= P || y >= P || slope >= P) return false;
        unchecked {
            // 0 < r < N and the product is below N; N is odd, so 2r is never zero.
            uint256 z = N - mulmod(t, r, N);
            address sum = ecrecover(bytes32(z), EVEN, internalKey, internalKey);
            if (sum == address(0) || sum != _address(x, y)) return false;

            (bool tangent, uint256 doubleX, uint256 doubleY) = _double(x, y, slope);
            address doubled = ecrecover(bytes32(addmod(z, z, N)), EVEN, internalKey, bytes32(addmod(r, r, N)));
            return tangent && doubled == _address(doubleX, doubleY);
        }
    }

    /// @dev Doubles a point by its tangent; false when the slope is not the tangent's.
    function _double(uint256 x, uint256 y, uint256 slope) private pure returns (bool tangent, uint256, uint256) {
        unchecked {
            // All operands are below P.
            tangent = mulmod(slope, addmod(y, y, P), P) == mulmod(3, mulmod(x, x, P), P);
            uint256 doubleX = addmod(mulmod(slope, slope, P), P - addmod(x, x, P), P);
            uint256 doubleY = addmod(mulmod(slope, addmod(x, P - doubleX, P), P), P - y, P);
            return (tangent, doubleX, doubleY);
        }
    }

    /// @dev Address of a public key.
    function _address(uint256 x, uint256 y) private pure returns (address account) {
        assembly ("memory-safe") {
            mstore(0, x)
            mstore(0x20, y)
            account := and(keccak256(0, 0x40), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }
}
