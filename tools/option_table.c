#include "tools/option_table.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/config.h"
#include "base/log.h"
#include "corpora/reader.h"
#include "corpora/table.h"
#include "decode/bleu.h"
#include "decode/chrf.h"

enum {
    TRAIN = CAR_FOR_TRAIN,
    TRANSLATE = CAR_FOR_TRANSLATE,
    EVALUATE = CAR_FOR_EVALUATE,
    SCORE = CAR_FOR_SCORE,
    VOCAB = CAR_FOR_VOCAB,
    CELL = CAR_FOR_CELL,
    CORPUS = CAR_FOR_CORPUS,
    BPE = CAR_FOR_BPE,
    TOKENIZE = CAR_FOR_TOKENIZE | CAR_FOR_DETOKENIZE,
    ALL = CAR_FOR_ALL,
    KEPT = CAR_FOR_TRAIN | CAR_FOR_MODEL_FILE,
    SEARCH = CAR_FOR_TRANSLATE | CAR_FOR_EVALUATE,
    GRADIENTS = CAR_FOR_GRADIENTS,
    GATES = CAR_FOR_GATES,
    GENERATE = CAR_FOR_GENERATE,
    CARD = CAR_FOR_CARD,
    PLOT = CAR_FOR_PLOT,
    FORECAST = CAR_FOR_FORECAST,
    BENCH = CAR_FOR_BENCH,
    LEXICON = CAR_FOR_LEXICON,
    SHAPE = CAR_FOR_TRAIN | CAR_FOR_MODEL_FILE | CAR_FOR_BENCH, /* of a translator */
    TABLES =
        CAR_FOR_TRAIN | CAR_FOR_MODEL_FILE | CAR_FOR_EVALUATE | CAR_FOR_FORECAST | CAR_FOR_GRADIENTS | CAR_FOR_GATES,
    READS = CAR_FOR_TRANSLATE | CAR_FOR_EVALUATE | CAR_FOR_SCORE | CAR_FOR_GRADIENTS | CAR_FOR_GENERATE,
    PAIRS = CAR_FOR_CORPUS | CAR_FOR_TRAIN | CAR_FOR_EVALUATE | CAR_FOR_SCORE | CAR_FOR_GRADIENTS | CAR_FOR_LEXICON,
    TEXT_READERS = READS | GATES | CAR_FOR_TRAIN | CAR_FOR_VOCAB | CAR_FOR_TOKENIZE | CAR_FOR_DETOKENIZE | CAR_FOR_BPE |
                   CAR_FOR_CORPUS | LEXICON
};
#define ON_LINE CAR_OPTION_COMMAND_LINE

#define FLAG CAR_OPTION_FLAG
#define COUNT CAR_OPTION_COUNT
#define NUMBER CAR_OPTION_NUMBER
#define TEXT CAR_OPTION_TEXT
#define CHOICE CAR_OPTION_CHOICE
#define LENGTH CAR_OPTION_LENGTH
#define TEXTS CAR_OPTION_TEXTS
#define COUNTS CAR_OPTION_COUNTS
#define NUMBERS CAR_OPTION_NUMBERS
#define MANY 2147483647

#define GENERAL "General options"
#define DATA "Data options"
#define MODEL "Model options"
#define TRAINING "Training options"
#define OPTIMIZER "Optimizer options"
#define VALIDATION "Validation options"
#define SEARCHING "Search options"
#define SCORES "Options of the scores"
#define FIGURES "Options of the figures"
#define AUDIT "Options of corpus audit"
#define PARTS "Options of corpus split and generate"
#define CELLS "Options of cell"
#define CHECKS "Options of cell check"
#define CELL_BENCH "Options of cell bench"
#define CARDS "Options of card"
#define MEASURED "Options of bench"
#define CELL_NEW "Options of cell new"
#define BPE_LEARN "Options of bpe learn"
#define BPE_APPLY "Options of bpe apply"

