// Names that come to stand for something else while a container is created.
#include "engine/service/creation_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace stack::service {
namespace {

using Table = std::map<std::string, std::string>;

Identities identities_in(const Table& table) {
  const auto find = [table](const std::string& name) { return table.contains(name) ? table.at(name) : std::string{}; };
  return {find, find, find};
}

model::ContainerSpec some_spec() {
  model::ContainerSpec spec;
  spec.volumes_from = {"db:ro"};
  spec.networks = {{.network = "net"}};
  spec.mounts = {{.kind = model::MountKind::volume, .source = "data", .target = "/d"},
                 {.kind = model::MountKind::volume, .source = "", .target = "/anonymous"},
                 {.kind = model::MountKind::bind, .source = "/srv", .target = "/srv"}};
  return spec;
}

std::string complaint(const Table& before, const Table& after) {
  const model::ContainerSpec spec = some_spec();
  try {
    CreationNames{spec, identities_in(before)}.check(CreationNames{spec, identities_in(after)});
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::conflict);
    return error.message();
  }
  return "";
}

TEST(CreationNames, MayNotComeToStandForSomethingElse) {
  const Table before{{"db", "1"}, {"net", "2"}, {"data", "3"}};
  EXPECT_EQ(complaint(before, before), "");
  for (const auto& [name, kind] : Table{{"db", "container"}, {"net", "network"}, {"data", "volume"}}) {
    Table replaced = before, removed = before;
    replaced[name] = "of a stranger";
    removed.erase(name);
    EXPECT_THAT(complaint(before, replaced), testing::StartsWith(kind + " " + name + " was removed or replaced"));
    EXPECT_THAT(complaint(before, removed), testing::StartsWith(kind + " " + name));
  }
}

TEST(CreationNames, MayComeIntoBeing) {
  EXPECT_EQ(complaint({{"db", "1"}}, {{"db", "1"}, {"net", "2"}, {"data", "3"}}), "");
}

}  // namespace
}  // namespace stack::service
