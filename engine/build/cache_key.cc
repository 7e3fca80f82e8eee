#include "engine/build/cache_key.h"

#include <algorithm>

#include "engine/image/digest.h"

namespace stack::build {
namespace {

constexpr std::size_t kInstructionShown = 60;

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += std::to_string(word.size()) + ":" + word + " ";
  return text;
}

// Values can be long, and hold what nobody should read.
std::string hidden(const std::string& value) { return image::sha256_digest(value).substr(7, 32); }

std::string number(const std::optional<std::uint32_t>& value) { return value ? std::to_string(*value) : "-"; }

class Parts {
 public:
  void add(std::string name, std::string value) { parts_.push_back({std::move(name), std::move(value)}); }

  void operator()(const FromNothing& /*it*/) {}
  void operator()(const FromImage& it) { add("the base image", list(it.layers)); }
  void operator()(const MakeFolder& it) {
    add("the folder", it.path);
    add("the user", it.user);
  }
  void operator()(const CopyFiles& it) {
    add("the destination", it.destination);
    add("the flags",
        list({it.chown, it.chmod, list(it.excludes), it.parents ? "parents" : "", it.unpack ? "unpack" : ""}));
    if (it.unpack_remote) add("unpacking", "what is fetched");
    // Of two sources with the same file the later one counts.
    std::vector<std::string> before;
    for (const RemoteSource& remote : it.remotes) before.push_back(std::to_string(remote.before));
    if (!it.sources.empty() && !it.remotes.empty()) add("the order of the sources", list(before));
    for (const InlineFile& file : it.inline_files) add("the here-document " + file.name, hidden(file.content));
  }
  void operator()(const RunCommand& it) {
    add("the command", list(it.argv));
    add("the user", it.user);
    add("the working directory", it.working_dir);
    add("the network", it.network + (it.insecure ? " insecure" : "") + list(it.extra_hosts));
    for (const auto& [name, value] : it.environment) add("the variable " + name, hidden(value));
    for (const InlineFile& file : it.scripts) add("the here-document " + file.name, hidden(file.content));
    for (const Mount& mount : it.mounts) {
      const auto& what = mount.what;
      add("a mount", list({std::to_string(static_cast<int>(what.type)), what.target, what.id, what.env.value_or(""),
                           what.read_only ? "ro" : "rw", number(what.mode), number(what.uid), number(what.gid),
                           what.size ? std::to_string(*what.size) : "-"}));
    }
  }

  std::vector<KeyPart> take() { return std::move(parts_); }

 private:
  std::vector<KeyPart> parts_;
};

std::string changed_file(const ListedFiles& before, const ListedFiles& now) {
  std::string first;
  std::size_t others = 0;
  const auto note = [&](const std::string& path, const char* what) {
    if (first.empty()) {
      first = path + " " + what;
    } else {
      ++others;
    }
  };
  for (const auto& [path, digest] : now) {
    const auto known = before.find(path);
    if (known == before.end()) {
      note(path, "is new");
    } else if (known->second != digest) {
      note(path, "changed");
    }
  }
  for (const auto& [path, digest] : before) {
    if (!now.contains(path)) note(path, "is gone");
  }
  if (first.empty()) return "its files changed";
  return others == 0 ? first : first + ", and " + std::to_string(others) + " more";
}

const KeyPart* find(const std::vector<KeyPart>& parts, const std::string& name) {
  const auto found = std::ranges::find(parts, name, &KeyPart::name);
  return found == parts.end() ? nullptr : &*found;
}

}  // namespace

std::string base_state(const std::vector<std::string>& layers) { return image::sha256_digest("base " + list(layers)); }

std::string state_after(const std::string& key, const std::vector<std::string>& layers) {
  return image::sha256_digest("after " + key + " " + list(layers));
}

ContentDigest defined_content(const std::string& definition, const CopyFiles& what) {
  return {.digest = content_name({definition}, what.sources, what.excludes, what.parents), .files = {}};
}

StepKey step_key(const Node& node, const std::string& before, const std::vector<ContentDigest>& reads) {
  StepKey result;
  Parts parts;
  parts.add("what it builds on", before);
  std::visit(parts, node.what);
  for (const ContentDigest& read : reads) {
    parts.add("its files", read.digest);
    if (read.complete) result.files.insert(read.files.begin(), read.files.end());
  }
  result.parts = parts.take();
  std::string text = "step " + std::to_string(node.what.index());
  for (const KeyPart& part : result.parts) text += list({part.name, part.value});
  result.key = image::sha256_digest(text);
  return result;
}

std::string miss_reason(const Node& node, const std::vector<KeyPart>& before, const ListedFiles& files_before,
                        const StepKey& now) {
  std::string text = node.instruction;
  if (text.size() > kInstructionShown) text = text.substr(0, kInstructionShown) + "...";
  text += ": ";
  for (const KeyPart& part : now.parts) {
    // Files come last: there may be many, and what changed of them says more.
    if (part.name == "its files") continue;
    const KeyPart* old = find(before, part.name);
    if (old == nullptr) return text + part.name + " is new";
    if (part.name != "a mount" && old->value != part.value) return text + part.name + " changed";
  }
  for (const KeyPart& part : before) {
    if (find(now.parts, part.name) == nullptr) return text + part.name + " is gone";
  }
  if (files_before != now.files) return text + changed_file(files_before, now.files);
  return before == now.parts ? text + "its result is not in the cache any more" : text + "what it reads changed";
}

}  // namespace stack::build
