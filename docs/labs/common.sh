# Sourced by the labs: where things are, a way to train and test small models, and to assert.
#
#   LAB [DIR]    what the lab makes goes to DIR; build/labs/NAME by default
set -eu
lab=$(basename "$0" .sh)
top=$(cd "$(dirname "$0")/../.." && pwd)
carousel=${CAROUSEL:-$top/build/bin/carousel}
dir=${1:-$top/build/labs/$lab}
CAROUSEL=$carousel
export CAROUSEL
[ -x "$carousel" ] || { echo "$lab: no $carousel; build first, or set CAROUSEL" >&2; exit 66; }
rm -rf "$dir"
mkdir -p "$dir"
tab=$(printf '\t')

# generate TASK FOLDER OPTIONS: a corpus in $dir/FOLDER
generate() {
    task=$1 folder=$dir/$2
    shift 2
    "$carousel" corpus generate "$task" "$folder" --quiet --valid 200 --test 500 "$@"
}

# train NAME SRC TRG OPTIONS: a model in $dir/NAME on train.SRC and train.TRG of a folder, as in data/src
train() {
    name=$1 src=$2 trg=$3
    shift 3
    "$carousel" train --quiet --model "$dir/$name" --overwrite --tokenizer space --max-length 0 --dropout-rnn 0 \
        --train-sets "$dir/$(dirname "$src")/train.$(basename "$src")" "$dir/$(dirname "$trg")/train.$(basename "$trg")" \
        --valid-sets "$dir/$(dirname "$src")/valid.$(basename "$src")" "$dir/$(dirname "$trg")/valid.$(basename "$trg")" \
        --mini-batch 32 --learn-rate 0.003 --dim-emb 32 --dim-rnn 64 --valid-freq 1e "$@"
}

# score METRIC NAME SRC TRG OPTIONS: the percentage of a model on test.SRC and test.TRG
score() {
    metric=$1 name=$2 src=$3 trg=$4
    shift 4
    "$carousel" evaluate --quiet --models "$dir/$name" --metrics "$metric" --test-sets \
        "$dir/$(dirname "$src")/test.$(basename "$src")" "$dir/$(dirname "$trg")/test.$(basename "$trg")" "$@" |
        sed -n '1s/^[a-z ]* = \([0-9.]*\)%.*/\1/p'
}

# parameters CELL: how many a layer of the cell has, of the widths that `train` gives it
parameters() {
    "$carousel" cell info "$1" --dim-emb 32 --dim-rnn 64 | sed -n 's/,//g; s/^\([0-9]*\) parameters.*/\1/p'
}

# curve NAME KIND FIELD: that number of every line of that kind in the model's metrics
curve() {
    grep "\"kind\":\"$2\"" "$dir/$1/metrics.jsonl" | sed -n "s/.*\"$3\":\([0-9.e+-]*\).*/\1/p"
}

failed=0
# holds WHAT A OP B: says whether the conclusion is so; the lab fails at its end if it is not
holds() {
    if awk "BEGIN { exit !(($2) $3 ($4)) }"; then
        echo "holds: $1 ($2 $3 $4)"
    else
        echo "does not hold: $1 ($2 $3 $4)"
        failed=1
    fi
}
conclude() {
    [ "$failed" = 0 ] || exit 1
}
