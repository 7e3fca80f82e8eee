// The AppArmor profile that containers run under unless security_opt says otherwise, with the rules of Docker's default one:
// no mounting, no ptrace beyond the containers' own, no writes to what of /proc and /sys is the machine's.
//
// profile_text, lists_profile and profile_of_label are pure; load_default_profile talks to the kernel by way of apparmor_parser,
// once when the engine starts, and blocks meanwhile.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace stack::sandbox {

inline constexpr std::string_view kDefaultProfile = "stack-default";

// The policy as apparmor_parser reads it. It includes no file, so it does not depend on what the distribution installs.
// `engine_label` is the profile of the engine itself, whose signals must arrive; "unconfined" as a rule.
std::string profile_text(std::string_view engine_label);

// Whether the kernel's list ("name (mode)" a line) has that profile.
bool lists_profile(std::string_view list, std::string_view name);

// The profile that a process has, as the kernel writes it into attr/current: "name (mode)", or "unconfined", which gives an empty name.
std::string profile_of_label(std::string_view label);
// The same of a process that runs; nothing when it cannot be read or the kernel has no AppArmor.
std::optional<std::string> profile_of_process(int pid);
// The process that this one has started first and that still runs; 0 when it cannot be told.
int first_child_of(int pid);

// Where things are; a test has its own.
struct AppArmorPlaces {
  std::filesystem::path enabled = "/sys/module/apparmor/parameters/enabled";
  std::filesystem::path profiles = "/sys/kernel/security/apparmor/profiles";
  std::filesystem::path label = "/proc/self/attr/current";
  std::filesystem::path parser;  // empty: looked for in /sbin and /usr/sbin
};

// Whether this machine can confine containers: the kernel does it, shows its profiles, and has a parser to be told more.
bool has_apparmor(const AppArmorPlaces& places);

// Loads the profile, unless `note` says that this very text has been loaded since the machine started and the kernel still
// lists it. Throws stack::Error with what the parser said. Call it only where has_apparmor.
void load_default_profile(const AppArmorPlaces& places, const std::filesystem::path& note);

}  // namespace stack::sandbox
