#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <nlohmann/json.hpp>
#include <seccomp.h>

#include "base/error.h"
#include "base/thrown.h"
#include "engine/sandbox/seccomp_profile.h"

namespace stack::sandbox {
namespace {

using nlohmann::json;
using Word = std::pair<std::string_view, std::uint32_t>;

constexpr std::uint32_t kWithErrno = SCMP_ACT_ERRNO(0), kWithTrace = SCMP_ACT_TRACE(0);
constexpr std::array<Word, 8> kActions{{{"SCMP_ACT_ALLOW", SCMP_ACT_ALLOW},
                                        {"SCMP_ACT_ERRNO", kWithErrno},
                                        {"SCMP_ACT_KILL", SCMP_ACT_KILL},
                                        {"SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS},
                                        {"SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD},
                                        {"SCMP_ACT_LOG", SCMP_ACT_LOG},
                                        {"SCMP_ACT_TRACE", kWithTrace},
                                        {"SCMP_ACT_TRAP", SCMP_ACT_TRAP}}};
constexpr std::array<Word, 7> kOperators{{{"SCMP_CMP_NE", SCMP_CMP_NE},
                                          {"SCMP_CMP_LT", SCMP_CMP_LT},
                                          {"SCMP_CMP_LE", SCMP_CMP_LE},
                                          {"SCMP_CMP_EQ", SCMP_CMP_EQ},
                                          {"SCMP_CMP_GE", SCMP_CMP_GE},
                                          {"SCMP_CMP_GT", SCMP_CMP_GT},
                                          {"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ}}};
constexpr std::array<Word, 18> kArchitectures{{{"SCMP_ARCH_X86", SCMP_ARCH_X86},
                                               {"SCMP_ARCH_X86_64", SCMP_ARCH_X86_64},
                                               {"SCMP_ARCH_X32", SCMP_ARCH_X32},
                                               {"SCMP_ARCH_ARM", SCMP_ARCH_ARM},
                                               {"SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64},
                                               {"SCMP_ARCH_MIPS", SCMP_ARCH_MIPS},
                                               {"SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64},
                                               {"SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32},
                                               {"SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL},
                                               {"SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64},
                                               {"SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32},
                                               {"SCMP_ARCH_PPC", SCMP_ARCH_PPC},
                                               {"SCMP_ARCH_PPC64", SCMP_ARCH_PPC64},
                                               {"SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE},
                                               {"SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64},
                                               {"SCMP_ARCH_S390", SCMP_ARCH_S390},
                                               {"SCMP_ARCH_S390X", SCMP_ARCH_S390X},
                                               {"SCMP_ARCH_PARISC", SCMP_ARCH_PARISC}}};

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw Error(ErrorKind::invalid, "seccomp profile: " + where + ": " + why);
}

// The words that a table knows; what it does not know is a mistake of the profile.
template <std::size_t N>
std::uint32_t word_of(const std::array<Word, N>& known, const std::string& word, const std::string& where) {
  const auto found = std::find_if(known.begin(), known.end(), [&](const Word& each) { return each.first == word; });
  if (found == known.end()) refuse(where, "\"" + word + "\" is not known");
  return found->second;
}

const json* member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json& object, const char* key, const std::string& where) {
  const json* value = member(object, key);
  if (value == nullptr) return {};
  if (!value->is_string()) refuse(where + "." + key, "it should be a string");
  return value->get<std::string>();
}

std::uint64_t number_of(const json& object, const char* key, const std::string& where) {
  const json* value = member(object, key);
  if (value == nullptr) return 0;
  if (!value->is_number_unsigned()) refuse(where + "." + key, "it should be a number that is not negative");
  return value->get<std::uint64_t>();
}

std::vector<std::string> texts_of(const json& object, const char* key, const std::string& where) {
  const json* value = member(object, key);
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  if (!value->is_array()) refuse(where + "." + key, "it should be a list");
  for (const json& each : *value) {
    if (!each.is_string()) refuse(where + "." + key, "it should be a list of strings");
    texts.push_back(each.get<std::string>());
  }
  return texts;
}

std::uint32_t action_of(const json& object, const char* key, const char* number, const std::string& where) {
  const std::string word = text_of(object, key, where);
  if (word.empty()) refuse(where + "." + key, "it is missing");
  if (word == "SCMP_ACT_NOTIFY")
    throw Error(ErrorKind::unsupported,
                "seccomp profile: " + where + ": SCMP_ACT_NOTIFY needs a listener, and there is none");
  const std::uint32_t action = word_of(kActions, word, where + "." + key);
  const json* given = member(object, number);
  const std::uint64_t value = given == nullptr ? EPERM : number_of(object, number, where);
  if (value > 0xffff) refuse(where + "." + number, "it is out of range");
  if (action == kWithErrno) return SCMP_ACT_ERRNO(static_cast<std::uint32_t>(value));
  if (action == kWithTrace) return SCMP_ACT_TRACE(static_cast<std::uint32_t>(value));
  return action;
}

SeccompWhen when_of(const json& rule, const char* key, const std::string& where) {
  const json* value = member(rule, key);
  if (value == nullptr) return {};
  if (!value->is_object()) refuse(where + "." + key, "it should be an object");
  const std::string path = where + "." + key;
  return {texts_of(*value, "caps", path), texts_of(*value, "arches", path), text_of(*value, "minKernel", path)};
}

SeccompRule rule_of(const json& from, const std::string& where) {
  if (!from.is_object()) refuse(where, "it should be an object");
  SeccompRule rule;
  rule.names = texts_of(from, "names", where);
  if (const std::string name = text_of(from, "name", where); !name.empty()) {
    if (!rule.names.empty()) refuse(where, "name and names exclude each other");
    rule.names.push_back(name);
  }
  rule.action = action_of(from, "action", "errnoRet", where);
  if (const json* conditions = member(from, "args")) {
    if (!conditions->is_array()) refuse(where + ".args", "it should be a list");
    for (const json& each : *conditions) {
      if (!each.is_object()) refuse(where + ".args", "it should be a list of objects");
      const std::uint64_t index = number_of(each, "index", where + ".args");
      if (index > 5) refuse(where + ".args.index", "a system call has six arguments");
      rule.conditions.push_back({static_cast<std::uint32_t>(index),
                                 word_of(kOperators, text_of(each, "op", where + ".args"), where + ".args.op"),
                                 number_of(each, "value", where + ".args"),
                                 number_of(each, "valueTwo", where + ".args")});
    }
  }
  rule.includes = when_of(from, "includes", where);
  rule.excludes = when_of(from, "excludes", where);
  return rule;
}

void add_architectures(const json& profile, SeccompProfile& out) {
  const auto add = [&](const std::string& word, const char* where) {
    // One that this libseccomp does not know has no programs here.
    const auto found = std::find_if(kArchitectures.begin(), kArchitectures.end(),
                                    [&](const Word& each) { return each.first == word; });
    if (!word.starts_with("SCMP_ARCH_")) refuse(where, "\"" + word + "\" is not known");
    if (found != kArchitectures.end()) out.architectures.push_back(found->second);
  };
  for (const std::string& word : texts_of(profile, "architectures", "profile")) add(word, "architectures");
  const json* map = member(profile, "archMap");
  if (map == nullptr) return;
  if (!out.architectures.empty()) refuse("archMap", "architectures and archMap exclude each other");
  if (!map->is_array()) refuse("archMap", "it should be a list");
  for (const json& each : *map) {
    if (!each.is_object()) refuse("archMap", "it should be a list of objects");
    const std::string main = text_of(each, "architecture", "archMap");
    const auto known = std::find_if(kArchitectures.begin(), kArchitectures.end(),
                                    [&](const Word& word) { return word.first == main; });
    if (known == kArchitectures.end() || known->second != seccomp_arch_native()) continue;
    for (const std::string& word : texts_of(each, "subArchitectures", "archMap")) add(word, "archMap");
  }
}

}  // namespace

SeccompProfile parse_seccomp_profile(std::string_view text) {
  json profile;
  try {
    profile = json::parse(text);
  } catch (const json::exception& error) {
    throw Error(ErrorKind::invalid, "Decoding seccomp profile failed: " + std::string{json_reason(error)});
  }
  if (!profile.is_object()) throw Error(ErrorKind::invalid, "Decoding seccomp profile failed: it is no object");
  if (!text_of(profile, "listenerPath", "profile").empty())
    throw Error(ErrorKind::unsupported, "seccomp profile: listenerPath is not supported");
  for (const std::string& flag : texts_of(profile, "flags", "profile")) {
    // What it is for happens anyway: the program has one thread when the filter comes.
    if (flag == "SECCOMP_FILTER_FLAG_TSYNC") continue;
    throw Error(ErrorKind::unsupported, "seccomp profile: the flag " + flag.substr(0, 80) + " is not supported")
        .remedy("remove it");
  }
  SeccompProfile out;
  out.default_action = action_of(profile, "defaultAction", "defaultErrnoRet", "profile");
  add_architectures(profile, out);
  if (const json* rules = member(profile, "syscalls")) {
    if (!rules->is_array()) refuse("syscalls", "it should be a list");
    for (std::size_t i = 0; i < rules->size(); ++i)
      out.rules.push_back(rule_of((*rules)[i], "syscalls[" + std::to_string(i) + "]"));
  }
  return out;
}

}  // namespace stack::sandbox
