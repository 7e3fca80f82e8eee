// Certificates and keys of this machine's files, given to connections: what a registry's folder has, and what a log driver names.
//
// Files are PEM; each is read once and whole, a regular file of at most kTlsFileBytesMax. Nothing asks anybody for a password. Blocks on
// the disk. Throws stack::Error(invalid) with the file's name for what is missing, cannot be read, is damaged or does not belong together.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "base/model/log_endpoint.h"

namespace boost::asio::ssl {
class context;
}

namespace stack::image {

inline constexpr std::size_t kTlsFileBytesMax = std::size_t{4} << 20;

// Whom to believe.
void trust_authorities(boost::asio::ssl::context& context, const std::filesystem::path& authorities);
// What to show when the other side asks.
void show_certificate(boost::asio::ssl::context& context, const std::filesystem::path& certificate,
                      const std::filesystem::path& key);

// For connections to where a log is sent.
std::shared_ptr<boost::asio::ssl::context> log_tls_context(const model::LogTls& tls);

}  // namespace stack::image
