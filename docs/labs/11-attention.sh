#!/bin/sh
# The same lines, with a decoder that may look back at every state of the encoder.
. "$(dirname "$0")/common.sh"
"$top/tools/thought-vector" --dir "$dir" --test 1000 --after 4e
at() { awk -F '\t' -v n="$1" -v c="$2" '$1 == n { print $c }' "$dir/lengths.tsv"; }
holds "twenty letters: attention's remedy" "$(at 20 3)" ">=" "$(at 20 2) + 30"
echo 'a b c d e f g h' | "$carousel" translate --models "$dir/models/attention" --alignment | tee "$dir/alignment"
# Where the decoder looked: letter i of the output is letter 8 - i of the line.
looked=$(sed 's/.*||| //' "$dir/alignment" | tr ' ' '\n' | awk -F - '$1 + $2 == 7 { n++ } END { print n + 0 }')
holds "it looks at the letter that it writes" "$looked" ">=" 6
echo 'a b c d e f g h' | "$carousel" gates --models "$dir/models/attention" --page "$dir/gates.html" >/dev/null
conclude
