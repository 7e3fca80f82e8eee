// Users that execs ask for.
#include "engine/service/exec_user.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"

namespace stack::service {
namespace {

TEST(ExecUser, OnlyNamesNeedTheContainersFiles) {
  for (const char* numbers : {"", "0", "1000:50", ":7", "99999", "5:"}) EXPECT_FALSE(has_name(numbers)) << numbers;
  for (const char* name : {"web", "0:staff", "web:0", ":staff", "a b", "1x", "-"}) EXPECT_TRUE(has_name(name)) << name;
  for (const char* wrong : {"4294967296", "-1", "0:2147483648", "99999999999999999999"})
    EXPECT_THROW((void)has_name(wrong), Error) << wrong;
}

}  // namespace
}  // namespace stack::service
