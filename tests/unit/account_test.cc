// Whom a process runs as: users and groups by the files of an image, as Docker reads them.
#include "engine/sandbox/account.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>

#include "base/file.h"

namespace stack::sandbox {
namespace {

struct Names {
  std::vector<std::string> list;
  GroupNames view() const {
    return {[](const void* context, std::size_t i) { return static_cast<const Names*>(context)->list[i].c_str(); },
            this, list.size()};
  }
};

UniqueFd file_of(const std::string& text) {
  UniqueFd file{::memfd_create("test", MFD_CLOEXEC)};
  write_all(file, text);
  return file;
}

struct Resolved {
  AccountError error;
  Account account;
  std::string wrong;
};

Resolved resolve(const std::string& user, const std::string& passwd, const std::string& group,
                 const Names& names = {}) {
  static Resolved out;
  out.account = Account{};
  const char* wrong = "";
  out.error = resolve_account(user.c_str(), names.view(), file_of(passwd), file_of(group), out.account, wrong);
  out.wrong = wrong;
  return out;
}

constexpr const char* kPasswd = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh";
constexpr const char* kGroup = "root:x:0:\nextra:x:50:other,app\nalmost:x:51:apps,xapp\n";

TEST(Account, dockers_rules) {
  EXPECT_EQ(resolve("", kPasswd, kGroup).account.gid, 0U);
  const Resolved app = resolve("app", kPasswd, kGroup);
  EXPECT_EQ(app.account.uid, 1000U);
  EXPECT_STREQ(app.account.home, "/home/app");
  EXPECT_EQ(app.account.group_count, 2U);
  EXPECT_EQ(app.account.groups[1], 50U);
  EXPECT_EQ(resolve("1000", kPasswd, kGroup).account.gid, 1001U);
  EXPECT_EQ(resolve("app:extra", kPasswd, kGroup).account.gid, 50U);
  EXPECT_EQ(resolve("app:77", kPasswd, kGroup).account.group_count, 1U);
  EXPECT_EQ(resolve("4000", "", "").account.gid, 0U);
  EXPECT_EQ(resolve("nobody", kPasswd, kGroup).error, AccountError::no_user);
  EXPECT_EQ(resolve("app:none", kPasswd, kGroup).error, AccountError::no_group);
  EXPECT_EQ(resolve("0", kPasswd, kGroup, {{"nope"}}).wrong, "nope");
  EXPECT_EQ(resolve("app:extra", kPasswd, kGroup, {{"extra", "50"}}).account.group_count, 2U);
}

TEST(Account, a_number_is_a_number_even_where_it_is_a_name) {
  const std::string groups = std::string("1000:x:5:\n") + kGroup;
  EXPECT_EQ(resolve("0:1000", kPasswd, groups).account.gid, 1000U);
  const Resolved further = resolve("app:extra", kPasswd, groups, {{"1000"}});
  ASSERT_EQ(further.account.group_count, 2U);
  EXPECT_EQ(further.account.groups[1], 1000U);
  EXPECT_EQ(resolve("1000", std::string("1000:x:7:7::/:\n") + kPasswd, groups).account.uid, 1000U);
}

TEST(Account, groups_may_have_any_number_of_members) {
  std::string big = "big:x:60:";
  for (int i = 0; i < 20'000; ++i) big += "member" + std::to_string(i) + ",";
  for (const std::string& line :
       {big + "app\n", big + "app,last\n", "big:x:60:app," + big.substr(9) + "x\n", big + "app"}) {
    const Resolved found = resolve("app", kPasswd, kGroup + line);
    ASSERT_EQ(found.account.group_count, 3U) << line.size();
    EXPECT_EQ(found.account.groups[2], 60U);
    EXPECT_EQ(resolve("app:big", kPasswd, kGroup + line).account.gid, 60U);
  }
  for (const std::string& line : {big + "apps\n", big + "xapp\n", big + "ap\n", big + "\n"}) {
    EXPECT_EQ(resolve("app", kPasswd, kGroup + line).account.group_count, 2U);
  }
}

TEST(Account, hostile_files) {
  EXPECT_EQ(resolve("a", "a:x:-1:0::/:\na:x:4294967295:0::/:\na:x:1:\n:::::\n", "").error, AccountError::no_user);
  const std::string endless(3 * kLineMax, 'y');
  EXPECT_EQ(resolve("app", endless + "\n" + kPasswd, endless).account.uid, 1000U);
  EXPECT_EQ(resolve("app", std::string("a\0b:x\n", 6) + kPasswd, "").account.uid, 1000U);
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "g" + std::to_string(i) + ":x:" + std::to_string(i + 2000) + ":app\n";
  EXPECT_EQ(resolve("app", kPasswd, many).error, AccountError::too_many_groups);
  EXPECT_EQ(resolve(std::string(1000, 'u'), kPasswd, kGroup).error, AccountError::no_user);
  EXPECT_EQ(resolve("99999999999", kPasswd, kGroup).error, AccountError::no_user);
}

}  // namespace
}  // namespace stack::sandbox
