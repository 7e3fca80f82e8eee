#include "engine/client/terminal_mode.h"

#include <termios.h>
#include <unistd.h>

namespace stack::client {
namespace {

termios terminal_before{};

// tcsetattr() and raise() may be called here.
void put_back_and_end(int signal) {
  ::tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
  ::raise(signal);  // SA_RESETHAND has made its action the default one
}

}  // namespace

TerminalMode::TerminalMode(Kind kind) {
  if (kind == Kind::as_it_is || ::tcgetattr(STDIN_FILENO, &terminal_before) != 0) return;
  struct sigaction action {};
  action.sa_handler = put_back_and_end;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  ::sigaddset(&action.sa_mask, SIGTTOU);  // also from the background
  for (std::size_t i = 0; i < kEnding.size(); ++i) {
    ::sigaction(kEnding[i], nullptr, &before_[i]);
    // A signal that is ignored (nohup) stays ignored.
    const bool callers = kind == Kind::keys && (kEnding[i] == SIGINT || kEnding[i] == SIGTERM);
    if (before_[i].sa_handler != SIG_IGN && !callers) ::sigaction(kEnding[i], &action, nullptr);
  }
  termios changed = terminal_before;
  if (kind == Kind::raw) {
    ::cfmakeraw(&changed);
  } else if (kind == Kind::keys) {
    changed.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON);
    changed.c_cc[VMIN] = 1;
    changed.c_cc[VTIME] = 0;
  } else {
    changed.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  }
  ::tcsetattr(STDIN_FILENO, kind == Kind::silent ? TCSAFLUSH : TCSANOW, &changed);
  active_ = true;
}

TerminalMode::~TerminalMode() {
  if (!active_) return;
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal_before);
  for (std::size_t i = 0; i < kEnding.size(); ++i) ::sigaction(kEnding[i], &before_[i], nullptr);
}

}  // namespace stack::client
