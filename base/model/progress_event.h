// What an operation reports as it goes: a stream of small values from the executor to the screen. Values; any thread.
//
//   Pending    before anything is done: the subject is finished when `action` is, and that waits for others
//   Started    an action on the subject begins
//   Advanced   so many bytes of a part are done
//   Finished   the action has ended well
//   Warned     it has not been done, or has been undone, and that is no failure
//   Failed     it has failed; an empty reason is given by the operation's end
//
// Programs compare the enums. headline() and title() are for people and for nobody else.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/enum_words.h"

namespace stack::model {

// `reference` is what a registry has under a name, `service` what wants an image.
enum class SubjectKind { project, service, container, network, volume, image, reference, archive, layer };
constexpr auto words_of(SubjectKind) {
  using enum SubjectKind;
  return std::array{Word{project, "project"},     Word{service, "service"}, Word{container, "container"},
                    Word{network, "network"},     Word{volume, "volume"},   Word{image, "image"},
                    Word{reference, "reference"}, Word{archive, "archive"}, Word{layer, "layer"}};
}
struct Subject {
  SubjectKind kind = SubjectKind::container;
  std::string name;
  bool operator==(const Subject&) const = default;
  auto operator<=>(const Subject&) const = default;
};

// `recreate` makes the container that replaces another, `replace` stops the other one. The last line is of layers.
enum class Action {
  queue,
  pull,
  push,
  build,
  copy,
  publish,
  import,
  load,
  create,
  recreate,
  replace,
  update,
  rename,
  start,
  restart,
  run,
  stop,
  kill,
  pause,
  unpause,
  hook,
  remove,
  wait_running,
  wait_healthy,
  wait_completed,
  download,
  extract,
  prepare,
  upload,
  mount
};
constexpr auto words_of(Action) {
  using enum Action;
  return std::array{Word{queue, "queue"},
                    Word{pull, "pull"},
                    Word{push, "push"},
                    Word{build, "build"},
                    Word{copy, "copy"},
                    Word{publish, "publish"},
                    Word{import, "import"},
                    Word{load, "load"},
                    Word{create, "create"},
                    Word{recreate, "recreate"},
                    Word{replace, "replace"},
                    Word{update, "update"},
                    Word{rename, "rename"},
                    Word{start, "start"},
                    Word{restart, "restart"},
                    Word{run, "run"},
                    Word{stop, "stop"},
                    Word{kill, "kill"},
                    Word{pause, "pause"},
                    Word{unpause, "unpause"},
                    Word{hook, "hook"},
                    Word{remove, "remove"},
                    Word{wait_running, "wait_running"},
                    Word{wait_healthy, "wait_healthy"},
                    Word{wait_completed, "wait_completed"},
                    Word{download, "download"},
                    Word{extract, "extract"},
                    Word{prepare, "prepare"},
                    Word{upload, "upload"},
                    Word{mount, "mount"}};
}

// What has to be true of a container before something else goes on.
enum class Awaited { started, healthy, completed, stopped, removed };
constexpr auto words_of(Awaited) {
  using enum Awaited;
  return std::array{Word{started, "started"}, Word{healthy, "healthy"}, Word{completed, "completed"},
                    Word{stopped, "stopped"}, Word{removed, "removed"}};
}
struct WaitsFor {
  std::string name;  // of the container
  Awaited awaited = Awaited::started;
  bool operator==(const WaitsFor&) const = default;
  auto operator<=>(const WaitsFor&) const = default;
};

struct Pending {
  Subject subject;
  Action action = Action::start;
  std::vector<WaitsFor> waits_for;
  bool operator==(const Pending&) const = default;
};
// What the causes of changed attributes begin with, which goes without saying where there is little room.
constexpr std::string_view kConfigurationChanged = "configuration changed: ";

struct Started {
  Subject subject;
  Action action = Action::start;
  std::string cause{};  // why, where nobody asked for it in so many words
  std::string details{};
  std::string whole{};  // of a part: the name of what it belongs to
  bool operator==(const Started&) const = default;
};
struct Advanced {
  Subject subject;
  Action action = Action::download;
  std::string whole;
  std::uint64_t current = 0, total = 0;  // bytes; a total of 0 is unknown
  bool operator==(const Advanced&) const = default;
};
// `present`: it was so already. `skipped`: it was not even asked for. `restored`: what the operation has stopped runs as before.
enum class Ending { done, present, skipped, restored };
constexpr auto words_of(Ending) {
  using enum Ending;
  return std::array{Word{done, "done"}, Word{present, "present"}, Word{skipped, "skipped"}, Word{restored, "restored"}};
}
struct Finished {
  Subject subject;
  Action action = Action::start;
  Ending ending = Ending::done;
  std::string details{};
  std::string whole{};
  bool operator==(const Finished&) const = default;
};
// `ignored` is a failure that the operation tolerates; `rolled_back` what was made for nothing is gone again; `kept` what should have
// been replaced is there still; `unwell` what is left as it is does not look as if it would stay so.
enum class Reservation { in_use, skipped, ignored, rolled_back, kept, unwell };
constexpr auto words_of(Reservation) {
  using enum Reservation;
  return std::array{Word{in_use, "in_use"},           Word{skipped, "skipped"}, Word{ignored, "ignored"},
                    Word{rolled_back, "rolled_back"}, Word{kept, "kept"},       Word{unwell, "unwell"}};
}
struct Warned {
  Subject subject;
  Action action = Action::start;
  Reservation reservation = Reservation::skipped;
  std::string details{};
  bool operator==(const Warned&) const = default;
};
struct Failed {
  Subject subject;
  Action action = Action::start;
  std::string why{};
  bool operator==(const Failed&) const = default;
};
using ProgressEvent = std::variant<Pending, Started, Advanced, Finished, Warned, Failed>;

const Subject& subject_of(const ProgressEvent& event);
Action action_of(const ProgressEvent& event);
// What a part belongs to; empty for a whole.
std::string_view whole_of(const ProgressEvent& event);

// "Container shop-web-1", "web".
std::string title(const Subject& subject);
// The words that Docker Compose's users know: "Creating", "Created", "Resource is still in use". Of what is pending, the last one.
std::string_view headline(const ProgressEvent& event);
// What an action does just now, where its headline does not say it: "until it is healthy", "stopping the old one". Else empty.
std::string_view remark(Action action);
// "for shop-db-1 to be healthy, shop-web-1 to stop and 3 more"; empty for nothing.
std::string waits_text(const std::vector<WaitsFor>& waits);
// The same with the names alone: "for shop-db-1, shop-web-1 and 3 more".
std::string waits_names(const std::vector<WaitsFor>& waits);

}  // namespace stack::model
