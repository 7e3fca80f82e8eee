#include <fcntl.h>

#include "base/error.h"
#include "engine/image/image_store.h"
#include "engine/image/layer_check.h"
#include "engine/image/layer_stream.h"
#include "engine/image/manifest.h"

namespace stack::image {

// Works on a copy of the table: what is removed meanwhile is asked for again before it is called missing.
std::vector<std::string> Store::check() const {
  StoreTable table;
  std::map<std::string, model::Image> images;
  {
    const std::lock_guard lock{mutex_};
    table = table_;
    images = images_;
  }
  std::vector<std::string> found;
  const auto still_there = [&](const std::string& id) {
    const std::lock_guard lock{mutex_};
    return table_.images.contains(id) || table_.layers.contains(id);
  };
  const auto say = [&](const std::string& owner, const std::string& line) {
    if (still_there(owner)) found.push_back(line);
  };
  for (const auto& [id, row] : table.images) {
    for (const std::string& digest : {id, row.manifest}) {
      try {
        if (!read_blob(digest, kConfigBytesMax)) say(id, "image " + id + ": the blob " + digest + " is missing");
      } catch (const Error& error) {
        say(id, "image " + id + ": " + error.message());
      }
    }
    const auto image = images.find(id);
    if (image == images.end()) {
      say(id, "image " + id + ": it could not be loaded");
      continue;
    }
    for (const std::string& chain : chain_ids(image->second.layers)) {
      if (!table.layers.contains(chain)) say(id, "image " + id + ": the layer " + chain + " is missing");
    }
  }
  for (const auto& [reference, name] : table.names) {
    if (!table.images.contains(name.id))
      found.push_back("name " + reference + ": the image " + name.id + " is missing");
  }
  for (const auto& [chain, layer] : table.layers) {
    try {
      const UniqueFd folder{::open(layer_path(chain).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
      if (!folder)
        throw errno == ENOENT ? Error("its folder is missing") : Error::from_errno(errno, "opening its folder");
      const UniqueFd blob = open_blob(layer.blob);
      LayerStream stream{blob, BorrowedFd{-1}};
      const std::vector<std::string> differences = layer_differences(stream.bytes(), folder);
      if (stream.source_digest() != layer.blob) throw Error("the blob " + layer.blob + " is damaged");
      for (const std::string& line : differences) say(chain, "layer " + chain + ": " + line);
    } catch (const Error& error) {
      say(chain, "layer " + chain + ": " + error.message());
    }
  }
  return found;
}

}  // namespace stack::image
