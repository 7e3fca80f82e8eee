// SHA-256 of bytes as they stream by (OpenSSL's one door together with compose/model's hash).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace stack::image {

class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void add(std::string_view bytes);
  // "sha256:<64 hex>"; call once.
  [[nodiscard]] std::string digest();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

std::string sha256_digest(std::string_view bytes);
// Of what is read from `file` to its end. Blocks; throws what the read fails with.
std::string digest_of(BorrowedFd file);

}  // namespace stack::image
