// libarchive takes and gives names as bytes where the character set is UTF-8: this thread's is, while one lives.
#pragma once

#include <locale.h>

namespace stack::test {

class Utf8Names {
 public:
  Utf8Names() : ours_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(::uselocale(ours_)) {}
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;
  ~Utf8Names() {
    ::uselocale(before_);
    ::freelocale(ours_);
  }

 private:
  locale_t ours_, before_;
};

}  // namespace stack::test
