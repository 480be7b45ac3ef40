#include "base/config.h"

#include <chrono>
#include <vector>

#include "support/handles.hpp"

class Config : public support::InFolder
{
  protected:
    /* "name=value;" and "name=[value,value];" of all entries. */
    static bool collect(void *context, const car_config_entry *entry, car_error *e)
    {
        std::string &all = *static_cast<std::string *>(context);
        if (std::string(entry->name) == "refused")
            return car_error_set(e, CAR_EXIT_CONFIG, "%s:%d: no", entry->origin, entry->line);
        all += std::string(entry->name) + "=" + (entry->is_list ? "[" : "");
        for (int i = 0; i < entry->n; i++)
            all += (i > 0 ? "," : "") + std::string(entry->values[i]);
        all += entry->is_list ? "];" : ";";
        EXPECT_TRUE(entry->is_list || entry->n == 1);
        return true;
    }
    std::string read(const std::string &yaml)
    {
        std::string all;
        e = car_error{};
        bool good = car_config_read(yaml.data(), static_cast<ptrdiff_t>(yaml.size()), "c.yml", collect, &all, &e);
        return good ? all : std::to_string(e.code) + " " + e.message;
    }
    void refused(const std::string &yaml, const std::string &message)
    {
        EXPECT_EQ(0u, read(yaml).find("78 c.yml:" + message)) << read(yaml) << " for " << yaml;
    }
};

TEST_F(Config, ReadsNamesValuesAndLists)
{
    EXPECT_EQ("", read(""));
    EXPECT_EQ("", read("# only a remark\n"));
    EXPECT_EQ("", read("{}"));
    EXPECT_EQ("a=1;b-c=[x,y z];d=[];e=[p];f=;",
              read("---\na: 1\nb-c: [x, 'y z']\nd: []\n# remark\ne:\n  - \"p\"\nf:\n...\n"));
    EXPECT_EQ("a=1;b=2;", read("{a: 1, b: 2}"));
    EXPECT_EQ("a=\xc3\xa4;", read("\xef\xbb\xbf"
                                  "a: \xc3\xa4\n"));
    EXPECT_EQ("a=1;", read("a: 1\r\n"));
}

TEST_F(Config, EveryScalarIsText)
{
    EXPECT_EQ("a=no;b=1e5;c=0755;d=~;e=2001-01-01;", read("a: no\nb: 1e5\nc: 0755\nd: ~\ne: 2001-01-01"));
}

TEST_F(Config, RefusesTheRestOfYaml)
{
    refused("a: 1\nb: &x 2", "2: anchors");
    refused("a: &x [1]", "1: anchors");
    refused("&x\na: 1", "1: anchors");
    refused("a: *x", "1: aliases");
    refused("a: [1, *x]", "1: aliases");
    refused("a: !!str 1", "1: tags");
    refused("a: !x [1]", "1: tags");
    refused("a: !x\n  b: 1", "1: tags");
    refused("a: 1\n---\nb: 2\n", "2: a second document");
    refused("a:\n  b: 1", "2: 'a' has a nested");
    refused("a: [1, [2]]", "1: 'a' has a nested");
    refused("a:\n- 1\n- b: 2", "3: 'a' has a nested");
    refused("[a]: 1", "1: the name");
    refused("{a: 1}: 1", "1: the name");
    refused("- a", "1: lines of the form");
    refused("text", "1: lines of the form");
    refused("a: 1\nb: 2\na: 3", "3: 'a' is given twice");
    refused("a: \"\\0\"", "1: text cannot");
    refused("a: 1\nb: [", "3: this is not YAML");
    refused("a: 1\n\tb: 2", "2: this is not YAML");
    refused("a: 1\nb: \xff\n", "2: this is not UTF-8");
    refused("a: \x01", "1: this is not YAML");
    refused("a: 1\n\nrefused: 2", "3: no");
}

TEST_F(Config, HostileNestingEndsSoon)
{
    auto begin = std::chrono::steady_clock::now();
    for (const char *opening : {"[", "{", "- ", "? ", "a: [", "{a: ", "\"", "a:\n "}) {
        std::string yaml;
        while (yaml.size() < 1 << 20)
            yaml += opening;
        EXPECT_EQ("78", read(yaml).substr(0, 2)) << opening;
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST_F(Config, LoadsFiles)
{
    std::string all;
    EXPECT_TRUE(car_config_load(folder.write("a.yml", "a: 1\n").c_str(), collect, &all, &e)) << e.message;
    EXPECT_EQ("a=1;", all);
    EXPECT_TRUE(car_config_load(folder.write("empty.yml", "").c_str(), collect, &all, &e)) << e.message;
    EXPECT_FALSE(car_config_load(folder.path("absent").c_str(), collect, &all, &e));
    EXPECT_EQ(CAR_EXIT_NO_INPUT, e.code);
    EXPECT_FALSE(car_config_load(folder.write("b.yml", "a: 1\nb: [").c_str(), collect, &all, &e));
    EXPECT_NE(std::string::npos, std::string(e.message).find(folder.path("b.yml:3:"))) << e.message;
    std::string large;
    while (large.size() <= 1 << 20)
        large += "# a remark\n";
    EXPECT_FALSE(car_config_load(folder.write("large.yml", large).c_str(), collect, &all, &e));
    EXPECT_EQ(CAR_EXIT_CONFIG, e.code);
}

TEST_F(Config, WrittenValuesReadBackTheSame)
{
    std::string controls;
    for (char c = 1; c < 32; c++)
        controls += c;
    for (const std::string &value :
         {std::string("plain"),
          std::string(""),
          std::string(" a "),
          std::string("-"),
          std::string("--"),
          std::string("-1"),
          std::string("- x"),
          std::string("---"),
          std::string("1e-8"),
          std::string("10e,100Ku"),
          std::string("a: b"),
          std::string("# a"),
          std::string("a #b"),
          std::string("it's"),
          std::string("\"\\\""),
          std::string("a,b"),
          std::string("[a]"),
          std::string("{a}"),
          std::string("*a"),
          std::string("&a"),
          std::string("!a"),
          std::string("%a"),
          std::string("@a"),
          std::string("`a"),
          std::string("|"),
          std::string(">"),
          std::string("?"),
          std::string("~"),
          std::string("a\nb"),
          controls,
          std::string("\x7f"),
          std::string("\xc2\x85 \xc2\xa0 \xe2\x80\xa8 \xe2\x80\xa9 \xef\xbb\xbf \xef\xbf\xbe \xef\xbf\xbf"),
          std::string("/tmp/\xc3\xa4 \xd0\x96 \xe4\xbd\xa0 \xf0\x9f\x98\x80.yml")}) {
        support::String text;
        car_config_add_value(&text, value.c_str());
        EXPECT_EQ("a=" + value + ";", read("a: " + text.text() + "\n")) << text.text();
        EXPECT_EQ("a=[" + value + "];", read("a:\n  - " + text.text() + "\n")) << text.text();
        EXPECT_EQ("a=[" + value + "];", read("a: [" + text.text() + "]\n")) << text.text();
    }
    support::String text;
    car_config_add_value(&text, "model/u1.safetensors");
    EXPECT_EQ("model/u1.safetensors", text.text());
}
