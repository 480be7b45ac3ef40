#!/bin/sh
# Numbers in, numbers out: twelve hours of a load from the two days before, beside forecasts that know nothing.
. "$(dirname "$0")/common.sh"
"$carousel" corpus generate series "$dir/data" --quiet --train 6000 --valid 600 --test 600
run() { # NAME CELL
    "$carousel" train --quiet --task forecast --model "$dir/$1" --train-sets "$dir/data/train.csv" \
        --valid-sets "$dir/data/valid.csv" --targets load --lookback 48 --horizon 12 --season 24 --enc-cell "$2" \
        --enc-type unidirectional --dim-rnn 32 --dropout-rnn 0 --learn-rate 0.005 --valid-freq 1e --after 5e
    "$carousel" evaluate --models "$dir/$1" --test-sets "$dir/data/test.csv" >"$dir/$1.scores"
}
printf 'forecast\tmean absolute error\n' >"$dir/errors.tsv"
for cell in rnn gru; do
    run "$cell" "$cell"
    awk -v cell="$cell" '$1 == "load" && NF == 5 && $2 != "naive" { print cell "\t" $3 }' "$dir/$cell.scores" >>"$dir/errors.tsv"
done
awk '$1 == "load" && $2 == "naive" { print "naive\t" $3 } $1 == "load" && $2 == "seasonal" { print "seasonal naive\t" $4 }' \
    "$dir/gru.scores" >>"$dir/errors.tsv"
cat "$dir/errors.tsv"
"$carousel" plot "$dir/errors.tsv" --bars --title "Twelve hours ahead" --y-axis "mean absolute error" >"$dir/errors.svg"
{
    printf 'hour\twhat came\tforecast\n'
    { head -n 1 "$dir/data/test.csv"; sed -n '102,149p' "$dir/data/test.csv"; } |
        "$carousel" forecast --quiet --models "$dir/gru" | tail -n +2 | cut -d , -f 2 >"$dir/said"
    column=$(head -n 1 "$dir/data/test.csv" | tr ',' '\n' | awk '$0 == "load" { print NR }')
    sed -n '150,161p' "$dir/data/test.csv" | cut -d , -f "$column" >"$dir/came"
    paste "$dir/came" "$dir/said" | awk '{ print NR "\t" $0 }'
} >"$dir/hours.tsv"
"$carousel" plot "$dir/hours.tsv" --title "One forecast" --y-axis "load" >"$dir/hours.svg"
of() { awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$dir/errors.tsv"; }
holds "better than the value a day before" "$(of gru)" "<" "0.9 * $(of 'seasonal naive')"
holds "better than the last value" "$(of gru)" "<" "0.7 * $(of naive)"
conclude
