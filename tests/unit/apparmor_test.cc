// The default AppArmor profile: its rules, and how it gets into a machine, which is made of files here.
#include "engine/sandbox/apparmor.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"

namespace stack::sandbox {
namespace {

using testing::HasSubstr;

TEST(AppArmor, the_profile_has_dockers_rules) {
  const std::string text = profile_text("unconfined");
  for (const char* rule :
       {"profile stack-default flags=(attach_disconnected,mediate_deleted) {", "  deny mount,",
        "  deny /proc/sysrq-trigger rwklx,", "  deny /proc/kcore rwklx,", "  deny /sys/firmware/** rwklx,",
        "  ptrace (trace,read,tracedby,readby) peer=stack-default,", "  signal (receive) peer=unconfined,"}) {
    EXPECT_THAT(text, HasSubstr(rule));
  }
  EXPECT_EQ(std::ranges::count(text, '{'), std::ranges::count(text, '}'));
  EXPECT_THAT(profile_text("/usr/sbin/stackd"), HasSubstr("signal (receive) peer=\"/usr/sbin/stackd\","));
}

TEST(AppArmor, a_profile_is_listed_by_its_whole_name) {
  constexpr const char* kList = "snap.x (enforce)\nstack-default-old (enforce)\nstack-default (complain)\n";
  EXPECT_TRUE(lists_profile(kList, "stack-default"));
  EXPECT_TRUE(lists_profile(kList, "snap.x"));
  EXPECT_FALSE(lists_profile(kList, "stack"));
  EXPECT_FALSE(lists_profile("", "stack"));
  EXPECT_FALSE(lists_profile("stack-default", "stack-default"));
  EXPECT_EQ(profile_of_label("stack-default (enforce)\n"), "stack-default");
  EXPECT_EQ(profile_of_label("a (b) (complain)"), "a (b)");
  EXPECT_EQ(profile_of_label("one//&two (mixed)\n"), "one//&two");
  EXPECT_EQ(profile_of_label("unconfined\n"), "");
  EXPECT_EQ(profile_of_process(-1), std::nullopt);
  EXPECT_EQ(first_child_of(-1), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  EXPECT_EQ(first_child_of(::getpid()), child);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(first_child_of(::getpid()), 0);
}

// A machine of files: the parser is a script that does what the kernel would.
class AppArmorMachine {
 public:
  AppArmorMachine() {
    char name[] = "/tmp/stack-apparmor-XXXXXX";
    EXPECT_NE(::mkdtemp(name), nullptr);
    base_ = name;
    write("enabled", "Y\n");
    write("profiles", "");
    write("label", "unconfined\n");
    parser("cat >>$0.got && echo \"$1\" >$0.flags && echo 'stack-default (enforce)' >" + (base_ / "profiles").string());
  }
  AppArmorMachine(const AppArmorMachine&) = delete;
  AppArmorMachine& operator=(const AppArmorMachine&) = delete;
  ~AppArmorMachine() { std::filesystem::remove_all(base_); }
  AppArmorPlaces places() const { return {base_ / "enabled", base_ / "profiles", base_ / "label", base_ / "parser"}; }
  void write(const char* name, const std::string& content) { replace_file(base_ / name, content, Durable::no, 0755); }
  void parser(const std::string& script) { write("parser", "#!/bin/sh\n" + script + "\n"); }
  std::string text(const char* name) const { return read_file(base_ / name).value_or(""); }
  std::filesystem::path note() const { return base_ / "note"; }

 private:
  std::filesystem::path base_;
};

TEST(AppArmor, is_loaded_once_while_the_kernel_has_it) {
  AppArmorMachine machine;
  EXPECT_TRUE(has_apparmor(machine.places()));
  load_default_profile(machine.places(), machine.note());
  EXPECT_EQ(machine.text("parser.got"), profile_text("unconfined"));
  EXPECT_EQ(machine.text("parser.flags"), "-Kr\n");
  load_default_profile(machine.places(), machine.note());
  EXPECT_EQ(machine.text("parser.got"), profile_text("unconfined")) << "loaded twice";
  machine.write("profiles", "other (enforce)\n");
  load_default_profile(machine.places(), machine.note());
  EXPECT_EQ(machine.text("parser.got"), profile_text("unconfined") + profile_text("unconfined"));
  machine.write("label", "engine (enforce)\n");
  load_default_profile(machine.places(), machine.note());
  EXPECT_THAT(machine.text("parser.got"), HasSubstr("peer=\"engine\""));
}

TEST(AppArmor, what_the_parser_says_is_told) {
  AppArmorMachine machine;
  const auto said = [&] {
    try {
      load_default_profile(machine.places(), machine.note());
    } catch (const Error& error) {
      return error.message();
    }
    return std::string{"nothing"};
  };
  machine.parser("echo 'syntax error, line 3' >&2; exit 1");
  EXPECT_THAT(said(), HasSubstr("said: syntax error, line 3"));
  machine.parser("kill -9 $$");
  EXPECT_THAT(said(), HasSubstr("failed"));
  machine.parser("true");
  EXPECT_THAT(said(), HasSubstr("does not list it"));
  EXPECT_EQ(machine.text("note"), "");
}

TEST(AppArmor, a_machine_has_it_only_with_all_its_parts) {
  AppArmorMachine machine;
  machine.write("enabled", "N\n");
  EXPECT_FALSE(has_apparmor(machine.places()));
  machine.write("enabled", "Y\n");
  AppArmorPlaces places = machine.places();
  places.profiles = "/nonexistent/profiles";
  EXPECT_FALSE(has_apparmor(places));
  places.enabled = "/nonexistent/enabled";
  EXPECT_FALSE(has_apparmor(places));
}

}  // namespace
}  // namespace stack::sandbox
