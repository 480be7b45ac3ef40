#!/usr/bin/env python3
"""Reference runs of cells that PyTorch does not have, straight from their papers' equations.

Run by hand with PyTorch installed:  python3 tests/golden/plugins.py > tests/golden/plugins.txt

Loss, ragged batch and output are those of cells.py; here every cell is a function of one step of one
sequence, in 64 bits, and PyTorch differentiates it.  A parameter is called as ours is: FEED.GATE, b.GATE
or the weight's name; matrices are [inputs, outputs].
"""
import math

import torch
from torch import sigmoid, tanh, relu

from cells import HIDDEN, INPUT, LENGTHS, draw, panel


def affine(p, gate, **feeds):
    """b.GATE, if there is one, plus every feed times its matrix."""
    total = p.get("b." + gate, 0)
    for name, value in feeds.items():
        total = total + value @ p[name.replace("_", "*") + "." + gate]
    return total


def mgu(x, s, p, input_to_gate=True):
    h = s["h"]
    f = sigmoid(affine(p, "f", x=x, h=h) if input_to_gate else affine(p, "f", h=h))
    candidate = tanh(affine(p, "n", x=x, f_h=f * h))
    return {"h": (1 - f) * h + f * candidate}


def janet(x, s, p, beta):
    pre = affine(p, "f", x=x, h=s["h"])
    candidate = tanh(affine(p, "g", x=x, h=s["h"]))
    return {"h": sigmoid(pre) * s["h"] + (1 - sigmoid(pre - beta)) * candidate}


def indrnn(x, s, p, squash):
    return {"h": squash(affine(p, "a", x=x) + p["u"] * s["h"])}


def irnn(x, s, p):
    return {"h": relu(affine(p, "a", x=x, h=s["h"]))}


def mlstm(x, s, p):
    m = affine(p, "m.x", x=x) * affine(p, "m.h", h=s["h"])
    i, f, o = (sigmoid(affine(p, gate, x=x, m=m)) for gate in "ifo")
    c = f * s["c"] + i * tanh(affine(p, "g", x=x, m=m))
    return {"h": tanh(c) * o, "c": c}


def lstmp(x, s, p):
    r, c = s["r"], s["c"]
    i = sigmoid(affine(p, "i", x=x, r=r) + p["p.i"] * c)
    f = sigmoid(affine(p, "f", x=x, r=r) + p["p.f"] * c)
    c = f * c + i * tanh(affine(p, "g", x=x, r=r))
    o = sigmoid(affine(p, "o", x=x, r=r) + p["p.o"] * c)
    return {"r": affine(p, "proj", m=o * tanh(c)), "c": c}


def nested(x, s, p):
    i, f, o = (sigmoid(affine(p, gate, x=x, h=s["h"])) for gate in "ifo")
    g = tanh(affine(p, "g", x=x, h=s["h"]))
    inner = {"i_g": i * g, "f_c": f * s["c"]}
    i, f, out = (sigmoid(affine(p, gate, **inner)) for gate in ("i.in", "f.in", "o.in"))
    memory = f * s["c.in"] + i * tanh(affine(p, "g.in", **inner))
    c = out * tanh(memory)
    return {"h": o * tanh(c), "c": c, "c.in": memory}


def sru(x, s, p, scale=None):
    c = s["c"]
    f = sigmoid(affine(p, "f", x=x) + p["v.f"] * c)
    r = sigmoid(affine(p, "r", x=x) + p["v.r"] * c)
    c = f * c + (1 - f) * affine(p, "n", x=x)
    past = x * scale if scale is not None else affine(p, "x.in", x=x)
    return {"h": r * c + (1 - r) * past, "c": c}


def ln_lstm(x, s, p):
    i, f, o = (sigmoid(affine(p, gate, x=x, h=s["h"])) for gate in "ifo")
    c = f * s["c"] + i * tanh(affine(p, "g", x=x, h=s["h"]))
    normal = torch.nn.functional.layer_norm(c, (HIDDEN,), p["gain"], p["shift"], eps=1e-5)
    return {"h": o * tanh(normal), "c": c}


def minimal(x, s, p):
    z = tanh(affine(p, "in", x=x))
    u = sigmoid(affine(p, "u", h=s["h"], z=z))
    return {"h": u * s["h"] + (1 - u) * z}


