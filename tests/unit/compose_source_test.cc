#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compose/source/json_writer.h"
#include "compose/source/yaml_reader.h"
#include "compose/source/yaml_typing.h"
#include "compose/source/yaml_writer.h"

namespace stack::compose {
namespace {

using testing::HasSubstr;

Node one(std::string_view text) {
  auto result = read_yaml(text, "f.yaml");
  EXPECT_EQ(render(result.diagnostics), "");
  EXPECT_EQ(result.documents.size(), 1U);
  return result.documents.empty() ? Node{} : std::move(result.documents.front());
}

std::string problems(std::string_view text, const YamlLimits& limits = {}) {
  return render(read_yaml(text, "f.yaml", limits).diagnostics);
}

std::string json(std::string_view text) { return write_json(to_value(one(text), KeyOrder::bytes)); }

TEST(ComposeYaml, EveryNodeKnowsItsPlace) {
  const Node root = one("a:\n  b: [x, {c: 1}]\n  d: |\n    text\n");
  const Node& b = *root.find("a")->find("b");
  EXPECT_EQ(to_text(b.place()), "f.yaml:2:6");
  EXPECT_EQ(to_text(b.key_place()), "f.yaml:2:3");
  EXPECT_EQ(to_text(b.items[0].place()), "f.yaml:2:7");
  EXPECT_EQ(to_text(b.items[1].find("c")->place()), "f.yaml:2:14");
  EXPECT_EQ(to_text(root.find("a")->find("d")->key_place()), "f.yaml:3:3");
}

TEST(ComposeYaml, TypesPlainScalarsAsComposeUsersExpect) {
  EXPECT_EQ(json("[true, False, yes, no, on, NO, y, ~, null, '1', \"true\"]"),
            R"([true,false,"yes","no","on","NO","y",null,null,"1","true"])");
  EXPECT_EQ(json("[017, 0o17, 0x1F, 0b11, 1_000, -5, +5]"), "[15,15,31,3,1000,-5,5]");
  EXPECT_EQ(json("[22:22, 2024-01-01, 1.2.3, 0x, 1e, '', .]"), R"(["22:22","2024-01-01","1.2.3","0x","1e","","."])");
  EXPECT_EQ(json("[1.10, 1e6, .5, 08, 1e-7]"), "[1.1,1000000,0.5,8,1e-07]");
}

TEST(ComposeYaml, ScalarTextIsWhatTypingMadeOfIt) {
  const Node root = one("[1.10, 1e6, 0x1F, 1_000, true, x, 1234567.5, 0.00001, ~]");
  std::vector<std::string> texts;
  for (const auto& item : root.items) texts.push_back(scalar_text(item));
  EXPECT_THAT(texts, testing::ElementsAre("1.1", "1e+06", "31", "1000", "true", "x", "1.2345675e+06", "1e-05", ""));
}

TEST(ComposeYaml, ResolvesAnchorsAndMergeKeys) {
  EXPECT_EQ(json("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: {<<: [*a, {x: 9, z: 4}]}\nd: *a\n"),
            R"({"a":{"x":1,"y":2},"b":{"x":1,"y":3},"c":{"x":1,"y":2,"z":4},"d":{"x":1,"y":2}})");
  EXPECT_EQ(json("l: &l [{x: 1}, {y: 2}]\nm: {<<: *l}\n"), R"({"l":[{"x":1},{"y":2}],"m":{"x":1,"y":2}})");
  EXPECT_THAT(problems("a: {<<: 5}\n"), HasSubstr("\"<<\" takes a mapping"));
}

TEST(ComposeYaml, AMergeKeyMayHaveItsTag) {
  EXPECT_EQ(json("a: &a {x: 1}\nb:\n  !!merge <<: *a\n  y: 2\n"), R"({"a":{"x":1},"b":{"x":1,"y":2}})");
  EXPECT_THAT(problems("a:\n  !!merge b: {c: 1}\n"), HasSubstr("\"b\" is not what its tag !!merge says"));
}

TEST(ComposeYaml, KeepsTheTagsOfCompose) {
  const Node root = one("a: !reset null\nb: !override [x]\nc: !reset\nd: !reset {x: 1}\n");
  EXPECT_EQ(root.find("a")->tag, Tag::reset);
  EXPECT_EQ(root.find("b")->tag, Tag::replace);
  EXPECT_EQ(root.find("c")->tag, Tag::reset);
  EXPECT_EQ(root.find("d")->tag, Tag::reset);
  EXPECT_THAT(problems("a: !foo x\n"), HasSubstr("f.yaml:1:4: error: unknown tag \"!foo\""));
  EXPECT_EQ(json("[!!str 5, !!int '5', !!float 1]"), R"(["5",5,1])");
}

TEST(ComposeYaml, ReportsDuplicateKeysWithBothPlaces) {
  EXPECT_EQ(problems("a: 1\nb: 2\na: 3\n"),
            "f.yaml:3:1: error: the key \"a\" is here for the second time\n  f.yaml:1:1: first here\n");
}

TEST(ComposeYaml, KeysMustBeText) {
  EXPECT_THAT(problems("1: x\n"), HasSubstr("a key must be a string, not an integer; put it in quotes: \"1\""));
  EXPECT_THAT(problems("? [a]\n: x\n"), HasSubstr("a key must be a string, not a list"));
}

TEST(ComposeYaml, ReadsSeveralDocuments) {
  const auto result = read_yaml("a: 1\n---\nb: 2\n...\n---\n", "f");
  ASSERT_EQ(result.documents.size(), 3U);
  EXPECT_TRUE(result.documents[2].is(Kind::null));
  EXPECT_TRUE(read_yaml("", "f").documents.empty());
}

TEST(ComposeYaml, RefusesWhatIsMalformed) {
  EXPECT_THAT(problems("a: [1, 2\n"), testing::StartsWith("f.yaml:2:1: error: a list that begins with"));
  EXPECT_THAT(problems("a: {b: c\n"), HasSubstr("a mapping that begins with"));
  EXPECT_THAT(problems("a:\n\tb: c\n"), HasSubstr("f.yaml:2:3: error: a tab cannot indent a line"));
  EXPECT_THAT(problems("a:\n    b: 1\n  c: 2\n"), HasSubstr("f.yaml:3:3: error: this line stands neither"));
  EXPECT_THAT(problems("a: b: c\n"), HasSubstr("f.yaml:1:5: error: a second"));
  EXPECT_THAT(problems("c: \"x\n"), HasSubstr("f.yaml:1:4: error: a quote is not closed"));
  EXPECT_THAT(problems("c: &a 'it''s\n"), HasSubstr("a quote is not closed"));
  EXPECT_THAT(problems(std::string_view{"a: \0b", 5}), HasSubstr("zero byte"));
  EXPECT_THAT(problems("a: 1\nb: \xFFx\n"), HasSubstr("f.yaml:2:4: error: this byte is not UTF-8"));
  EXPECT_THAT(problems("a: *nope\n"), HasSubstr("the alias \"nope\" is not defined"));
  EXPECT_EQ(problems("a: 'x'' y'\nb: \"q\\\"\"\nc: |\n  it's\n"), "");
}

TEST(ComposeYaml, NamesTheCauseAndNotWhereItWasNoticed) {
  struct Row {
    const char *text, *said;
  };
  for (
      const auto& [text, said] : {
          Row{"a:\n  ports:\n    - \"8080:80\n  b:\n    image: \"y\"\n",
              "f.yaml:3:7: error: the quote that begins here is not closed; the next one, in line 5, ends it; close it "
              "with \"\n"},
          Row{"a: 'x\nports:\n  - '80'\n",
              "f.yaml:1:4: error: the quote that begins here is not closed; the next one, in line 3, ends it; close it "
              "with '\n"},
          Row{"a:\n  image:nginx\n  ports: [80]\n",
              "f.yaml:2:8: error: there is no blank behind this colon; write \"image: nginx\"\n"},
          Row{"services:\n  a\n    image: x\n", "f.yaml:2:3: error: \"a\" has no colon behind it; write \"a:\"\n"},
          Row{"a:\n  image: x\n<<<<<<< HEAD\n  b: 1\n=======\n  b: 2\n>>>>>>> other\n",
              "f.yaml:3:1: error: a merge conflict was left here; keep one of the two sides, and remove the lines that "
              "begin with <<<<<<<, ======= and >>>>>>>\n"},
          Row{"e:\n  - A=1\n  -B=1\n", "f.yaml:3:3: error: there is no blank behind this dash; write \"- B=1\"\n"},
          Row{"e:\n  A: 1\n  - B=2\n",
              "f.yaml:3:3: error: a list item stands among the keys of a mapping; write all lines alike: A: b, or all "
              "as "
              "- A=b\n"},
          Row{"e:\n  - B=2\n  A: 1\n",
              "f.yaml:3:3: error: a key stands among the items of a list; write all lines alike: - A=b, or all as A: "
              "b\n"},
          Row{"a: {cpus: 0,5}\n",
              "f.yaml:1:13: error: the comma parts two items here; write a number with a dot: 0.5\n"},
          Row{"a: *foo\n",
              "f.yaml:1:4: error: the alias \"foo\" is not defined; set its anchor before it, in the same document\n"},
          Row{"a: *\n",
              "f.yaml:1:4: error: a text that begins with * names an anchor, and this names none; put it in quotes: "
              "\"*\"\n"},
          // What only looks like one of these is still what it is.
          Row{"a: |\n  it's\nb: 'x' y\n  c: 1\n", nullptr},
          Row{"a: 'it''s\n  long' # don't\nb: {\n", nullptr},
      }) {
    const std::string found = problems(text);
    if (said != nullptr) {
      EXPECT_EQ(found, said) << text;
    } else {
      EXPECT_THAT(found, testing::Not(HasSubstr("the quote that begins here"))) << text;
    }
  }
}

TEST(ComposeYaml, MissesColonsBlanksAndQuotes) {
  struct Row {
    const char *text, *said;
  };
  for (const auto& [text, said] : {
           // A key alone is one to the library, so these were taken in silence.
           Row{"a:\n  image: x\n  command\n",
               "f.yaml:3:3: error: \"command\" has no colon behind it; write \"command:\"\n"},
           Row{"a: {}\nvolumes", "f.yaml:2:1: error: \"volumes\" has no colon behind it; write \"volumes:\"\n"},
           Row{"a: {}\nvolumes   # x\n\n# y\n",
               "f.yaml:2:1: error: \"volumes\" has no colon behind it; write \"volumes:\"\n"},
           Row{"a: {}\nb\n---\nc: {}\n", "f.yaml:2:1: error: \"b\" has no colon behind it; write \"b:\"\n"},
           Row{"e:\n  A: 1\n  B=2\n", "f.yaml:3:3: error: \"B\" has no colon behind it; write \"B: 2\"\n"},
           Row{"a:\n  restart always\n  b: y\n",
               "f.yaml:2:3: error: \"restart\" has no colon behind it; write \"restart: always\"\n"},
           Row{"a:\n  image: x\n  ports\n    - \"80:80\"\n",
               "f.yaml:3:3: error: \"ports\" has no colon behind it; write \"ports:\"\n"},
           Row{"a:\n  b: x\n  image:busybox\n",
               "f.yaml:3:8: error: there is no blank behind this colon; write \"image: busybox\"\n"},
           Row{"a:\n  b: x\n  ports:[\"80:80\"]\n",
               "f.yaml:3:8: error: there is no blank behind this colon; write \"ports: [\"80:80\"]\"\n"},
           Row{"a:\n  b: x\n  *c\n",
               "f.yaml:3:3: error: an alias stands among the keys of a mapping; write \"<<: *c\"\n"},
           Row{"a: {test:[x], b: 3}\n",
               "f.yaml:1:9: error: there is no blank behind this colon; write \"test: [...\"\n"},
           Row{"a:\n  - b\n  c\n", "f.yaml:3:3: error: there is no dash before this item of a list; write \"- c\"\n"},
           Row{"a: {b, c: d}\n? e\n", ""},
           Row{"a: \"say \"hello\"\"\n",
               "f.yaml:1:9: error: a quote within quotes ends the text here; write \\\" for it, or put the text in "
               "single "
               "quotes\n"},
           Row{"a: ['say 'hello'', x]\n",
               "f.yaml:1:10: error: a quote within quotes ends the text here; write '' for it, or put the text in "
               "double "
               "quotes\n"},
           Row{"a: \"x\" y\n",
               "f.yaml:1:8: error: a text stands behind the quote that closes another; put all of it in one pair of "
               "quotes\n"},
           Row{"x: &common {}\na: *comon\n",
               "f.yaml:2:4: error: the alias \"comon\" is not defined; did you mean \"common\"?\n"},
       }) {
    EXPECT_EQ(problems(text), said) << text;
  }
}

TEST(ComposeYaml, BoundsHostileInput) {
  EXPECT_THAT(problems(std::string(100000, '[')), HasSubstr("nested too deep"));
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  EXPECT_THAT(problems(deep), HasSubstr("nested too deep"));
  std::string laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 10; ++i) {
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) laughs += (j > 0 ? ",*a" : "*a") + std::to_string(i - 1);
    laughs += "]\n";
  }
  EXPECT_THAT(problems(laughs), HasSubstr("expanding the aliases"));
  EXPECT_THAT(problems("a: &a [*a]\n"), HasSubstr("contains an alias of itself"));
  EXPECT_THAT(problems("abcdef", {.bytes = 3}), HasSubstr("too large"));
  EXPECT_THAT(problems("[1,2,3,4]", {.nodes = 3}), HasSubstr("too many nodes"));
}

