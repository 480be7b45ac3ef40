#!/bin/sh
# The update gate of a trained GRU: what is kept, and when it is overwritten.
. "$(dirname "$0")/common.sh"
generate gaps data --train 10000 --difficulty 8
train model data/src data/trg --task classify --enc-cell gru --enc-type unidirectional --after 4e
head -n 20 "$dir/data/test.src" >"$dir/lines"
"$carousel" gates --models "$dir/model" --table "$dir/gates.tsv" --page "$dir/gates.html" <"$dir/lines" >/dev/null
{
    printf 'place\tupdate gate z\treset gate r\tchange of h\n'
    awk -F '\t' '{ at = $5 + 0; if (at > n) n = at }
        $3 == "gate" { s[$4, at] += $8; m[$4, at]++ }
        $3 == "state" { h[$1, at, $7] = $8; if (at > 1) { d = $8 - h[$1, at - 1, $7]; c[at] += d < 0 ? -d : d; k[at]++ } }
        END { for (t = 1; t <= n; t++)
            printf "%d\t%.4f\t%.4f\t%s\n", t, s["z", t] / m["z", t], s["r", t] / m["r", t], (t > 1 ? c[t] / k[t] : "-") }' \
        "$dir/gates.tsv"
} >"$dir/means.tsv"
"$carousel" plot "$dir/means.tsv" --title "Gates of a GRU: the cue is the fourth word" --x-axis "word" \
    --y-axis "mean of all units" >"$dir/means.svg"
cat "$dir/means.tsv"
# h = z h' + (1 - z) n with n within -1 and 1: how far h may have moved
worst=$(awk -F '\t' '$3 == "gate" || $3 == "state" { v[$4, $1, $5, $7] = $8; unit[$7]; if ($5 > n) n = $5; if ($1 > l) l = $1 }
    END { for (u in unit) for (i = 1; i <= l; i++) for (t = 2; t <= n; t++) {
            z = v["z", i, t, u]; before = v["h", i, t - 1, u]; moved = v["h", i, t, u] - before
            if (moved > (1 - z) * (1 - before) + 1e-4 || moved < (1 - z) * (-1 - before) - 1e-4) bad++
        } print bad + 0 }' "$dir/gates.tsv")
holds "h never moves further than its update gate is open" "$worst" == 0
holds "the cue is remembered" "$(score exact model data/src data/trg)" ">=" 95
echo "parameters: gru $(parameters gru), lstm $(parameters lstm)"
holds "with fewer parameters than an LSTM" "$(parameters gru)" "<" "0.8 * $(parameters lstm)"
conclude
