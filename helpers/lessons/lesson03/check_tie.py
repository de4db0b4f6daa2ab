"""The checks of the tie: gradients for coin and flag that are equal, and a code that parts them."""

import torch
from torch import Tensor, nn

from helpers.kit.checks import Check, Mistake, NotYet
from helpers.kit.differences import same
from helpers.worlds.codes import bar, light

COIN, FLAG = slice(0, 4), slice(4, 8)


def gradients(net: nn.Sequential, loss: Tensor, coin: slice, flag: slice) -> tuple[Tensor, Tensor]:
    """The largest difference of the first layer's gradients for coin and flag, and the largest gradient for the "
    "coin."""
    gradient = torch.autograd.grad(loss, net[0].weight, retain_graph=True)[0]
    return (gradient[:, coin] - gradient[:, flag]).abs().max(), gradient[:, coin].abs().max()


def _net():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(10, 5), nn.Tanh(), nn.Linear(5, 3))


def _case(draws):
    """What a network sees where coin and flag lie apart in half of all cases, and something it was to do."""
    obs, action = draws.numbers(4 * draws.size, 10), draws.whole(4 * draws.size, below=3)
    obs[::2, FLAG] = obs[::2, COIN]
    return obs, action


def _mirrored():
    """The same where the flag's inputs are the coin's with the sign turned, and so are its gradients."""
    obs, action = (0.37 * torch.arange(40.0)).sin().reshape(4, 10), torch.arange(4) % 3
    obs[:, FLAG] = -obs[:, COIN]
    return obs, action


def _parted(function, obs, action):
    """What the function says of a loss and of its opposite, so that no sign can be right by luck."""
    found, nets = [], {sign: _net() for sign in (1, -1)}

    def asked(sign):
        net = nets[sign]
        return function(net, sign * nn.functional.cross_entropy(net(obs), action), COIN, FLAG)

    for sign in (1, -1):
        got = asked(sign)
        if got is None or got is ... or got is NotImplemented:
            return got
        if not isinstance(got, tuple | list) or len(got) != 2:
            raise NotYet(
                "Two numbers: the largest difference between coin and flag, and the largest gradient for the coin."
            )
        found += _floats(got)
    if nets[-1][0].weight.grad is not None and not same(_floats(asked(-1)), found[2:], 1e-6):
        raise NotYet(
            "Asked once more about the same net and loss, the numbers are others: `loss.backward()` adds to the "
            "gradients that are there. `torch.autograd.grad` leaves none behind."
        )
    return tuple(found)


def _floats(got):
    got = [value.detach() if isinstance(value, Tensor) else value for value in got]
    return [float(value) if getattr(value, "ndim", 0) == 0 else value for value in got]


def _grad(net, loss):
    return torch.autograd.grad(loss, net[0].weight, retain_graph=True)[0]