const car_option_row car_option_table[] = {
    {"help", 'h', FLAG, NULL, 0, 0, "all", GENERAL, "[all]", "print this help", ALL | ON_LINE},
    {"config", 'c', TEXTS, NULL, 0, 0, NULL, GENERAL, "FILE ...", "read options from files", ALL | ON_LINE},
    {"dump-config", 0, FLAG, NULL, 0, 0, NULL, GENERAL, NULL, "print all options as a file for --config and leave",
     ALL | ON_LINE},
    {"cpu-threads", 0, COUNT, "0", 0, 4096, NULL, GENERAL, NULL,
     "threads; 0 is what CAROUSEL_THREADS or OMP_NUM_THREADS says, else all processors", CAR_FOR_THREADS},
    {"log", 0, TEXT, NULL, 0, 0, NULL, GENERAL, "FILE", "add log lines to this file (train: DIR/train.log)", ALL},
    {"log-level", 0, CHOICE, "info", 0, 0, CAR_LOG_LEVELS, GENERAL, NULL, "what is logged", ALL},
    {"quiet", 'q', FLAG, NULL, 0, 0, NULL, GENERAL, NULL, "no log lines on standard error", ALL},
    {"insecure-plugins", 0, FLAG, NULL, 0, 0, NULL, GENERAL, NULL,
     "load cells from files and folders that others may write", TRAIN | CELL | CARD | READS | GATES | FORECAST | BENCH},

    {"train-sets", 't', TEXTS, NULL, 0, 0, NULL, DATA, "SRC TRG ...",
     "parallel text to train on: pairs of files, or tab-separated ones (.tsv); forecast, map: CSV files with a header; "
     "plain, .gz or .zst",
     TRAIN},
    {"tsv", 0, FLAG, NULL, 0, 0, NULL, DATA, NULL, "all sets are tab-separated files, whatever their names", PAIRS},
    {"tsv-columns", 0, COUNTS, "1 2", 1, 1000, NULL, DATA, "SRC TRG", "columns of tab-separated files", PAIRS},
    {"set-weights", 0, NUMBERS, NULL, 0, 1e6, NULL, DATA, "W ...",
     "how often the pairs of each set come in an epoch: 2 is twice, 0.5 a random half, drawn anew for each epoch",
     KEPT},
    {"corpus-memory", 0, COUNT, "1024", 1, 65536, NULL, DATA, "MIB",
     "memory for the training pairs; of more than that, a part at a time is read from a temporary file", KEPT},
    {"tempdir", 0, TEXT, NULL, 0, 0, NULL, DATA, "DIR", "folder for that file; by default that of the model", TRAIN},
    {"utf8", 0, CHOICE, "error", 0, 0, CAR_UTF8_POLICIES, DATA, NULL,
     "lines that are not UTF-8 or hold NUL: refuse them, put U+FFFD, or leave them out", TEXT_READERS},
    {"max-line-bytes", 0, COUNT, "1048576", 1, MANY, NULL, DATA, NULL,
     "longer lines are refused, or left out if --utf8 is not error", TEXT_READERS},
    {"missing", 0, CHOICE, "error", 0, 0, CAR_MISSING_POLICIES, DATA, NULL,
     "values missing from CSV files: refuse them, take the one of the row before, or leave out windows that hold one",
     TABLES},
    {"vocabs", 'v', TEXTS, NULL, 0, 0, NULL, DATA, "SRC TRG",
     "vocabulary files, also of Marian, OpenNMT-py, fairseq, Sockeye or JoeyNMT; by default they are made from the "
     "training text; the same file twice is a joint vocabulary",
     TRAIN},
    {"dim-vocabs", 0, COUNTS, "0 0", 0, 1 << 24, NULL, DATA, "N [N]", "size of the vocabularies; 0: no limit", KEPT},
    {"min-count", 0, COUNTS, "1", 1, MANY, NULL, DATA, "N [N]", "leave out of vocabularies what is rarer", KEPT},
    {"tokenizer", 0, TEXTS, "word", 0, 0, NULL, DATA, "NAME [NAME]",
     "how text is cut: word, char, byte, space or sentencepiece", KEPT},
    {"bpe-symbols", 0, COUNTS, NULL, 0, MANY, NULL, DATA, "N [N]",
     "cut further by byte pair encoding: learn so many merges from the training text, of both sides together, or with "
     "two numbers of each",
     KEPT},
    {"bpe-codes", 0, TEXTS, NULL, 0, 0, NULL, DATA, "FILE [FILE]", "instead: merges from a file of bpe learn", TRAIN},
    {"bpe-dropout", 0, NUMBERS, "0", 0, 1, NULL, DATA, "P [P]",
     "cut the training text anew each time it is read, passing over each merge with this probability: 0.1 is usual",
     KEPT},
    {"byte-fallback", 0, FLAG, "true", 0, 0, NULL, DATA, NULL,
     "with byte pair encoding: write what the vocabulary lacks as bytes, so that nothing is unknown", KEPT},
    {"sentencepiece-model", 0, TEXTS, NULL, 0, 0, NULL, DATA, "FILE [FILE]",
     "for the tokenizer sentencepiece: its .model, which is kept in the model file", TRAIN},
    {"normalization", 0, TEXTS, "nfc", 0, 0, NULL, DATA, "NAME [NAME]",
     "Unicode form of the text: nfc, nfkc, nfkc-casefold or none", KEPT},
    {"case", 0, TEXTS, "keep", 0, 0, NULL, DATA, "NAME [NAME]",
     "capital letters: keep them, lower (they do not come back), or mark: small letters behind a mark of their own",
     KEPT},
    {"max-length", 0, COUNT, "50", 0, 65535, NULL, DATA, NULL,
     "leave out training pairs with more pieces on a side; 0: no limit", KEPT},
    {"max-ratio", 0, NUMBER, "0", 0, 1e6, NULL, DATA, NULL,
     "leave out training pairs with more pieces on one side for each of the other; 0: no limit", KEPT},
    {"max-length-crop", 0, FLAG, NULL, 0, 0, NULL, DATA, NULL, "cut longer sides instead of leaving them out", KEPT},

    {"model", 'm', TEXT, NULL, 0, 0, NULL, MODEL, "DIR", "folder to keep the model in", TRAIN},
    {"overwrite", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL, "train anew in a folder that holds a model", TRAIN | ON_LINE},
    {"resume", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL,
     "go on from the last checkpoint in DIR, with the options it was trained with", TRAIN | ON_LINE},
    {"models", 'm', TEXTS, NULL, 0, 0, NULL, MODEL, "MODEL ...",
     "model: a folder of train, or a file in it; several vote, by the weighted mean of their log-probabilities",
     TRANSLATE | SCORE | GENERATE},
    {"weights", 0, NUMBERS, NULL, 1e-6, 1e6, NULL, MODEL, "W ...", "of several models; by default 1/n for each",
     TRANSLATE | SCORE | EVALUATE | GENERATE},
    {"models", 'm', TEXTS, NULL, 0, 0, NULL, MODEL, "MODEL ...", "models: folders of train, or files in them",
     EVALUATE},
    {"ensemble", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL,
     "also of all models together, which vote by the weighted mean of their log-probabilities", EVALUATE},
    {"models", 'm', TEXTS, NULL, 0, 0, NULL, MODEL, "MODEL", "model: a folder of train, or a file in it",
     GRADIENTS | GATES | FORECAST | LEXICON},
    {"task", 0, CHOICE, "translate", 0, 0, "translate|tag|classify|lm|forecast|map", MODEL, NULL,
     "what the target is to the source: a translation, a tag for each word, or the class of the line; to tag or "
     "classify there is no decoder, and its options do nothing; lm: a language model of text without a source (one "
     "file is a set), which has no encoder and no attention; forecast, map: sets are CSV files of numbers, the target "
     "the rows that follow, or other columns of the row",
     KEPT},
    {"source-vectors", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL,
     "translate, classify: the source is no text; each line is a vector of numbers, which the encoder reads as one "
     "step",
     KEPT},
    {"inputs", 0, TEXTS, NULL, 0, 0, NULL, MODEL, "COLUMN ...",
     "forecast, map: columns to read; by default all, of map all but the targets", KEPT},
    {"targets", 0, TEXTS, NULL, 0, 0, NULL, MODEL, "COLUMN ...",
     "forecast, map: columns to predict; by default, of forecast, all that are read", KEPT},
    {"lookback", 0, COUNT, "24", 1, 1000000, NULL, MODEL, "ROWS", "forecast: rows to read before those to predict",
     KEPT},
    {"horizon", 0, COUNT, "1", 1, 1000000, NULL, MODEL, "ROWS", "forecast: rows to predict at once", KEPT},
    {"season", 0, COUNT, "1", 1, 1000000, NULL, MODEL, "ROWS",
     "forecast: after how many rows the series repeats itself, for the naive forecasts that errors are measured by; "
     "1: it does not",
     KEPT},
    {"dim-emb", 0, COUNT, "256", 1, 65536, NULL, MODEL, NULL, "width of the embeddings", SHAPE | CELL},
    {"dim-rnn", 0, COUNT, "256", 1, 65536, NULL, MODEL, NULL,
     "width of the decoder; of the encoder, both directions together", SHAPE | CELL},
    {"enc-cell", 0, TEXT, "gru", 0, 0, NULL, MODEL, "CELL",
     "cell of the encoder, such as lstm or rnn:activation=relu; `carousel cell list` names all", SHAPE},
    {"dec-cell", 0, TEXT, "gru", 0, 0, NULL, MODEL, "CELL", "cell of the decoder", SHAPE},
    {"enc-type", 0, CHOICE, "bidirectional", 0, 0, "bidirectional|unidirectional|reverse", MODEL, NULL,
     "how the encoder reads", SHAPE},
    {"enc-depth", 0, COUNT, "1", 1, 64, NULL, MODEL, NULL, "layers of the encoder", SHAPE},
    {"dec-depth", 0, COUNT, "1", 1, 64, NULL, MODEL, NULL, "layers of the decoder", SHAPE},
    {"skip", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL, "residual connections around the layers", SHAPE},
    {"attention", 0, CHOICE, "additive", 0, 0, "none|dot|general|additive", MODEL, NULL,
     "how the decoder looks at the source", SHAPE},
    {"input-feeding", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL, "the decoder also reads its last attention", SHAPE},
    {"context", 0, CHOICE, "initial", 0, 0, "initial|every", MODEL, NULL,
     "give the decoder the encoder's summary as first state only, or at every step too", SHAPE},
    {"tied-embeddings", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL, "target embeddings are the output matrix", SHAPE},
    {"tied-embeddings-src", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL, "source and target embeddings are one", SHAPE},
    {"tied-embeddings-all", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL, "all three are one", SHAPE},
    {"init", 0, CHOICE, "glorot", 0, 0, "glorot|he", MODEL, NULL, "starting values of the input matrices", SHAPE},
    {"layer-normalization", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL,
     "normalise every product that enters a gate of a cell", SHAPE},
    {"batch-normalization", 0, FLAG, NULL, 0, 0, NULL, MODEL, NULL,
     "normalise the product of a layer's input that enters a gate, every unit over the words of 16 pairs", SHAPE},

    {"after", 0, LENGTH, "0", 0, 0, NULL, TRAINING, NULL, "train so long: 10e (epochs), 5Ku (updates), 9Mt (words)",
     TRAIN},
    {"after-epochs", 'e', COUNT, "0", 0, MANY, NULL, TRAINING, NULL, "train so many epochs; 0: no limit", TRAIN},
    {"after-batches", 0, COUNT, "0", 0, MANY, NULL, TRAINING, NULL, "train so many updates; 0: no limit", TRAIN},
    {"mini-batch", 0, COUNT, "64", 1, 65536, NULL, TRAINING, NULL, "pairs of a minibatch", SHAPE},
    {"mini-batch-words", 0, COUNT, "0", 0, MANY, NULL, TRAINING, NULL, "instead: target words of a minibatch", KEPT},
    {"maxi-batch", 0, COUNT, "100", 1, 65536, NULL, TRAINING, NULL, "minibatches that are sorted by length together",
     KEPT},
    {"bptt", 0, COUNT, "0", 0, 1 << 24, NULL, TRAINING, "N",
     "of a language model: read the text as one, line after line, in --mini-batch streams; backpropagate through "
     "windows of N pieces, and carry the states on from window to window; 0: lines know nothing of each other",
     KEPT},
    {"precision", 0, CHOICE, "fp32", 0, 0, "fp32|bf16", TRAINING, NULL,
     "factors of matrix products: fp32, or bf16, rounded to 8 bits and added up in fp32, which is faster where the "
     "processor can; weights, states and the softmax stay fp32",
     SHAPE},
    {"dropout-rnn", 0, NUMBER, "0.1", 0, 0.99, NULL, TRAINING, NULL, "dropout of the inputs of all layers", SHAPE},
    {"dropout-state", 0, NUMBER, "0", 0, 0.99, NULL, TRAINING, NULL,
     "recurrent dropout: of states where they enter a product, the same units at all steps of a sentence", KEPT},
    {"zoneout", 0, NUMBERS, "0", 0, 0.99, NULL, TRAINING, "P [P]",
     "share of units that keep their value in a step: of the cells' outputs, and of their other states", SHAPE},
    {"clip-gates", 0, NUMBER, "0", 0, 1e30, NULL, TRAINING, NULL,
     "keep the gradient at every gate within this, inside the layers; 0: do not", SHAPE},
    {"label-smoothing", 0, NUMBER, "0", 0, 0.99, NULL, TRAINING, NULL, "share of the probability given to all words",
     SHAPE},
    {"seed", 0, COUNT, "1", 0, 9e15, NULL, TRAINING, NULL, "starting point of all that is random", KEPT},
    {"disp-freq", 0, LENGTH, "100u", 0, 0, NULL, TRAINING, NULL, "how often progress is logged", TRAIN},
    {"gradients-freq", 0, LENGTH, "0", 0, 0, NULL, TRAINING, NULL,
     "how often to measure how far back gradients reach, on pairs of the minibatch, into metrics.jsonl; 0: never",
     TRAIN},
    {"save-freq", 0, LENGTH, "1000u", 0, 0, NULL, TRAINING, NULL, "how often a checkpoint is kept", TRAIN},
    {"keep-last", 0, COUNT, "3", 0, MANY, NULL, TRAINING, NULL, "checkpoints to keep, besides the best; 0: all", TRAIN},
    {"max-bad-updates", 0, COUNT, "5", 1, MANY, NULL, TRAINING, NULL,
     "give up after so many updates in a row without a finite gradient", TRAIN},

    {"optimizer", 'o', CHOICE, "adam", 0, 0, "sgd|rmsprop|adam", OPTIMIZER, NULL, "how gradients become steps", KEPT},
    {"optimizer-params", 0, NUMBERS, NULL, 0, 1, NULL, OPTIMIZER, NULL,
     "sgd: momentum (0); rmsprop: decay (0.9), epsilon; adam: beta1 (0.9), beta2 (0.999), epsilon (1e-8)", KEPT},
    {"learn-rate", 'l', NUMBER, "0.001", 1e-30, 1e6, NULL, OPTIMIZER, NULL, "learning rate", KEPT},
    {"lr-warmup", 0, COUNT, "0", 0, MANY, NULL, OPTIMIZER, "UPDATES", "let it rise linearly for so long", KEPT},
    {"lr-decay", 0, NUMBER, "0", 0, 1, NULL, OPTIMIZER, NULL, "factor to lower it by; 0: never", KEPT},
    {"lr-decay-strategy", 0, CHOICE, "epoch", 0, 0, "epoch|batches|stalled", OPTIMIZER, NULL,
     "lower it by the number of epochs, of updates, or of validations without a new best", KEPT},
    {"lr-decay-start", 0, COUNT, "1", 1, MANY, NULL, OPTIMIZER, NULL, "lower it from there on", KEPT},
    {"lr-decay-freq", 0, COUNT, "1", 1, MANY, NULL, OPTIMIZER, NULL, "and again every so many epochs or updates", KEPT},
    {"lr-decay-inv-sqrt", 0, COUNT, "0", 0, MANY, NULL, OPTIMIZER, "UPDATES",
     "after so many, let it fall as 1/sqrt(updates); 0: do not", KEPT},
    {"clip-norm", 0, NUMBER, "1", 0, 1e30, NULL, OPTIMIZER, NULL, "largest norm of the gradient; 0: no limit", KEPT},
    {"clip-value", 0, NUMBER, "0", 0, 1e30, NULL, OPTIMIZER, NULL, "largest element of the gradient; 0: no limit",
     KEPT},

    {"valid-sets", 0, TEXTS, NULL, 0, 0, NULL, VALIDATION, "SRC TRG ...", "parallel text to validate with", TRAIN},
    {"valid-freq", 0, LENGTH, "1000u", 0, 0, NULL, VALIDATION, NULL, "how often to validate", TRAIN},
    {"valid-metrics", 0, TEXTS, "cross-entropy", 0, 0, NULL, VALIDATION, "NAME ...",
     "what to measure: cross-entropy, perplexity, accuracy, bleu, chrf, exact; of tables mse (of scaled numbers, the "
     "usual one there), mae, rmse, mase; the first decides what is best",
     TRAIN},
    {"valid-mini-batch", 0, COUNT, "32", 1, 65536, NULL, VALIDATION, NULL, "sentences validated side by side", TRAIN},
    {"early-stopping", 0, COUNT, "10", 0, MANY, NULL, VALIDATION, NULL,
     "stop after so many validations without a new best; 0: do not", TRAIN},
    {"beam-size", 'b', COUNT, "1", 1, 1000, NULL, VALIDATION, NULL, "hypotheses kept while translating to validate",
     TRAIN},

    {"input", 'i', TEXT, "-", 0, 0, NULL, DATA, "FILE", "text to translate, one sentence a line; -: standard input",
     TRANSLATE | GATES},
    {"input", 'i', TEXT, "-", 0, 0, NULL, DATA, "FILE", "lines that begin the texts; -: standard input", GENERATE},
    {"lines", 0, COUNT, "0", 0, MANY, NULL, DATA, NULL, "read nothing, and write so many texts from nothing", GENERATE},
    {"input", 'i', TEXT, "-", 0, 0, NULL, DATA, "FILE",
     "CSV file with a header: forecast goes on from its last rows, a map takes each row; -: standard input", FORECAST},
    {"output", 0, TEXT, "-", 0, 0, NULL, DATA, "FILE", "where the translations go; -: standard output", TRANSLATE},
    {"test-sets", 't', TEXTS, NULL, 0, 0, NULL, DATA, "SRC TRG ...", "parallel text to test the models with", EVALUATE},
    {"hypothesis", 0, TEXTS, NULL, 0, 0, NULL, DATA, "FILE ...", "instead of models: translations to score", EVALUATE},
    {"source", 0, TEXT, NULL, 0, 0, NULL, DATA, "FILE", "with --hypothesis: what was translated, for --by-length",
     EVALUATE},
    {"reference", 'r', TEXTS, NULL, 0, 0, NULL, DATA, "FILE ...",
     "with --hypothesis: one or more translations of each line", EVALUATE},
    {"sets", 't', TEXTS, NULL, 0, 0, NULL, DATA, "SRC TRG ...", "parallel text to score", SCORE},
    {"sets", 't', TEXTS, NULL, 0, 0, NULL, DATA, "SRC TRG ...", "parallel text to send through the model", GRADIENTS},
    {"sets", 't', TEXTS, NULL, 0, 0, NULL, DATA, "SRC TRG ...", "parallel text to learn from", LEXICON},
    {"best", 0, COUNT, "100", 1, 65535, NULL, DATA, NULL, "most translations of a source word in the table", LEXICON},

    {"beam-size", 'b', COUNT, "0", 0, 1000, NULL, SEARCHING, NULL,
     "hypotheses kept side by side; 0: 6, or 1 if words are drawn", SEARCH},
    {"beam-size", 'b', COUNT, "1", 1, 1000, NULL, SEARCHING, NULL,
     "texts kept side by side, of which the likeliest is written", GENERATE},
    {"length", 0, COUNT, "0", 0, 1 << 24, NULL, SEARCHING, "N",
     "most pieces to write behind a beginning; 0: to the end of the line, 1000 at most; of a model of continuous text "
     "(--bptt) just so many, over ends of lines",
     GENERATE},
    {"normalize", 'n', NUMBER, "0.6", 0, 100, NULL, SEARCHING, NULL,
     "divide log-probabilities by length to this power; 0: do not", SEARCH | GENERATE},
    {"max-length-factor", 0, NUMBER, "3", 0.01, 1000, NULL, SEARCHING, NULL,
     "longest translation, in words for a word of the source", SEARCH},
    {"coverage-penalty", 0, NUMBER, "0", 0, 1000, NULL, SEARCHING, NULL,
     "lower the scores of translations that did not look at all of the source by so much; 0: do not", SEARCH},
    {"min-length", 0, COUNT, "0", 0, 65535, NULL, SEARCHING, NULL, "shortest translation, in pieces",
     SEARCH | GENERATE},
    {"no-repeat-ngram", 0, COUNT, "0", 0, 65535, NULL, SEARCHING, NULL,
     "so many pieces that stood together in a translation do not do so again in it; 0: they may", SEARCH | GENERATE},
    {"shortlist", 0, TEXTS, NULL, 0, 0, NULL, SEARCHING, "FILE [FIRST BEST]",
     "translate only with the FIRST (100) most frequent words and the BEST (20) likeliest translations of each source "
     "word, by a table of `carousel lexicon`",
     SEARCH},
    {"allow-unk", 0, FLAG, NULL, 0, 0, NULL, SEARCHING, NULL, "<unk> may be produced", TRANSLATE | GENERATE},
    {"replace-unk", 0, FLAG, NULL, 0, 0, NULL, SEARCHING, NULL,
     "and is replaced by the piece of the source that was looked at most", TRANSLATE},
    {"force-decode", 0, FLAG, NULL, 0, 0, NULL, SEARCHING, NULL,
     "lines are SOURCE<TAB>PREFIX: the translation begins with the prefix", TRANSLATE},
    {"output-sampling", 0, TEXTS, NULL, 0, 0, NULL, SEARCHING, "full|topk N|topp P",
     "draw words instead of searching: from all, from the N likeliest, from the likeliest that together have "
     "probability P; --beam-size is how many translations are drawn",
     TRANSLATE | GENERATE},
    {"temperature", 0, NUMBER, "1", 0.01, 100, NULL, SEARCHING, NULL,
     "divide logits by it before drawing: below 1 likely words become likelier", TRANSLATE | GENERATE},
    {"seed", 0, COUNT, "1", 0, 9e15, NULL, SEARCHING, NULL, "starting point of what is drawn", TRANSLATE | GENERATE},
    {"n-best", 0, FLAG, NULL, 0, 0, NULL, SEARCHING, NULL,
     "print all hypotheses: number ||| text ||| F0= log-probability ||| score", TRANSLATE},
    {"alignment", 0, FLAG, NULL, 0, 1, "hard|soft", SEARCHING, "[hard|soft|P]",
     "after the text, ||| and for each word the source word it looked at most: 0-0 1-2; or all it looked at with more "
     "than P; or all attention, a,b,c for each word",
     TRANSLATE},
    {"word-scores", 0, FLAG, NULL, 0, 0, NULL, SEARCHING, NULL,
     "after that, ||| WordScores= and the log-probability of each piece and of the end", TRANSLATE},
    {"output-format", 0, CHOICE, "text", 0, 0, "text|json", SEARCHING, NULL,
     "lines of text, or a JSON object for each line with all that is known", TRANSLATE},
    {"mini-batch", 0, COUNT, "64", 1, 65536, NULL, SEARCHING, NULL, "sentences side by side", READS},
    {"precision", 0, CHOICE, "fp32", 0, 0, "fp32|bf16", SEARCHING, NULL,
     "factors of matrix products, whatever precision the model was trained with: fp32, or bf16, which is faster where "
     "the processor can",
     CAR_FOR_PRECISION & ~(TRAIN | BENCH)},
    {"line-buffered", 0, FLAG, NULL, 0, 0, NULL, SEARCHING, NULL,
     "translate and print each line alone, even if more are there", TRANSLATE},

    {"metrics", 0, TEXTS, "bleu chrf exact accuracy", 0, 0, NULL, SCORES, "NAME ...",
     "what to measure: bleu, chrf, chrf++, ter, wer, cer, exact, accuracy; of language models perplexity, "
     "cross-entropy, bits (of a character), accuracy",
     EVALUATE},
    {"lowercase", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL, "BLEU, chrF and error rates without regard to case",
     EVALUATE},
    {"tokenize", 0, CHOICE, "13a", 0, 0, "13a|none|char|intl|zh", SCORES, NULL, "tokenization of BLEU, as sacreBLEU's",
     EVALUATE},
    {"smooth", 0, CHOICE, "exp", 0, 0, "exp|floor|add-k|none", SCORES, NULL,
     "what BLEU does about an n without a matching n-gram", EVALUATE},
    {"smooth-value", 0, NUMBER, "-1", -1, 1e9, NULL, SCORES, NULL, "of floor and add-k; -1: 0.1 and 1", EVALUATE},
    {"effective-order", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL,
     "BLEU leaves out an n for which lines are too short; for --sentence-level", EVALUATE},
    {"max-ngram-order", 0, COUNT, "4", 1, CAR_BLEU_ORDER_MAX, NULL, SCORES, NULL, "longest n-gram of BLEU", EVALUATE},
    {"chrf-char-order", 0, COUNT, "6", 1, CAR_CHRF_ORDER_MAX, NULL, SCORES, NULL, "longest character n-gram of chrF",
     EVALUATE},
    {"chrf-word-order", 0, COUNT, "0", 0, CAR_CHRF_ORDER_MAX, NULL, SCORES, NULL,
     "longest word n-gram of chrF; chrf++ is chrf with 2", EVALUATE},
    {"chrf-beta", 0, COUNT, "2", 1, 100, NULL, SCORES, NULL, "weight of recall in chrF", EVALUATE},
    {"chrf-whitespace", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL, "white space counts in chrF", EVALUATE},
    {"chrf-eps-smoothing", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL,
     "chrF averages over all n, also those for which there is no n-gram", EVALUATE},
    {"ter-case-sensitive", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL, "TER does not lower-case", EVALUATE},
    {"ter-normalized", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL, "TER parts punctuation from words", EVALUATE},
    {"ter-no-punct", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL, "TER takes out punctuation", EVALUATE},
    {"ter-asian-support", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL,
     "for these two, TER knows Chinese and Japanese characters", EVALUATE},
    {"sentence-level", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL, "the scores of each line, with tabs between", EVALUATE},
    {"by-length", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL, "also the scores by length of the source in words",
     EVALUATE},
    {"confidence", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL, "intervals that hold 95 % of bootstrap samples", EVALUATE},
    {"paired", 0, CHOICE, "none", 0, 0, "none|bootstrap|randomisation", SCORES, NULL,
     "compare each system with the first, or with --baseline: is the difference chance?", EVALUATE},
    {"baseline", 0, TEXT, NULL, 0, 0, NULL, SCORES, "FILE", "translations to compare all systems with", EVALUATE},
    {"samples", 0, COUNT, "0", 0, 10000000, NULL, SCORES, NULL,
     "how many; 0: 1000 of bootstrap, 10000 of randomisation", EVALUATE},
    {"seed", 0, COUNT, "12345", 0, 9e15, NULL, SCORES, NULL, "starting point of the samples", EVALUATE},
    {"json", 0, FLAG, NULL, 0, 0, NULL, SCORES, NULL, "print one JSON object with all digits", EVALUATE},

    {"of", 0, CHOICE, "last-loss", 0, 0, "last-loss|loss|last-output", FIGURES, NULL,
     "measure gradients of the loss at a sentence's last step, of its whole loss, or of a layer's last output",
     GRADIENTS},
    {"table", 0, TEXT, NULL, 0, 0, NULL, FIGURES, "FILE", "write all numbers, tab-separated", GRADIENTS | GATES},
    {"figure", 0, TEXT, NULL, 0, 0, NULL, FIGURES, "FILE", "draw them, as SVG", GRADIENTS},
    {"title", 0, TEXT, NULL, 0, 0, NULL, FIGURES, "TEXT", "what stands above the axes", PLOT},
    {"x-axis", 0, TEXT, NULL, 0, 0, NULL, FIGURES, "TEXT", "what stands below them; else the head of the first column",
     PLOT},
    {"y-axis", 0, TEXT, NULL, 0, 0, NULL, FIGURES, "TEXT", "what stands beside them", PLOT},
    {"log-x", 0, FLAG, NULL, 0, 0, NULL, FIGURES, NULL, "powers of ten to the right", PLOT},
    {"log-y", 0, FLAG, NULL, 0, 0, NULL, FIGURES, NULL, "powers of ten upwards", PLOT},
    {"from-zero", 0, FLAG, NULL, 0, 0, NULL, FIGURES, NULL, "let the axis upwards begin at 0", PLOT},
    {"points", 0, TEXTS, NULL, 0, 0, NULL, FIGURES, "COLUMN ...", "draw these as marks without a line", PLOT},
    {"bars", 0, FLAG, NULL, 0, 0, NULL, FIGURES, NULL, "the first column holds names; draw bars over each", PLOT},
    {"page", 0, TEXT, NULL, 0, 0, NULL, FIGURES, "FILE", "draw every gate and state of every unit, as an HTML page",
     GATES},

    {"convert", 0, TEXT, NULL, 0, 0, NULL, DATA, "FILE",
     "instead of making one of text: read a vocabulary of Marian, OpenNMT-py, fairseq, Sockeye or JoeyNMT", VOCAB},
    {"dim-vocabs", 0, COUNT, "0", 0, 1 << 24, NULL, DATA, NULL, "size of the vocabulary; 0: no limit", VOCAB},
    {"min-count", 0, COUNT, "1", 1, MANY, NULL, DATA, NULL, "leave out what is rarer", VOCAB},
    {"tokenizer", 0, TEXT, "word", 0, 0, NULL, DATA, "NAME",
     "how text is cut: word, char, byte, space or sentencepiece", VOCAB | TOKENIZE},
    {"bpe-symbols", 0, COUNT, "0", 0, MANY, NULL, DATA, NULL, "cut further by so many merges of byte pair encoding",
     VOCAB},
    {"bpe-codes", 0, TEXT, NULL, 0, 0, NULL, DATA, "FILE", "instead: merges from a file of bpe learn", VOCAB},
    {"bpe-codes", 0, TEXT, NULL, 0, 0, NULL, DATA, "FILE", "cut further by the merges in a file of bpe learn",
     TOKENIZE},
    {"byte-fallback", 0, FLAG, "true", 0, 0, NULL, DATA, NULL, "with byte pair encoding: have the bytes in it", VOCAB},
    {"sentencepiece-model", 0, TEXT, NULL, 0, 0, NULL, DATA, "FILE", "for the tokenizer sentencepiece: its .model",
     VOCAB | TOKENIZE},
    {"normalization", 0, TEXT, "nfc", 0, 0, NULL, DATA, "NAME",
     "Unicode form of the text: nfc, nfkc, nfkc-casefold or none", VOCAB | TOKENIZE},
    {"case", 0, TEXT, "keep", 0, 0, NULL, DATA, "NAME",
     "capital letters: keep them, lower (they do not come back), or mark: small letters behind a mark of their own",
     VOCAB | TOKENIZE},
    {"vocab", 0, TEXT, NULL, 0, 0, NULL, DATA, "FILE",
     "instead of all these: the tokenizer of a vocabulary, such as MODEL/vocab.src, limited to its pieces", TOKENIZE},

    {"test-sets", 't', TEXTS, NULL, 0, 0, NULL, AUDIT, "SRC TRG ...", "test sets, to be looked for in the text",
     CORPUS},
    {"json", 0, FLAG, NULL, 0, 0, NULL, AUDIT, NULL, "print one JSON object", CORPUS},

    {"train", 0, COUNT, "0", 0, MANY, NULL, PARTS, NULL,
     "pairs to train with; 0: generate makes 20000, split takes all that are left", CORPUS},
    {"valid", 0, COUNT, "1000", 0, MANY, NULL, PARTS, NULL, "pairs to validate with", CORPUS},
    {"test", 0, COUNT, "1000", 0, MANY, NULL, PARTS, NULL, "pairs to test with", CORPUS},
    {"seed", 0, COUNT, "1", 0, 9e15, NULL, PARTS, NULL, "starting point of what is drawn", CORPUS},
    {"suffixes", 0, TEXTS, NULL, 0, 0, NULL, PARTS, "SRC TRG",
     "split: ends of the written files' names; by default those of the text, or src and trg", CORPUS},
    {"difficulty", 0, COUNT, "0", 0, MANY, NULL, PARTS, NULL,
     "generate: how hard the task is, in a measure of its own (`carousel corpus generate`); 0: its usual one", CORPUS},
    {"languages", 0, TEXTS, NULL, 0, 0, NULL, PARTS, "NAME ...",
     "generate: of dates and numbers: codes such as en or pt_BR; of transliteration: a script such as Greek", CORPUS},

    {"json", 0, FLAG, NULL, 0, 0, NULL, CELLS, NULL, "list, info, bench, check: print one JSON object", CELL},
    {"twin", 0, TEXT, NULL, 0, 0, NULL, CHECKS, "FILE",
     "the same cell with 64-bit reals, which gradients are checked with; by default it is looked for in the folder of "
     "FILE.so with 64 behind its name, in a folder 64 in it, and as NAME64.so",
     CELL},
    {"only", 0, TEXTS, NULL, 0, 0, NULL, CHECKS, "ID ...", "only these checks, or groups of them", CELL},
    {"seed", 0, COUNT, "1", 0, 9e15, NULL, CHECKS, NULL, "starting point of all that is drawn", CELL},
    {"timeout", 0, NUMBER, "10", 1, 1e6, NULL, CHECKS, "SECONDS",
     "processor time after which a check of one choice of options has failed", CELL},
    {"list", 0, FLAG, NULL, 0, 0, NULL, CHECKS, NULL, "list the checks instead", CELL},
    {"only", 0, TEXTS, NULL, 0, 0, NULL, CARDS, "TASK ...", "only these tasks", CARD},
    {"seeds", 0, COUNT, "0", 0, 1000, NULL, CARDS, NULL,
     "how often each task is learnt, each time anew; 0: 5 times, or with --quick once", CARD},
    {"quick", 0, FLAG, NULL, 0, 0, NULL, CARDS, NULL, "only the shortest tasks, unless --only names others", CARD},
    {"json", 0, FLAG, NULL, 0, 0, NULL, CARDS, NULL, "print one JSON object with all digits and every run", CARD},
    {"markdown", 0, TEXT, NULL, 0, 0, NULL, CARDS, "FILE", "write a page in Markdown", CARD},
    {"rows", 0, COUNT, "64", 1, 65536, NULL, CELL_BENCH, NULL, "sequences side by side", CELL},
    {"steps", 0, COUNT, "25", 1, 65535, NULL, CELL_BENCH, NULL, "steps of each", CELL},
    {"seconds", 0, NUMBER, "1", 0, 1e6, NULL, CELL_BENCH, NULL, "how long to measure each cell and the lstm in turn",
     CELL},
    {"only", 0, TEXTS, NULL, 0, 0, NULL, MEASURED, "PART ...",
     "measure only these of roof, products, cells, training, decoding; training and decoding are of the model that the "
     "model and training options describe",
     BENCH},
    {"json", 0, FLAG, NULL, 0, 0, NULL, MEASURED, NULL, "print one JSON object with all that was measured", BENCH},
    {"seconds", 0, NUMBER, "0.1", 0, 1e6, NULL, MEASURED, NULL,
     "how long to measure each product and cell, five times at least; a model ten times as long", BENCH},
    {"dims", 0, COUNTS, "128 256 512 1024", 1, 65536, NULL, MEASURED, "N ...", "widths of products and cells", BENCH},
    {"cells", 0, TEXTS, "rnn lstm peephole coupled gru", 0, 0, NULL, MEASURED, "CELL ...", "cells to measure alone",
     BENCH},
    {"rows", 0, COUNT, "64", 1, 65536, NULL, MEASURED, NULL, "of products and cells: sequences side by side", BENCH},
    {"steps", 0, COUNT, "25", 1, 65535, NULL, MEASURED, NULL, "steps of each", BENCH},
    {"dim-vocabs", 0, COUNTS, "8000", 10, 1 << 24, NULL, MEASURED, "N [N]", "words of the model's vocabularies", BENCH},
    {"length", 0, COUNT, "14", 2, 65535, NULL, MEASURED, NULL,
     "words of the sentences, with their end: of each target, and on average of the sources", BENCH},

    {"from", 0, CHOICE, "one-stage", 0, 0, "one-stage|two-stage|options|weights", CELL_NEW, "KIND",
     "the cell to begin with: its gates all at once or some waiting for others, with options of its own, or with "
     "element-wise weights",
     CELL},

    {"symbols", 's', COUNT, "10000", 0, MANY, NULL, BPE_LEARN, NULL, "merges to learn", BPE},
    {"min-frequency", 0, COUNT, "2", 1, MANY, NULL, BPE_LEARN, NULL, "stop when no pair occurs so often", BPE},
    {"total-symbols", 0, FLAG, NULL, 0, 0, NULL, BPE_LEARN, NULL, "let --symbols count the characters too", BPE},
    {"dict-input", 0, FLAG, NULL, 0, 0, NULL, BPE_LEARN, NULL, "the input is words with their counts, as of bpe vocab",
     BPE},
    {"codes", 0, TEXT, NULL, 0, 0, NULL, BPE_APPLY, "FILE", "merges, as bpe learn or subword-nmt wrote them", BPE},
    {"merges", 0, COUNT, "-1", -1, MANY, NULL, BPE_APPLY, NULL, "only the first so many of them; -1: all", BPE},
    {"separator", 0, TEXT, "@@", 0, 0, NULL, BPE_APPLY, "TEXT", "what stands behind all pieces of a word but the last",
     BPE},
    {"vocabulary", 0, TEXT, NULL, 0, 0, NULL, BPE_APPLY, "FILE",
     "undo merges that lead to pieces which are not in this file of bpe vocab", BPE},
    {"vocabulary-threshold", 0, COUNT, "0", 0, MANY, NULL, BPE_APPLY, NULL, "or which occur there less often", BPE},
    {"glossaries", 0, TEXTS, NULL, 0, 0, NULL, BPE_APPLY, "REGEX ...",
     "leave whole what matches one of these, if that is soon found", BPE},
    {"dropout", 0, NUMBER, "0", 0, 1, NULL, BPE_APPLY, "P", "pass over merges with this probability, for training text",
     BPE},
    {"seed", 0, COUNT, "1", 0, 9e15, NULL, BPE_APPLY, NULL, "starting point of the dropout", BPE},

    {.name = NULL}};