def mut1(x, s, p, raw=False):
    h = s["h"]
    z = sigmoid(affine(p, "z", x=x))
    r = sigmoid(affine(p, "r", x=x, h=h))
    seen = x if raw else affine(p, "x.in", x=x)
    n = tanh(affine(p, "n", r_h=r * h) + tanh(seen))
    return {"h": n * z + h * (1 - z)}


def cfn(x, s, p):
    theta, eta = (sigmoid(affine(p, gate, x=x, h=s["h"])) for gate in "te")
    return {"h": theta * tanh(s["h"]) + eta * tanh(affine(p, "n", x=x))}


def peephole(x, s, p):
    h, c = s["h"], s["c"]
    i = sigmoid(affine(p, "i", x=x, h=h) + p["p.i"] * c)
    f = sigmoid(affine(p, "f", x=x, h=h) + p["p.f"] * c)
    c = f * c + i * tanh(affine(p, "g", x=x, h=h))
    return {"h": sigmoid(affine(p, "o", x=x, h=h) + p["p.o"] * c) * tanh(c), "c": c}


def coupled(x, s, p):
    f, o = (sigmoid(affine(p, gate, x=x, h=s["h"])) for gate in "fo")
    c = f * s["c"] + (1 - f) * tanh(affine(p, "g", x=x, h=s["h"]))
    return {"h": o * tanh(c), "c": c}


def gru_v1(x, s, p):
    """Cho et al. 2014, equations 5 to 8: z keeps the state."""
    h = s["h"]
    r, z = (sigmoid(affine(p, gate, x=x, h=h)) for gate in "rz")
    return {"h": z * h + (1 - z) * tanh(affine(p, "n", x=x, r_h=r * h))}


def rhn(x, s, p, depth):
    """Zilly et al. 2017, equations 6 to 9, c = 1 - t."""
    y = s["h"]
    for layer in range(1, depth + 1):
        feeds = {"x": x, "h": y} if layer == 1 else {"y%d" % (layer - 1): y}
        u, t = tanh(affine(p, "u%d" % layer, **feeds)), sigmoid(affine(p, "t%d" % layer, **feeds))
        y = u * t + y * (1 - t)
    return {"h": y}


def run(name, cell, settings, step, states, gates, weights=(), width=INPUT):
    """states: {name: width}, the output first.  gates: {name: {feed: width}}, a feed of "b" is the bias."""
    generator = torch.Generator().manual_seed(1)
    p = {}
    for gate, feeds in gates.items():
        for feed, rows in feeds.items():
            columns = states["r"] if gate == "proj" else HIDDEN
            p[feed + "." + gate] = draw(generator, rows, columns) if feed != "b" else draw(generator, columns)
    for weight in weights:
        p[weight] = draw(generator, HIDDEN)
    for value in p.values():
        value.requires_grad_()
    batch, longest, output = len(LENGTHS), max(LENGTHS), next(iter(states))
    x = draw(generator, batch, longest, width)
    weight_output = draw(generator, batch, longest, states[output])
    for b, length in enumerate(LENGTHS):
        x[b, length:] = 0
        weight_output[b, length:] = 0
    x.requires_grad_()
    initial = {k: draw(generator, batch, n).requires_grad_() for k, n in states.items()}
    weight_final = {k: draw(generator, batch, n) for k, n in states.items()}

    outputs, final, loss = torch.zeros(batch, longest, states[output]).double(), {k: [] for k in states}, 0
    for b, length in enumerate(LENGTHS):
        s = {k: initial[k][b] for k in states}
        for t in range(length):
            s = step(x[b, t], s, p)
            outputs[b, t] = s[output].detach()
            loss = loss + (s[output] * weight_output[b, t]).sum()
        for k in states:
            final[k].append(s[k])
            loss = loss + (s[k] * weight_final[k][b]).sum()
    loss.backward()

    print("case", name, cell, settings)
    print("lengths", *LENGTHS)
    print("hidden", HIDDEN)
    for key, value in p.items():
        panel("value", key, value)
        panel("expect", "d_" + key, value.grad)
    panel("value", "x", x)
    panel("value", "weight_output", weight_output)
    panel("expect", "output", outputs)
    panel("expect", "d_x", x.grad)
    for k in states:
        panel("value", "initial_" + k, initial[k])
        panel("value", "weight_final_" + k, weight_final[k])
        panel("expect", "final_" + k, torch.stack(final[k]))
        panel("expect", "d_initial_" + k, initial[k].grad if initial[k].grad is not None else 0 * initial[k])