check_gradients = Check(
    gradients,
    cases=[_mirrored()],
    draw=_case,
    look=_parted,
    tolerance=1e-5,
    mistakes=[
        Mistake(
            "These are the weights themselves. The question is how the loss wants to change them.",
            lambda net, loss, c, f: (
                (net[0].weight[:, c] - net[0].weight[:, f]).abs().max(),
                net[0].weight[:, c].abs().max(),
            ),
        ),
        Mistake(
            "A difference may be negative, and the largest of signed numbers hides that. Take its size first.",
            lambda net, loss, c, f: (
                (_grad(net, loss)[:, c] - _grad(net, loss)[:, f]).max(),
                _grad(net, loss)[:, c].abs().max(),
            ),
        ),
        Mistake(
            "The largest gradients were compared with each other. Two sets of numbers may have equal largest ones and "
            "differ everywhere: subtract first.",
            lambda net, loss, c, f: (
                (_grad(net, loss)[:, c].abs().max() - _grad(net, loss)[:, f].abs().max()).abs(),
                _grad(net, loss)[:, c].abs().max(),
            ),
        ),
        Mistake(
            "The sums were compared. What differs may cancel in a sum: subtract number by number.",
            lambda net, loss, c, f: (
                (_grad(net, loss)[:, c].sum() - _grad(net, loss)[:, f].sum()).abs(),
                _grad(net, loss)[:, c].abs().max(),
            ),
        ),
        Mistake(
            "The mean was taken. One weight that differs would be enough: take the largest.",
            lambda net, loss, c, f: (
                (_grad(net, loss)[:, c] - _grad(net, loss)[:, f]).abs().mean(),
                _grad(net, loss)[:, c].abs().mean(),
            ),
        ),
        Mistake(
            "The sum was taken. Take the largest, which does not grow with the number of weights.",
            lambda net, loss, c, f: (
                (_grad(net, loss)[:, c] - _grad(net, loss)[:, f]).abs().sum(),
                _grad(net, loss)[:, c].abs().sum(),
            ),
        ),
        *(
            Mistake(
                "Rows of the gradient were taken. `net[0].weight` is [hidden units, inputs]: the slices belong to the "
                "second axis.",
                wrong,
            )
            for wrong in (
                lambda net, loss, c, f: (
                    (_grad(net, loss)[c] - _grad(net, loss)[f]).abs().max(),
                    _grad(net, loss)[c].abs().max(),
                ),
                lambda net, loss, c, f: (
                    (_grad(net, loss)[c][:1] - _grad(net, loss)[f][:1]).abs().max(),
                    _grad(net, loss)[c].abs().max(),
                ),
            )
        ),
        Mistake(
            "Both numbers have a sign, and the largest of signed numbers hides negative ones. Take their sizes first.",
            lambda net, loss, c, f: (
                (_grad(net, loss)[:, c] - _grad(net, loss)[:, f]).max(),
                _grad(net, loss)[:, c].max(),
            ),
        ),
        Mistake(
            "The sizes were compared: a gradient of +1 and one of -1 look alike. Subtract, then take the size.",
            lambda net, loss, c, f: (lambda g: ((g[:, c] - g[:, f]).abs().max(), g[:, c].max()))(
                _grad(net, loss).abs()
            ),
        ),
        Mistake(
            "This is the length of all numbers together (a norm). The largest single one is asked.",
            lambda net, loss, c, f: (
                (_grad(net, loss)[:, c] - _grad(net, loss)[:, f]).norm(),
                _grad(net, loss)[:, c].norm(),
            ),
        ),
        Mistake(
            "The second number is the flag's. The largest gradient for the coin is asked.",
            lambda net, loss, c, f: (gradients(net, loss, c, f)[0], _grad(net, loss)[:, f].abs().max()),
        ),
        Mistake(
            "The gradients of each hidden unit were added up before they were compared. What differs may cancel in a "
            "sum: subtract number by number.",
            lambda net, loss, c, f: (
                (_grad(net, loss)[:, c].sum(1) - _grad(net, loss)[:, f].sum(1)).abs().max(),
                _grad(net, loss)[:, c].abs().max(),
            ),
        ),
        Mistake(
            "It says that there is no difference where there is one: in half of these cases coin and flag lie apart.",
            lambda net, loss, c, f: (0.0, gradients(net, loss, c, f)[1]),
        ),
        Mistake(
            "The two numbers are the wrong way round: first the difference.",
            lambda net, loss, c, f: gradients(net, loss, c, f)[::-1],
        ),
        Mistake(
            "The first number is divided by the second. Return both; the reader will compare them.",
            lambda net, loss, c, f: (lambda a, b: (a / b, b))(*gradients(net, loss, c, f)),
        ),
        Mistake(
            "This is the gradient of the bias or of a later layer. Coin and flag enter in the first layer's weights.",
            lambda net, loss, c, f: (lambda g: (g.abs().max(), g.abs().max()))(
                torch.autograd.grad(loss, net[0].bias, retain_graph=True)[0]
            ),
        ),
        Mistake(
            "The second number is the largest gradient of all inputs, the walls among them. Take that of the coin.",
            lambda net, loss, c, f: (gradients(net, loss, c, f)[0], _grad(net, loss).abs().max()),
        ),
        Mistake(
            "The second number has a sign. How large is the largest gradient?",
            lambda net, loss, c, f: (gradients(net, loss, c, f)[0], _grad(net, loss)[:, c].max()),
        ),
        Mistake(
            "The coin was compared with the inputs that come after the flag.",
            lambda net, loss, c, f: (
                (
                    _grad(net, loss)[:, slice(c.start, c.start + 2)]
                    - _grad(net, loss)[:, slice(f.stop, f.stop + 2)]
                )
                .abs()
                .max(),
                _grad(net, loss)[:, c].abs().max(),
            ),
        ),
        Mistake(
            "The gradient for the flag is missing: this is the coin's, twice.",
            lambda net, loss, c, f: (_grad(net, loss)[:, c].abs().max(), _grad(net, loss)[:, c].abs().max()),
        ),
    ],
)


