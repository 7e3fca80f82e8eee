// What devices change in a launch.
#include "engine/core/device_edits.h"

#include <gtest/gtest.h>

namespace stack::core {
namespace {

sandbox::GivenDevice given(const std::string& user, const cdi::Node& node) {
  sandbox::LaunchInput input;
  input.spec.user = user;
  input.image.user = "7";
  cdi::Edits edits;
  edits.nodes.push_back(node);
  apply_edits(edits, input);
  return input.given_devices.at(0);
}

TEST(DeviceEdits, ANodeIsTheUsersUnlessItsFileSaysOtherwise) {
  const cdi::Node silent{.path = "/dev/a", .host_path = "/dev/null", .permissions = "rw"};
  const auto of_user = given("1000:50", silent), of_image = given("", silent), of_name = given("web", silent);
  EXPECT_EQ(of_user.uid, 1000U);
  EXPECT_EQ(of_user.gid, 50U);
  EXPECT_EQ(of_user.mode, 0666U);
  EXPECT_EQ(of_image.uid, 7U);
  EXPECT_EQ(of_image.gid, 0U);
  EXPECT_EQ(of_name.uid, 0U);
  cdi::Node strict = silent;
  strict.mode = 0600;
  strict.uid = 0;
  strict.gid = 44;
  const auto said = given("1000:50", strict);
  EXPECT_EQ(said.mode, 0600U);
  EXPECT_EQ(said.uid, 0U);
  EXPECT_EQ(said.gid, 44U);
}

}  // namespace
}  // namespace stack::core
