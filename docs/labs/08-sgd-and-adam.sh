#!/bin/sh
# Four optimizers, each with the better of two learning rates, on one model and one budget.
. "$(dirname "$0")/common.sh"
generate tags data --train 2000
best() { # NAME OPTIMIZER MOMENTUM RATES: keeps the validation curve of the better rate
    which=$1 optimizer=$2 momentum=$3 least=
    shift 3
    for rate in "$@"; do
        train try data/words data/tags --task tag --enc-cell gru --dim-rnn 32 --dim-emb 16 --optimizer "$optimizer" \
            ${momentum:+--optimizer-params "$momentum"} --learn-rate "$rate" --valid-freq 20u --early-stopping 0 --after 3e
        curve try valid cross-entropy >"$dir/curve"
        end=$(tail -n 1 "$dir/curve")
        if [ -z "$least" ] || awk "BEGIN { exit !($end < $least) }"; then
            least=$end
            mv "$dir/curve" "$dir/$which"
            echo "$rate" >"$dir/$which.rate"
        fi
    done
    echo "$which: $least at the learning rate $(cat "$dir/$which.rate")"
}
best sgd sgd "" 0.3 1
best momentum sgd 0.9 0.1 0.3
best rmsprop rmsprop "" 0.003 0.01
best adam adam "" 0.01 0.03
{
    printf 'update\tsgd\tmomentum\trmsprop\tadam\n'
    paste "$dir/sgd" "$dir/momentum" "$dir/rmsprop" "$dir/adam" | awk '{ print 20 * NR "\t" $0 }'
} >"$dir/optimizers.tsv"
"$carousel" plot "$dir/optimizers.tsv" --log-y --title "Four optimizers, each at its best rate" --x-axis "update" \
    --y-axis "cross-entropy, held out" >"$dir/optimizers.svg"
end() { tail -n 1 "$dir/$1"; }
holds "momentum helps plain descent" "$(end momentum)" "<" "$(end sgd)"
holds "adam ends at half of its loss or less" "$(end adam)" "<" "0.5 * $(end sgd)"
conclude
