#include "engine/service/container_paths.h"

#include <gtest/gtest.h>

namespace stack::service {
namespace {

TEST(ContainerPath, IsCleanedAsText) {
  const auto path = [](const char* given) {
    const ContainerPath it = container_path(given);
    return it.absolute + "|" + it.name + (it.means_folder ? "|folder" : "");
  };
  EXPECT_EQ(path("d/e/../f"), "/d/f|f");
  EXPECT_EQ(path("../../d"), "/d|d");
  EXPECT_EQ(path("/d/"), "/d|d|folder");
  EXPECT_EQ(path("/d/."), "/d|.|folder");
  EXPECT_EQ(path("/"), "/|/|folder");
  EXPECT_EQ(path("."), "/|.|folder");
  EXPECT_EQ(path("/d/.."), "/|/");
}

}  // namespace
}  // namespace stack::service
