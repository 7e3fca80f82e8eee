// libarchive takes and gives names as bytes where the character set is UTF-8: this thread's is, while one lives.
#pragma once

#include <locale.h>

namespace stack::test {

class Utf8Names {
 public:
  // Where there is no such locale, names beyond ASCII may come out otherwise.
  Utf8Names() : ours_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
    if (ours_ != nullptr) before_ = ::uselocale(ours_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() {
    if (ours_ == nullptr) return;
    ::uselocale(before_);
    ::freelocale(ours_);
  }

 private:
  locale_t ours_, before_ = nullptr;
};

}  // namespace stack::test
