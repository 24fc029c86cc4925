// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "detect/capture/files.h"
#include "support/pictures.h"
#include "support/temp_folder.h"

namespace hailo::detect {
namespace {

constexpr std::chrono::milliseconds kNoTime{0};

class FileSources : public test::WithFolder {
 protected:
  /// Widths of the next pictures: each has its own.
  static std::vector<std::uint32_t> widths(Source& source, int count) {
    std::vector<std::uint32_t> found;
    for (int i = 0; i < count; i++) {
      const auto picture = source.next(kNoTime);
      found.push_back(picture ? picture->image->width : 0);
    }
    return found;
  }
  static std::string refusal(const std::string& path) {
    const auto source = open_files(path);
    return source ? "accepted" : source.error().message;
  }
};

Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

TEST_F(FileSources, APictureIsRepeated) {
  auto source = open_files(write("a.PNG", as_png(gradient(5, 4)))).value();
  EXPECT_FALSE(source->is_live());
  EXPECT_EQ(widths(*source, 3), (std::vector<std::uint32_t>{5, 5, 5}));
  EXPECT_EQ(source->next(kNoTime)->image->rgb, gradient(5, 4).rgb);
}

TEST_F(FileSources, AFolderInTheOrderOfNames) {
  write("b.jpg", as_jpeg(gradient(16, 8)));
  write("a.ppm", as_ppm(gradient(3, 2)));
  write("c.txt", {1, 2, 3});
  auto source = open_files(folder_.string()).value();
  EXPECT_EQ(widths(*source, 4), (std::vector<std::uint32_t>{3, 16, 3, 16}));
}

TEST_F(FileSources, JpegsOneAfterTheOther) {
  const auto path = write("film.mjpeg", joined({as_jpeg(gradient(16, 8)), as_jpeg(gradient(24, 8)),
                                                as_jpeg(gradient(400, 300))}));
  auto source = open_files(path).value();
  EXPECT_EQ(widths(*source, 7), (std::vector<std::uint32_t>{16, 24, 400, 16, 24, 400, 16}));
}

TEST_F(FileSources, LongFilmsAreReadInPieces) {
  Bytes film;
  for (std::uint32_t i = 0; i < 60; i++) {
    const auto jpeg = as_jpeg(gradient(200 + i, 150));
    film.insert(film.end(), jpeg.begin(), jpeg.end());
  }
  ASSERT_GT(film.size(), 600U << 10);
  auto source = open_files(write("film.mjpg", film)).value();
  const auto found = widths(*source, 61);
  for (std::uint32_t i = 0; i < 60; i++) EXPECT_EQ(found[i], 200 + i);
  EXPECT_EQ(found[60], 200U);
}

TEST_F(FileSources, ADamagedPictureInAFilmIsPassed) {
  auto bad = as_jpeg(gradient(24, 8));
  for (std::size_t i = bad.size() - 30; i < bad.size() - 2; i++) bad[i] = 0x55;
  bad[3] = 0xc0;  // a frame header where there was another segment
  const auto path =
      write("f.mjpeg", joined({as_jpeg(gradient(16, 8)), bad, as_jpeg(gradient(8, 8))}));
  auto source = open_files(path).value();
  EXPECT_EQ(widths(*source, 1)[0], 16U);
  const auto damaged = source->next(kNoTime);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Error::Code::protocol);
  EXPECT_EQ(widths(*source, 1)[0], 8U);
}

TEST_F(FileSources, ADamagedPictureInAFolderIsPassed) {
  write("a.ppm", as_ppm(gradient(3, 2)));
  write("b.png", {1, 2, 3});
  const auto gone = write("c.ppm", as_ppm(gradient(4, 2)));
  write("d.ppm", as_ppm(gradient(5, 2)));
  auto source = open_files(folder_.string()).value();
  ASSERT_EQ(::unlink(gone.c_str()), 0);
  EXPECT_EQ(widths(*source, 1)[0], 3U);
  for (const char* why : {"b.png: neither PNG, JPEG nor PPM (P6)", "c.ppm: No such file"}) {
    const auto damaged = source->next(kNoTime);
    ASSERT_FALSE(damaged);
    EXPECT_EQ(damaged.error().code, Error::Code::protocol);
    EXPECT_NE(damaged.error().message.find(why), std::string::npos) << damaged.error().message;
  }
  EXPECT_EQ(widths(*source, 2), (std::vector<std::uint32_t>{5, 3}));
}

TEST_F(FileSources, FilesThatCannotBeUsed) {
  EXPECT_EQ(refusal("/none/a.jpg"), "cannot open /none/a.jpg: No such file or directory");
  EXPECT_EQ(refusal("/none/film"), "cannot open /none/film: No such file or directory");
  EXPECT_EQ(refusal(folder_.string()), folder_.string() + " holds no PNG, JPEG or PPM");
  EXPECT_EQ(refusal(write("bad.png", {1, 2, 3})),
            (folder_ / "bad.png: neither PNG, JPEG nor PPM (P6)").string());
  EXPECT_EQ(refusal(write("empty.mjpeg", {})),
            (folder_ / "empty.mjpeg: its last picture is cut off").string());
  EXPECT_EQ(refusal(write("text.mjpeg", {'h', 'i'})),
            (folder_ / "text.mjpeg: no JPEG where one should begin").string());
  auto cut = as_jpeg(gradient(16, 8));
  cut.resize(cut.size() - 1);
  EXPECT_EQ(refusal(write("cut.mjpeg", cut)),
            (folder_ / "cut.mjpeg: its last picture is cut off").string());
  const auto fifo = (folder_ / "fifo").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(refusal(fifo), fifo + " is not a regular file");
}

TEST(JpegSizes, EndsWhereThePictureEnds) {
  auto jpeg = as_jpeg(gradient(40, 30));
  const std::size_t size = jpeg.size();
  EXPECT_EQ(jpeg_size(jpeg).value(), size);
  jpeg.push_back(0xff);
  EXPECT_EQ(jpeg_size(jpeg).value(), size);
  for (std::size_t cut = 0; cut < size; cut++)
    EXPECT_EQ(jpeg_size(ByteView(jpeg).subspan(0, cut)).value(), 0U) << cut;
}

TEST(JpegSizes, HostileBytes) {
  EXPECT_FALSE(jpeg_size(Bytes{0x00}));
  EXPECT_FALSE(jpeg_size(Bytes{0xff, 0xd9}));
  EXPECT_FALSE(jpeg_size(Bytes{0xff, 0xd8, 0x00, 0x00})) << "no marker";
  EXPECT_FALSE(jpeg_size(Bytes{0xff, 0xd8, 0xff, 0xe0, 0x00, 0x01})) << "a length of 1";
  EXPECT_EQ(jpeg_size(Bytes{0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff}).value(), 0U);
  EXPECT_EQ(jpeg_size(Bytes{0xff, 0xd8, 0xff, 0xff, 0xff, 0xd9}).value(), 6U) << "fill bytes";
}

}  // namespace
}  // namespace hailo::detect
