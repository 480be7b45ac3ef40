#!/bin/sh
# An encoder-decoder with nothing but a vector between the two: long lines do not fit in.
. "$(dirname "$0")/common.sh"
"$top/tools/thought-vector" --dir "$dir" --models fixed --test 1000 --after 5e
at() { awk -F '\t' -v n="$1" '$1 == n { print $2 }' "$dir/lengths.tsv"; }
holds "four letters go through the vector" "$(at 4)" ">=" 90
holds "twenty do not" "$(at 20)" "<" 60
conclude
