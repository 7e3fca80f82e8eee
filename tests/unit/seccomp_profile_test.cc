// Profiles of system calls that users write.
#include "engine/sandbox/seccomp_profile.h"

#include <cerrno>
#include <cstring>

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <sys/syscall.h>

#include "base/error.h"
#include "engine/sandbox/seccomp_export.h"

namespace stack::sandbox {
namespace {

std::string fault_of(const std::string& text) {
  try {
    parse_seccomp_profile(text);
    return "taken";
  } catch (const Error& error) {
    return error.message();
  }
}

TEST(SeccompProfile, ReadsDockersFormat) {
  const SeccompProfile profile = parse_seccomp_profile(R"({
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
    "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86"]}],
    "syscalls": [
      {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "comment": ""},
      {"name": "personality", "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 8, "op": "SCMP_CMP_EQ"}]},
      {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"], "minKernel": "4.8"},
       "excludes": {"arches": ["s390x"]}}]})");
  EXPECT_EQ(profile.default_action, SCMP_ACT_ERRNO(ENOSYS));
  ASSERT_EQ(profile.rules.size(), 3u);
  EXPECT_EQ(profile.rules[1].conditions, (std::vector<SeccompCondition>{{0, SCMP_CMP_EQ, 8, 0}}));
  const std::uint64_t admin = std::uint64_t{1} << CAP_SYS_ADMIN;
  const SeccompRule& mount = profile.rules[2];
  EXPECT_TRUE(counts(mount, {admin, "amd64", 5, 0}));
  EXPECT_TRUE(counts(mount, {admin, "amd64", 4, 8}));
  EXPECT_FALSE(counts(mount, {admin, "amd64", 4, 7}));
  EXPECT_FALSE(counts(mount, {0, "amd64", 5, 0}));
  EXPECT_FALSE(counts(mount, {admin, "s390x", 5, 0}));
}

TEST(SeccompProfile, MistakesAreNamed) {
  EXPECT_NE(fault_of("{").find("Decoding seccomp profile failed"), std::string::npos);
  EXPECT_NE(fault_of("[]").find("it is no object"), std::string::npos);
  EXPECT_NE(fault_of("{}").find("profile.defaultAction: it is missing"), std::string::npos);
  EXPECT_NE(fault_of(R"({"defaultAction": "ALLOW"})").find("\"ALLOW\" is not known"), std::string::npos);
  EXPECT_NE(
      fault_of(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["x"], "action": "SCMP_ACT_NOTIFY"}]})")
          .find("syscalls[0]: SCMP_ACT_NOTIFY needs a listener"),
      std::string::npos);
  EXPECT_NE(fault_of(R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["x"], "action": "SCMP_ACT_KILL",
                         "args": [{"index": 6, "op": "SCMP_CMP_EQ"}]}]})")
                .find("six arguments"),
            std::string::npos);
}

TEST(SeccompProfile, CompilesAndLeavesOutWhatNobodyKnows) {
  const SeccompProfile profile = parse_seccomp_profile(
      R"({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
          {"names": ["mkdir", "no_such_call"], "action": "SCMP_ACT_ERRNO"},
          {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
          {"names": ["socket"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"},
                                                                     {"index": 0, "value": 2, "op": "SCMP_CMP_EQ"}]}]})");
  const std::vector<std::byte> program = compile_profile(profile, {0, "amd64", 5, 0});
  EXPECT_FALSE(program.empty());
  EXPECT_EQ(program.size() % 8, 0u);
}

TEST(SeccompProfile, CallsThatAreNewerThanItAreNotImplemented) {
  const auto begins = [](const std::string& action) {
    const SeccompProfile profile =
        parse_seccomp_profile(R"({"defaultAction": ")" + action +
                              R"(", "syscalls": [{"names": ["read", "mkdirat"], "action": "SCMP_ACT_ALLOW"}]})");
    const std::vector<std::byte> program = compile_profile(profile, {0, "amd64", 5, 0});
    const std::vector<sock_filter> front = not_implemented_above(SYS_mkdirat);
    return program.size() > front.size() * sizeof(sock_filter) &&
           std::memcmp(program.data(), front.data(), front.size() * sizeof(sock_filter)) == 0;
  };
  EXPECT_TRUE(begins("SCMP_ACT_ERRNO"));
  EXPECT_TRUE(begins("SCMP_ACT_KILL_PROCESS"));
  EXPECT_FALSE(begins("SCMP_ACT_ALLOW"));
  EXPECT_FALSE(begins("SCMP_ACT_LOG"));
}

TEST(SeccompProfile, FlagsThatAreNotSetAreRefused) {
  EXPECT_NO_THROW(
      parse_seccomp_profile(R"({"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_TSYNC"]})"));
  EXPECT_THROW(parse_seccomp_profile(R"({"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG"]})"),
               Error);
}

}  // namespace
}  // namespace stack::sandbox
