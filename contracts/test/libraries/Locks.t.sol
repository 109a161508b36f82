// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Test} from "../utils/Test.sol";
import {Locks} from "../../src/libraries/Locks.sol";

/// @notice The sum of locks against a plain twin that reads leaves byte by byte.
contract LocksTest is Test {
    mapping(bytes32 hash => uint64 time) private _revealedAt;

    function test_SumIsItsPlainForm(uint256 seed, uint256 count, uint64 closeAt) external {
        count = _bound(count, 0, 40);
        bytes memory leaves;
        uint256 lockId = seed % 3;
        for (uint256 i = 0; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            bytes32 hash = keccak256(abi.encode(random % 7));
            // Times close to each other, some never.
            _revealedAt[hash] = random % 5 == 0 ? 0 : _near(closeAt, random >> 8);
            leaves = bytes.concat(
                leaves, abi.encodePacked(uint64(lockId), uint128(random >> 64), _near(closeAt, random >> 16), hash)
            );
            lockId += 1 + (random >> 32) % 1000;
        }
        vm.assertEq(this.sum(leaves, closeAt), _plain(leaves, closeAt), "sum");
        vm.assertEq(this.root(leaves), count == 0 ? bytes32(0) : keccak256(leaves), "root");
    }

    function sum(bytes calldata leaves, uint256 closeAt) external view returns (uint256) {
        return Locks.sumOfPaid(leaves, closeAt, _revealedAt);
    }

    function root(bytes calldata leaves) external pure returns (bytes32) {
        return Locks.root(leaves);
    }

    function _plain(bytes memory leaves, uint256 closeAt) private view returns (uint256 total) {
        for (uint256 at = 0; at < leaves.length; at += 64) {
            uint256 revealed = _revealedAt[bytes32(_number(leaves, at + 32, 32))];
            bool pays = revealed > 0 && revealed <= _number(leaves, at + 24, 8) && revealed <= closeAt;
            if (pays) total += _number(leaves, at + 8, 16);
        }
    }

    function _number(bytes memory data, uint256 at, uint256 length) private pure returns (uint256 value) {
        for (uint256 i = 0; i < length; ++i) {
            value = (value << 8) | uint8(data[at + i]);
        }
    }

    /// @dev A time within two of another one, wherever that is.
    function _near(uint64 time, uint256 random) private pure returns (uint64) {
        unchecked {
            return time + uint64(random % 5) - 2;
        }
    }
}
