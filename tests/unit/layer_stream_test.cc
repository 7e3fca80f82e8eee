// image: bytes of layers as they are before compression, and who else sees them.
#include "engine/image/layer_stream.h"

#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/file.h"

namespace stack::image {
namespace {

std::string gzipped(const std::string& text) {
  z_stream out{};
  deflateInit2(&out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&out, text.size()), '\0');
  out.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  out.avail_in = static_cast<uInt>(text.size());
  out.next_out = reinterpret_cast<Bytef*>(packed.data());
  out.avail_out = static_cast<uInt>(packed.size());
  deflate(&out, Z_FINISH);
  packed.resize(out.total_out);
  deflateEnd(&out);
  return packed;
}

UniqueFd file_of(const std::string& bytes) {
  UniqueFd file{::memfd_create("layer", MFD_CLOEXEC)};
  write_all(file, bytes);
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

std::string rest_of(DecompressedStream& stream) {
  std::string all;
  for (std::string_view bytes = stream.next(); !bytes.empty(); bytes = stream.next()) all += bytes;
  return all;
}

const std::string kText = [] {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += std::to_string(i);
  return text;
}();

TEST(DecompressedStream, GivesPlainBytesAsTheyAre) {
  const UniqueFd file = file_of(kText);
  DecompressedStream stream{file};
  EXPECT_EQ(rest_of(stream), kText);
  EXPECT_EQ(stream.compression(), Compression::none);
  EXPECT_EQ(stream.source_bytes(), kText.size());
  EXPECT_EQ(stream.plain_bytes(), kText.size());
}

TEST(DecompressedStream, WhatHasNoEndIsNotReadForEver) {
  const UniqueFd zeros{::open("/dev/zero", O_RDONLY | O_CLOEXEC)};
  DecompressedStream stream{zeros};
  EXPECT_THROW(stream.drain(), Error);
}

TEST(DecompressedStream, TapsSeeEachByteOnce) {
  const std::string packed = gzipped(kText), behind = "behind the stream's end";
  const UniqueFd file = file_of(packed + behind);
  std::string source, plain;
  DecompressedStream stream{file,
                            UINT64_MAX,
                            {.source =
                                 [&](std::string_view bytes, Compression compression) {
                                   EXPECT_EQ(compression, Compression::gzip);
                                   source += bytes;
                                 },
                             .plain = [&](std::string_view bytes) { plain += bytes; }}};
  EXPECT_EQ(rest_of(stream), kText);
  stream.drain();
  EXPECT_EQ(source, packed + behind);
  EXPECT_EQ(plain, kText);
  EXPECT_EQ(stream.plain_bytes(), kText.size());
}

TEST(DecompressedStream, IsBoundedBeforeAndAfterCompression) {
  const auto read = [](const std::string& bytes, std::uint64_t most) {
    const UniqueFd file = file_of(bytes);
    DecompressedStream stream{file, most};
    rest_of(stream);
  };
  EXPECT_NO_THROW(read(kText, kText.size()));
  EXPECT_THROW(read(kText, kText.size() - 1), Error);
  EXPECT_THROW(read(gzipped(kText), kText.size() - 1), Error);
}

TEST(LayerStream, KnowsTheDigestsOfBothAndKeepsTheBlob) {
  const std::string packed = gzipped(kText);
  const UniqueFd file = file_of(packed);
  const UniqueFd keep{::memfd_create("blob", MFD_CLOEXEC)};
  LayerStream stream{file, keep};
  stream.bytes().drain();
  EXPECT_EQ(stream.source_digest(), sha256_digest(packed));
  EXPECT_EQ(stream.blob_digest(), sha256_digest(packed));
  EXPECT_EQ(stream.diff_id(), sha256_digest(kText));
  ::lseek(keep.get(), 0, SEEK_SET);
  EXPECT_EQ(digest_of(keep), sha256_digest(packed));
  EXPECT_EQ(stream.blob_bytes(), packed.size());
}

}  // namespace
}  // namespace stack::image
