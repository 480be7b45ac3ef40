#!/bin/sh
# Tags that a neighbour decides: what reading both ways is worth, and a second layer.
. "$(dirname "$0")/common.sh"
generate tags data --train 3000
run() { # NAME OPTIONS
    which=$1
    shift
    train "$which" data/words data/tags --task tag --enc-cell lstm --dim-rnn 32 --dim-emb 16 --after 3e "$@"
    printf '%s\t%s\n' "$which" "$(score accuracy "$which" data/words data/tags)" >>"$dir/accuracy.tsv"
}
printf 'encoder\tright tags\n' >"$dir/accuracy.tsv"
run forward --enc-type unidirectional
run backward --enc-type reverse
run both --enc-type bidirectional
run stacked --enc-type bidirectional --enc-depth 2 --skip
"$carousel" plot "$dir/accuracy.tsv" --bars --title "Tags by how the encoder reads" --y-axis "right tags (%)" \
    >"$dir/accuracy.svg"
cat "$dir/accuracy.tsv"
of() { awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$dir/accuracy.tsv"; }
holds "who reads from the end cannot know what an earlier word decides" "$(of backward)" "<" 99
holds "who reads both ways need not know where to look" "$(of both)" ">=" 99.5
holds "a second layer with a way around it learns as well" "$(of stacked)" ">=" 99
conclude
