#!/usr/bin/env python3
"""Reference steps of SGD with momentum, RMSProp and Adam, by PyTorch.

Run by hand with PyTorch installed:  python3 tests/golden/optimizers.py > tests/golden/optimizers.txt

Output, one record a line: `initial` and the parameters; `gradient` and the
gradient of a step, STEPS times, the same for all cases; `case NAME WIDTH`, then
STEPS times `step` and the parameters after it.  The last element is padding.
"""
import math

import torch

STEPS = 20
INITIAL = [0.5, -1.25, 3.0, 1e-3, -20.0, 0.0, 0.0]
MAGNITUDES = [1.0, 0.1, 10.0, 1e-4, 1e3, 1e-6, 0.0]

OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.001, momentum=0.9),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-8),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.9, 0.999), eps=1e-8),
}


def line(word, values):
    print(word, *("%.17g" % v for v in values))


def main():
    # Representable in 32 bits, so that both widths start from the same numbers.
    initial = torch.tensor(INITIAL, dtype=torch.float32)
    gradients = [
        torch.tensor([m * math.sin(1.7 * step + 0.9 * i) for i, m in enumerate(MAGNITUDES)], dtype=torch.float32)
        for step in range(STEPS)
    ]
    print("# tests/golden/optimizers.py, PyTorch", torch.__version__)
    line("initial", initial.tolist())
    for gradient in gradients:
        line("gradient", gradient.tolist())
    for name, make in OPTIMIZERS.items():
        for width, dtype in ((32, torch.float32), (64, torch.float64)):
            parameters = torch.nn.Parameter(initial.clone().to(dtype))
            optimizer = make([parameters])
            print("case", name, width)
            for gradient in gradients:
                parameters.grad = gradient.to(dtype)
                optimizer.step()
                line("step", parameters.tolist())


main()
