// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Channels} from "../../../../src/Channels.sol";
import {IChannelsErrors} from "../../../../src/interfaces/IChannelsErrors.sol";
import {Test} from "../../../utils/Test.sol";
import {TypedData} from "../../../utils/TypedData.sol";

contract ConstructorTest is Test {
    address private constant GOVERNANCE = address(0x6077);

    function test_RevertWhen_TheGovernanceIsZero() external {
        _refused(address(0), 1 hours, 7 days, "governance");
    }

    function test_RevertWhen_TheLeastChallengeIsUnderTenSeconds() external {
        _refused(GOVERNANCE, 9, 7 days, "minChallenge");
    }

    function test_RevertWhen_TheGreatestChallengeIsBelowTheLeastOrAboveThirtyDays() external {
        _refused(GOVERNANCE, 1 hours, 1 hours - 1, "maxChallenge");
        _refused(GOVERNANCE, 1 hours, 30 days + 1, "maxChallenge");
    }

    function test_WhenTheParametersAreInsideTheirBounds(uint32 least, uint32 greatest) external {
        least = uint32(_bound(least, 10, 30 days));
        greatest = uint32(_bound(greatest, least, 30 days));
        Channels channels = new Channels(GOVERNANCE, least, greatest);
        // it should keep them
        vm.assertEq(channels.governance(), GOVERNANCE, "governance");
        vm.assertEq(channels.minChallenge(), least, "least");
        vm.assertEq(channels.maxChallenge(), greatest, "greatest");
        // it should have the domain of its chain and address
        vm.assertEq(channels.domainSeparator(), TypedData.domainSeparator(address(channels)), "domain");
        vm.chainId(block.chainid + 1);
        vm.assertEq(channels.domainSeparator(), TypedData.domainSeparator(address(channels)), "other chain");
    }

    function _refused(address governance, uint32 least, uint32 greatest, bytes32 name) private {
        vm.expectRevert(abi.encodeWithSelector(IChannelsErrors.ParameterOutOfBounds.selector, name));
        new Channels(governance, least, greatest);
    }
}