// Table: texts.
TEST(ComposeYamlWriter, TextReadsBackAsItself) {
  for (const std::string text : {"plain",
                                 "",
                                 "~",
                                 "null",
                                 "true",
                                 "yes",
                                 "No",
                                 "1",
                                 "1.5",
                                 "0x1F",
                                 "1e3",
                                 "22:22",
                                 "2024-01-01",
                                 "a: b",
                                 "a:b",
                                 "# c",
                                 "a #b",
                                 "a#b",
                                 "- a",
                                 "-a",
                                 "-",
                                 "?",
                                 "? a",
                                 ":",
                                 "@a",
                                 "`",
                                 "%",
                                 "!x",
                                 "&x",
                                 "*x",
                                 "{x",
                                 "[x",
                                 "]",
                                 "|",
                                 ">",
                                 "'q'",
                                 "it's",
                                 "\"q\"",
                                 " lead",
                                 "trail ",
                                 "tab\there",
                                 "a\nb",
                                 "a\n",
                                 "a\n\n",
                                 "\n",
                                 "\na",
                                 " a\nb",
                                 "a \nb",
                                 "a\n b",
                                 "é",
                                 "\xF0\x9F\x98\x80",
                                 "\xEF\xBB\xBF",
                                 "\x01",
                                 "\x7F",
                                 "\xC2\x85",
                                 "\xE2\x80\xA8",
                                 "---",
                                 "...",
                                 "--- x",
                                 "<<",
                                 "=",
                                 ".inf",
                                 "$x",
                                 "a\\b",
                                 "a\tb\nc",
                                 "\r",
                                 "x\r\ny",
                                 "a,b",
                                 "x]"}) {
    for (const auto& [yaml, what] : {std::pair{write_yaml(Value::Object{{"k", text}}), "value"},
                                     std::pair{write_yaml(Value::Object{{"k", Value::List{text, text}}}), "item"}}) {
      const Node back = one(yaml);
      const Node* found = back.find("k");
      ASSERT_NE(found, nullptr) << yaml;
      if (found->is(Kind::sequence)) found = &found->items.at(0);
      EXPECT_TRUE(found->is(Kind::string)) << what << ": " << yaml;
      EXPECT_EQ(found->text, text) << what << ": " << yaml;
    }
    const Node keyed = one(write_yaml(Value::Object{{text, true}}));
    EXPECT_NE(keyed.find(text), nullptr) << write_yaml(Value::Object{{text, true}});
  }
}

