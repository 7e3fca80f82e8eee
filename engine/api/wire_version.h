// The version of our own dialect's requests and reports: one integer in the head of every request and answer below /stack/v1, so that a
// client and an engine of different builds refuse each other instead of misunderstanding each other. Pure; any thread.
//
//   1   reports with texts and statuses for people; not stated in the head
//   2   reports that are typed events; a project request of two lines
#pragma once

#include <string_view>

#include "base/error.h"

namespace stack::api {

inline constexpr int kWireVersion = 2;
inline constexpr std::string_view kWireHeader = "Stack-Protocol";
inline constexpr std::string_view kWireVersionText = "2";

// `stated` is the header's value, empty for none. Throws stack::Error(unsupported), which says what to do, for another version.
void check_client_version(std::string_view stated);
void check_engine_version(std::string_view stated);

}  // namespace stack::api