def parts_from_light(code: Tensor) -> float:
    """How far a plain gradient step for a thing told by this code differs from one told by a light, as a share.

    A step on the weights of a code C changes the network's answer to each place by C C^T times what a light's would.
    """
    kernel, plain = code @ code.T, light(len(code))
    return float((kernel - plain).norm() / ((kernel.norm() + plain.norm()) / 2))


_LIGHT = "This is the light again, so flag and coin are told alike, and their gradients are equal."
_TURNED = (
    "Seen by a gradient step this is still a light: its rows are as long as a light's and stand at right angles "
    "to each other, as after lights have only changed their places. What if rows of neighbouring numbers overlap?"
)
_OTHER = "Asked again, the code is another one. The same number must always be told in the same way."


def _looked_at(function, count):
    got = function(count)
    if got is None or got is ... or got is NotImplemented:
        return got
    if not isinstance(got, Tensor):
        raise NotYet(f"A code is a tensor, one row of inputs for each number: got {type(got).__name__}.")
    if got.ndim != 2 or len(got) != count or not got.shape[1]:
        raise NotYet(
            f"A code for {count} numbers has {count} rows, one for each: got the shape {tuple(got.shape)}."
        )
    if got.is_complex() or not got.float().isfinite().all():
        raise NotYet("A network reads finite numbers: there is one that is not.")
    got = got.detach().float()
    apart = torch.cdist(got, got) + torch.eye(count) * 9
    if float(apart.min()) < 1e-3:
        one, other = divmod(int(apart.argmin()), count)
        raise NotYet(
            f"The numbers {one} and {other} have the same row, so that the network cannot tell them apart. "
            f"Nothing is to be lost: each number needs a row of its own."
        )
    sizes = got.norm(dim=1)
    if float(sizes.max()) > 10 or float(sizes.max()) < 0.05:
        raise NotYet(
            f"The longest row has the length {float(sizes.max()):.2g}; a light's has 1. Far from that, training "
            f"is about strength alone: stay between 0.05 and 10."
        )
    if torch.equal(got, light(count)):
        raise NotYet(
            "This is the light again, so flag and coin are told alike, and their gradients are equal."
        )
    if parts_from_light(got) < 0.01:
        raise NotYet(_TURNED)
    again = function(count)
    if not torch.equal(torch.as_tensor(again).float(), got):
        raise NotYet(
            "Asked again, the code is another one. The same number must always be told in the same way."
        )
    return True


def _ramp(count):
    """The number itself, and a light that is half as bright."""
    place = torch.arange(count).float()
    return torch.cat([(place / count)[:, None], 0.5 * torch.eye(count)], dim=1)


check_code = Check(
    _ramp,
    cases=[(13,), (5,)],
    draw=lambda draws: (draws.one_of([4, 6, 7, 8, 9, 10, 11, 12]),),
    used=bar,
    look=_looked_at,
    mistakes=[
        Mistake(_LIGHT, light),
        Mistake(_TURNED, lambda count: light(count).flip(0)),
        Mistake(_OTHER, lambda count: torch.rand(count, 3)),
    ],
    then=lambda function: (
        f"A plain gradient step for your flag differs from one for the coin by "
        f"{parts_from_light(function(13).float()):.0%} of its size."
    ),
)
