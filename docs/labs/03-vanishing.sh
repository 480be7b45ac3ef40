#!/bin/sh
# Sentences of a hundred words: what is left of a gradient after eighty steps back, by cell.
. "$(dirname "$0")/common.sh"
generate gaps data --train 640 --difficulty 92
flow() { # NAME CELL OPTIONS
    name=$1 cell=$2
    shift 2
    train "$name" data/src data/trg --task classify --enc-cell "$cell" --enc-type unidirectional "$@"
    head -n 20 "$dir/data/test.src" >"$dir/some.src"
    head -n 20 "$dir/data/test.trg" >"$dir/some.trg"
    "$carousel" gradients --models "$dir/$name" --sets "$dir/some.src" "$dir/some.trg" --table "$dir/$name.tsv" |
        sed -n "s/^  .: signal/$name: signal/p"
}
flow tanh rnn --after 20u
flow relu irnn:identity=1.1,input=0.1 --learn-rate 1e-9 --after 1u
flow lstm lstm:forget_bias=4 --after 20u
flow gru gru --after 20u
at() { awk -F '\t' -v state="$2" -v lag="$3" '$2 == "gradient" && $3 == state && $4 == lag { print $6 }' "$dir/$1.tsv"; }
{
    printf 'lag\trnn h\trelu, 1.1 h\tlstm c\tgru h\n'
    for lag in 1 2 3 5 8 12 16 20 25 30 35 40 45 50 55 60 65 70 75 80 85 90 95; do
        printf '%s\t%s\t%s\t%s\t%s\n' "$lag" "$(at tanh h $lag)" "$(at relu h $lag)" "$(at lstm c $lag)" "$(at gru h $lag)"
    done
} >"$dir/flow.tsv"
"$carousel" plot "$dir/flow.tsv" --log-y --title "How far back gradients reach" --x-axis "steps back" \
    --y-axis "size of the gradient" >"$dir/flow.svg"
holds "eighty steps back the lstm has a thousand times what the vanilla network has" \
    "$(at lstm c 80)" ">" "1000 * $(at tanh h 80)"
holds "tanh: it vanishes" "$(at tanh h 80) / $(at tanh h 1)" "<" 1e-3
holds "a matrix that lengthens by a tenth: it explodes" "$(at relu h 80) / $(at relu h 1)" ">" 1e2
conclude
