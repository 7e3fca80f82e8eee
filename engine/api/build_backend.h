// What the API asks of the builder. engine/service implements it. Values are usable on any thread; the rest on the loop.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/model/build_spec.h"
#include "base/unique_fd.h"
#include "engine/api/backend.h"

namespace stack::api {

// --- progress: what a build says, in the order in which it happens; the last is BuildDone or BuildFailed -----------------------------
// Steps have numbers that never change; of two builds that share a step each says it.
struct BuildWarning {
  std::string text;  // Dockerfile:4:1: warning: ...
  bool operator==(const BuildWarning&) const = default;
};
struct BuildStepStarted {
  int step = 0;
  std::string name;   // "[build 2/5] RUN make", "[internal] load build context"
  std::string cause;  // why the cache does not serve it: "COPY src: src/main.go changed"; empty at its first run ever
  bool operator==(const BuildStepStarted&) const = default;
};
struct BuildStepOutput {
  int step = 0;
  int stream = 1;  // 1 or 2
  std::string bytes;
  bool operator==(const BuildStepOutput&) const = default;
};
struct BuildStepBytes {  // of a download or a copy
  int step = 0;
  std::uint64_t current = 0, total = 0;  // total 0: not known
  bool operator==(const BuildStepBytes&) const = default;
};
struct BuildStepEnded {
  int step = 0;
  std::string name;  // as in BuildStepStarted, which a cached step does not have
  bool cached = false;
  Nanos took{0};
  std::string error;  // empty: it succeeded
  bool operator==(const BuildStepEnded&) const = default;
};
struct BuildDone {
  std::string image_id;  // "sha256:..."
  std::vector<std::string> tags;
  bool is_new = true;  // false: the image was there before
  bool operator==(const BuildDone&) const = default;
};
struct BuildFailed {
  Error error{""};  // its message has the step, its line, its exit code; of mistakes in the Dockerfile, all of them
  bool cancelled = false;  // its client has left it; not sent
};
using BuildEvent = std::variant<BuildWarning, BuildStepStarted, BuildStepOutput, BuildStepBytes, BuildStepEnded,
                                BuildDone, BuildFailed>;

// --- the cache ------------------------------------------------------------------------------------------------------------------------
struct BuildCacheEntry {
  std::string id, description, kind;  // kind: "step", "cache mount", "context"
  std::uint64_t bytes = 0;
  bool in_use = false, shared = false;  // shared: with an image
  int uses = 0;
  Wall created{}, last_used{};
  bool operator==(const BuildCacheEntry&) const = default;
};
struct BuildPrune {
  bool all = false;                 // also what images share
  std::optional<Nanos> older_than;  // since its last use
  std::uint64_t keep_bytes = 0;     // stop when this little is left; 0: none
  std::uint64_t most_bytes = 0;     // go on until no more than this is left, but keep_bytes; 0: until nothing is
  std::uint64_t free_bytes = 0;     // go on until the file system has this much free, but keep_bytes; 0: the same
  std::vector<std::string> ids;
};
struct BuildPruned {
  std::vector<std::string> ids;
  std::uint64_t freed_bytes = 0;
};

// --- what was built ---------------------------------------------------------------------------------------------------------------------
struct BuildRecordStep {
  std::string name, cause, error;  // as in the events
  bool cached = false;
  Nanos took{0};
  bool operator==(const BuildRecordStep&) const = default;
};
enum class BuildOutcome { running, completed, failed, cancelled };
struct BuildRecord {
  std::string id;
  std::string name;  // its first tag, or the folder and target; never credentials
  BuildOutcome outcome = BuildOutcome::running;
  Wall started{};
  Nanos took{0};  // of one that has ended
  std::string image_id, error;
  std::vector<std::string> tags;
  std::vector<BuildRecordStep> steps;  // in the order in which they ended
  int more_steps = 0;                  // that are left out
  bool operator==(const BuildRecord&) const = default;
};

// A context of another place, here now.
struct FetchedContext {
  std::filesystem::path folder;
  bool is_dockerfile = false;        // the folder has one file, "context", which is the Dockerfile
  std::shared_ptr<const void> keep;  // the files stay while somebody holds it
};

class BuildBackend {
 public:
  virtual ~BuildBackend() = default;
  // `archive` is the stream of a BuildArchive context, else invalid. The returned function cancels: within a second nothing of the build
  // runs, is mounted or lies about; steps that were complete stay in the cache. Mistakes of the Dockerfile come as BuildFailed.
  virtual std::function<void()> build(model::BuildSpec spec, UniqueFd archive, model::CredentialsByRegistry credentials,
                                      std::function<void(const BuildEvent&)> report) = 0;
  // Only checks: the problems of the Dockerfile, rendered, one a line; empty when there are none.
  virtual void check(model::BuildSpec spec, UniqueFd archive, Answer<std::string> answer) = 0;
  // A folder for what a client sends for a build: the one that was kept by this name, else an empty one; always for an empty name. Removed
  // when nobody holds it any more.
  virtual void work_folder(std::string name, Answer<std::shared_ptr<const std::filesystem::path>> answer) = 0;
  // Keeps it for the next who asks by this name, as long as there is room for it. Its caller lets it go.
  virtual void keep_folder(std::string name, std::shared_ptr<const std::filesystem::path> folder,
                           std::uint64_t bytes) = 0;
  // Brings a context of another place here (BuildGit, BuildUrl): the main one of `spec`, whose secrets and agent it may need, or
  // the one of this name. The returned function cancels.
  virtual std::function<void()> fetch_context(model::BuildSpec spec, std::string name,
                                              Answer<FetchedContext> answer) = 0;
  // What an image holds, as one folder that cannot be written, for as long as somebody holds it.
  virtual void files(std::string image_id, Answer<std::shared_ptr<const UniqueFd>> answer) = 0;
  virtual void cache(Answer<std::vector<BuildCacheEntry>> answer) = 0;
  virtual void prune(BuildPrune prune, Answer<BuildPruned> answer) = 0;
  // The last builds, the newest first, those that run among them.
  virtual void history(Answer<std::vector<BuildRecord>> answer) = 0;
  // Forgets those of these whole ids that have ended, or all; the ids that it has forgotten.
  virtual void forget_history(std::vector<std::string> ids, bool all, Answer<std::vector<std::string>> answer) = 0;
};

}  // namespace stack::api
