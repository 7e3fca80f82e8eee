// Counts which rows of the attribute table, and which of their short and long forms, the projects of the differential
// test reach in files that load: a new row without a sample fails here.
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "compose/check/attribute_table.h"
#include "compose/source/yaml_reader.h"
#include "recorded.h"
#include "tests/places.h"

namespace stack::compose {
namespace {

struct Form {
  std::string path;
  Kinds kind = 0;
  auto operator<=>(const Form&) const = default;
};

Kinds form_of(const Node& node) {
  if (node.is(Kind::mapping)) return kMap;
  if (node.is(Kind::sequence)) return kList;
  return node.is(Kind::null) ? kNull : kText;
}

void mark(const Node& node, const Attribute& attribute, std::set<Form>& reached) {
  if (!attribute.path.empty()) reached.insert({attribute.path, form_of(node)});
  for (const auto& item : node.items) {
    if (attribute.item) mark(item, *attribute.item, reached);
  }
  for (const auto& [key, value] : node.entries) {
    if (const Attribute* member = attribute.member(key)) mark(value, *member, reached);
  }
}

// What has to be reached: of every row each of text (or another scalar), list and mapping that it may be.
void want(const Attribute& attribute, std::set<Form>& wanted) {
  if (!attribute.path.empty()) {
    if ((attribute.kinds & kScalars) != 0) wanted.insert({attribute.path, kText});
    for (const Kinds kind : {kList, kMap}) {
      if ((attribute.kinds & kind) != 0) wanted.insert({attribute.path, kind});
    }
  }
  for (const auto& [key, member] : attribute.members) want(*member, wanted);
  if (attribute.any) want(*attribute.any, wanted);
  if (attribute.item) want(*attribute.item, wanted);
}

TEST(AttributeTable, EveryRowIsReached) {
  const auto path = std::filesystem::path{STACK_SOURCE_DIR} / "tests/golden/differential/answers.xz";
  std::set<Form> wanted, reached;
  want(compose_file(), wanted);
  for (const auto& [sample, answer] : read_recorded(path)) {
    if (!load_sample(sample).outcome.accepted) continue;
    for (const auto& [name, text] : sample.files) {
      if (!name.ends_with(".yaml") && !name.ends_with(".yml") && name != "-") continue;
      for (const auto& document : read_yaml(text, name).documents) mark(document, compose_file(), reached);
    }
  }
  ASSERT_GT(wanted.size(), 400U);
  for (const auto& form : wanted) {
    const char* const kind = form.kind == kText ? "a scalar" : form.kind == kList ? "a list" : "a mapping";
    EXPECT_TRUE(reached.contains(form)) << form.path << " as " << kind << " is in no project that loads";
  }
}

}  // namespace
}  // namespace stack::compose
