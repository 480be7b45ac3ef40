#!/bin/sh
# Many to one: what a sentence says, not which words are in it.
. "$(dirname "$0")/common.sh"
generate sentiment data --train 4000
train model data/text data/class --task classify --enc-cell lstm --after 4e --learn-rate 0.005
# Two that know less: the commonest class, and a vote of words (naive Bayes on counts)
usual=$(sort "$dir/data/train.class" | uniq -c | sort -rn | awk 'NR == 1 { print $2 }')
majority=$(awk -v usual="$usual" '{ n += $1 == usual } END { print 100 * n / NR }' "$dir/data/test.class")
words=$(paste "$dir/data/train.class" "$dir/data/train.text" >"$dir/train.tsv"
    paste "$dir/data/test.class" "$dir/data/test.text" >"$dir/test.tsv"
    awk -F '\t' 'FNR == 1 { file++ }
        { n = split($2, w, " ") }
        file == 1 { for (i = 1; i <= n; i++) { c[$1, w[i]]++; all[$1]++ } }
        file == 2 { s = 0
            for (i = 1; i <= n; i++) s += log(((c["positive", w[i]] + 1) / (all["positive"] + 1)) / ((c["negative", w[i]] + 1) / (all["negative"] + 1)))
            right += (s > 0 ? "positive" : "negative") == $1 }
        END { print 100 * right / FNR }' "$dir/train.tsv" "$dir/test.tsv")
model=$(score exact model data/text data/class)
printf 'who\tright classes\ncommonest class\t%s\nvote of words\t%s\nLSTM\t%s\n' "$majority" "$words" "$model" >"$dir/right.tsv"
cat "$dir/right.tsv"
"$carousel" plot "$dir/right.tsv" --bars --title "Praise or not?" --y-axis "right classes (%)" >"$dir/right.svg"
echo "the plot was not great ." | "$carousel" gates --models "$dir/model" --page "$dir/gates.html" >/dev/null
holds "the LSTM is right where the commonest class is not" "$model" ">=" "$majority + 30"
holds "and where words that vote one by one are not" "$model" ">=" "$words + 10"
conclude
