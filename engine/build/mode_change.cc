#include "engine/build/mode_change.h"

#include <charconv>

#include <sys/stat.h>

namespace stack::build {
namespace {

constexpr mode_t kUser = 0700, kGroup = 0070, kOthers = 0007;

mode_t spread(mode_t rights) { return rights << 6 | rights << 3 | rights; }

}  // namespace

std::optional<ModeChange> ModeChange::parse(std::string_view text) {
  ModeChange change;
  unsigned octal = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), octal, 8);
  if (!text.empty() && error == std::errc{} && end == text.data() + text.size()) {
    if (octal > 07777) return std::nullopt;
    change.octal_ = octal;
    return change;
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    if (!parse_clause(text.substr(begin, comma - begin), change)) return std::nullopt;
    begin = comma + 1;
  }
  return change;
}

// [ugoa]*([+-=][rwxXstugo]*)+
bool ModeChange::parse_clause(std::string_view text, ModeChange& into) {
  mode_t who = 0;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c != 'u' && c != 'g' && c != 'o' && c != 'a') break;
    who |= c == 'u' ? kUser : c == 'g' ? kGroup : c == 'o' ? kOthers : 0777;
  }
  if (who == 0) who = 0777;
  if (at == text.size()) return false;
  while (at < text.size()) {
    Clause clause{.who = who, .sign = text[at]};
    if (clause.sign != '+' && clause.sign != '-' && clause.sign != '=') return false;
    for (++at; at < text.size() && text[at] != '+' && text[at] != '-' && text[at] != '='; ++at) {
      switch (text[at]) {
        case 'r':
          clause.rights |= 4;
          break;
        case 'w':
          clause.rights |= 2;
          break;
        case 'x':
          clause.rights |= 1;
          break;
        case 'X':
          clause.if_executable = true;
          break;
        case 'u':
        case 'g':
        case 'o':
          clause.copied = text[at];
          break;
        case 's':
          clause.special = true;
          break;
        case 't':
          clause.sticky = true;
          break;
        default:
          return false;
      }
    }
    into.clauses_.push_back(clause);
  }
  return true;
}

mode_t ModeChange::apply(mode_t mode, bool is_folder) const {
  if (octal_) return *octal_;
  mode &= 07777;
  for (const Clause& clause : clauses_) {
    mode_t rights = clause.rights;
    if (clause.if_executable && (is_folder || (mode & 0111) != 0)) rights |= 1;
    if (clause.copied != 0) rights |= mode >> (clause.copied == 'u' ? 6 : clause.copied == 'g' ? 3 : 0) & 07;
    mode_t bits = spread(rights) & clause.who;
    if (clause.special) bits |= ((clause.who & kUser) != 0 ? S_ISUID : 0) | ((clause.who & kGroup) != 0 ? S_ISGID : 0);
    if (clause.sticky && (clause.who & kUser) != 0) bits |= S_ISVTX;
    if (clause.sign == '+') mode |= bits;
    if (clause.sign == '-') mode &= ~bits;
    if (clause.sign == '=') mode = (mode & ~clause.who) | bits;
  }
  return mode;
}

}  // namespace stack::build