def main():
    print("# tests/golden/plugins.py, PyTorch", torch.__version__)
    h, hc = {"h": HIDDEN}, {"h": HIDDEN, "c": HIDDEN}
    b, x, xh = {"b": 1}, {"x": INPUT, "b": 1}, {"x": INPUT, "h": HIDDEN, "b": 1}
    bare = {"x": INPUT}
    lstm = {gate: xh for gate in "ifgo"}
    state = {"h": HIDDEN}
    candidate = {"x": INPUT, "f*h": HIDDEN, "b": 1}
    run("mgu", "mgu", "-", mgu, h, {"f": xh, "n": candidate})
    run("mgu_1", "mgu", "gate=state", lambda *a: mgu(*a, False), h, {"f": {**state, **b}, "n": candidate})
    run("mgu_2", "mgu", "gate=state-only", lambda *a: mgu(*a, False), h, {"f": state, "n": candidate})
    run("janet", "janet", "-", lambda *a: janet(*a, 1), h, {"f": xh, "g": xh})
    run("janet_coupled", "janet", "beta=0", lambda *a: janet(*a, 0), h, {"f": xh, "g": xh})
    run("indrnn", "indrnn", "-", lambda *a: indrnn(*a, relu), h, {"a": x}, ["u"])
    run("indrnn_tanh", "indrnn", "activation=tanh", lambda *a: indrnn(*a, tanh), h, {"a": x}, ["u"])
    run("irnn", "irnn", "-", irnn, h, {"a": xh})
    xm = {"x": INPUT, "m": HIDDEN, "b": 1}
    run("mlstm", "mlstm", "-", mlstm, hc, {"m.x": bare, "m.h": state, **{gate: xm for gate in "ifgo"}})
    for settings, width in (("-", 2), ("projection=0.75", 3)):
        xr = {"x": INPUT, "r": width, "b": 1}
        run("lstmp_%d" % width, "lstmp", settings, lstmp, {"r": width, "c": HIDDEN},
            {**{gate: xr for gate in "ifgo"}, "proj": {"m": HIDDEN}}, ["p.i", "p.f", "p.o"])
    inner = {"i*g": HIDDEN, "f*c": HIDDEN, "b": 1}
    run("nested_lstm", "nested-lstm", "-", nested, {"h": HIDDEN, "c": HIDDEN, "c.in": HIDDEN},
        {**lstm, **{gate + ".in": inner for gate in "ifgo"}})
    run("sru", "sru", "-", sru, hc, {"n": bare, "f": x, "r": x, "x.in": bare}, ["v.f", "v.r"])
    wide = {"x": HIDDEN, "b": 1}
    run("sru_highway", "sru", "reset_bias=-1", lambda *a: sru(*a, math.sqrt(1 + 2 * math.exp(-1))), hc,
        {"n": {"x": HIDDEN}, "f": wide, "r": wide}, ["v.f", "v.r"], HIDDEN)
    run("ln_lstm", "ln-lstm", "-", ln_lstm, hc, lstm, ["gain", "shift"])
    run("minimal_rnn", "minimal-rnn", "-", minimal, h, {"in": x, "u": {"h": HIDDEN, "z": HIDDEN, "b": 1}})
    reset = {"r*h": HIDDEN, "b": 1}
    run("mut1", "mut1", "-", mut1, h, {"z": x, "r": xh, "n": reset, "x.in": bare})
    run("mut1_raw", "mut1", "-", lambda *a: mut1(*a, True), h,
        {"z": wide, "r": {"x": HIDDEN, "h": HIDDEN, "b": 1}, "n": reset}, width=HIDDEN)
    run("cfn", "cfn", "-", cfn, h, {"t": xh, "e": xh, "n": bare})
    run("peephole", "peephole", "-", peephole, hc, lstm, ["p.i", "p.f", "p.o"])
    run("coupled", "coupled", "-", coupled, hc, {gate: xh for gate in "fgo"})
    run("gru_v1", "gru-v1", "-", gru_v1, h, {"r": xh, "z": xh, "n": {"x": INPUT, "r*h": HIDDEN, "b": 1}})
    for depth in (1, 3):
        run("rhn_%d" % depth, "rhn", "depth=%d" % depth, lambda *a: rhn(*a, depth), h,
            {kind + str(layer): xh if layer == 1 else {"y%d" % (layer - 1): HIDDEN, "b": 1}
             for layer in range(1, depth + 1) for kind in "ut"})


if __name__ == "__main__":
    main()
