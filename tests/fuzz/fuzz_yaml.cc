// YAML text: never a crash, always within bounds; and what we write of a tree reads back as the same tree.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "compose/source/json_writer.h"
#include "compose/source/yaml_reader.h"
#include "compose/source/yaml_writer.h"

namespace {

using stack::compose::Kind;
using stack::compose::Node;

bool valid_utf8_and_finite(const Node& node) {
  if (node.is(Kind::floating) && !std::isfinite(node.floating)) return false;
  for (const char c : node.text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  for (const auto& item : node.items) {
    if (!valid_utf8_and_finite(item)) return false;
  }
  for (const auto& [key, value] : node.entries) {
    if (!valid_utf8_and_finite(value) || !valid_utf8_and_finite(Node::of_string(key))) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stack::compose;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto result = read_yaml(text, "fuzz.yaml", {.nodes = 20'000, .alias_nodes = 10'000});
  for (const auto& document : result.documents) {
    const auto json = write_json(to_value(document, KeyOrder::bytes));
    const auto yaml = write_yaml(to_value(document, KeyOrder::natural));
    if (!valid_utf8_and_finite(document)) continue;
    const auto again = read_yaml(yaml, "again.yaml");
    const bool same = again.documents.size() == 1 && write_json(to_value(again.documents[0], KeyOrder::bytes)) == json;
    if (!same) {
      std::fprintf(stderr, "does not read back:\n%s\n%s\n", json.c_str(), yaml.c_str());
      std::abort();
    }
  }
  return 0;
}
