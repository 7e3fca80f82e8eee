#include "engine/sandbox/device_filter.h"

#include <charconv>
#include <cstring>
#include <sstream>
#include <string_view>

#include <linux/bpf.h>

#include "base/error.h"

namespace stack::sandbox {
namespace {

// Registers of the program: the context's fields once, then one compare chain per rule.
constexpr int kType = BPF_REG_2, kAccess = BPF_REG_3, kMajor = BPF_REG_4, kMinor = BPF_REG_5, kScratch = BPF_REG_6;

bpf_insn instruction(int code, int dst, int src, int off, std::int32_t imm) {
  bpf_insn insn{};
  insn.code = static_cast<std::uint8_t>(code);
  insn.dst_reg = static_cast<std::uint8_t>(dst & 15);
  insn.src_reg = static_cast<std::uint8_t>(src & 15);
  insn.off = static_cast<std::int16_t>(off);
  insn.imm = imm;
  return insn;
}

std::int32_t access_bits(const std::string& access) {
  std::int32_t bits = 0;
  if (access.find('m') != std::string::npos) bits |= BPF_DEVCG_ACC_MKNOD;
  if (access.find('r') != std::string::npos) bits |= BPF_DEVCG_ACC_READ;
  if (access.find('w') != std::string::npos) bits |= BPF_DEVCG_ACC_WRITE;
  return bits;
}

void add_rule(const DeviceRule& rule, std::vector<bpf_insn>& program) {
  std::vector<bpf_insn> body;
  const auto unless_equal = [&](int reg, std::int32_t value) {
    body.push_back(instruction(BPF_JMP32 | BPF_JNE | BPF_K, reg, 0, 0, value));
  };
  if (rule.type != 'a') unless_equal(kType, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
  if (rule.major >= 0) unless_equal(kMajor, static_cast<std::int32_t>(rule.major));
  if (rule.minor >= 0) unless_equal(kMinor, static_cast<std::int32_t>(rule.minor));
  // What is asked for beyond what the rule allows must be nothing.
  body.push_back(instruction(BPF_ALU | BPF_MOV | BPF_X, kScratch, kAccess, 0, 0));
  body.push_back(instruction(BPF_ALU | BPF_AND | BPF_K, kScratch, 0, 0, ~access_bits(rule.access)));
  unless_equal(kScratch, 0);
  body.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1));
  body.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (BPF_CLASS(body[i].code) == BPF_JMP32) body[i].off = static_cast<std::int16_t>(body.size() - i - 1);
  }
  program.insert(program.end(), body.begin(), body.end());
}

}  // namespace

std::vector<DeviceRule> device_rules(const std::vector<DeviceNode>& devices, bool privileged) {
  if (privileged) return {{'a', -1, -1, "rwm"}};
  std::vector<DeviceRule> rules = {{'c', -1, -1, "m"}, {'b', -1, -1, "m"},    {'c', 1, 3, "rwm"},
                                   {'c', 1, 5, "rwm"}, {'c', 1, 7, "rwm"},    {'c', 1, 8, "rwm"},
                                   {'c', 1, 9, "rwm"}, {'c', 5, 0, "rwm"},    {'c', 5, 1, "rwm"},
                                   {'c', 5, 2, "rwm"}, {'c', 136, -1, "rwm"}, {'c', 10, 200, "rwm"}};
  for (const DeviceNode& device : devices) {
    rules.push_back({device.block ? 'b' : 'c', device.major, device.minor, device.permissions});
  }
  return rules;
}

DeviceRule parse_device_rule(const std::string& text) {
  const Error wrong = Error(ErrorKind::invalid, "device_cgroup_rules: \"" + text + "\" is not valid")
                          .remedy("write type, numbers and rights, like c 10:229 rwm or b 7:* r");
  std::istringstream words(text);
  std::string type, numbers, rest;
  DeviceRule rule;
  if (!(words >> type >> numbers >> rule.access) || (words >> rest)) throw wrong;
  if (type.size() != 1 || std::string_view("abc").find(type) == std::string_view::npos) throw wrong;
  rule.type = type.front();
  const std::size_t colon = numbers.find(':');
  if (colon == std::string::npos) throw wrong;
  const auto number = [&](std::string_view digits, std::int64_t& out) {
    if (digits == "*") return;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (error != std::errc{} || stop != digits.data() + digits.size() || out < 0 || out > 0xffff'ffff) throw wrong;
  };
  number(std::string_view(numbers).substr(0, colon), rule.major);
  number(std::string_view(numbers).substr(colon + 1), rule.minor);
  if (rule.access.find_first_not_of("rwm") != std::string::npos || rule.access.size() > 3) throw wrong;
  return rule;
}

std::string rule_line(const DeviceRule& rule) {
  const auto number = [](std::int64_t value) { return value < 0 ? std::string("*") : std::to_string(value); };
  if (rule.type == 'a') return "a";
  return std::string(1, rule.type) + " " + number(rule.major) + ":" + number(rule.minor) + " " + rule.access;
}

std::vector<std::byte> device_program(const std::vector<DeviceRule>& rules) {
  for (const DeviceRule& rule : rules) {
    if (rule.type == 'a' && rule.access == "rwm") return {};
  }
  std::vector<bpf_insn> program;
  const auto load = [&](int reg, std::size_t offset) {
    program.push_back(instruction(BPF_LDX | BPF_MEM | BPF_W, reg, BPF_REG_1, static_cast<int>(offset), 0));
  };
  load(kAccess, offsetof(bpf_cgroup_dev_ctx, access_type));
  load(kMajor, offsetof(bpf_cgroup_dev_ctx, major));
  load(kMinor, offsetof(bpf_cgroup_dev_ctx, minor));
  // access_type carries the kind of access in its upper and the type of device in its lower half.
  program.push_back(instruction(BPF_ALU | BPF_MOV | BPF_X, kType, kAccess, 0, 0));
  program.push_back(instruction(BPF_ALU | BPF_AND | BPF_K, kType, 0, 0, 0xFFFF));
  program.push_back(instruction(BPF_ALU | BPF_RSH | BPF_K, kAccess, 0, 0, 16));
  for (const DeviceRule& rule : rules) add_rule(rule, program);
  program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0));
  program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
  std::vector<std::byte> bytes(program.size() * sizeof(bpf_insn));
  std::memcpy(bytes.data(), program.data(), bytes.size());
  return bytes;
}

}  // namespace stack::sandbox
