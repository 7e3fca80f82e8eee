#include "engine/cdi/cdi_devices.h"

#include <algorithm>
#include <array>
#include <set>

#include <sys/stat.h>

#include "base/error.h"
#include "base/file.h"

namespace stack::cdi {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileMax = 4 << 20;
constexpr const char* kAll = "all";  // a device that stands for all of its kind

bool is_spec_file(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".json" || extension == ".yaml" || extension == ".yml";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// As Docker writes them: "[[gpu utility]]".
std::string capabilities_text(const model::DeviceRequest& request) {
  std::string text = "[";
  for (const auto& list : request.capabilities) {
    text += text.size() > 1 ? " [" : "[";
    for (std::size_t i = 0; i < list.size(); ++i) text += (i == 0 ? "" : " ") + list[i];
    text += "]";
  }
  return text + "]";
}

// gpu2 before gpu10.
bool by_number(const std::string& a, const std::string& b) {
  const auto digits = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  if (digits(a) && digits(b) && a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

// Whether one of the words can be a class, of which the others only want a part: what a driver of a vendor can do.
bool fits(const std::vector<std::string>& words, const std::string& device_class) {
  constexpr std::array kParts{"compute", "compat32", "display", "graphics", "ngx", "nvidia", "utility", "video"};
  return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return word == device_class || std::find(kParts.begin(), kParts.end(), word) != kParts.end();
  });
}

// In the order of their names.
std::vector<fs::path> files_of(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (fs::directory_iterator at(folder, missing), end; !missing && at != end; at.increment(missing)) {
    if (is_spec_file(at->path())) files.push_back(at->path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Null when the file does not describe it.
const Device* device_of(const Spec& spec, const std::string& name) {
  if (!name.starts_with(spec.kind + "=")) return nullptr;
  const std::string device = name.substr(spec.kind.size() + 1);
  const auto found =
      std::find_if(spec.devices.begin(), spec.devices.end(), [&](const Device& each) { return each.name == device; });
  return found == spec.devices.end() ? nullptr : &*found;
}

}  // namespace

Devices::Devices(std::vector<Spec> specs, std::vector<std::string> complaints, std::string places)
    : specs_(std::move(specs)), complaints_(std::move(complaints)), places_(std::move(places)) {}

Devices Devices::read(const std::vector<fs::path>& folders) {
  std::vector<Spec> specs;
  std::vector<std::string> complaints, places;
  for (const fs::path& folder : folders) {
    places.push_back(folder.string());
    for (const fs::path& file : files_of(folder)) {
      try {
        const auto text = read_file(file, kFileMax);
        if (!text) throw Error("cannot read " + file.string());
        specs.push_back(parse_spec(*text, file.string()));
      } catch (const Error& error) {
        complaints.push_back(error.message());
      }
    }
  }
  return {std::move(specs), std::move(complaints), joined(places)};
}

const Devices& CurrentDevices::get() {
  std::string seen;
  for (const fs::path& folder : folders_) {
    for (const fs::path& file : files_of(folder)) {
      struct stat about {};
      if (::stat(file.c_str(), &about) != 0) continue;
      seen += file.string() + '\n';
      for (const auto number : {static_cast<std::int64_t>(about.st_mtim.tv_sec), about.st_mtim.tv_nsec,
                                about.st_ctim.tv_nsec, static_cast<std::int64_t>(about.st_ino), about.st_size})
        seen += std::to_string(number) + ' ';
    }
  }
  if (!devices_ || seen != seen_) devices_ = Devices::read(folders_);
  seen_ = std::move(seen);
  return *devices_;
}

std::vector<std::string> Devices::names() const {
  std::set<std::string> names;
  for (const Spec& spec : specs_) {
    for (const Device& device : spec.devices) names.insert(spec.kind + "=" + device.name);
  }
  return {names.begin(), names.end()};
}

std::string Devices::what_there_is() const {
  const std::vector<std::string> known = names();
  std::string text = "the files of " + places_ + " describe " + (known.empty() ? "no devices" : joined(known));
  if (!complaints_.empty()) text += "; not understood: " + joined(complaints_);
  return text;
}

void Devices::add_named(const std::string& name, Edits& edits) const {
  const Spec* chosen = nullptr;
  const Device* found = nullptr;
  for (auto spec = specs_.rbegin(); spec != specs_.rend(); ++spec) {
    const Device* const device = device_of(*spec, name);
    if (device == nullptr) continue;
    const bool same_folder =
        chosen != nullptr && fs::path{chosen->file}.parent_path() == fs::path{spec->file}.parent_path();
    if (same_folder) {
      throw Error(ErrorKind::conflict,
                  "conflicting device " + name + ": " + spec->file + " and " + chosen->file + " both describe it")
          .remedy("remove it from one of the files");
    }
    if (chosen != nullptr) break;
    chosen = &*spec;
    found = device;
  }
  if (found == nullptr) {
    throw Error(ErrorKind::not_found, "CDI device injection failed: unresolvable CDI devices " + name)
        .remedy(what_there_is());
  }
  edits.add(chosen->edits);
  edits.add(found->edits);
}

std::string Devices::kind_for(const model::DeviceRequest& request) const {
  std::set<std::string> kinds;
  for (const Spec& spec : specs_) kinds.insert(spec.kind);
  // The vendors' names for their drivers, and whatever else is of the class, in the order of names.
  std::vector<std::string> wanted;
  for (const auto& list : request.capabilities) {
    for (const std::string& word : list) {
      if (!fits(list, word)) continue;
      if (request.driver.empty()) {
        wanted.insert(wanted.end(), {"nvidia.com/" + word, "amd.com/" + word});
        std::copy_if(kinds.begin(), kinds.end(), std::back_inserter(wanted),
                     [&](const std::string& kind) { return kind.ends_with("/" + word); });
      } else {
        wanted.insert(wanted.end(), {request.driver + "/" + word, request.driver + ".com/" + word});
      }
    }
  }
  const auto found =
      std::find_if(wanted.begin(), wanted.end(), [&](const std::string& kind) { return kinds.contains(kind); });
  if (found != wanted.end()) return *found;
  throw Error(ErrorKind::not_found, "could not select device driver \"" + request.driver +
                                        "\" with capabilities: " + capabilities_text(request))
      .remedy(what_there_is());
}

void Devices::add_counted(const model::DeviceRequest& request, Edits& edits) const {
  const std::string kind = kind_for(request);
  std::set<std::string> known;
  for (const Spec& spec : specs_) {
    if (spec.kind != kind) continue;
    for (const Device& device : spec.devices) known.insert(device.name);
  }
  if (!request.device_ids.empty()) {
    for (const std::string& id : request.device_ids)
      add_named(id.starts_with(kind + "=") ? id : kind + "=" + id, edits);
    return;
  }
  if (request.count < 0 && known.contains(kAll)) return add_named(kind + "=" + kAll, edits);
  known.erase(kAll);
  std::vector<std::string> names{known.begin(), known.end()};
  std::sort(names.begin(), names.end(), by_number);
  const auto count = request.count < 0 ? names.size() : static_cast<std::size_t>(request.count);
  if (names.size() < count || names.empty()) {
    throw Error(ErrorKind::not_found, "there are " + std::to_string(names.size()) + " devices of " + kind + ", and " +
                                          std::to_string(count) + " are asked for")
        .remedy(what_there_is());
  }
  for (std::size_t i = 0; i < count; ++i) add_named(kind + "=" + names[i], edits);
}

Edits Devices::resolve(const std::vector<model::DeviceRequest>& requests) const {
  Edits edits;
  for (const model::DeviceRequest& request : requests) {
    if (request.driver != "cdi") {
      add_counted(request, edits);
      continue;
    }
    for (const std::string& name : request.device_ids) add_named(name, edits);
  }
  if (edits.refused.empty()) return edits;
  throw Error(ErrorKind::unsupported, "a device needs " + joined(edits.refused) + ", which this engine does not run")
      .remedy("describe the device without it, in a file of /var/run/cdi");
}

}  // namespace stack::cdi
