// The words of the model's enums, as files, the store, the API and people write them. A word stays when enumerators are added
// or move: it is what is stored and sent, never the number. Each type of one translation stands in one table; a test compares
// the tables with the enums.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "base/model/container_state.h"

namespace stack::model {

// In the order of the enumerators.
template <class E>
struct EnumWords;

template <>
struct EnumWords<MountKind> {
  static constexpr std::array<std::string_view, 3> kWords{"bind", "volume", "tmpfs"};
};
template <>
struct EnumWords<Protocol> {
  static constexpr std::array<std::string_view, 3> kWords{"tcp", "udp", "sctp"};
};
template <>
struct EnumWords<RestartKind> {
  static constexpr std::array<std::string_view, 4> kWords{"no", "always", "on-failure", "unless-stopped"};
};
template <>
struct EnumWords<Status> {
  static constexpr std::array<std::string_view, 7> kWords{"created",  "running", "paused", "restarting",
                                                          "removing", "exited",  "dead"};
};
template <>
struct EnumWords<Health> {
  static constexpr std::array<std::string_view, 4> kWords{"none", "starting", "healthy", "unhealthy"};
};

template <class E>
constexpr std::string_view word_of(E value) {
  return EnumWords<E>::kWords[static_cast<std::size_t>(value)];
}

template <class E>
constexpr std::optional<E> from_word(std::string_view word) {
  for (std::size_t i = 0; i < EnumWords<E>::kWords.size(); ++i) {
    if (EnumWords<E>::kWords[i] == word) return static_cast<E>(i);
  }
  return std::nullopt;
}

}  // namespace stack::model
