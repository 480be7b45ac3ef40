#!/bin/sh
# Two lines that part at their fifth word, read by one network: states are the same up to there.
. "$(dirname "$0")/common.sh"
generate tags data --train 2000
train model data/words data/tags --task tag --enc-cell rnn --enc-type unidirectional --after 1e
printf 'the cook can light the old house .\nthe cook can light a fire .\n' >"$dir/lines"
"$carousel" gates --models "$dir/model" --table "$dir/gates.tsv" --page "$dir/gates.html" <"$dir/lines" >/dev/null

# state h of unit 1 over the words of both lines
awk -F '\t' '$3 == "state" && $7 == 1 { h[$1, $5] = $8; if ($5 > n) n = $5 }
    END { print "word\tfirst line\tsecond line"
        for (t = 1; t <= n; t++) print t "\t" ((1, t) in h ? h[1, t] : "-") "\t" ((2, t) in h ? h[2, t] : "-") }' \
    "$dir/gates.tsv" >"$dir/states.tsv"
"$carousel" plot "$dir/states.tsv" --title "One unit, two lines" --y-axis "h" >"$dir/states.svg"

# over all units: the largest difference at each word
difference() {
    awk -F '\t' -v from="$1" -v to="$2" '$3 == "state" && $5 >= from && $5 <= to { h[$1, $5, $7] = $8; unit[$7]; word[$5] }
        END { for (t in word) for (u in unit) { d = h[1, t, u] - h[2, t, u]; d = d < 0 ? -d : d; if (d > most) most = d }
            printf "%g", most }' "$dir/gates.tsv"
}
holds "what was read alike has left the same state" "$(difference 1 4)" == 0
holds "from the word on that differs, states differ" "$(difference 5 5)" ">" 0.01
holds "and later still, at words that are the same" "$(difference 7 7)" ">" 0.001

holds "the weights are those of one step: H (D + H + 1), however long the line" "$(parameters rnn)" == "64 * (32 + 64 + 1)"
conclude
