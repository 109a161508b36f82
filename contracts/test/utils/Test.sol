// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Vm} from "./Vm.sol";

/// @notice Base of all tests.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    // forge-lint: disable-next-line(screaming-snake-case-const)
    bool public constant IS_TEST = true;

    /// @notice Functions that the invariant runner calls, as forge expects them.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    FuzzSelector[] private _targets;

    function targetContracts() public view returns (address[] memory contracts) {
        contracts = new address[](_targets.length);
        for (uint256 i = 0; i < contracts.length; ++i) {
            contracts[i] = _targets[i].addr;
        }
    }

    function targetSelectors() public view returns (FuzzSelector[] memory) {
        return _targets;
    }

    function _target(address contract_, bytes4[] memory selectors) internal {
        _targets.push(FuzzSelector({addr: contract_, selectors: selectors}));
    }

    /// @dev Maps a fuzzed value into [least, greatest].
    function _bound(uint256 value, uint256 least, uint256 greatest) internal pure returns (uint256) {
        uint256 size = greatest - least + 1;
        return size == 0 ? value : least + value % size;
    }
}
