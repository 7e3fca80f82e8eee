#include "base/suggest.h"

#include <algorithm>
#include <numeric>

namespace stack {
namespace {

constexpr std::size_t kLongest = 64;

// Insertions, deletions, replacements and swaps of neighbours count one each.
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = a[i - 1] == b[j - 1];
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

}  // namespace

std::string nearest(std::string_view text, const std::vector<std::string_view>& words) {
  return nearest_within(text, words, std::max<std::size_t>(1, text.size() / 3));
}

std::string nearest_within(std::string_view text, const std::vector<std::string_view>& words, std::size_t most) {
  if (text.empty() || text.size() > kLongest) return {};
  std::size_t best = most + 1;
  std::string_view found;
  for (const auto word : words) {
    if (word.size() > kLongest || word == text) continue;
    if (const auto distance = edits(text, word); distance < best) {
      best = distance;
      found = word;
    }
  }
  return std::string{found};
}

std::string did_you_mean(std::string_view text, const std::vector<std::string_view>& words) {
  const std::string word = nearest(text, words);
  return word.empty() ? std::string{} : "did you mean \"" + word + "\"?";
}

}  // namespace stack
