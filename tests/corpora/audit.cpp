#include "corpora/audit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/parallel.h"
#include "support/handles.hpp"

namespace
{

using Lines = std::vector<int64_t>;
using Pair = std::pair<std::string, std::string>;

class Audit : public support::InFolder
{
  protected:
    void SetUp() override { audit = car_audit{}; }
    void TearDown() override { car_audit_clear(&audit); }

    void run_files(const std::string &source, const std::string &target,
                   const std::vector<std::pair<std::string, std::string>> &sets = {})
    {
        car_audit_clear(&audit);
        paths = {source, target};
        test_paths = sets;
        std::vector<car_text_set> tests;
        for (const auto &set : test_paths)
            tests.push_back({{set.first.c_str(), set.second.c_str()}, {0, 0}});
        const car_text_set text = {{paths[0].c_str(), paths[1].c_str()}, {0, 0}};
        ASSERT_TRUE(car_audit_run(&audit, &text, tests.data(), static_cast<int>(tests.size()), &e)) << e.message;
    }

    void run(const std::string &source, const std::string &target, const std::string &test_source = "",
             const std::string &test_target = "")
    {
        std::vector<std::pair<std::string, std::string>> sets;
        if (!test_source.empty())
            sets.emplace_back(folder.write("t.a", test_source), folder.write("t.b", test_target));
        run_files(folder.write("a", source), folder.write("b", target), sets);
    }

    const car_audit_finding *find(car_audit_kind kind, int side) const
    {
        for (int i = 0; i < audit.n_findings; i++)
            if (audit.findings[i].kind == kind && audit.findings[i].side == side)
                return &audit.findings[i];
        return nullptr;
    }

    Lines lines(car_audit_kind kind, int side) const
    {
        const car_audit_finding *f = find(kind, side);
        return f == nullptr ? Lines{} : Lines(f->first, f->first + f->n_first);
    }

    int64_t count(car_audit_kind kind, int side) const
    {
        const car_audit_finding *f = find(kind, side);
        return f == nullptr ? 0 : f->lines;
    }

    std::string names() const
    {
        std::string all;
        for (int i = 0; i < audit.n_findings; i++)
            all += std::string(all.empty() ? "" : " ") + car_audit_name(audit.findings[i].kind);
        return all;
    }

    /* What the audit finds in one source line; rare characters, lengths and digits are not
     * told of. */
    std::string in_line(const std::string &line)
    {
        run("Nothing is wrong here.\n" + line + "\nOr here.\n",
            "Hier ist nichts falsch.\nUnd hier auch nicht.\nOder hier.\n");
        std::string all;
        for (int i = 0; i < audit.n_findings; i++) {
            const car_audit_finding &f = audit.findings[i];
            if (f.kind == CAR_AUDIT_RARE_CHARACTERS || f.kind == CAR_AUDIT_RATIO || f.kind == CAR_AUDIT_DIGITS)
                continue;
            EXPECT_EQ(f.side, CAR_SOURCE);
            EXPECT_EQ(f.lines, 1);
            EXPECT_EQ(f.first[0], 2);
            EXPECT_EQ(f.n_examples, 1);
            all += std::string(all.empty() ? "" : " ") + car_audit_name(f.kind);
        }
        return all;
    }

