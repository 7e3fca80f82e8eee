// The flags between an instruction's keyword and its arguments: --name, --name=value. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/dockerfile/logical_line.h"

namespace stack::dockerfile {

// The words that begin with "--", quotes and backslashes taken away; `text` becomes what stands behind them.
std::vector<Word> take_flags(const LogicalLine& line, std::string_view& text);

enum class FlagKind : std::uint8_t { boolean, text, list };
struct FlagRule {
  std::string_view name;
  FlagKind kind = FlagKind::text;
};

// The flags of one instruction, held against the rules for it.
class FlagSet {
 public:
  // Reports unknown flags, repeated ones and values of the wrong kind.
  FlagSet(const std::vector<Word>& flags, std::string_view keyword, const std::vector<FlagRule>& rules,
          Problems& problems);

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::optional<Word> text(std::string_view name) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view name) const;
  [[nodiscard]] std::vector<Word> list(std::string_view name) const;

 private:
  void take(const Word& flag, std::string_view keyword, const std::vector<FlagRule>& rules, Problems& problems);

  std::map<std::string, std::vector<Word>, std::less<>> values_;
  bool ok_ = true;
};

}  // namespace stack::dockerfile
