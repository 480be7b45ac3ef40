#!/usr/bin/python3
"""Training speed of PyTorch on the model of tools/compare-speed, for comparison.

    tools/pytorch-speed.py SRC TRG [--updates N] [--batch N] [--emb N] [--rnn N] [--threads N]

SRC and TRG are tokenized text, one sentence a line.  The model is the one that
`carousel train --enc-cell lstm --dec-cell lstm --attention general` builds: a
bidirectional LSTM encoder (rnn/2 each way), an LSTM decoder (rnn) started from
the encoder's last states, general attention, a tanh readout, label smoothing
0.1, dropout 0.2 on embeddings and readout, Adam, gradient norm clipped at 1.
Minibatches hold sentences of like length, padded.  Prints target words a
second over N updates after a warm-up.
"""
import argparse
import collections
import random
import time

import torch
from torch import nn


def read(path, size):
    with open(path, encoding="utf-8") as file:
        lines = [line.split() for line in file]
    counts = collections.Counter(word for line in lines for word in line)
    ids = {word: i + 4 for i, (word, _) in enumerate(counts.most_common(size or None))}
    return [[ids.get(word, 1) for word in line] + [3] for line in lines], len(ids) + 4


class Seq2Seq(nn.Module):
    def __init__(self, source_words, target_words, emb, rnn):
        super().__init__()
        self.source = nn.Embedding(source_words, emb, padding_idx=0)
        self.target = nn.Embedding(target_words, emb, padding_idx=0)
        self.encoder = nn.LSTM(emb, rnn // 2, bidirectional=True, batch_first=True)
        self.decoder = nn.LSTM(emb, rnn, batch_first=True)
        self.key = nn.Linear(rnn, rnn, bias=False)
        self.readout = nn.Linear(2 * rnn, rnn)
        self.output = nn.Linear(rnn, target_words)
        self.dropout = nn.Dropout(0.2)

    def forward(self, source, lengths, previous):
        packed = nn.utils.rnn.pack_padded_sequence(
            self.dropout(self.source(source)), lengths, batch_first=True, enforce_sorted=False)
        packed, (h, c) = self.encoder(packed)
        memory, _ = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
        h, c = (s.transpose(0, 1).reshape(1, source.shape[0], -1) for s in (h, c))
        states, _ = self.decoder(self.dropout(self.target(previous)), (h, c))
        scores = torch.bmm(states, self.key(memory).transpose(1, 2))
        scores = scores.masked_fill((source == 0)[:, None, :memory.shape[1]], -1e9)
        context = torch.bmm(torch.softmax(scores, -1), memory)
        return self.output(self.dropout(torch.tanh(self.readout(torch.cat([states, context], -1)))))


def pad(rows):
    return nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--updates", type=int, default=40)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--emb", type=int, default=256)
    parser.add_argument("--rnn", type=int, default=512)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    random.seed(1)

    source, source_words = read(options.source, 0)
    target, target_words = read(options.target, 0)
    pairs = sorted((p for p in zip(source, target) if max(map(len, p)) <= 51), key=lambda p: (len(p[1]), len(p[0])))
    batches = [pairs[i:i + options.batch] for i in range(0, len(pairs) - options.batch + 1, options.batch)]
    random.shuffle(batches)

    model = Seq2Seq(source_words, target_words, options.emb, options.rnn)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss(ignore_index=0, label_smoothing=0.1)
    words, began = 0, 0.0
    warmup = 5
    for update, batch in enumerate(batches[:options.updates + warmup]):
        if update == warmup:
            words, began = 0, time.monotonic()
        sources = pad([p[0] for p in batch])
        labels = pad([p[1] for p in batch])
        previous = torch.cat([torch.full((len(batch), 1), 2), labels[:, :-1]], 1)
        logits = model(sources, torch.tensor([len(p[0]) for p in batch]), previous)
        loss = criterion(logits.flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        words += sum(len(p[1]) for p in batch)
    seconds = time.monotonic() - began
    parameters = sum(p.numel() for p in model.parameters())
    print(f"pytorch {torch.__version__}: {words / seconds:.0f} words/s "
          f"({parameters} parameters, {torch.get_num_threads()} threads, {words} words in {seconds:.1f} s)")


if __name__ == "__main__":
    main()