    car_audit audit;
    std::vector<std::string> paths;
    std::vector<std::pair<std::string, std::string>> test_paths;
};

TEST_F(Audit, EveryKindHasWords)
{
    std::map<std::string, int> seen;
    for (int kind = 0; kind < CAR_AUDIT_KINDS; kind++) {
        auto k = static_cast<car_audit_kind>(kind);
        ASSERT_NE(car_audit_name(k), nullptr) << kind;
        EXPECT_NE(car_audit_title(k), nullptr) << kind;
        EXPECT_NE(car_audit_advice(k), nullptr) << kind;
        EXPECT_EQ(seen[car_audit_name(k)]++, 0) << car_audit_name(k);
    }
}

TEST_F(Audit, CleanText)
{
    run("one two two one\nthree four four three\n", "eins zwei zwei eins\ndrei vier vier drei fünf fünf\n");
    EXPECT_EQ(names(), "");
    EXPECT_EQ(audit.pairs, 2);
    EXPECT_EQ(audit.side[CAR_SOURCE].lines, 2);
    EXPECT_EQ(audit.side[CAR_SOURCE].words, 8);
    EXPECT_EQ(audit.side[CAR_SOURCE].bytes, 38);
    EXPECT_EQ(audit.side[CAR_TARGET].characters, 48);
    EXPECT_FALSE(car_audit_has(&audit, CAR_GRAVITY_WARNING));
}

TEST_F(Audit, LinesByThemselves)
{
    const struct {
        std::string line, found;
    } cases[] = {
        {"A usual line.", ""},
        {"caf\xe9", "malformed"},
        {"\xed\xa0\x80 half a surrogate", "malformed"},
        {std::string("a\0b", 3), "nul"},
        {"", "empty"},
        {" \t\u3000", "empty tab ideographic-space edge-space not-nfkc"},
        {"lost \uFFFD here", "replacement-character"},
        {"cafÃ© and naÃ¯ve", "mojibake not-nfkc"},
        {"itâ€™s", "mojibake not-nfkc"},
        {"itâ\u0080\u0099s", "mojibake c1-control"},
        {"Ð¿Ñ€Ð¸", "mojibake not-nfkc"},
        {"cafÃƒÂ©", "doubly-encoded"},
        {"Straße, été\u00A0», Spaß“, café…”, ESPAÑA", "no-break-space not-nfkc"},
        {"bell \a and \x1b escape", "control"},
        {"C1 \u0096 dash", "c1-control"},
        {"AT&amp;T &#39;x&#x27;", "entity"},
        {"AT&T; a & b; R&D", ""},
        {"two\rlines", "cr-inside"},
        {"two\u2028lines", "line-separator"},
        {"two\u0085lines\f", "line-separator"},
        {"DOS\r", "cr-at-end"},
        {"apple \uF8FF", "private-use"},
        {"noncharacter \uFFFF", "unassigned"},
        {"p\u0430ypal", "mixed-scripts"},
        {"Tシャツ、TV를、T恤", "other-script"},
        {"zero\u200Bwidth \uFEFF", "zero-width"},
        {"soft\u00ADhyphen", "soft-hyphen"},
        {"joi\u034Fner", "invisible"},
        {"right\u200Fto left", "bidi"},
        {"می\u200Cخواهم", "other-script joiner"},
        {"a\ttab", "tab"},
        {"no\u00A0break", "no-break-space not-nfkc"},
        {"thin\u2009space", "other-space not-nfkc"},
        {"two  spaces", "double-space"},
        {" edge", "edge-space"},
        {"edge ", "edge-space"},
        {"e\u0301 decomposed", "not-nfc not-nfkc"},
        {"ﬁne, １２", "not-nfkc"},
        {"❤\uFE0F", ""},
    };
    for (const auto &c : cases) {
        EXPECT_EQ(in_line(c.line), c.found) << c.line; /* by gravity, then by kind */
    }
}

TEST_F(Audit, ALongRunOfMarks)
{
    std::string marks;
    for (int i = 0; i < 31; i++)
        marks += "\u0301";
    EXPECT_EQ(in_line("x" + marks), "marks");
    EXPECT_EQ(in_line("x" + marks.substr(2)), "");
}

TEST_F(Audit, LongLines)
{
    std::string words;
    for (int i = 0; i < 101; i++)
        words += "w ";
    EXPECT_EQ(in_line(words + "."), "long");
    EXPECT_EQ(in_line(std::string(601, 'x')), "long");
    EXPECT_EQ(in_line(std::string((1 << 20) + 1, 'x')), "too-long");
    EXPECT_EQ(audit.pairs, 3);
}

TEST_F(Audit, PlacesAndLines)
{
    run("a  b  c\nd\ne  f\n", "x\ny\nz\n");
    const car_audit_finding *f = find(CAR_AUDIT_DOUBLE_SPACE, CAR_SOURCE);
    ASSERT_NE(f, nullptr);
    EXPECT_EQ(f->lines, 2);
    EXPECT_EQ(f->places, 3);
    EXPECT_EQ(f->of, 3);
    EXPECT_EQ(lines(CAR_AUDIT_DOUBLE_SPACE, CAR_SOURCE), (Lines{1, 3}));
    EXPECT_STREQ(f->example[0], "a [U+0020]b [U+0020]c");
}

TEST_F(Audit, AByteOrderMarkIsOneOnlyAtTheStart)
{
    run("\xef\xbb\xbfone\n\xef\xbb\xbftwo\n", "eins\nzwei\n");
    EXPECT_EQ(lines(CAR_AUDIT_BYTE_ORDER_MARK, CAR_SOURCE), Lines{1});
    EXPECT_EQ(lines(CAR_AUDIT_ZERO_WIDTH, CAR_SOURCE), Lines{2});
}

TEST_F(Audit, UnequalLengths)
{
    run("a\nb\nc\nd\n", "x\ny\n");
    EXPECT_EQ(lines(CAR_AUDIT_PARITY, CAR_SIDES), (Lines{3, 4}));
    EXPECT_EQ(audit.pairs, 2);
    EXPECT_TRUE(car_audit_has(&audit, CAR_GRAVITY_ERROR));
    EXPECT_EQ(audit.findings[0].kind, CAR_AUDIT_PARITY) << "the gravest comes first";
    run("", "x\n");
    EXPECT_EQ(lines(CAR_AUDIT_PARITY, CAR_SIDES), Lines{1});
}

/* Training refuses it. */
TEST_F(Audit, NoPairWithText)
{
    for (const auto &[source, target] :
         std::vector<Pair>{{"", ""}, {"\n \n", "a\nb\n"}, {"\xff\n", "a\n"}, {"", "a\n"}}) {
        run(source, target);
        const car_audit_finding *f = find(CAR_AUDIT_NO_TEXT, CAR_SIDES);
        ASSERT_NE(f, nullptr) << source << "|" << target;
        EXPECT_EQ(f->lines, audit.pairs);
        EXPECT_EQ(f->n_first, 0);
        EXPECT_TRUE(car_audit_has(&audit, CAR_GRAVITY_ERROR));
    }
    run("\na\n", "b\nc\n");
    EXPECT_EQ(find(CAR_AUDIT_NO_TEXT, CAR_SIDES), nullptr);
}

TEST_F(Audit, Repetitions)
{
    run("The cat.\nA dog.\nThe cat.\nthe cat\nThe cat.\nMy cat.\n \n \n",
        "Die Katze.\nEin Hund.\nDie Katze.\nDie Katze!\nEine Katze.\nDie Katze.\n \n \n");
    EXPECT_EQ(lines(CAR_AUDIT_DUPLICATE, CAR_SIDES), Lines{3});
    EXPECT_EQ(find(CAR_AUDIT_DUPLICATE, CAR_SIDES)->other[0], 1);
    EXPECT_EQ(lines(CAR_AUDIT_NEAR_DUPLICATE, CAR_SIDES), Lines{4});
    EXPECT_EQ(lines(CAR_AUDIT_MANY_TARGETS, CAR_SIDES), Lines{5});
    EXPECT_EQ(lines(CAR_AUDIT_MANY_SOURCES, CAR_SIDES), Lines{6});
    EXPECT_STREQ(find(CAR_AUDIT_DUPLICATE, CAR_SIDES)->example[0], "The cat.  |  Die Katze.");
}

TEST_F(Audit, CopiesAndDigits)
{
    run("Stop it!\nIn 1984 or 85\n1984\nDay ١٢\n", "stop it\n85 oder 1948\n1984\nTag 12\n");
    EXPECT_EQ(lines(CAR_AUDIT_COPY, CAR_SIDES), Lines{1}) << "numbers may be the same";
    EXPECT_EQ(count(CAR_AUDIT_DIGITS, CAR_SIDES), 0);
    run("at 10,000\nat 5\n", "um 10 000\num sechs\n");
    EXPECT_EQ(lines(CAR_AUDIT_DIGITS, CAR_SIDES), Lines{2});
}

TEST_F(Audit, LengthRatios)
{
    std::string source, target;
    for (int i = 0; i < 10; i++) {
        source += "This is a line of text, number " + std::to_string(10 + i) + "\n";
        target += "Dies ist eine Zeile Text, Nummer " + std::to_string(10 + i) + "\n";
    }
    run(source + "This is another line of the text.\nHi.\n", target + "Nein.\nSehr lang.\n");
    EXPECT_EQ(lines(CAR_AUDIT_RATIO, CAR_SIDES), Lines{11}) << "short lines may have any ratio";
    EXPECT_NEAR(audit.character_ratio[3], 35.0 / 33.0, 1e-12);
    EXPECT_EQ(audit.ratio_pairs, 12);
}

TEST_F(Audit, Scripts)
{
    run("one\ntwo\nthree\nтри\n1\n", "日本語です\nカタカナ\n漢字\nall in Latin\nTomは犬です\n");
    EXPECT_EQ(lines(CAR_AUDIT_OTHER_SCRIPT, CAR_SOURCE), Lines{4});
    EXPECT_EQ(lines(CAR_AUDIT_OTHER_SCRIPT, CAR_TARGET), Lines{4}) << "Japanese has three scripts";
    EXPECT_EQ(audit.side[CAR_SOURCE].script_lines, 3);
}

TEST_F(Audit, RareCharacters)
{
    run("aa bb\ncdd\n", "ab ab\nx\u200Ba\n");
    EXPECT_EQ(lines(CAR_AUDIT_RARE_CHARACTERS, CAR_SOURCE), (Lines{1, 2})) << "the space and c";
    const car_audit_finding *f = find(CAR_AUDIT_RARE_CHARACTERS, CAR_TARGET);
    ASSERT_NE(f, nullptr);
    EXPECT_STREQ(f->example[f->n_examples - 1], "[U+200B]");
    EXPECT_EQ(audit.side[CAR_SOURCE].different_characters, 5);
}

TEST_F(Audit, TestSets)
{
    run("The cat.\nA dog.\nOne bird.\nA fish.\n", "Die Katze.\nEin Hund.\nEin Vogel.\nEin Fisch.\n",
        "A dog.\na dog\nA dog.\nTwo dogs.\nONE BIRD\nNew.\nNew too.\nmore\n",
        "Ein Hund.\nEin Hund!\nDer Hund.\nEin Hund.\nVögel.\nein fisch\nNeu.\n");
    EXPECT_EQ(lines(CAR_AUDIT_TEST_PAIR, CAR_SIDES), Lines{1});
    EXPECT_EQ(find(CAR_AUDIT_TEST_PAIR, CAR_SIDES)->other[0], 2);
    EXPECT_EQ(lines(CAR_AUDIT_TEST_PAIR_FOLDED, CAR_SIDES), Lines{2});
    EXPECT_EQ(lines(CAR_AUDIT_TEST_SOURCE, CAR_SOURCE), Lines{3});
    EXPECT_EQ(lines(CAR_AUDIT_TEST_TARGET, CAR_TARGET), Lines{4});
    EXPECT_EQ(lines(CAR_AUDIT_TEST_SOURCE_FOLDED, CAR_SOURCE), Lines{5});
    EXPECT_EQ(lines(CAR_AUDIT_TEST_TARGET_FOLDED, CAR_TARGET), Lines{6});
    EXPECT_EQ(lines(CAR_AUDIT_TEST_PARITY, CAR_SIDES), Lines{8});
    EXPECT_EQ(find(CAR_AUDIT_TEST_PAIR, CAR_SIDES)->of, 7);
    EXPECT_STREQ(find(CAR_AUDIT_TEST_SOURCE, CAR_SOURCE)->example[0], "A dog.") << "an example of the test set";
}

TEST_F(Audit, GuessesEncodings)
{
    run("Der gr\xf6\xdfte B\xe4r ist \xfc"
        "bel dran.\nAlles \xfc"
        "ber die M\xe4rchen und Stra\xdf"
        "en.\n",
        "a\nb\n");
    EXPECT_NE(std::string(audit.side[CAR_SOURCE].encoding).find("8859"), std::string::npos)
        << audit.side[CAR_SOURCE].encoding;
}

TEST_F(Audit, DamagedFilesAreAuditedAsFarAsTheyGo)
{
    std::string damaged = "\x1f\x8b\x08" + std::string(7, '\0') + "nonsense";
    run_files(folder.write("a", "one\ntwo\n"), folder.write("b.gz", damaged));
    EXPECT_EQ(count(CAR_AUDIT_UNREADABLE, CAR_TARGET), 1);
    EXPECT_EQ(audit.side[CAR_SOURCE].lines, 2);
}

TEST_F(Audit, FilesThatAreNotThere)
{
    const car_text_set nowhere = {{"/nowhere/a", "/nowhere/b"}, {0, 0}};
    EXPECT_FALSE(car_audit_run(&audit, &nowhere, nullptr, 0, &e));
    EXPECT_EQ(e.code, CAR_EXIT_NO_INPUT);
    for (const car_text_set &twice : {car_text_set{{"-", "-"}, {0, 0}}, car_text_set{{"-", nullptr}, {1, 2}}}) {
        EXPECT_FALSE(car_audit_run(&audit, &twice, nullptr, 0, &e));
        EXPECT_EQ(e.code, CAR_EXIT_USAGE);
    }
}

/* What is found in columns is what is found in files with the same lines. */
TEST_F(Audit, Columns)
{
    auto run_columns = [&](const std::string &text, int source, int target) {
        car_audit_clear(&audit);
        std::string path = folder.write("pairs", text);
        const car_text_set set = {{path.c_str(), nullptr}, {source, target}};
        ASSERT_TRUE(car_audit_run(&audit, &set, &set, 1, &e)) << e.message;
    };
    run("Two  spaces.\nb&amp;c\ncaf\xe9\nsame\n", "x\ny\nz\nsame\n");
    std::string files = names();
    run_columns("1\tTwo  spaces.\tx\n2\tb&amp;c\ty\n3\tcaf\xe9\tz\n4\tsame\tsame\n", 2, 3);
    EXPECT_EQ(names().substr(0, files.find("double-space")), files.substr(0, files.find("double-space")));
    EXPECT_NE(names().find("double-space"), std::string::npos);
    EXPECT_NE(names().find("test-pair"), std::string::npos) << "it was its own test set";
    EXPECT_EQ(lines(CAR_AUDIT_MALFORMED, CAR_SOURCE), Lines{3});
    EXPECT_STREQ(find(CAR_AUDIT_COPY, CAR_SIDES)->example[0], "same  |  same");
    EXPECT_EQ(find(CAR_AUDIT_COLUMNS, CAR_TARGET), nullptr);
    EXPECT_EQ(audit.side[CAR_TARGET].column, 3);

    run_columns("a\tb\nonly one\n\nc\td\n", 1, 2);
    EXPECT_EQ(lines(CAR_AUDIT_COLUMNS, CAR_TARGET), Lines{2});
    EXPECT_STREQ(find(CAR_AUDIT_COLUMNS, CAR_TARGET)->example[0], "only one");
    EXPECT_EQ(find(CAR_AUDIT_COLUMNS, CAR_SOURCE), nullptr);
    EXPECT_EQ(lines(CAR_AUDIT_EMPTY, CAR_SOURCE), Lines{3}) << "training takes an empty line for an empty pair";
    EXPECT_EQ(lines(CAR_AUDIT_EMPTY, CAR_TARGET), (Lines{2, 3}));
    EXPECT_EQ(audit.pairs, 4);
}

TEST_F(Audit, SameOnAnyNumberOfThreadsAndOverManyBlocks)
{
    std::string source, target;
    for (int i = 0; i < 10000; i++) {
        source += "line  " + std::to_string(i % 7000) + (i % 11 == 0 ? " p\u0430y\n" : "\n");
        target += "Zeile " + std::to_string(i) + "\n";
    }
    auto digest = [&] {
        std::string all;
        for (int i = 0; i < audit.n_findings; i++) {
            const car_audit_finding &f = audit.findings[i];
            all += car_audit_name(f.kind) + std::string(" ") + std::to_string(f.lines) + " " + std::to_string(f.places);
            for (int k = 0; k < f.n_first; k++)
                all += " " + std::to_string(f.first[k]);
            for (int k = 0; k < f.n_examples; k++)
                all += " " + std::string(f.example[k]);
            all += "\n";
        }
        return all;
    };
    car_parallel_set_threads(1);
    run(source, target);
    std::string one = digest();
    EXPECT_EQ(count(CAR_AUDIT_DOUBLE_SPACE, CAR_SOURCE), 10000);
    EXPECT_EQ(count(CAR_AUDIT_MIXED_SCRIPTS, CAR_SOURCE), 910);
    car_parallel_set_threads(3);
    run(source, target);
    EXPECT_EQ(digest(), one);
    car_parallel_set_threads(1);
}

/* ---- excerpts ---------------------------------------------------------------------------- */

std::string excerpt(const std::string &line, ptrdiff_t at)
{
    support::String text;
    car_audit_excerpt(line.data(), static_cast<ptrdiff_t>(line.size()), at, &text);
    return text.text();
}

TEST(AuditExcerpt, ShowsWhatIsNotToBeSeen)
{
    EXPECT_EQ(excerpt("a\u00A0b\u200B\xff\t", 0), "a[U+00A0]b[U+200B][0xff][U+0009]");
    EXPECT_EQ(excerpt(" a b  c ", 0), "[U+0020]a b [U+0020]c[U+0020]");
    EXPECT_EQ(excerpt(std::string("\0", 1), 0), "[U+0000]");
    std::string line(200, 'x');
    EXPECT_EQ(excerpt(line, 100), "..." + std::string(70, 'x') + "...");
    EXPECT_EQ(excerpt("漢字\xe6\xbc", 6), "漢字[0xe6][0xbc]");
}

/* ---- corpora of others ---------------------------------------------------------------------- */

const std::string corpora = CAR_SHARED_DIR "/corpora/";

#define NEEDS(file)                                                                                                    \
    if (!std::filesystem::exists(corpora + (file)))                                                                    \
    GTEST_SKIP() << "no " << corpora << (file)

TEST_F(Audit, Multi30k)
{
    NEEDS("multi30k/train.en");
    run_files(corpora + "multi30k/train.en", corpora + "multi30k/train.de");
    EXPECT_EQ(find(CAR_AUDIT_NO_BREAK_SPACE, CAR_TARGET)->places, 47);
    EXPECT_EQ(find(CAR_AUDIT_TAB, CAR_TARGET)->places, 1);
    EXPECT_EQ(count(CAR_AUDIT_EDGE_SPACE, CAR_TARGET), 40);
    EXPECT_EQ(count(CAR_AUDIT_DOUBLE_SPACE, CAR_TARGET), 44);
    for (car_audit_kind none : {CAR_AUDIT_CR_AT_END, CAR_AUDIT_CR_INSIDE, CAR_AUDIT_EMPTY, CAR_AUDIT_NOT_NFC})
        EXPECT_EQ(count(none, CAR_TARGET) + count(none, CAR_SOURCE), 0) << car_audit_name(none);
    EXPECT_EQ(audit.pairs, 29000);
    EXPECT_FALSE(car_audit_has(&audit, CAR_GRAVITY_ERROR));
    run_files(corpora + "multi30k/train.fr", corpora + "multi30k/train.cs");
    EXPECT_GT(count(CAR_AUDIT_DOUBLE_SPACE, CAR_SOURCE), 0);
    EXPECT_EQ(find(CAR_AUDIT_ZERO_WIDTH, CAR_TARGET)->places, 2);
}

TEST_F(Audit, Tatoeba)
{
    NEEDS("tatoeba-en-ar/train.en");
    const struct {
        const char *language;
        int64_t not_nfc;
    } facts[] = {{"ar", 43}, {"hi", 7}, {"vi", 2}, {"ko", 0}};
    for (const auto &fact : facts) {
        std::string base = corpora + "tatoeba-en-" + fact.language + "/";
        std::string l = fact.language;
        run_files(base + "train.en", base + "train." + l,
                  {{base + "test.en", base + "test." + l}, {base + "val.en", base + "val." + l}});
        EXPECT_EQ(count(CAR_AUDIT_NOT_NFC, CAR_TARGET), fact.not_nfc) << l;
        EXPECT_EQ(count(CAR_AUDIT_DUPLICATE, CAR_SIDES), 0) << l;
        EXPECT_EQ(names().find("test-"), std::string::npos) << l << ": splits have no sentence in common: " << names();
    }
}

TEST_F(Audit, OverlapOfTwoCorporaOfOneOrigin)
{
    NEEDS("enja-small/test.en");
    std::string ours = corpora + "tatoeba-en-ja/", theirs = corpora + "enja-small/";
    run_files(ours + "train.en", ours + "train.ja", {{theirs + "test.en", theirs + "test.ja"}});
    EXPECT_EQ(count(CAR_AUDIT_TEST_PAIR, CAR_SIDES), 0) << "segmented and lower-cased";
    EXPECT_GT(count(CAR_AUDIT_TEST_PAIR_FOLDED, CAR_SIDES), 0);
}

/* Damage of every kind is found, and the lines around it are counted as the list has it. */
TEST_F(Audit, MalformedFiles)
{
    NEEDS("unicode/malformed/manifest.tsv");
    std::string folder_of = corpora + "unicode/malformed/", row, cell;
    std::ifstream manifest(folder_of + "manifest.tsv");
    std::getline(manifest, row);
    int n = 0;
    while (std::getline(manifest, row)) {
        std::vector<std::string> c;
        for (std::istringstream cells(row); std::getline(cells, cell, '\t');)
            c.push_back(cell);
        if (c[0] == "gzip.txt.gz") /* which is read as what was compressed */
            continue;
        run_files(folder_of + c[0], folder_of + "empty.txt");
        EXPECT_EQ(audit.side[CAR_SOURCE].lines, std::stoll(c[3])) << c[0];
        int64_t bad = c[7].empty() ? 0 : 1 + static_cast<int64_t>(std::count(c[7].begin(), c[7].end(), ','));
        EXPECT_EQ(count(CAR_AUDIT_MALFORMED, CAR_SOURCE), bad) << c[0];
        EXPECT_EQ(count(CAR_AUDIT_NUL, CAR_SOURCE) > 0, c[8] != "0") << c[0];
        EXPECT_EQ(count(CAR_AUDIT_BYTE_ORDER_MARK, CAR_SOURCE), std::stoll(c[10])) << c[0];
        n++;
    }
    EXPECT_GT(n, 50);
    run_files(folder_of + "uneven.src", folder_of + "uneven.tgt");
    EXPECT_EQ(lines(CAR_AUDIT_PARITY, CAR_SIDES), Lines{3});
}

} // namespace
