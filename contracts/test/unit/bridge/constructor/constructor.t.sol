// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bridge} from "../../../../src/Bridge.sol";
import {IBridgeErrors} from "../../../../src/interfaces/IBridgeErrors.sol";
import {IHeaderErrors} from "../../../../src/interfaces/IHeaderErrors.sol";
import {Parameters} from "../../../../src/types/BridgeTypes.sol";
import {Custody} from "../../../../src/types/CustodyTypes.sol";
import {Checkpoint, Rules} from "../../../../src/types/HeaderTypes.sol";
import {Bitcoin} from "../../../utils/Bitcoin.sol";
import {BridgeFixture} from "../../../utils/BridgeFixture.sol";

contract ConstructorTest is BridgeFixture {
    function test_RevertWhen_TheCheckpointIsNot80Bytes() external {
        Checkpoint memory checkpoint = _checkpoint();
        checkpoint.header = bytes.concat(checkpoint.header, hex"00");
        _badCheckpoint(Rules.Regtest, checkpoint);
        checkpoint.header = "";
        _badCheckpoint(Rules.Regtest, checkpoint);
    }

    function test_RevertWhen_TheCheckpointHasNoProofOfWork() external {
        Checkpoint memory checkpoint = _checkpoint();
        checkpoint.header = Bitcoin.mineWith(0, 0, START_TIME, Bitcoin.REGTEST_BITS, false);
        _badCheckpoint(Rules.Regtest, checkpoint);
    }

    function test_RevertWhen_TheCheckpointHasOtherBitsThanRegtest() external {
        Checkpoint memory checkpoint = _checkpoint();
        checkpoint.header = Bitcoin.mineWith(0, 0, START_TIME, 0x207ffffe, true);
        _badCheckpoint(Rules.Regtest, checkpoint);
    }

    function test_RevertWhen_TheCheckpointIsEasierThanTheLimitOfMainnet() external {
        _badCheckpoint(Rules.Mainnet, _checkpoint());
    }

    function test_RevertWhen_TheCheckpointStartsAPeriodAtAnotherTime() external {
        Checkpoint memory checkpoint = _checkpoint();
        checkpoint.height = 2016 * 50;
        _badCheckpoint(Rules.Regtest, checkpoint);
        checkpoint.epochStartTime = START_TIME;
        Parameters memory parameters = _parameters();
        new Bridge(Rules.Regtest, checkpoint, parameters, _custody(), GOVERNANCE, GUARDIAN);
    }

    function test_RevertWhen_AParameterIsOutOfBounds() external {
        Parameters memory p = _parameters();
        p.federationKey = 0;
        _outOfBounds(p, "federationKey");
        // 5 is no x-coordinate of the curve.
        p.federationKey = bytes32(uint256(5));
        _outOfBounds(p, "federationKey");
        p.federationKey = bytes32(type(uint256).max);
        _outOfBounds(p, "federationKey");

        p = _parameters();
        p.reclaimBlocks = 255;
        _outOfBounds(p, "reclaimBlocks");
        p.reclaimBlocks = 32_768;
        _outOfBounds(p, "reclaimBlocks");

        p = _parameters();
        p.minConfirmations = 0;
        _outOfBounds(p, "minConfirmations");
        p.minConfirmations = p.maxConfirmations + 1;
        _outOfBounds(p, "minConfirmations");

        p = _parameters();
        p.maxConfirmations = 145;
        _outOfBounds(p, "maxConfirmations");

        p = _parameters();
        p.sweepWindow = 0;
        _outOfBounds(p, "sweepWindow");
        p.sweepWindow = p.reclaimBlocks - p.maxConfirmations + 1;
        _outOfBounds(p, "sweepWindow");

        p = _parameters();
        p.freshness = 59;
        _outOfBounds(p, "freshness");
        p.freshness = 1 days + 1;
        _outOfBounds(p, "freshness");
    }

    function test_RevertWhen_AnAmountIsOutOfBounds() external {
        Parameters memory p = _parameters();
        p.satPerConfirmation = 0;
        _outOfBounds(p, "satPerConfirmation");

        p = _parameters();
        p.minDeposit = 28_749;
        _outOfBounds(p, "minDeposit");

        p = _parameters();
        p.mintCap = p.minDeposit - 1;
        _outOfBounds(p, "mintCap");
        p.mintCap = 10_000_000_000_001;
        _outOfBounds(p, "mintCap");

        p = _parameters();
        p.unsweptValueCap = p.minDeposit - 1;
        _outOfBounds(p, "unsweptValueCap");
        p.unsweptValueCap = 2_100_000_000_000_001;
        _outOfBounds(p, "unsweptValueCap");

        p = _parameters();
        p.unsweptCountCap = 0;
        _outOfBounds(p, "unsweptCountCap");
    }

    function test_RevertWhen_APegOutParameterIsOutOfBounds() external {
        Parameters memory p = _parameters();
        p.custodyConfirmations = 0;
        _outOfBounds(p, "custodyConfirmations");
        p.custodyConfirmations = 145;
        _outOfBounds(p, "custodyConfirmations");

        p = _parameters();
        p.unsweptAlarm = 0;
        _outOfBounds(p, "unsweptAlarm");
        p.unsweptAlarm = p.sweepWindow;
        _outOfBounds(p, "unsweptAlarm");

        p = _parameters();
        p.evidenceDelay = p.custodyConfirmations;
        _outOfBounds(p, "evidenceDelay");
        p.evidenceDelay = 4033;
        _outOfBounds(p, "evidenceDelay");

        p = _parameters();
        p.keyDelay = 0;
        _outOfBounds(p, "keyDelay");
        p.keyDelay = 90 days + 1;
        _outOfBounds(p, "keyDelay");
    }

    function test_RevertWhen_ARedemptionAmountIsOutOfBounds() external {
        Parameters memory p = _parameters();
        p.minRedemption = p.redemptionFee + p.minMaxFee + 545;
        _outOfBounds(p, "minRedemption");

        p = _parameters();
        p.maxRedemption = p.minRedemption - 1;
        _outOfBounds(p, "maxRedemption");
        p.maxRedemption = 2_100_000_000_000_001;
        _outOfBounds(p, "maxRedemption");

        p = _parameters();
        p.minMaxFee = 0;
        _outOfBounds(p, "minMaxFee");

        p = _parameters();
        p.redemptionFee = 2_100_000_000_000_001;
        _outOfBounds(p, "redemptionFee");

        p = _parameters();
        p.feeReserve = 2_100_000_000_000_001;
        _outOfBounds(p, "feeReserve");
    }

    function test_RevertWhen_GovernanceIsZero() external {
        Parameters memory parameters = _parameters();
        Checkpoint memory checkpoint = _checkpoint();
        _expectOutOfBounds("governance");
        new Bridge(Rules.Regtest, checkpoint, parameters, _custody(), address(0), GUARDIAN);
    }

    function test_RevertWhen_TheGuardianIsZero() external {
        Parameters memory parameters = _parameters();
        Checkpoint memory checkpoint = _checkpoint();
        _expectOutOfBounds("guardian");
        new Bridge(Rules.Regtest, checkpoint, parameters, _custody(), GOVERNANCE, address(0));
    }

    function test_RevertWhen_CustodyIsAboveAllBitcoins() external {
        Parameters memory parameters = _parameters();
        Custody memory custody = _custody();
        custody.value = 2_100_000_000_000_001;
        Checkpoint memory checkpoint = _checkpoint();
        _expectOutOfBounds("custody");
        new Bridge(Rules.Regtest, checkpoint, parameters, custody, GOVERNANCE, GUARDIAN);
    }

    function test_WhenAllIsWithinBounds() external view {
        // it should keep the parameters
        vm.assertEq(abi.encode(bridge.parameters()), abi.encode(_parameters()), "parameters");
        vm.assertEq(abi.encode(bridge.custody()), abi.encode(_custody()), "custody");
        vm.assertTrue(bridge.rules() == Rules.Regtest, "rules");
        vm.assertEq(bridge.governance(), GOVERNANCE, "governance");
        vm.assertEq(bridge.guardian(), GUARDIAN, "guardian");
        // it should bind the instance to chain and address and block and checkpoint
        bytes32 hash = Bitcoin.sha256d(_checkpoint().header);
        bytes32 expected = keccak256(abi.encode(block.chainid, bridge, keccak256("deployment block"), hash));
        vm.assertEq(_instance(), expected, "instance");
        // it should create the token
        vm.assertEq(token.bridge(), address(bridge), "bridge of the token");
        // it should publish the checkpoint
        vm.assertEq(segments[0].root, hash, "checkpoint");
        // it should fit the code size limit
        vm.assertLe(address(bridge).code.length, 24_576, "bridge");
        vm.assertLe(address(token).code.length, 24_576, "token");
    }

    function _outOfBounds(Parameters memory parameters, bytes32 name) private {
        // Built before the refusal is expected: mining calls the hash precompile.
        Checkpoint memory checkpoint = _checkpoint();
        _expectOutOfBounds(name);
        new Bridge(Rules.Regtest, checkpoint, parameters, _custody(), GOVERNANCE, GUARDIAN);
    }

    function _expectOutOfBounds(bytes32 name) private {
        vm.expectRevert(abi.encodeWithSelector(IBridgeErrors.ParameterOutOfBounds.selector, name));
    }

    function _badCheckpoint(Rules rules, Checkpoint memory checkpoint) private {
        Parameters memory parameters = _parameters();
        vm.expectRevert(abi.encodeWithSelector(IHeaderErrors.BadCheckpoint.selector));
        new Bridge(rules, checkpoint, parameters, _custody(), GOVERNANCE, GUARDIAN);
    }
}
