// A system call filter that a user wrote: Docker's profile format (JSON), compiled to BPF.
//
// Parsing and selecting are pure; compiling asks libseccomp. As runc does it: names that this machine does not know are left out, rules
// with the default action say nothing, and several conditions on one argument are rules of their own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::sandbox {

struct SeccompCondition {
  std::uint32_t index = 0;  // of the argument
  std::uint32_t op = 0;     // scmp_compare
  std::uint64_t value = 0, second = 0;
  bool operator==(const SeccompCondition&) const = default;
};

// When a rule counts; an empty list asks for nothing.
struct SeccompWhen {
  std::vector<std::string> capabilities;  // "CAP_SYS_ADMIN"
  std::vector<std::string> processors;    // as Go names them: "amd64"
  std::string kernel;                     // "4.8": this one or a newer one
};

struct SeccompRule {
  std::vector<std::string> names;
  std::uint32_t action = 0;  // SCMP_ACT_...
  std::vector<SeccompCondition> conditions;
  SeccompWhen includes, excludes;
};

struct SeccompProfile {
  std::uint32_t default_action = 0;
  std::vector<std::uint32_t> architectures;  // SCMP_ARCH_..., besides this machine's
  std::vector<SeccompRule> rules;
};

struct SeccompSurroundings {
  std::uint64_t capabilities = 0;  // of the container
  std::string processor;           // "amd64"
  int kernel_major = 0, kernel_minor = 0;
};

// Throws stack::Error(invalid) for what is no profile, saying where, and Error(unsupported) for what asks for a listener.
SeccompProfile parse_seccomp_profile(std::string_view json);
bool counts(const SeccompRule& rule, const SeccompSurroundings& around);
// BPF instructions (struct sock_filter).
std::vector<std::byte> compile_profile(const SeccompProfile& profile, const SeccompSurroundings& around);
// All of it, on this machine.
std::vector<std::byte> seccomp_program(std::string_view json, std::uint64_t capabilities);

}  // namespace stack::sandbox
