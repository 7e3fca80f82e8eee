#include "engine/cdi/cdi_spec.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "compose/source/yaml_reader.h"

namespace stack::cdi {
namespace {

using compose::Kind;

[[noreturn]] void refuse(const compose::Node& node, const std::string& key, const std::string& why) {
  const std::string where = compose::to_text(node.place());
  throw Error(ErrorKind::invalid, (where.empty() ? "" : where + ": ") + key + ": " + why);
}

const compose::Node* find(const compose::Node& node, const char* key, Kind kind) {
  const compose::Node* found = node.find(key);
  if (found == nullptr || found->is(Kind::null)) return nullptr;
  if (!found->is(kind)) refuse(*found, key, "it should be " + std::string{compose::describe(kind)});
  return found;
}

std::string text_of(const compose::Node& node, const char* key) {
  const compose::Node* found = node.find(key);
  if (found == nullptr || found->is(Kind::null)) return {};
  if (!found->is_scalar()) refuse(*found, key, "it should be a string");
  return compose::scalar_text(*found);
}

std::string needed(const compose::Node& node, const char* key) {
  std::string text = text_of(node, key);
  if (text.empty()) refuse(node, key, "it is missing");
  return text;
}

std::optional<std::uint32_t> number_of(const compose::Node& node, const char* key) {
  const compose::Node* found = find(node, key, Kind::integer);
  if (found == nullptr) return std::nullopt;
  if (found->integer < 0 || found->integer > UINT32_MAX) refuse(*found, key, "it is out of range");
  return static_cast<std::uint32_t>(found->integer);
}

const std::vector<compose::Node>& items_of(const compose::Node& node, const char* key) {
  static const std::vector<compose::Node> kNone;
  const compose::Node* found = find(node, key, Kind::sequence);
  return found == nullptr ? kNone : found->items;
}

Node node_of(const compose::Node& from) {
  Node node{.path = needed(from, "path"), .host_path = text_of(from, "hostPath"), .permissions = {}};
  if (node.path.front() != '/') refuse(from, "path", "it is not absolute");
  if (node.host_path.empty()) node.host_path = node.path;
  node.permissions = text_of(from, "permissions");
  if (node.permissions.empty()) node.permissions = "rwm";
  if (node.permissions.find_first_not_of("rwm") != std::string::npos)
    refuse(from, "permissions", "they are of r, w and m");
  const std::string type = text_of(from, "type");
  const auto major = number_of(from, "major"), minor = number_of(from, "minor");
  if (type != "" && type != "c" && type != "u" && type != "b" && type != "p")
    refuse(from, "type", "it is one of c, u, b and p");
  if (type == "p") refuse(from, "type", "pipes are not supported");
  if (!type.empty() && major) node.numbers = Node::Numbers{type == "b", *major, minor.value_or(0)};
  node.mode = number_of(from, "fileMode");
  node.uid = number_of(from, "uid");
  node.gid = number_of(from, "gid");
  return node;
}

void add_option(const compose::Node& from, const std::string& option, Mount& mount) {
  constexpr std::array kPropagations{"private", "rprivate", "shared", "rshared", "slave", "rslave"};
  constexpr std::array kPlain{"rw", "bind", "rbind", "suid", "dev", "exec"};
  if (option == "ro") {
    mount.read_only = true;
  } else if (option == "nosuid") {
    mount.no_suid = true;
  } else if (option == "nodev") {
    mount.no_dev = true;
  } else if (option == "noexec") {
    mount.no_exec = true;
  } else if (std::find(kPropagations.begin(), kPropagations.end(), option) != kPropagations.end()) {
    mount.propagation = option;
  } else if (std::find(kPlain.begin(), kPlain.end(), option) == kPlain.end()) {
    refuse(from, "options", "the option \"" + option + "\" is not supported");
  }
}

Mount mount_of(const compose::Node& from) {
  Mount mount{.host_path = needed(from, "hostPath"), .target = needed(from, "containerPath"), .propagation = {}};
  if (mount.host_path.front() != '/') refuse(from, "hostPath", "it is not absolute");
  if (mount.target.front() != '/') refuse(from, "containerPath", "it is not absolute");
  const std::string type = text_of(from, "type");
  if (!type.empty() && type != "bind" && type != "none") refuse(from, "type", "only binds are supported");
  for (const compose::Node& option : items_of(from, "options")) add_option(from, compose::scalar_text(option), mount);
  return mount;
}

Edits edits_of(const compose::Node& owner) {
  Edits edits;
  const compose::Node* from = find(owner, "containerEdits", Kind::mapping);
  if (from == nullptr) return edits;
  for (const compose::Node& variable : items_of(*from, "env")) {
    std::string text = compose::scalar_text(variable);
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) refuse(variable, "env", "\"" + text + "\" is no NAME=VALUE");
    edits.environment.push_back(std::move(text));
  }
  for (const compose::Node& node : items_of(*from, "deviceNodes")) edits.nodes.push_back(node_of(node));
  for (const compose::Node& mount : items_of(*from, "mounts")) edits.mounts.push_back(mount_of(mount));
  for (const compose::Node& group : items_of(*from, "additionalGids"))
    edits.groups.push_back(compose::scalar_text(group));
  for (const compose::Node& hook : items_of(*from, "hooks"))
    edits.refused.push_back("the hook " + needed(hook, "hookName") + " (" + text_of(hook, "path") + ")");
  for (const char* other : {"intelRdt", "netDevices"}) {
    const compose::Node* found = from->find(other);
    if (found != nullptr && !found->is(Kind::null)) edits.refused.emplace_back(other);
  }
  return edits;
}

}  // namespace

void Edits::add(const Edits& other) {
  const auto append = [](auto& to, const auto& from) {
    for (const auto& each : from) {
      if (std::find(to.begin(), to.end(), each) == to.end()) to.push_back(each);
    }
  };
  append(environment, other.environment);
  append(nodes, other.nodes);
  append(mounts, other.mounts);
  append(groups, other.groups);
  append(refused, other.refused);
}

Spec parse_spec(std::string_view text, const std::string& file) {
  const compose::YamlResult read = compose::read_yaml(text, file);
  for (const compose::Diagnostic& mistake : read.diagnostics) {
    if (mistake.severity == compose::Severity::error) throw Error(ErrorKind::invalid, compose::render(mistake));
  }
  if (read.documents.empty() || !read.documents.front().is(Kind::mapping))
    throw Error(ErrorKind::invalid, file + ": it is no mapping");
  const compose::Node& root = read.documents.front();
  if (needed(root, "cdiVersion").find_first_not_of("0123456789.") != std::string::npos)
    refuse(root, "cdiVersion", "it is no version");
  Spec spec{.file = file, .kind = needed(root, "kind"), .edits = edits_of(root), .devices = {}};
  const std::size_t slash = spec.kind.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == spec.kind.size())
    refuse(root, "kind", "\"" + spec.kind + "\" is no VENDOR/CLASS");
  for (const compose::Node& device : items_of(root, "devices"))
    spec.devices.push_back({needed(device, "name"), edits_of(device)});
  return spec;
}

}  // namespace stack::cdi
