// The terminal of an attached `up`: containers write while others still start, so their lines stand above the list, which goes on below
// them; later the menu of keys is the last line.
//
// Any thread; one at a time writes.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "cli/view/live_picture.h"
#include "cli/view/progress_view.h"

namespace stack::cli {

class UpScreen {
 public:
  UpScreen(ProgressMode mode, const Easel& easel, std::string project)
      : mode_(mode), view_(mode, easel, std::move(project)), menu_(easel) {}

  void show(const api::Report& report, bool among_logs);
  void tick();
  // The list stays as it is.
  void finish();
  void write(int fd, std::string_view text);
  // `write` has the terminal for itself meanwhile.
  void alone(const std::function<void()>& write);
  // The last line from now on; none for an empty text.
  void set_menu(const std::string& line);

 private:
  std::mutex mutex_;
  const ProgressMode mode_;
  ProgressView view_;
  LivePicture menu_;
  std::string menu_line_;
};

}  // namespace stack::cli
