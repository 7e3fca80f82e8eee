#include "cli/commands/stats_verbs.h"

#include <functional>
#include <iostream>
#include <map>

#include <poll.h>

#include "cli/commands/exit_codes.h"
#include "cli/commands/replica_choice.h"
#include "cli/view/format_json.h"
#include "cli/view/live_picture.h"
#include "cli/view/stats_view.h"

namespace stack::cli {
namespace {

constexpr std::chrono::milliseconds kEvery{1000};

// What to look at now, by the name that the caller or the engine gives it.
using Choose = std::function<std::vector<std::string>()>;

class StatsWatch {
 public:
  StatsWatch(Session& session, const StatsFlags& flags, Choose choose)
      : session_(session),
        engine_(session.engine()),
        flags_(flags),
        choose_(std::move(choose)),
        picture_(easel_on(1, session.out())),
        live_(session.out().is_terminal && !session.out().dumb && flags.format == "table" && !flags.no_stream) {}

  int run() {
    catch_interrupts();
    if (flags_.no_stream) {
      look();
      if (!rest()) return interrupted_exit(session_);
    }
    do show(look());
    while (!flags_.no_stream && std::cout.good() && rest());
    return interrupted.load() ? interrupted_exit(session_) : 0;
  }

 private:
  // What has gone since the first look is left out.
  std::vector<StatsRow> look() {
    std::vector<StatsRow> rows;
    std::map<std::string, api::ContainerFigures> seen;
    for (const std::string& name : choose_()) {
      try {
        const api::ContainerFigures figures = engine_.figures(name);
        const auto before = last_.find(name);
        rows.push_back(stats_row(name, figures, before == last_.end() ? std::nullopt : std::optional{before->second},
                                 flags_.no_trunc));
        seen.emplace(name, figures);
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::not_found || (!looked_ && !flags_.containers.empty())) throw;
      }
    }
    last_ = std::move(seen);
    looked_ = true;
    return rows;
  }

  void show(const std::vector<StatsRow>& rows) {
    if (live_) {
      const Terminal terminal = picture_.easel().look();
      return picture_.draw(stats_picture(rows, terminal.columns, terminal.rows));
    }
    std::cout << (flags_.format == "table" ? stats_table(rows)
                                           : format_rows(flags_.format, stats_lines(rows), stats_titles()))
              << std::flush;
  }

  // False when Ctrl-C has come.
  static bool rest() {
    pollfd wake{wake_fd(), POLLIN, 0};
    const Mono until = SystemClock{}.mono() + kEvery;
    while (!interrupted.load()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SystemClock{}.mono());
      if (left.count() <= 0) return true;
      ::poll(&wake, 1, static_cast<int>(left.count()));
    }
    return false;
  }

  const Session& session_;
  client::EngineClient& engine_;
  const StatsFlags& flags_;
  const Choose choose_;
  LivePicture picture_;
  const bool live_;
  bool looked_ = false;
  std::map<std::string, api::ContainerFigures> last_;  // by the name that it was asked by
};

}  // namespace

int stats(Session& session, const StatsFlags& flags) {
  const Session::Target target = session.target({});
  if (!flags.service.empty()) check_service(session, target, flags.service);
  return StatsWatch{session, flags,
                    [&] {
                      std::vector<std::string> ids;
                      for (const model::Container& each : session.engine().containers(target.name, flags.all)) {
                        if (flags.service.empty() || each.spec.service == flags.service) ids.push_back(each.id);
                      }
                      return ids;
                    }}
      .run();
}

int container_stats(Session& session, const StatsFlags& flags) {
  return StatsWatch{
      session, flags,
      [&] { return flags.containers.empty() ? session.engine().container_ids(flags.all) : flags.containers; }}
      .run();
}

}  // namespace stack::cli
