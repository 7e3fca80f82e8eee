// What --chmod of COPY and ADD says: an octal mode, or symbolic changes as chmod(1) has them ("u+x,go-r", "a=rX"). Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace stack::build {

class ModeChange {
 public:
  // Nothing for text that is neither.
  static std::optional<ModeChange> parse(std::string_view text);

  [[nodiscard]] mode_t apply(mode_t mode, bool is_folder) const;
  [[nodiscard]] const std::optional<mode_t>& octal() const { return octal_; }

 private:
  struct Clause {
    mode_t who = 0;  // bits of those whom it is for
    char sign = '+';
    mode_t rights = 0;           // of each of them: 4, 2, 1
    char copied = 0;             // 'u', 'g', 'o': the rights of that one as well
    bool special = false;        // s
    bool sticky = false;         // t
    bool if_executable = false;  // X
  };
  static bool parse_clause(std::string_view text, ModeChange& into);
  std::optional<mode_t> octal_;
  std::vector<Clause> clauses_;
};

}  // namespace stack::build
