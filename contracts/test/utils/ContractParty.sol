// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @notice An account that is a contract and accepts what its key signed (ERC-1271), or answers badly.
contract ContractParty is IERC1271 {
    enum Answer {
        Right,
        Zero,
        Revert,
        Short,
        Bomb,
        Burn
    }

    address private immutable _key;
    Answer private _answer;

    constructor(address key) {
        _key = key;
    }

    function answer(Answer answer_) external {
        _answer = answer_;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        bytes4 magic = IERC1271.isValidSignature.selector;
        if (_answer == Answer.Zero) return 0;
        if (_answer == Answer.Revert) revert("no");
        if (_answer == Answer.Short) {
            assembly ("memory-safe") {
                mstore(0, magic)
                return(0, 31)
            }
        }
        if (_answer == Answer.Bomb) {
            assembly {
                mstore(0, magic)
                return(0, 8192)
            }
        }
        while (_answer == Answer.Burn) {}
        return ECDSA.recover(digest, bytes32(signature[:32]), bytes32(signature[32:])) == _key ? magic : bytes4(0);
    }
}
