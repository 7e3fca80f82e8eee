// The images of one engine on disk: blobs by digest, layers unpacked once, and one table that says what counts.
//
//   <root>/blobs/sha256/<hex>   configurations, manifests and layers as they came; immutable
//   <root>/layers/<hex>/        a layer's folder, named for its chain id (OCI image-spec "layer chain id")
//   <root>/images.json          store_table.h; replaced as a whole
//   <root>/incoming/            what is being made
//   <root>/discarded/           what is being removed
//   <root>/ballast              room for the table when the disk is full (base/ballast.h)
//
// The table is the root of everything: a blob or folder counts when the table leads to it, and the table is written only after one
// syncfs(2) of what it leads to. So a power cut at any moment leaves the table as it was, and what it does not lead to is removed
// by the next open. What the table does not lead to yet is protected by pins, in memory.
//
// Queries answer from memory and never wait for who writes, so they may be called on the daemon's loop; everything that writes
// blocks on the disk and belongs on a pool. Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ballast.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/model/image_config.h"
#include "base/model/reference.h"
#include "base/unique_fd.h"
#include "engine/image/image_config_json.h"
#include "engine/image/platform.h"
#include "engine/image/store_table.h"
#include "engine/image/unpack.h"

namespace stack::image {

struct ImportRequest {
  std::string reference;             // may be empty: an image without a name
  std::vector<std::string> changes;  // see change.h
  std::string message;
  std::optional<Platform> platform;  // none: this machine's
};

// Names that were taken away and images that went, as Docker's clients print them.
struct Removal {
  std::vector<std::string> untagged;  // "busybox:latest", "busybox@sha256:..."
  std::vector<std::string> deleted;   // image ids
  std::uint64_t freed_bytes = 0;
};

class Store {
 public:
  // Makes the folders; throws when they cannot be made or the table is damaged. What is damaged otherwise is logged and left out.
  Store(std::filesystem::path root, const Clock& clock, RandomSource random);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // --- queries ---
  // By name, by id ("sha256:..."), or by an unambiguous prefix of the id's digits. Throws invalid for text that is none.
  [[nodiscard]] std::optional<model::Image> find(std::string_view name) const;
  // The same, for what has a container that was made from it: by its whole id also when it was taken away meanwhile.
  [[nodiscard]] std::optional<model::Image> find_used(std::string_view name) const;
  // Ordered by creation, the newest first.
  [[nodiscard]] std::vector<model::Image> list() const;
  // The folders to stack for this image, the topmost first.
  [[nodiscard]] std::vector<std::string> layer_folders(const model::Image& image) const {
    return layer_folders(image.layers);
  }
  [[nodiscard]] std::vector<std::string> layer_folders(const std::vector<std::string>& diff_ids) const;
  [[nodiscard]] bool has_layer(const std::string& chain_id) const;
  [[nodiscard]] std::optional<StoreTable::Layer> layer(const std::string& chain_id) const;
  // Of the blobs, layers included; of what is unpacked; and how much of both no image needs.
  struct Usage {
    std::uint64_t blob_bytes = 0, layer_bytes = 0;
  };
  [[nodiscard]] Usage usage() const;

  // --- blobs ---
  [[nodiscard]] bool has_blob(const std::string& digest) const;
  // The content, verified; nothing when there is none. Throws when it is damaged or larger than `max_bytes`.
  [[nodiscard]] std::optional<std::string> read_blob(const std::string& digest, std::size_t max_bytes) const;
  [[nodiscard]] UniqueFd open_blob(const std::string& digest) const;  // throws not_found
  // Returns the digest.
  std::string put_blob(std::string_view content);

  // --- making images ---
  // Digests and chain ids that stay while this lives, though no image leads to them yet.
  class Pin {
   public:
    Pin(Store& store, std::vector<std::string> ids);
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;
    ~Pin();

   private:
    Store& store_;
    std::vector<std::string> ids_;
  };

  // A layer that was read and unpacked, but has no place yet; gone from the disk when it is not placed.
  class Staged {
   public:
    Staged(Staged&&) noexcept;
    Staged& operator=(Staged&&) = delete;
    ~Staged();
    std::string diff_id, source_digest, blob_digest;
    std::uint64_t source_bytes = 0, blob_bytes = 0;
    Compression compression = Compression::none;
    Unpacked unpacked;

