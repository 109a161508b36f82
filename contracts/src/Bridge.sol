// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;
import {BridgeBase} from "./BridgeBase.sol";
import {HeaderChain} from "./HeaderChain.sol";
import {BlockClaims, Deposit, Parameters, Reserves} from "./types/BridgeTypes.sol";
import {Custody,CustodyProof,CustodyRecord,Keys} from "./types/CustodyTypes.sol";
import {Redemption} from "./types/PegOutTypes.sol";
import {Checkpoint, Rules, BlockProof} from "./types/HeaderTypes.sol";
contract Bridge is BridgeBase {
    bytes32 public immutable instance;
    constructor(Rules rules, Checkpoint memory checkpoint, Parameters memory parameters_, Custody memory custody_, address governance_, address guardian_)
        HeaderChain(rules, checkpoint) BridgeBase(parameters_, custody_, governance_) { instance = bytes32(uint256(1)); guardian = guardian_; }
    function claim(BlockClaims[] calldata) external {}
    function disown(bytes32, BlockProof calldata) external {}
    function disownUnswept(bytes32) external {}
    function raiseUnsweptAlarm(bytes32) external {}
    function pause() external {}
    function unpause() external {}
    function setGuardian(address) external {}
    function deposit(bytes32) external view returns (Deposit memory) {}
    function reserves() external view returns (Reserves memory) {}
    function confirmationsNeeded(uint64) external view returns (uint32) {}
    function mintedFrom(uint32) external view returns (uint64) {}
    function parameters() external view returns (Parameters memory) {}
    function pausedUntil() external view returns (uint256) {}
    function requestRedemption(uint64, uint64, bytes calldata) external returns (uint256) {}
    function raiseMaxFee(Redemption calldata, uint64) external {}
    function redemption(uint256) external view returns (bytes32) {}
    function redemptionCount() external view returns (uint64) {}
    function proveCustody(CustodyProof calldata) external {}
    function undoCustody(CustodyRecord calldata, BlockProof calldata) external {}
    function reportNonConforming(CustodyProof calldata) external {}
    function registerKey(bytes32) external {}
    function custody() external view returns (Custody memory) {}
    function lineage() external view returns (bytes32) {}
    function keys() external view returns (Keys memory) {}
}
