// Entries of binfmt_misc, as the kernel shows them: which platforms their interpreters run.
#include "engine/build/emulation.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace stack::build {
namespace {

const image::Platform kArm64{"linux", "arm64", ""}, kArm{"linux", "arm", "v7"}, kS390{"linux", "s390x", ""};

std::string entry(const std::string& magic, const std::string& flags = "POCF", const std::string& state = "enabled") {
  return state + "\ninterpreter /usr/libexec/qemu\nflags: " + flags + "\noffset 0\nmagic " + magic +
         "\nmask ffffffffffffff00fffffffffffffffffeffffff\n";
}
const std::string kArm64Magic = "7f454c460201010000000000000000000200b700",
                  kArmMagic = "7f454c4601010100000000000000000002002800",
                  kS390Magic = "7f454c4602020100000000000000000000020016";

TEST(Emulation, AnInterpreterRunsItsOwnPlatform) {
  EXPECT_TRUE(is_interpreter_of(entry(kArm64Magic), kArm64));
  EXPECT_FALSE(is_interpreter_of(entry(kArm64Magic), kArm));
  EXPECT_TRUE(is_interpreter_of(entry(kArmMagic), kArm));
  EXPECT_FALSE(is_interpreter_of(entry(kArmMagic), kArm64));
}

TEST(Emulation, BytesOfABigMachineComeInTheirOrder) {
  const std::string big = "enabled\ninterpreter /q\nflags: F\noffset 0\nmagic " + kS390Magic +
                          "\nmask ffffffffffffff00fffffffffffffffffffeffff\n";
  EXPECT_TRUE(is_interpreter_of(big, kS390));
  EXPECT_FALSE(is_interpreter_of(big, kArm64));
}

TEST(Emulation, WhatIsOffOrNotInContainersRunsNothing) {
  EXPECT_FALSE(is_interpreter_of(entry(kArm64Magic, "POC"), kArm64));
  EXPECT_FALSE(is_interpreter_of(entry(kArm64Magic, "F", "disabled"), kArm64));
  EXPECT_FALSE(is_interpreter_of(entry("7f454c46"), kArm64));
  EXPECT_FALSE(is_interpreter_of(entry("zz"), kArm64));
  EXPECT_FALSE(is_interpreter_of("enabled\ninterpreter /jar\nflags: F\nextension .jar\n", kArm64));
  EXPECT_FALSE(is_interpreter_of("", kArm64));
  EXPECT_FALSE(is_interpreter_of(entry(kArm64Magic), {"windows", "arm64", ""}));
}

TEST(Emulation, AllEntriesOfTheFolderCount) {
  const std::filesystem::path folder = std::filesystem::path{::testing::TempDir()} / "binfmt";
  std::filesystem::create_directories(folder);
  std::ofstream{folder / "status"} << "enabled\n";
  std::ofstream{folder / "qemu-s390x"} << "enabled\ninterpreter /q\nflags: F\noffset 0\nmagic " << kS390Magic << "\n";
  EXPECT_TRUE(run_platforms(folder).can_run(kS390));
  std::filesystem::remove_all(folder);
  EXPECT_FALSE(run_platforms(folder).can_run(kS390));
  EXPECT_TRUE(run_platforms(folder).can_run(image::host_platform()));
}

}  // namespace
}  // namespace stack::build
