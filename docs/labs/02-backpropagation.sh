#!/bin/sh
# One unit: the chain rule by hand, against what the program differentiates.
. "$(dirname "$0")/common.sh"
generate gaps data --train 1000 --difficulty 12
train model data/src data/trg --task classify --enc-cell rnn --enc-type unidirectional --dim-rnn 1 --after 1e
head -n 1 "$dir/data/test.src" >"$dir/one.src"
head -n 1 "$dir/data/test.trg" >"$dir/one.trg"
"$carousel" gates --models "$dir/model" --table "$dir/gates.tsv" <"$dir/one.src" >/dev/null
"$carousel" gradients --models "$dir/model" --sets "$dir/one.src" "$dir/one.trg" --of last-output \
    --table "$dir/machine.tsv" --figure "$dir/gradients.svg" >/dev/null

# dh[T]/dh[T-k] = product of w (1 - h^2) over the last k steps.  w is taken from the first of them.
awk -F '\t' 'FILENAME ~ /gates/ && $3 == "state" { h[$5] = $8; T = $5 }
    FILENAME ~ /machine/ && $2 == "gradient" { machine[$4] = $6 }
    END { print "lag\tby hand\tby machine"
        w = machine[1] / (1 - h[T] * h[T])
        hand = 1
        for (k = 1; k <= T; k++) {
            slope = w * (1 - h[T - k + 1] * h[T - k + 1])
            hand *= slope
            printf "%d\t%.9g\t%.9g\n", k, hand, machine[k]
        } }' "$dir/gates.tsv" "$dir/machine.tsv" >"$dir/both.tsv"
"$carousel" plot "$dir/both.tsv" --log-y --title "dh(T) / dh(T-k) of one unit" --x-axis "k, steps back" --y-axis "size" \
    >"$dir/both.svg"
worst=$(awk 'NR > 1 && $3 > 1e-30 { d = $2 / $3 - 1; d = d < 0 ? -d : d; if (d > most) most = d } END { print most + 0 }' "$dir/both.tsv")
holds "all lags were compared" "$(wc -l <"$dir/both.tsv")" ">" 15
holds "by hand and by machine are the same within 1 %" "$worst" "<" 0.01
conclude
