#!/bin/sh
# The same network and a learning rate too high for it, with and without a limit on the gradient; and
# three starts.
. "$(dirname "$0")/common.sh"
generate gaps data --train 4000 --difficulty 6
run() { # NAME CELL OPTIONS
    name=$1 cell=$2
    shift 2
    code=0
    train "$name" data/src data/trg --task classify --enc-cell "$cell" --enc-type unidirectional --optimizer sgd \
        --disp-freq 1u --after 2e "$@" 2>"$dir/$name.said" || code=$?
    echo "$code" >"$dir/$name.code"
}
run free irnn:identity=1.2,input=0.1 --learn-rate 0.3 --clip-norm 0
run clipped irnn:identity=1.2,input=0.1 --learn-rate 0.3 --clip-norm 1
run values irnn:identity=1.2,input=0.1 --learn-rate 0.3 --clip-norm 0 --clip-value 0.05
{
    printf 'update\tno limit\tnorm 1\tvalue 0.05\n'
    for name in free clipped values; do
        curve "$name" train cross_entropy | awk -v name="$name" '{ print name "\t" NR "\t" $1 }'
    done | awk -F '\t' '{ value[$1, $2] = $3; if ($2 > most) most = $2 }
        END { for (u = 1; u <= most; u++) {
                printf "%d", u
                n = split("free clipped values", name, " ")
                for (i = 1; i <= n; i++) printf "\t%s", ((name[i], u) in value) ? value[name[i], u] : "-"
                print "" } }'
} >"$dir/loss.tsv"
"$carousel" plot "$dir/loss.tsv" --log-y --title "A learning rate too high, with limits on the gradient" --y-axis "loss" \
    >"$dir/loss.svg"
holds "without a limit training breaks off: exit code 76" "$(cat "$dir/free.code")" == 76
holds "with the norm limited it learns" "$(score exact clipped data/src data/trg)" ">=" 95

# The first gradient, by what stands on the diagonal of the recurrent matrix at the start.
printf 'diagonal\tgradient\n' >"$dir/starts.tsv"
for diagonal in 0.6 0.8 1 1.2 1.4; do
    run "start-$diagonal" "irnn:identity=$diagonal,input=0.1" --learn-rate 1e-9 --disp-freq 1u --after 1u
    printf '%s\t%s\n' "$diagonal" "$(curve "start-$diagonal" train gradient_norm | head -n 1)" >>"$dir/starts.tsv"
done
"$carousel" plot "$dir/starts.tsv" --log-y --title "The first gradient, by the start of the recurrent matrix" \
    --x-axis "on its diagonal" --y-axis "norm of the gradient" >"$dir/starts.svg"
norm() { awk -v diagonal="$1" '$1 == diagonal { print $2 }' "$dir/starts.tsv"; }
holds "a start above 1 makes it large before anything was learned" "$(norm 1.4)" ">" "10 * $(norm 1)"
conclude
