#!/bin/sh
# Three cells with a cell state: what each costs, and that each remembers.
. "$(dirname "$0")/common.sh"
echo "parameters: lstm $(parameters lstm), peephole $(parameters peephole), coupled $(parameters coupled)"
{
    printf 'cell\tparameters\n'
    for cell in lstm peephole coupled; do printf '%s\t%s\n' "$cell" "$(parameters "$cell")"; done
} >"$dir/parameters.tsv"
"$carousel" plot "$dir/parameters.tsv" --bars --title "What 64 units cost" --y-axis "parameters" >"$dir/parameters.svg"
holds "peepholes are three weights for each unit" "$(parameters peephole)" == "$(parameters lstm) + 3 * 64"
holds "one gate for forgetting and letting in saves a quarter" "$(parameters coupled)" == "$(parameters lstm) * 3 / 4"
"$top/tools/long-gaps" --dir "$dir" --gaps "6 20" --train 6000 --test 500 --after 3e \
    --cells "lstm:forget_bias=3 peephole:forget_bias=3 coupled:forget_bias=3"
for column in 2 3 4; do
    holds "$(head -n 1 "$dir/accuracy.tsv" | cut -f $column) remembers over 20 words" \
        "$(tail -n 1 "$dir/accuracy.tsv" | cut -f $column)" ">=" 95
done

# c = f c' + (1 - f) g: a coupled cell's state is a mean of candidates, and stays within theirs
head -n 20 "$dir/data/20/test.src" >"$dir/lines"
"$carousel" gates --models "$dir/models/coupled:forget_bias=3-20" --table "$dir/coupled.tsv" --page "$dir/coupled.html" \
    <"$dir/lines" >/dev/null
"$carousel" gates --models "$dir/models/lstm:forget_bias=3-20" --table "$dir/lstm.tsv" <"$dir/lines" >/dev/null
largest() { awk -F '\t' '$3 == "state" && $4 == "c" { v = $8 < 0 ? -$8 : $8; if (v > most) most = v } END { print most }' "$1"; }
holds "the state of a coupled cell stays within -1 and 1" "$(largest "$dir/coupled.tsv")" "<=" 1
holds "that of an LSTM goes beyond" "$(largest "$dir/lstm.tsv")" ">" 1
conclude
