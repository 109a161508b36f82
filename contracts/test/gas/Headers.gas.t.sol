// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {BridgeFixture} from "../utils/BridgeFixture.sol";
import {MainnetVectors} from "../utils/MainnetVectors.sol";
import {ReferenceSegment} from "../utils/ReferenceSegment.sol";
import {Bridge} from "../../src/Bridge.sol";
import {Rules, Segment} from "../../src/types/HeaderTypes.sol";

/// @notice Gas of header submissions as whole transactions: run with --isolate, which counts intrinsic gas and
/// calldata.
contract HeadersGas is BridgeFixture {
    /// @dev Slot of ring entry 0 in the bridge's storage: the newest header's slot comes first.
    uint256 private constant RING_SLOT = 1;

    function test_SingleFresh() external {
        _extend(1);
        _measure("single_fresh", segments.length - 1, 1);
    }

    function test_SingleReused() external {
        _extend(1);
        _dirty(segments.length);
        _measure("single_reused", segments.length - 1, 1);
    }

    function test_Batch14Fresh() external {
        _extend(14);
        uint256 gas = _measure("batch_14_fresh", segments.length - 1, 14);
        vm.assertLe(gas, 14 * 7200, "at most 7,200 a header");
    }

    function test_Batch14Reused() external {
        _extend(14);
        _dirty(segments.length);
        _measure("batch_14_reused", segments.length - 1, 14);
    }

    /// @dev A second poster's identical batch, refused.
    function test_Batch14Repeat() external {
        _extend(14);
        bytes[] memory headers = new bytes[](14);
        for (uint256 i = 0; i < 14; ++i) {
            headers[i] = chain[1 + i];
        }
        bytes memory call =
            abi.encodeCall(bridge.submitHeaders, (0, segments[0], ReferenceSegment.concatenate(headers)));
        (bool success,) = address(bridge).call(call);
        vm.snapshotGasLastCall("headers", "batch_14_repeat");
        vm.assertFalse(success, "refused");
    }

    /// @dev One header across mainnet's retarget at 554,400, on a used slot.
    function test_Retarget() external {
        bytes memory headers;
        Segment memory parent;
        (bridge, parent, headers) = MainnetVectors.beforeRetarget();
        _dirty(2);
        bridge.submitHeaders(1, parent, headers);
        vm.snapshotGasLastCall("headers", "retarget");
    }

    function test_Reorg1() external {
        _reorg("reorg_1", 1);
    }

    function test_Reorg6() external {
        _reorg("reorg_6", 6);
    }

    /// @dev Replaces `depth` blocks, each a segment of its own, by one more.
    function _reorg(string memory name, uint256 depth) private {
        _extend(1);
        uint256 fork = segments.length - 1;
        for (uint256 i = 0; i < depth; ++i) {
            _extend(1);
        }
        bytes[] memory headers = _mineOn(chain[1], _fillerRoots(depth + 1, 77));
        _submitMeasured(name, fork, headers);
    }

    function _measure(string memory name, uint256 parent, uint256 count) private returns (uint256) {
        return _submitMeasured(name, parent, _mineOn(chain[chain.length - 1], _fillerRoots(count, 99)));
    }

    function _submitMeasured(string memory name, uint256 parent, bytes[] memory headers) private returns (uint256) {
        _setClock(_timeOf(headers[headers.length - 1]));
        bytes memory packed = ReferenceSegment.concatenate(headers);
        Segment memory preimage = segments[parent];
        bridge.submitHeaders(parent, preimage, packed);
        return vm.snapshotGasLastCall("headers", name);
    }

    /// @dev Makes the ring's slot for `index` one that was written before.
    function _dirty(uint256 index) private {
        vm.store(address(bridge), bytes32(RING_SLOT + index % 4096), keccak256("old commitment"));
    }
}
