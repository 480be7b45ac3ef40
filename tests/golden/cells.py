#!/usr/bin/env python3
"""Reference runs of simple RNN, LSTM and GRU over a ragged batch, by PyTorch.

Run by hand with PyTorch installed:  python3 tests/golden/cells.py > tests/golden/cells.txt

The loss is <weight of output, outputs> + sum over states <weight of final, final states>.
Output, for every case: `case NAME CELL SETTINGS`, `lengths` and the lengths, then
`value NAME ROWS COLUMNS` (goes in) or `expect NAME ROWS COLUMNS` (is compared) and
the numbers row by row, matrices as [inputs, outputs].  Sequences lie in padded
rows, sequence after sequence, padding zero.
"""
import torch

INPUT, HIDDEN, LENGTHS = 3, 4, [5, 5, 3, 1]


def panel(kind, name, tensor):
    tensor = tensor.detach()
    tensor = tensor.reshape(1, -1) if tensor.dim() == 1 else tensor.reshape(-1, tensor.shape[-1])
    print(kind, name, *tensor.shape)
    for row in tensor.tolist():
        print(*("%.9g" % v for v in row))


def draw(generator, *shape):
    """Representable in 32 bits, so that both sides start from the same numbers."""
    return (torch.rand(*shape, generator=generator) * 1.6 - 0.8).double()


def run(name, cell, settings, network, gates):
    """gates, in PyTorch's order: our names of the gate fed by x, of the gate fed by h, and of PyTorch's
    second bias, or None if it adds to the first, which is why it is zero then."""
    generator = torch.Generator().manual_seed(1)
    weights = {key: draw(generator, *value.shape) for key, value in network.state_dict().items()}
    for gate, _, second in gates:
        if second is None:
            k = [g for g, _, _ in gates].index(gate)
            weights["bias_hh_l0"][k * HIDDEN : (k + 1) * HIDDEN] = 0
    network.load_state_dict(weights)
    batch, steps = len(LENGTHS), max(LENGTHS)
    states = ["h", "c"] if isinstance(network, torch.nn.LSTM) else ["h"]
    x = draw(generator, batch, steps, INPUT)
    initial = [draw(generator, 1, batch, HIDDEN).requires_grad_() for _ in states]
    weight_output = draw(generator, batch, steps, HIDDEN)
    weight_final = [draw(generator, 1, batch, HIDDEN) for _ in states]
    for b, length in enumerate(LENGTHS):
        x[b, length:] = 0
        weight_output[b, length:] = 0
    x.requires_grad_()

    packed = torch.nn.utils.rnn.pack_padded_sequence(x, LENGTHS, batch_first=True)
    output, final = network(packed, tuple(initial) if len(states) == 2 else initial[0])
    output = torch.nn.utils.rnn.pad_packed_sequence(output, batch_first=True)[0]
    final = list(final) if len(states) == 2 else [final]
    loss = (output * weight_output).sum()
    for weight, state in zip(weight_final, final):
        loss = loss + (weight * state).sum()
    loss.backward()

    print("case", name, cell, settings)
    print("lengths", *LENGTHS)
    print("hidden", HIDDEN)
    for k, (first, hidden, second) in enumerate(gates):
        part = slice(k * HIDDEN, (k + 1) * HIDDEN)
        for feed, ours, w, b in (("x", first, "weight_ih_l0", "bias_ih_l0"), ("h", hidden, "weight_hh_l0", "bias_hh_l0")):
            parameter = dict(network.named_parameters())[w]
            panel("value", "%s.%s" % (feed, ours), parameter[part].t())
            panel("expect", "d_%s.%s" % (feed, ours), parameter.grad[part].t())
            bias = dict(network.named_parameters())[b]
            if feed == "x" or second is not None:
                panel("value", "b.%s" % ours, bias[part])
                panel("expect", "d_b.%s" % ours, bias.grad[part])
    panel("value", "x", x)
    panel("value", "weight_output", weight_output)
    panel("expect", "output", output)
    panel("expect", "d_x", x.grad)
    for k, state in enumerate(states):
        panel("value", "initial_" + state, initial[k])
        panel("value", "weight_final_" + state, weight_final[k])
        panel("expect", "final_" + state, final[k])
        panel("expect", "d_initial_" + state, initial[k].grad)


def main():
    torch.set_default_dtype(torch.float32)
    print("# tests/golden/cells.py, PyTorch", torch.__version__)
    widths = dict(input_size=INPUT, hidden_size=HIDDEN, batch_first=True)
    same = lambda gate: (gate, gate, None)
    run("tanh", "rnn", "activation=tanh", torch.nn.RNN(nonlinearity="tanh", **widths).double(), [same("a")])
    run("relu", "rnn", "activation=relu", torch.nn.RNN(nonlinearity="relu", **widths).double(), [same("a")])
    run("lstm", "lstm", "forget_bias=0", torch.nn.LSTM(**widths).double(), [same(g) for g in "ifgo"])
    run("gru", "gru", "-", torch.nn.GRU(**widths).double(), [same("r"), same("z"), ("n.x", "n.h", "n.h")])


if __name__ == "__main__":
    main()
