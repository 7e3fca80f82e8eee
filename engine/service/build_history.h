// The records of the last builds: made from what a build reports, kept in a file of the build cache's folder. Loop thread, but for load()
// and store(), which block on the disk.
#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/async/timekeeper.h"
#include "base/ids.h"
#include "engine/api/build_backend.h"

namespace stack::service {

class BuildHistory {
 public:
  // `time` and `random` outlive it.
  BuildHistory(std::filesystem::path file, async::Timekeeper& time, const RandomSource& random);

  // What the file holds: nothing when it is none. For any thread.
  [[nodiscard]] std::vector<api::BuildRecord> load() const;
  // Puts what load() gave behind what has begun since.
  void take(std::vector<api::BuildRecord> loaded);

  // A build begins; its id.
  std::string begin(const model::BuildSpec& spec);
  void note(const std::string& id, const api::BuildEvent& event);
  [[nodiscard]] std::vector<api::BuildRecord> all() const { return {records_.begin(), records_.end()}; }
  std::vector<std::string> forget(const std::vector<std::string>& ids, bool all);

  // What store() writes: the records of those that have ended.
  [[nodiscard]] std::string text() const;
  // For any thread, one at a time. Throws stack::Error.
  void store(const std::string& text) const;

 private:
  api::BuildRecord* find(const std::string& id);
  void drop_oldest();

  const std::filesystem::path file_;
  async::Timekeeper& time_;
  const RandomSource& random_;
  std::deque<api::BuildRecord> records_;                      // the newest first
  std::map<std::string, std::map<int, std::string>> causes_;  // of steps of builds that run, by the build's id
};

}  // namespace stack::service
