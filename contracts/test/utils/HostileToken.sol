// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice A token with the quirks and the malice that tokens have; honest until told otherwise.
contract HostileToken {
    enum Behaviour {
        Honest,
        /// Nothing moves.
        Revert,
        ReturnFalse,
        ReturnTwo,
        RevertBomb,
        BurnGas,
        /// Tokens move.
        ReturnNothing,
        MoveAndReturnFalse,
        MoveAndReturnShort,
        MoveAndReturnBomb,
        TakeFee,
        Reenter
    }

    mapping(address holder => uint256) private _balances;
    Behaviour private _behaviour;
    /// @dev What everybody's balance is multiplied by, of 100.
    uint256 private _scale = 100;
    address private _target;
    bytes private _call;

    /// @notice What the last call back into the channels answered.
    bytes public reason;
    bool public reentered;

    function mint(address holder, uint256 amount) external {
        _balances[holder] += amount;
    }

    function behave(Behaviour behaviour) external {
        _behaviour = behaviour;
    }

    function rebase(uint256 scale) external {
        _scale = scale;
    }

    /// @notice Calls this whenever it is asked to transfer.
    function reenter(address target, bytes calldata call) external {
        (_behaviour, _target, _call) = (Behaviour.Reenter, target, call);
    }

    function balanceOf(address holder) external view returns (uint256) {
        return _balances[holder] * _scale / 100;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        return _transfer(msg.sender, to, amount);
    }

    /// @dev Without allowances.
    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        return _transfer(from, to, amount);
    }

    function _transfer(address from, address to, uint256 amount) private returns (bool) {
        Behaviour behaviour = _behaviour;
        if (behaviour == Behaviour.Revert) revert("no");
        if (behaviour == Behaviour.ReturnFalse) return false;
        if (behaviour == Behaviour.ReturnTwo) _return(2, 32);
        while (behaviour == Behaviour.BurnGas) {}
        if (behaviour == Behaviour.RevertBomb) {
            assembly {
                revert(0, 8192)
            }
        }
        if (behaviour == Behaviour.Reenter) (reentered, reason) = _target.call(_call);
        amount = amount * 100 / _scale;
        _balances[from] -= amount;
        _balances[to] += behaviour == Behaviour.TakeFee ? amount - amount / 10 : amount;
        if (behaviour == Behaviour.ReturnNothing) _return(0, 0);
        if (behaviour == Behaviour.MoveAndReturnShort) _return(type(uint256).max, 31);
        if (behaviour == Behaviour.MoveAndReturnBomb) _return(1, 8192);
        return behaviour != Behaviour.MoveAndReturnFalse;
    }

    function _return(uint256 word, uint256 length) private pure {
        assembly {
            mstore(0, word)
            return(0, length)
        }
    }
}
