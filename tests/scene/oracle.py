"""What torch computes, recorded by hooks and function overrides of torch: nothing of `explorer` but the network."""

from collections import Counter
from collections.abc import Callable, Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cached_property, lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

# name of a function of torch -> name of the graph's node
FUNCTIONS = {
    "add_": "add", "__iadd__": "add", "__getitem__": "getitem", "pad": "pad", "mul": "mul", "sigmoid": "sigmoid",
    "__rsub__": "sub", "flatten": "flatten",
}  # fmt: skip


class Recorded(TorchFunctionMode):
    """Inputs and outputs of each module and function, by names as `layer1.0.relu_1`: the second call of a ReLU.

    `inputs[name]` and `outputs[name]` are copies, made before an in-place operation can overwrite them, as maps
    (C, H, W).
    """

    def __init__(self, module: nn.Module, x: Tensor) -> None:
        super().__init__()
        self.module = module
        self.inputs: dict[str, tuple[Tensor, ...]] = {}
        self.outputs: dict[str, Tensor] = {"input": _maps(x)}
        self._counts: Counter[str] = Counter()
        self._scopes: list[str] = []
        handles = []
        for path, each in module.named_modules():
            handles.append(each.register_forward_pre_hook(self._before(path)))
            handles.append(each.register_forward_hook(self._after))
        try:
            with torch.no_grad(), self:
                logits: Tensor = module(x.clone())
        finally:
            for handle in handles:
                handle.remove()
        self.logits = logits[0]

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = FUNCTIONS.get(getattr(func, "__name__", ""))
        given = tuple(_maps(value).clone() for value in args if isinstance(value, Tensor)) if name else ()
        result = func(*args, **(kwargs or {}))
        if name:
            self._keep(".".join(filter(None, (self._scopes[-1], name))), given, result)
        return result

    def _before(self, path: str) -> Callable[..., None]:
        def hook(_: nn.Module, inputs: tuple[Any, ...]) -> None:
            self._scopes.append(path)
            with torch._C.DisableTorchFunction():
                self._given = tuple(_maps(value).clone() for value in inputs)

        return hook

    def _after(self, module: nn.Module, _: tuple[Any, ...], output: Any) -> None:
        path = self._scopes.pop()
        if not any(module.children()) and isinstance(output, Tensor):
            self._keep(path, self._given, output)

    def _keep(self, name: str, given: tuple[Tensor, ...], output: Tensor) -> None:
        again = self._counts[name]
        self._counts[name] += 1
        name = f"{name}_{again}" if again else name
        with torch._C.DisableTorchFunction():
            self.inputs[name], self.outputs[name] = given, _maps(output).clone()

    @cached_property
    def percent(self) -> Tensor:
        """Softmax in percent (classes,), float64."""
        return self.logits.double().softmax(0) * 100


def _maps(value: Tensor) -> Tensor:
    return value[0] if value.ndim == 4 else value[0][:, None, None]


def contributions(module: nn.Module, x: Tensor, channel: int) -> tuple[int, Tensor]:
    """What each input channel adds to output `channel`, by torch's own convolution of that channel alone, float64.

    Returns the number of the first input channel that is read, and (inputs, H, W).
    """
    if isinstance(module, nn.Linear):
        return 0, module.weight[channel].detach().double()[:, None, None] * x.double()
    assert isinstance(module, nn.Conv2d)
    weight = module.weight[channel].detach().double()[:, None]
    first = channel // (module.out_channels // module.groups) * len(weight)
    alone = x[None, first : first + len(weight)].double()
    made = F.conv2d(alone, weight, None, module.stride, module.padding, module.dilation, groups=len(weight))
    return first, made[0]


@lru_cache(maxsize=1 << 16)
def printed(value: float, decimals: int) -> str:
    """`value` as Python prints it, with the app's minus sign and without one before a zero.

    With negative decimals the last digits are zeros: 12,345 is 12300 with -2.
    """
    text = f"{value:.{decimals}f}" if decimals >= 0 else _coarse(value, -decimals)
    return text.lstrip("-") if not text.strip("-0.") else text.replace("-", "−")


def _coarse(value: float, zeros: int) -> str:
    return format(Decimal(value).quantize(Decimal(1).scaleb(zeros), ROUND_HALF_EVEN), "f")


def parsed(text: str) -> float:
    """The number that `text` prints, perhaps in parentheses."""
    return float(text.strip("()").replace("−", "-").replace(",", ""))


def is_rounding_of(text: str, value: float, decimals: int, error: float) -> bool:
    """Whether `text` prints `value`, or a number within `error` of it: next to a rounding boundary, both count."""
    return text in {printed(near, decimals) for near in (value - error, value, value + error)}


def corners_and_some(height: int, width: int, most: int = 64) -> list[tuple[int, int]]:
    """All pixels of a small map; of a large one the corners, the middles of its sides, and some others."""
    if height * width <= most:
        return [(row, column) for row in range(height) for column in range(width)]
    rim: Iterable[tuple[int, int]] = [
        (row, column) for row in (0, height // 2, height - 1) for column in (0, width // 2, width - 1)
    ]
    places = torch.randperm(height * width, generator=torch.Generator().manual_seed(height)).tolist()[:7]
    return list(dict.fromkeys([*rim, *(divmod(place, width) for place in places)]))


def error_of_rounding(module: nn.Module, x: Tensor, channel: int, steps: tuple[float, float]) -> Tensor:
    """By how much `contributions` changes at most if inputs and weights are rounded to multiples of `steps`."""
    weight = module.get_parameter("weight").detach().double()
    wide = type(module).__new__(type(module))
    wide.__dict__.update(module.__dict__)
    wide._parameters = {"weight": nn.Parameter(weight.abs() + steps[1] / 2), "bias": None}
    _, upper = contributions(wide, x.abs().double() + steps[0] / 2, channel)
    wide._parameters["weight"] = nn.Parameter(weight.abs())
    return upper - contributions(wide, x.abs(), channel)[1]
