"""Another device, pretended: for tests of what moves tensors to a policy and back, where there is the CPU alone."""

import torch
from torch.overrides import TorchFunctionMode

AWAY = torch.device("meta")  # its name only: nothing is ever put there


class Elsewhere(torch.Tensor):
    """A tensor that counts as being on the other device; what is computed from it is there, too."""


class Pretended(TorchFunctionMode):
    """While it is entered, `.to(AWAY)` and `device=AWAY` put a tensor elsewhere, `.cpu()` fetches it back.

    Raises RuntimeError, as a real device does, where tensors of two devices meet.
    """

    def __torch_function__(self, function, types, args=(), kwargs=None):
        """See `TorchFunctionMode`."""
        kwargs = dict(kwargs or {})
        if function is torch.Tensor.cpu:
            return args[0].as_subclass(torch.Tensor)
        if function is torch.Tensor.to and AWAY in (*args[1:], kwargs.get("device")):
            return args[0].as_subclass(Elsewhere)
        if kwargs.get("device") == AWAY:
            return function(*args, **kwargs | {"device": "cpu"}).as_subclass(Elsewhere)
        given = [one for one in args if isinstance(one, torch.Tensor) and one.dim()]
        if (
            function is not torch.Tensor.as_subclass
            and len({isinstance(one, Elsewhere) for one in given}) > 1
        ):
            raise RuntimeError("Expected all tensors to be on the same device, but found two")
        return function(*args, **kwargs)


class Moved:
    """A policy as it would be on the other device: it takes nothing that is not there."""

    device = AWAY

    def __init__(self, policy):
        self.policy, self.seeds = policy, policy.seeds

    def logits(self, obs):
        """Logits, elsewhere."""
        if not isinstance(obs, Elsewhere):
            raise RuntimeError("Expected all tensors to be on the same device, but found two")
        return self.policy.logits(obs.as_subclass(torch.Tensor)).as_subclass(Elsewhere)


def same_elsewhere(measure, policy) -> bool:
    """Whether an exact measure gives the same numbers, on the CPU, for this policy on the CPU and on another device."""
    here = measure(policy)
    with Pretended():
        there = measure(Moved(policy))
    pairs = zip(here, there, strict=True) if isinstance(here, tuple) else [(here, there)]
    return all(type(two) is torch.Tensor and torch.equal(one, two) for one, two in pairs)
