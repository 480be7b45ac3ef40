#!/bin/sh
# A word that a cue many words back decides.
. "$(dirname "$0")/common.sh"
"$top/tools/long-gaps" --dir "$dir" --gaps "4 20" --train 10000 --test 500 --after 4e
of() { tail -n 1 "$dir/accuracy.tsv" | cut -f "$1"; }
holds "over 20 words the vanilla network has dropped below 60 %" "$(of 2)" "<" 60
for column in 3 4 5 6; do
    holds "the $(head -n 1 "$dir/accuracy.tsv" | cut -f $column) holds 95 %" "$(of $column)" ">=" 95
done
conclude