   private:
    friend class Store;
    explicit Staged(std::filesystem::path folder) : folder_(std::move(folder)) {}
    std::filesystem::path folder_;  // below incoming
  };
  // Reads a layer from `source` to its end. Blocks; throws invalid for a damaged or hostile one. `file`: what `source` reads, a file
  // below make_incoming(), which then need not be written a second time.
  Staged stage(BorrowedFd source, const UnpackLimits& limits, const std::filesystem::path& file = {});
  // The same for what an overlay's upper folder holds, which becomes the layer's folder; it lies on the store's file system, and nothing
  // uses it any more. Blocks; see layer_capture.h.
  Staged stage_changes(const std::filesystem::path& upper);
  // A folder for what is on its way in; the caller removes it, and so does the next open.
  [[nodiscard]] std::filesystem::path make_incoming() const;
  // Gives it its place on top of the layers `below` (diff ids, bottom first), which have theirs. When there is such a layer already,
  // that one stays.
  void place(Staged layer, const std::vector<std::string>& below);

  // The layers that stay though no image leads to them, by chain id, in place of those that were kept before. Becomes durable.
  void keep(const std::set<std::string>& chains);

  // An image of which every layer is placed; becomes durable, and `names` (without digests) and `repo_digests` (with) are given to it.
  struct NewImage {
    std::string config, manifest;  // the blobs' texts
    std::vector<model::Reference> names;
    std::vector<model::Reference> repo_digests;
    std::string parent = {};  // id of the image whose container was committed; or empty
  };
  model::Image commit(const NewImage& made);
  // Reads a tar of a root file system from `archive` to its end and makes an image of one layer. Nothing is left behind when it
  // throws. Importing the same archive twice shares the layer.
  model::Image import(BorrowedFd archive, const ImportRequest& request, const UnpackLimits& limits);
  // Gives an image one more name. Throws not_found.
  model::Image tag(std::string_view name, std::string_view new_name);

  // --- removing ---
  // Who uses an image: a container, or an operation ("up of project shop").
  struct User {
    std::string container;  // the beginning of its id; or empty
    std::string name;       // its name, or the operation's
    bool keeps = false;     // not even `force` takes the image from it: a container that runs, an operation
  };
  using InUse = std::function<std::optional<User>(const std::string& id)>;
  // Takes the name away, and with its last one the image. By id: all names; more than one repository needs `force`. Without `force` it
  // is a conflict when the image is in use; with it, the image goes for all but its containers, whose it stays until the last of them
  // is gone (drop_taken), and by name what runs leaves it without a name. Throws not_found, conflict, invalid.
  Removal remove(std::string_view name, bool force, const InUse& in_use);
  // Removes what was taken from containers that are gone; what is freed.
  std::uint64_t drop_taken(const InUse& in_use);
  [[nodiscard]] bool has_taken() const;
  // Removes those of the images given whose ids are not in use, with all their names.
  Removal remove_images(const std::vector<std::string>& ids, const InUse& in_use);
  // Removes blobs and layers that no image leads to and nothing pins; returns the bytes of them.
  std::uint64_t collect();
  // Removes what collect() and earlier lives have set aside: the part that takes time.
  void sweep();

  // --- checking ---
  // Reads everything and compares: one line for each thing that is damaged or missing.
  [[nodiscard]] std::vector<std::string> check() const;

 private:
  struct Roots {
    std::set<std::string> blobs, chains;
  };
  [[nodiscard]] std::filesystem::path layer_path(std::string_view chain_id) const;
  [[nodiscard]] std::filesystem::path blob_path(std::string_view digest) const;
  [[nodiscard]] bool is_taken_locked(const std::string& id) const;
  void load();
  void load_image(const std::string& id, const StoreTable::Image& row);
  // These hold writing_, or are the constructor's; those that end in _locked hold mutex_.
  std::uint64_t collect_garbage();
  void write_table(StoreTable table, const std::vector<std::string>& gone = {});
  static void take(StoreTable& table, const std::string& id, Removal& removal);
  static void check_removal_by_id(const StoreTable& table, const std::string& id, bool force, const InUse& in_use);
  [[nodiscard]] Roots roots_locked() const;
  void name_images_locked();
  void take_names(StoreTable& table, const std::string& id, Removal& removal) const;
  static void take_name(StoreTable& table, const std::string& id, const std::string& key, Removal& removal);

  const std::filesystem::path root_;
  const Clock& clock_;
  const RandomSource random_;
  std::mutex writing_;  // one writer at a time; taken before mutex_
  std::optional<Ballast> ballast_;
  mutable std::mutex mutex_;  // guards what follows, for as long as memory takes
  StoreTable table_;
  std::map<std::string, StoreTable::Layer>
      layers_;                                  // by chain id: all that have their place, the table's and newer ones
  std::map<std::string, model::Image> images_;  // by id
  std::multiset<std::string> pins_;
};

// The ids of the stacks of layers up to each one, bottom first (OCI image-spec "layer chain id").
std::vector<std::string> chain_ids(const std::vector<std::string>& diff_ids);

}  // namespace stack::image
