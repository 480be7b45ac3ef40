# Sourced by the experiments beside it: where things are, options, and tables.
set -eu
experiment=$(basename "$0")
top=$(cd "$(dirname "$0")/.." && pwd)
carousel=${CAROUSEL:-$top/build/bin/carousel}
dir=$top/build/$experiment

# What stands at the head of the experiment.
usage() {
    sed -n '2,/^[^#]/{/^#/!d; s/^# \{0,1\}//; p}' "$0" >&2
    exit 2
}

# takes "NAMES" --NAME VALUE ...: sets $NAME to the value if it is one of the names; false where options end
takes() {
    case ${2---} in
    -- | [!-]*) return 1 ;;
    --*[!a-z-]*) usage ;;
    esac
    case " $1 " in
    *" ${2#--} "*) [ $# -ge 3 ] || usage ;;
    *) usage ;;
    esac
    eval "$(echo "${2#--}" | tr - _)=\$3"
}

# ready: is there a program to experiment with?
ready() {
    [ -x "$carousel" ] || { echo "$experiment: no $carousel; build first, or set CAROUSEL" >&2; exit 66; }
    mkdir -p "$dir"
}

# wide: lines of row, column and value, all columns of a row together, become a line for each row
wide() {
    awk -F '\t' '$1 != last { printf "%s%s", (NR > 1 ? "\n" : ""), $1; last = $1 } { printf "\t%s", $3 } END { print "" }'
}

# markdown FILE.tsv: the table to be read
markdown() {
    sed 's/\t/ | /g; s/^/| /; s/$/ |/; 1{h; s/[^|]\{1,\}/---:/g; x; G}' "$1"
}