const char *car_options_side(const car_options *options, const char *name, int side)
{
    return car_options_texts(options, name, car_options_texts_count(options, name) > 1 ? side : 0);
}

int64_t car_options_side_count(const car_options *options, const char *name, int side)
{
    return car_options_counts(options, name, car_options_texts_count(options, name) > 1 ? side : 0);
}

bool car_options_check_list(const car_options *options, const char *name, int least, int most, car_error *e)
{
    int n = car_options_texts_count(options, name);
    if (n >= least && n <= most)
        return true;
    if (least == most)
        return car_error_set(e, CAR_EXIT_USAGE, "--%s needs %d value%s; there %s %d", name, least,
                             least == 1 ? "" : "s", n == 1 ? "is" : "are", n);
    return car_error_set(e, CAR_EXIT_USAGE, "--%s needs %d to %d values; there %s %d", name, least, most,
                         n == 1 ? "is" : "are", n);
}

bool car_options_check_product(const car_options *options, const char *one, const char *other, car_error *e)
{
    int64_t a = car_options_count(options, one), b = car_options_count(options, other);
    int product;
    return !__builtin_mul_overflow(a, b, &product) ||
           car_error_set(e, CAR_EXIT_USAGE, "--%s %" PRId64 " times --%s %" PRId64 " is more than can be held, %d", one,
                         a, other, b, INT_MAX);
}

static bool is_kept(const char *name)
{
    const car_option_row *row = car_option_table;
    while (row->name != NULL && !(strcmp(row->name, name) == 0 && row->commands & CAR_FOR_MODEL_FILE))
        row++;
    return row->name != NULL;
}

static bool add_if_kept(void *context, const car_config_entry *entry, car_error *e)
{
    (void)e;
    car_string *yaml = context;
    if (!is_kept(entry->name))
        return true;
    car_string_format(yaml, "%s:%s", entry->name, entry->is_list && entry->n == 0 ? " []" : "");
    for (int i = 0; i < entry->n; i++) {
        car_string_add_text(yaml, entry->is_list ? "\n  - " : " ");
        car_config_add_value(yaml, entry->values[i]);
    }
    car_string_add_text(yaml, "\n");
    return true;
}

void car_options_dump_kept(const car_options *options, car_string *yaml)
{
    car_string all = {0};
    car_error e;
    car_options_dump(options, &all);
    bool good = car_config_read(all.at, all.length, "options", add_if_kept, yaml, &e);
    CAR_REQUIRE(good);
    car_string_clear(&all);
}
