// Addresses as messages, records and histories show them.
#pragma once

#include <string>

namespace stack {

// The text without what leads into others' accounts: of each "http(s)://USER:PASSWORD@HOST" in it the user and the password, which may
// each be a token, of the address of another scheme the password alone. Pure.
std::string hide_credentials(std::string text);

}  // namespace stack
