// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Deposits} from "./Deposits.sol";
import {Vm} from "./Vm.sol";
import {Bridge} from "../../src/Bridge.sol";
import {Parameters} from "../../src/types/BridgeTypes.sol";
import {Custody} from "../../src/types/CustodyTypes.sol";
import {Checkpoint, Rules, Segment} from "../../src/types/HeaderTypes.sol";

/// @notice Mainnet headers of the shared vectors, and bridges that start from them.
library MainnetVectors {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    string private constant FOLDER = "../tests/vectors/";

    /// @dev A moment after every header of the vectors.
    uint256 internal constant LATER = 1_600_000_000;

    function read(string memory name) internal view returns (string memory) {
        return vm.readFile(string.concat(FOLDER, name, ".json"));
    }

    function header(string memory json, string memory key) internal pure returns (bytes memory) {
        return vm.parseJsonBytes(json, string.concat(key, ".hex"));
    }

    /// @dev Headers `first` to `last - 1` of an array of the vectors, back to back.
    function headers(
        string memory json,
        string memory key,
        uint256 first,
        uint256 last
    )
        internal
        pure
        returns (bytes memory whole)
    {
        for (uint256 i = first; i < last; ++i) {
            whole = bytes.concat(whole, header(json, string.concat(key, "[", vm.toString(i), "]")));
        }
    }

    /// @dev A bridge with mainnet rules whose checkpoint is the vectors' first header. The vectors lack its ten
    /// predecessors' times: they are taken ten minutes apart.
    function deploy(
        string memory json,
        bytes memory epochStart
    )
        internal
        returns (Bridge bridge, Segment memory segment)
    {
        Checkpoint memory checkpoint;
        checkpoint.header = header(json, ".genesis");
        checkpoint.height = uint32(vm.parseJsonUint(json, ".genesis.height"));
        checkpoint.epochStartTime = timeOf(epochStart);
        uint32 time = timeOf(checkpoint.header);
        for (uint32 i = 0; i < 10; ++i) {
            checkpoint.previousTimes[i] = time - (10 - i) * 600;
        }
        vm.warp(LATER);
        vm.recordLogs();
        bridge = new Bridge(Rules.Mainnet, checkpoint, _parameters(), _custody(), address(1), address(2));
        segment = lastSegment();
    }

    /// @dev A bridge one header before the retarget at 554,400, with the segment there and that header.
    function beforeRetarget() internal returns (Bridge bridge, Segment memory parent, bytes memory next) {
        string memory json = read("mainnet-headersWithRetarget");
        Segment memory first;
        (bridge, first) = deploy(json, header(json, ".oldPeriodStart"));
        bytes memory before = headers(json, ".chain", 0, 9);
        vm.recordLogs();
        bridge.submitHeaders(0, first, before);
        parent = lastSegment();
        next = headers(json, ".chain", 9, 10);
    }

    /// @dev Segment of the newest SegmentStored among the recorded logs.
    function lastSegment() internal returns (Segment memory segment) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].data.length == 192) segment = abi.decode(logs[i].data, (Segment));
        }
    }

    function timeOf(bytes memory header_) internal pure returns (uint32 time) {
        for (uint256 i = 4; i != 0; --i) {
            time = (time << 8) | uint8(header_[67 + i]);
        }
    }

    function _parameters() private returns (Parameters memory) {
        (, bytes32 key) = Deposits.evenKey(1);
        return Parameters({
            federationKey: key,
            reclaimBlocks: 4320,
            sweepWindow: 2016,
            freshness: 6 hours,
            minConfirmations: 6,
            maxConfirmations: 144,
            satPerConfirmation: 100_000_000,
            mintCap: 100_000_000_000,
            minDeposit: 30_000,
            unsweptValueCap: 200_000_000_000,
            unsweptCountCap: 1000,
            custodyConfirmations: 6,
            unsweptAlarm: 1008,
            evidenceDelay: 36,
            keyDelay: 7 days,
            redemptionFee: 1000,
            minRedemption: 20_000,
            maxRedemption: 10_000_000_000,
            minMaxFee: 500,
            feeReserve: 1_000_000
        });
    }

    function _custody() private pure returns (Custody memory) {
        return Custody({txid: keccak256("seed"), vout: 0, value: 1_000_000});
    }
}
