// What the image store knows, as one value that is kept in one file: which images there are, what they are called, and what their
// layers' folders were made of.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace stack::image {

struct StoreTable {
  struct Image {
    std::string manifest;  // digest of the manifest that it came with
    bool taken = false;    // nobody finds it any more but the containers that were made from it
    std::string parent;    // id of the image whose container was committed; or empty
    bool operator==(const Image&) const = default;
  };
  struct Name {
    std::string id;
    Wall tagged{};
    bool operator==(const Name&) const = default;
  };
  struct Layer {
    std::string blob;  // digest
    std::uint64_t blob_bytes = 0;
    std::uint64_t bytes = 0;  // of file content, unpacked
    bool operator==(const Layer&) const = default;
  };
  std::map<std::string, Image> images;  // by id
  std::map<std::string, Name> names;    // by canonical reference: name:tag or name@digest
  std::map<std::string, Layer> layers;  // by chain id
  std::set<std::string> kept;  // chain ids of layers that are kept though no image needs them: the build cache's
  bool operator==(const StoreTable&) const = default;
};

// Reading throws stack::Error(invalid) for text of another shape, and for digests and names that are none.
std::string write_store_table(const StoreTable& table);
StoreTable read_store_table(std::string_view text);

}  // namespace stack::image