TEST(ComposeYamlWriter, QuotesOnlyWhatNeedsIt) {
  EXPECT_EQ(write_yaml(Value::Object{{"a", std::string{"8080"}},
                                     {"b", std::string{"x: y"}},
                                     {"c", Value::List{std::string{"-"}, std::string{"z"}, Value{}}},
                                     {"d", Value::Object{}},
                                     {"e", Value::List{}},
                                     {"f", std::string{"l1\nl2\n"}},
                                     {"n", std::int64_t{5}}}),
            "a: \"8080\"\nb: 'x: y'\nc:\n  - '-'\n  - z\n  - null\nd: {}\ne: []\nf: |\n  l1\n  l2\n\"n\": 5\n");
}

TEST(ComposeJsonWriter, EscapesAndReplaces) {
  EXPECT_EQ(write_json(Value{std::string{"a\"\\\n\x01<&>\xFF\xE2\x80\xA8"}}),
            "\"a\\\"\\\\\\n\\u0001\\u003c\\u0026\\u003e\xEF\xBF\xBD\\u2028\"");
}

TEST(ComposeOrder, CountsRunsOfDigitsAsNumbers) {
  std::vector<std::string> keys{"web10", "web2", "a", "A", "Z", "_x", "1", "a1", "a01", "web"};
  std::ranges::sort(keys, natural_less);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < keys.size(); ++j)
      EXPECT_EQ(natural_less(keys[i], keys[j]), i < j) << keys[i] << " " << keys[j];
  }
  EXPECT_TRUE(natural_less("web2", "web10"));
}

