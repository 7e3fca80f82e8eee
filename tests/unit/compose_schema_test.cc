// The JSON Schema and the checks of shape are made from one table; here they have to agree on thousands of small files,
// made from the table as well: every attribute with values of every kind.
#include <filesystem>

#include <gtest/gtest.h>

#include "base/file.h"
#include "compose/check/attribute_table.h"
#include "compose/check/json_schema.h"
#include "compose/check/schema.h"
#include "compose/source/json_writer.h"
#include "compose/source/value.h"
#include "compose/source/yaml_reader.h"
#include "tests/places.h"
#include "tests/support/schema_judge.h"

namespace stack::compose {
namespace {

namespace fs = std::filesystem;

const Node& schema() {
  static const Node kSchema = read_yaml(compose_json_schema(), "schema").documents.at(0);
  return kSchema;
}

std::string checked(Node document) {
  Diagnostics diagnostics;
  check_shape(document, compose_file(), Path{}, {.nulls_are_later = true}, diagnostics);
  check_nulls(document, compose_file(), Path{}, diagnostics);
  if (diagnostics.empty()) check_required(document, compose_file(), Path{}, diagnostics);
  std::erase_if(diagnostics, [](const Diagnostic& it) { return it.severity == Severity::warning; });
  return render(diagnostics);
}

// A value that the attribute takes, as simple as can be.
Node plain_value(const Attribute& attribute) {
  if (!attribute.words.empty())
    return Node::of_string(std::string{attribute.words.substr(0, attribute.words.find('|'))});
  if ((attribute.kinds & kInt) != 0) return Node::of_integer(1);
  if ((attribute.kinds & kText) != 0) return Node::of_string("1");
  return (attribute.kinds & kList) != 0 ? Node::of_sequence() : Node::of_mapping();
}

void add_required(Node& node, const Attribute& attribute) {
  std::string_view words = attribute.required;
  while (!words.empty()) {
    const auto end = std::min(words.find('|'), words.size());
    const std::string key{words.substr(0, end)};
    words.remove_prefix(std::min(end + 1, words.size()));
    if (node.find(key) == nullptr) node.at(key) = plain_value(*attribute.member(key));
  }
}

class Agreement {
 public:
  // `place` puts a value where the attribute is, in a file that is right otherwise.
  using Place = std::function<Node(Node)>;

  void walk(const Attribute& attribute, const Place& place) {
    for (const auto& value : values(attribute)) judge_both(attribute, place(value));
    for (const auto& [key, member] : attribute.members) {
      walk(*member, [&place, &attribute, name = key](Node value) {
        Node mapping = Node::of_mapping();
        mapping.at(name) = std::move(value);
        add_required(mapping, attribute);
        return place(std::move(mapping));
      });
    }
    if (attribute.any) {
      walk(*attribute.any, [&place](Node value) {
        Node mapping = Node::of_mapping();
        mapping.at("a") = std::move(value);
        return place(std::move(mapping));
      });
    }
    if (attribute.item) {
      walk(*attribute.item, [&place](Node value) { return place(Node::of_sequence({std::move(value)})); });
    }
  }

  int accepted = 0, refused = 0;

 private:
  static std::vector<Node> values(const Attribute& attribute) {
    std::vector<Node> out{Node{},
                          Node::of_boolean(true),
                          Node::of_integer(5),
                          Node::of_integer(-1),
                          Node::of_floating(1.5),
                          Node::of_floating(2.0),
                          Node::of_sequence(),
                          Node::of_mapping()};
    for (const char* text : {"",    "word", "5",   "-1",      "+3",  "1.5",  "1e3",  "true", "Off", "10s", "1m30s",
                             "-2h", "0",    "64m", "1.5 GiB", "12q", "0440", "0480", "all",  "a.b", "a b"}) {
      out.push_back(Node::of_string(text));
    }
    std::string_view words = attribute.words;
    while (!words.empty()) {
      const auto end = std::min(words.find('|'), words.size());
      out.push_back(Node::of_string(std::string{words.substr(0, end)}));
      words.remove_prefix(std::min(end + 1, words.size()));
    }
    for (const char* key : {"unknown", "x-own", "b a"}) {
      Node mapping = Node::of_mapping();
      mapping.at(key) = Node::of_integer(1);
      add_required(mapping, attribute);
      out.push_back(std::move(mapping));
    }
    Node whole = Node::of_mapping();
    add_required(whole, attribute);
    out.push_back(std::move(whole));
    out.push_back(Node::of_sequence({Node::of_string("a")}));
    out.push_back(Node::of_sequence({Node{}}));
    return out;
  }

  void judge_both(const Attribute& attribute, const Node& document) {
    const std::string problems = checked(document);
    const auto why = judge(document, schema());
    (problems.empty() ? accepted : refused)++;
    EXPECT_EQ(problems.empty(), !why.has_value()) << attribute.path << "\n"
                                                  << write_json(to_value(document, KeyOrder::bytes))
                                                  << "\nchecks: " << problems << "schema: " << why.value_or("");
  }
};

TEST(ComposeJsonSchema, AgreesWithTheChecks) {
  Agreement agreement;
  agreement.walk(compose_file(), [](Node value) { return value.is(Kind::mapping) ? value : Node::of_mapping(); });
  EXPECT_GT(agreement.accepted, 2000);
  EXPECT_GT(agreement.refused, 2000);
}

TEST(ComposeJsonSchema, TakesVariablesWhereTextIsRead) {
  const auto document = read_yaml(
      "services: {a: {init: '${I}', scale: '${N:-1}', restart: '$R', deploy: {replicas: $N},"
      "volumes: [{type: '${T}', target: /x}]}}",
      "f");
  EXPECT_EQ(judge(document.documents.at(0), schema()), std::nullopt);
}

// What projects look like, and what `config` makes of them.
TEST(ComposeJsonSchema, TakesTheSamplesAndWhatConfigPrints) {
  int count = 0;
  const auto expect = [&](const fs::path& file) {
    const auto parsed = read_yaml(read_file(file).value_or(""), file.string());
    for (const auto& document : parsed.documents) {
      if (document.is(Kind::null)) continue;
      EXPECT_EQ(judge(document, schema()), std::nullopt) << file;
      ++count;
    }
  };
  const fs::path source{STACK_SOURCE_DIR};
  for (const auto& entry : fs::directory_iterator{source / "tests/golden/compose"}) {
    if (fs::exists(entry.path() / "expected.yaml")) expect(entry.path() / "expected.yaml");
    if (fs::exists(entry.path() / "expected.json")) expect(entry.path() / "expected.json");
    if (fs::exists(entry.path() / "expected.yaml") && fs::exists(entry.path() / "compose.yaml"))
      expect(entry.path() / "compose.yaml");
  }
  for (const auto& entry : fs::recursive_directory_iterator{source / "samples"}) {
    if (entry.path().filename() == "compose.yaml") expect(entry.path());
  }
  EXPECT_GT(count, 60);
}

}  // namespace
}  // namespace stack::compose
