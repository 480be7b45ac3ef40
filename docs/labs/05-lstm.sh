#!/bin/sh
# What the gates of a trained LSTM do, word by word.
. "$(dirname "$0")/common.sh"
generate gaps data --train 10000 --difficulty 12
train model data/src data/trg --task classify --enc-cell lstm:forget_bias=3 --enc-type unidirectional --after 3e
head -n 20 "$dir/data/test.src" >"$dir/lines"
"$carousel" gates --models "$dir/model" --table "$dir/gates.tsv" --page "$dir/gates.html" <"$dir/lines" >/dev/null
# means over the units and lines, of what lies at each place
awk -F '\t' '$3 == "gate" { if (!($4 in seen)) { seen[$4]; name[++m] = $4 } sum[$4, $5] += $8; all[$4, $5]++; if ($5 > n) n = $5 }
    END { printf "place"
        for (i = 1; i <= m; i++) printf "\t%s", name[i]
        print ""
        for (t = 1; t <= n; t++) {
            printf "%d", t
            for (i = 1; i <= m; i++) printf "\t%.4f", sum[name[i], t] / all[name[i], t]
            print ""
        } }' "$dir/gates.tsv" >"$dir/means.tsv"
cut -f 1-3,5 "$dir/means.tsv" >"$dir/valves.tsv"
"$carousel" plot "$dir/valves.tsv" --title "Gates of an LSTM: the cue is the fourth word" --x-axis "word" \
    --y-axis "mean of all units" >"$dir/valves.svg"
cat "$dir/means.tsv"
mean() { # GATE FROM TO
    awk -F '\t' -v gate="$1" -v from="$2" -v to="$3" '$3 == "gate" && $4 == gate && $5 >= from && $5 <= to { s += $8; n++ }
        END { printf "%.4f", s / n }' "$dir/gates.tsv"
}
right=$(score exact model data/src data/trg)
holds "the cue is remembered" "$right" ">=" 95
holds "over words that mean nothing the forget gate stays open" "$(mean f 6 17)" ">" 0.85
holds "the input gate lets the cue in more than those words" "$(mean i 4 4)" ">" "$(mean i 6 17)"
conclude