TEST(ComposeDiagnostic, ShowsTheLineToAPerson) {
  Diagnostic found{.message = "unknown key", .path = "services.a.prots", .place = {"f.yaml", 12, 6}};
  found.related.push_back({{"f.yaml", 3, 1}, "first here"});
  EXPECT_EQ(render_with_line(found, "   \xC3\xA9prots: \x1B[0m", false),
            "f.yaml:12:6: error: services.a.prots: unknown key\n"
            "  12 |    \xC3\xA9prots: \\x1b[0m\n"
            "     |     ^\n"
            "  f.yaml:3:1: first here\n");
  EXPECT_EQ(render_with_line(found, std::string(500, 'x'), false), render(found));
  EXPECT_EQ(render_with_line(found, "", false), render(found));
  EXPECT_THAT(render_with_line(found, "     x", true), HasSubstr("\033[1;31merror:\033[0m"));
}

TEST(ComposeDiagnostic, RendersForATerminal) {
  Diagnostic it;
  it.message = "a\x1b[31mb";
  it.place = {"f", 1, 2};
  it.path = "services.web";
  it.remedy = "do";
  EXPECT_EQ(render(it), "f:1:2: error: services.web: a\\x1b[31mb; do\n");
}

}  // namespace
}  // namespace stack::compose
