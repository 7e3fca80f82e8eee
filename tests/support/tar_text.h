// A tar archive (ustar) written entry by entry and byte by byte, so that it can be what no tar program would write.
#pragma once

#include <cstdio>
#include <cstring>
#include <string>

namespace stack::test {

class TarText {
 public:
  TarText& entry(char type, const std::string& name, const std::string& content = {}, const std::string& link = {},
                 unsigned mode = 0644, unsigned uid = 0) {
    std::string head(512, '\0');
    const auto put = [&](std::size_t at, const std::string& text) {
      std::memcpy(head.data() + at, text.data(), text.size());
    };
    const auto octal = [&](std::size_t at, int width, unsigned long value) {
      char text[32];
      std::snprintf(text, sizeof text, "%0*lo", width, value);
      put(at, text);
    };
    put(0, name.substr(0, 100));
    octal(100, 7, mode);
    octal(108, 7, uid);
    octal(116, 7, uid);
    octal(124, 11, content.size());
    octal(136, 11, 1'700'000'000);
    put(148, "        ");
    head[156] = type;
    put(157, link.substr(0, 100));
    put(257, std::string{"ustar\0"
                         "00",
                         8});
    octal(329, 7, 1);
    octal(337, 7, 3);
    unsigned sum = 0;
    for (const char c : head) sum += static_cast<unsigned char>(c);
    octal(148, 6, sum);
    bytes_ += head + content;
    bytes_.append((512 - content.size() % 512) % 512, '\0');
    return *this;
  }
  std::string end() const { return bytes_ + std::string(1024, '\0'); }
  const std::string& cut() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace stack::test
