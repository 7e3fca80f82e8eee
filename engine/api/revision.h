// One applied plan of a project, as the project's history keeps it. A value; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/enum_words.h"
#include "engine/api/verb.h"

namespace stack::api {

// `unfinished`: under way, or the engine ended in the middle of it.
enum class RevisionOutcome { unfinished, succeeded, failed, cancelled };
constexpr auto words_of(RevisionOutcome) {
  using enum RevisionOutcome;
  return std::array{Word{unfinished, "unfinished"}, Word{succeeded, "succeeded"}, Word{failed, "failed"},
                    Word{cancelled, "cancelled"}};
}

struct RevisionStep {
  std::string operation;   // "recreate container shop-web-1"
  std::string cause;       // "configuration changed: environment.A: 1 -> 2"
  std::string cause_json;  // the same as compose/plan/plan_json.h has it
  bool operator==(const RevisionStep&) const = default;
};
struct RevisionImage {
  std::string id, digest;  // the digest by which a registry knows it; may be empty
  bool operator==(const RevisionImage&) const = default;
};
// Who asked, as far as the kernel said.
struct Client {
  std::int64_t uid = -1;  // -1: not known
  std::int32_t pid = 0;   // 0: not known
  std::string command{};  // its command line
  bool operator==(const Client&) const = default;
};

struct Revision {
  std::int64_t number = 0;  // of the project, from 1
  Verb verb = Verb::up;
  std::string
      hash;  // of the project's meaning: the same for files that differ in places and comments only; empty: not known
  Wall begun{}, ended{};
  RevisionOutcome outcome = RevisionOutcome::unfinished;
  std::string failure{}, summary{};
  Client client{};
  std::map<std::string, RevisionImage> images{};  // by the reference that services use; of an `up`
  std::vector<RevisionStep> steps{};
  std::string resolved{};  // the project in wire form; only of a revision that is asked for by its number
  bool operator==(const Revision&) const = default;
};

}  // namespace stack::api
