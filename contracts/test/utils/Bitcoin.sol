// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Builds Bitcoin headers, transactions and Merkle trees the plain way, for tests.
library Bitcoin {
    uint32 internal constant REGTEST_BITS = 0x207fffff;

    function sha256d(bytes memory data) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(sha256(data)));
    }

    function le32(uint256 value) internal pure returns (bytes4) {
        return bytes4(uint32(_reverse(value, 4)));
    }

    function le64(uint256 value) internal pure returns (bytes8) {
        return bytes8(uint64(_reverse(value, 8)));
    }

    /// @dev Number that a hash in internal byte order stands for.
    function toNumber(bytes32 hash) internal pure returns (uint256) {
        return _reverse(uint256(hash), 32);
    }

    function header(
        bytes32 previous,
        bytes32 root,
        uint256 time,
        uint256 bits,
        uint256 nonce
    )
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(le32(0x20000000), previous, root, le32(time), le32(bits), le32(nonce));
    }

    /// @dev A regtest header with proof of work.
    function mine(bytes32 previous, bytes32 root, uint256 time) internal pure returns (bytes memory mined) {
        return mineWith(previous, root, time, REGTEST_BITS, true);
    }

    /// @dev A header with these bits whose hash meets the regtest target, or misses it.
    function mineWith(
        bytes32 previous,
        bytes32 root,
        uint256 time,
        uint256 bits,
        bool meets
    )
        internal
        pure
        returns (bytes memory mined)
    {
        for (uint256 nonce = 0;; ++nonce) {
            mined = header(previous, root, time, bits, nonce);
            if ((toNumber(sha256d(mined)) <= 0x7fffff << 232) == meets) return mined;
        }
    }

    function compactSize(uint256 value) internal pure returns (bytes memory) {
        if (value < 0xfd) return abi.encodePacked(uint8(value));
        if (value < 0x10000) return abi.encodePacked(hex"fd", bytes2(uint16(_reverse(value, 2))));
        return abi.encodePacked(hex"fe", le32(value));
    }

    function output(uint256 amount, bytes memory script) internal pure returns (bytes memory) {
        return abi.encodePacked(le64(amount), compactSize(script.length), script);
    }

    function taprootScript(bytes32 key) internal pure returns (bytes memory) {
        return abi.encodePacked(hex"5120", key);
    }

    /// @dev A transaction with one input and the given outputs (already serialised, `count` of them).
    function transaction(bytes32 spent, uint256 count, bytes memory outputs) internal pure returns (bytes memory) {
        return abi.encodePacked(
            hex"02000000", hex"01", spent, hex"0000000000fdffffff", compactSize(count), outputs, hex"00000000"
        );
    }

    /// @dev Pays `amount` to a taproot key in its only output.
    function payment(bytes32 spent, uint256 amount, bytes32 key) internal pure returns (bytes memory) {
        return transaction(spent, 1, output(amount, taprootScript(key)));
    }

    /// @dev A coinbase without witness.
    function coinbase(uint256 height) internal pure returns (bytes memory) {
        return abi.encodePacked(
            hex"02000000",
            hex"01",
            bytes32(0),
            hex"ffffffff",
            hex"04",
            le32(height),
            hex"ffffffff",
            hex"01",
            output(5_000_000_000, hex"51"),
            hex"00000000"
        );
    }

    /// @dev The next row of a Merkle tree; an odd last node is repeated.
    function parentRow(bytes32[] memory row) internal pure returns (bytes32[] memory next) {
        next = new bytes32[]((row.length + 1) / 2);
        for (uint256 i = 0; i < next.length; ++i) {
            bytes32 right = 2 * i + 1 < row.length ? row[2 * i + 1] : row[2 * i];
            next[i] = sha256d(abi.encodePacked(row[2 * i], right));
        }
    }

    function merkleRoot(bytes32[] memory row) internal pure returns (bytes32) {
        while (row.length > 1) {
            row = parentRow(row);
        }
        return row[0];
    }

    /// @dev Row `level` above the leaves.
    function rowAt(bytes32[] memory row, uint256 level) internal pure returns (bytes32[] memory) {
        for (; level != 0; --level) {
            row = parentRow(row);
        }
        return row;
    }

    /// @dev Siblings of leaf `index` in the lowest `depth` rows.
    function branch(bytes32[] memory row, uint256 index, uint256 depth) internal pure returns (bytes32[] memory path) {
        path = new bytes32[](depth);
        for (uint256 level = 0; level < depth; ++level) {
            uint256 sibling = index ^ 1;
            path[level] = sibling < row.length ? row[sibling] : row[index];
            row = parentRow(row);
            index >>= 1;
        }
    }

    /// @dev Rows between the leaves and the root.
    function depthOf(uint256 leaves) internal pure returns (uint256 depth) {
        while (2 ** depth < leaves) {
            ++depth;
        }
    }

    function _reverse(uint256 value, uint256 length) private pure returns (uint256 reversed) {
        for (uint256 i = 0; i < length; ++i) {
            reversed = (reversed << 8) | (value & 0xff);
            value >>= 8;
        }
    }
}
