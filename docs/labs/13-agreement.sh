#!/bin/sh
# Czech words that agree with a noun some words before, through a fixed context vector.
. "$(dirname "$0")/common.sh"
"$top/tools/agreement" --dir "$dir" --cells "rnn lstm" --train 6000 --test 500 --after 5e -- --dim-rnn 128 --dim-emb 32 --mini-batch 16
of() { awk -F '\t' -v row="$1" -v column="$2" '$1 == row { print $column }' "$dir/$3.tsv"; }
for kind in attribute predicate verb; do
    holds "$kind: the LSTM makes it agree more often" "$(of $kind 3 kinds)" ">=" "$(of $kind 2 kinds) + 20"
done
holds "also far from the noun" "$(of 6 3 distances)" ">=" "$(of 6 2 distances) + 10"
conclude
