#include "engine/image/registry/tls_files.h"

#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

#include "base/error.h"
#include "base/file.h"

namespace stack::image {

namespace asio = boost::asio;
namespace ssl = boost::asio::ssl;
namespace fs = std::filesystem;

namespace {

[[noreturn]] void refuse_file(const fs::path& file, const std::string& why) {
  throw Error(ErrorKind::invalid, "using " + file.string() + ": " + why);
}

void check_file(const boost::system::error_code& failed, const fs::path& file) {
  if (failed) refuse_file(file, failed.message());
}

std::string pem_of(const fs::path& file) {
  try {
    if (auto text = read_file(file, kTlsFileBytesMax)) return std::move(*text);
  } catch (const Error& error) {
    refuse_file(file, error.message());
  }
  refuse_file(file, "it does not exist");
}

}  // namespace

void trust_authorities(ssl::context& context, const fs::path& authorities) {
  const std::string text = pem_of(authorities);
  boost::system::error_code failed;
  context.add_certificate_authority(asio::buffer(text), failed);
  check_file(failed, authorities);
}

void show_certificate(ssl::context& context, const fs::path& certificate, const fs::path& key) {
  const std::string shown = pem_of(certificate), secret = pem_of(key);
  boost::system::error_code failed;
  context.use_certificate_chain(asio::buffer(shown), failed);
  check_file(failed, certificate);
  // Without one OpenSSL asks whoever sits at the terminal.
  context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string{}; }, failed);
  context.use_private_key(asio::buffer(secret), ssl::context::pem, failed);
  check_file(failed, key);
}

std::shared_ptr<ssl::context> log_tls_context(const model::LogTls& tls) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  if (tls.authority.empty()) {
    boost::system::error_code unread;
    context->set_default_verify_paths(unread);
  } else {
    trust_authorities(*context, tls.authority);
  }
  if (!tls.certificate.empty()) show_certificate(*context, tls.certificate, tls.key);
  return context;
}

}  // namespace stack::image
