// The durable store: what the engine wants and believes, in one SQLite file (WAL).
//
// Rows are the model's values as JSON text under their key; the schema is in migrations.cc. One writer: the daemon's state
// thread. A commit is one transaction: after a kill at any moment the file holds all of it or nothing. It is not synced to the
// disk at each commit (synchronous=NORMAL): a power cut may take the last moments back, which recovery treats like any other
// difference from reality. A full disk gets the room of a ballast beside the file, once, so that what is removed can be noted.
// A row that cannot be read is left as it is and named in the snapshot.
//
// Every function blocks; none is for the daemon's loop but load() at start. Throws stack::Error.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/ballast.h"
#include "base/model/container_state.h"
#include "base/model/engine_event.h"
#include "base/model/network_spec.h"
#include "base/model/volume_spec.h"

namespace stack::state {

// A project as its last `up` described it.
struct ProjectRow {
  std::string name;
  std::int64_t generation = 0;  // grows by one with each `up` that changed what the project means
  std::string resolved;         // the Project in wire form
  bool operator==(const ProjectRow&) const = default;
};

// One applied plan. The model is kept once for all revisions that have its hash.
struct RevisionRow {
  std::string project;
  std::int64_t number = 0;  // of the project, from 1
  std::string hash;         // of the model; empty: without one
  std::string record;       // JSON; the store does not look into it
  std::string resolved;     // the model: the Project in wire form
  bool operator==(const RevisionRow&) const = default;
};

struct PutContainer {
  model::Container value;
};
struct DeleteContainer {
  std::string id;
};
struct PutNetwork {
  model::Network value;
};
struct DeleteNetwork {
  std::string id;
};
struct PutVolume {
  model::Volume value;
};
struct DeleteVolume {
  std::string name;
};
struct PutProject {
  ProjectRow value;
};
struct DeleteProject {
  std::string name;
};
// A new revision, or what has become of one.
struct PutRevision {
  RevisionRow value;
};
struct AppendEvent {
  model::Event value;
};
struct PutMeta {
  std::string key, value;
};
using Change = std::variant<PutContainer, DeleteContainer, PutNetwork, DeleteNetwork, PutVolume, DeleteVolume,
                            PutProject, DeleteProject, PutRevision, AppendEvent, PutMeta>;

struct Snapshot {
  std::vector<model::Container> containers;
  std::vector<model::Network> networks;
  std::vector<model::Volume> volumes;
  std::vector<ProjectRow> projects;
  std::vector<std::pair<std::string, std::string>> meta;
  std::map<std::string, std::int64_t> last_revisions;  // by project, of those that exist and those that are down
  std::uint64_t last_event = 0;
  struct Unreadable {
    std::string kind, key, why;  // "container", its id
  };
  std::vector<Unreadable> unreadable;
};

// Events beyond this many are dropped, the oldest first.
inline constexpr std::uint64_t kEventsKept = 10'000;

// The same of revisions: of one project, and in all, so that projects that are long down do not fill the file.
inline constexpr std::int64_t kRevisionsKept = 50, kRevisionsKeptInAll = 2'000;

class Store {
 public:
  // Creates or migrates the file. Throws unsupported when a newer stack wrote it.
  explicit Store(const std::filesystem::path& file);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store();

  [[nodiscard]] Snapshot load();
  // Throws unavailable when the disk is full.
  void commit(const std::vector<Change>& changes);

 private:
  void commit_once(const std::vector<Change>& changes);

  struct Database;
  std::unique_ptr<Database> database_;
  Ballast ballast_;
};

}  // namespace stack::state
