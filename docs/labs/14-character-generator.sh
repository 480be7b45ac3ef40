#!/bin/sh
# One sentence learned letter by letter by fifty rectified units, then said again from its first nine letters.
. "$(dirname "$0")/common.sh"
sentence="a small boat waits by the quiet river until it is day"
echo "$sentence" >"$dir/sentence"
"$carousel" train --quiet --task lm --model "$dir/model" --train-sets "$dir/sentence" --valid-sets "$dir/sentence" \
    --valid-freq 10e --valid-metrics accuracy cross-entropy --tokenizer char --max-length 0 --dec-cell rnn:activation=relu \
    --dim-rnn 50 --dim-emb 28 --dropout-rnn 0 --learn-rate 0.01 --early-stopping 0 --disp-freq 1u --after 100e
{
    printf 'epoch\tloss\n'
    curve model train cross_entropy | awk '{ print NR "\t" $1 }'
} >"$dir/loss.tsv"
"$carousel" plot "$dir/loss.tsv" --log-y --title "Fifty units learn one sentence" --y-axis "cross-entropy a letter" \
    >"$dir/loss.svg"
loss=$(curve model valid cross-entropy | tail -n 1) accuracy=$(curve model valid accuracy | tail -n 1)
echo "loss $loss, accuracy $accuracy"
holds "accuracy as in the notes" "$accuracy" ">=" 0.96
holds "loss as in the notes" "$loss" "<=" 0.06
said=$(echo "a small b" | "$carousel" generate --quiet --models "$dir/model" --length 60)
echo "a small b -> $said"
case $said in
"$sentence") continued=1 ;;
"${sentence#a small b}") continued=1 ;;
*) continued=0 ;;
esac
holds "from nine letters it goes on as the sentence does" "$continued" == 1
conclude
