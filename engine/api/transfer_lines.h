// Pulls and pushes in the lines that Docker's clients show:
//
//   1: Pulling from team/app
//   4138e285b224: Pull complete
//   Digest: sha256:...
//   Status: Downloaded newer image for team/app:1
//
// Values; one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/model/progress_event.h"

namespace stack::api {

struct TransferLine {
  std::string id;  // a layer's, or what a pull is of; or empty
  std::string status;
  bool of_layer = false;
  std::uint64_t current = 0, total = 0;  // bytes of the layer; a total of 0: they are not told
  struct Pushed {
    std::string tag, digest;
    std::uint64_t size = 0;
    bool operator==(const Pushed&) const = default;
  };
  std::optional<Pushed> pushed;
  bool operator==(const TransferLine&) const = default;
};

class TransferLines {
 public:
  // `digest_of`: the digest by which the registry of a reference knows its image; empty when nobody knows.
  explicit TransferLines(std::function<std::string(const std::string& reference)> digest_of)
      : digest_of_(std::move(digest_of)) {}
  // What an event of a pull or push adds; often nothing.
  std::vector<TransferLine> lines_of(const model::ProgressEvent& event);

 private:
  void begin(const std::string& reference, std::vector<TransferLine>& to);
  void end(const model::Finished& finished, std::vector<TransferLine>& to);

  std::function<std::string(const std::string&)> digest_of_;
  std::map<std::string, bool> pulls_;   // by reference: whether its first line was written
  std::map<std::string, bool> layers_;  // whether all bytes of it are here
};

// "[=====>     ]  1.2MB/2.13MB"
std::string progress_bar(std::uint64_t current, std::uint64_t total);
// A line of the stream, as JSON with its end; one that tells of a push has a second line.
std::string transfer_line_json(const TransferLine& line);
// The first lines of pulls and pushes.
std::string pulling_from(const std::string& reference);
std::string pushing_to(const std::string& reference);

}  // namespace stack::api
