#!/usr/bin/env python3
"""Reference for one minibatch through a whole model, by PyTorch: loss and the gradient of every tensor.

Run by hand with PyTorch installed:  python3 tests/golden/seq2seq.py > tests/golden/seq2seq.txt

A bidirectional LSTM encoder, an LSTM decoder that starts from the encoder's last
states side by side, general attention with a tanh readout (Luong et al. 2015), mean
smoothed cross-entropy per target word.  Written sentence by sentence and gate by
gate from the equations, so that nothing is shared with what it checks: no padding,
no batch, no order of gates.

Output: `source` and `target` and the ids of a sentence, for every pair; then
`value NAME ROWS COLUMNS` (goes in) or `expect NAME ROWS COLUMNS` (is compared) and
the numbers row by row, matrices as [inputs, outputs].
"""
import torch

SOURCE_WORDS, TARGET_WORDS, EMBEDDING, WIDTH, PAIRS, LONGEST, SMOOTHING = 9, 8, 4, 6, 20, 5, 0.1
END, START = 0, 2


def shapes():
    yield "embedding.source", (SOURCE_WORDS, EMBEDDING)
    yield "embedding.target", (TARGET_WORDS, EMBEDDING)
    yield "output.words", (TARGET_WORDS, WIDTH)
    yield "output.b", (1, TARGET_WORDS)
    half = WIDTH // 2
    for layer, hidden in (("encoder.0.forward", half), ("encoder.0.backward", half), ("decoder.0", WIDTH)):
        for gate in "ifgo":
            yield "%s.x.%s" % (layer, gate), (EMBEDDING, hidden)
            yield "%s.h.%s" % (layer, gate), (hidden, hidden)
            yield "%s.b.%s" % (layer, gate), (1, hidden)
    yield "attention.key", (WIDTH, WIDTH)
    yield "readout.state", (WIDTH, WIDTH)
    yield "readout.context", (WIDTH, WIDTH)
    yield "readout.b", (1, WIDTH)


def lstm(p, layer, x, h, c):
    def gate(name):
        return x @ p["%s.x.%s" % (layer, name)] + h @ p["%s.h.%s" % (layer, name)] + p["%s.b.%s" % (layer, name)]

    i, f, o = (torch.sigmoid(gate(name)) for name in "ifo")
    c = f * c + i * torch.tanh(gate("g"))
    return o * torch.tanh(c), c


def read(p, layer, words):
    hidden = p[layer + ".h.i"].shape[0]
    h = c = torch.zeros(1, hidden)
    outputs = []
    for x in words:
        h, c = lstm(p, layer, x, h, c)
        outputs.append(h)
    return outputs, h, c


def logits(p, source, target):
    words = [p["embedding.source"][i : i + 1] for i in source]
    forward, h_forward, c_forward = read(p, "encoder.0.forward", words)
    backward, h_backward, c_backward = read(p, "encoder.0.backward", words[::-1])
    values = torch.cat([torch.cat(pair, 1) for pair in zip(forward, backward[::-1])])
    h, c = torch.cat([h_forward, h_backward], 1), torch.cat([c_forward, c_backward], 1)
    rows = []
    for previous in [START] + target[:-1]:
        h, c = lstm(p, "decoder.0", p["embedding.target"][previous : previous + 1], h, c)
        weights = torch.softmax(h @ (values @ p["attention.key"]).t(), 1)
        readout = torch.tanh(h @ p["readout.state"] + weights @ values @ p["readout.context"] + p["readout.b"])
        rows.append(readout @ p["output.words"].t() + p["output.b"])
    return torch.cat(rows)


def panel(kind, name, tensor):
    print(kind, name, *tensor.shape)
    for row in tensor.tolist():
        print(*("%.9g" % v for v in row))


def main():
    generator = torch.Generator().manual_seed(1)
    p = {}
    for name, shape in shapes():  # drawn in 32 bits, so that both sides start from the same numbers
        p[name] = torch.rand(*shape, generator=generator).sub(0.5).mul(4).double().requires_grad_()
    torch.set_default_dtype(torch.float64)

    def sentence(words):
        length = int(torch.randint(0, LONGEST, (1,), generator=generator))
        return torch.randint(1, words, (length,), generator=generator).tolist() + [END]

    pairs = [(sentence(SOURCE_WORDS), sentence(TARGET_WORDS)) for _ in range(PAIRS)]
    scores = [logits(p, source, target) for source, target in pairs]
    labels = [torch.tensor(target) for _, target in pairs]
    loss = torch.nn.functional.cross_entropy(torch.cat(scores), torch.cat(labels), label_smoothing=SMOOTHING)
    loss.backward()
    plain = [torch.nn.functional.cross_entropy(s, l, reduction="sum").item() for s, l in zip(scores, labels)]

    print("# tests/golden/seq2seq.py, PyTorch", torch.__version__)
    for source, target in pairs:
        print("source", *source)
        print("target", *target)
    panel("expect", "loss", loss.detach().reshape(1, 1))
    panel("expect", "cross_entropy_of_pair", torch.tensor([plain]))
    for name, _ in shapes():
        panel("value", name, p[name].detach())
        panel("expect", "d_" + name, p[name].grad)


main()
