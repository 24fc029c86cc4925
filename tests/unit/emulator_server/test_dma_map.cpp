// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "client.h"
#include "emulator/vfu/dma_map.h"

namespace hailo::emu::vfu {
namespace {

using test::memory_file;
using test::open_files;

constexpr DmaMap::Access read_write{true, true};
constexpr std::uint64_t page = 4096;

class DmaMapTest : public testing::Test {
 protected:
  int map(std::uint64_t address, std::uint64_t size, DmaMap::Access access = read_write) {
    return map_.map(address, size, access, memory_file(size), 0);
  }
  bool read(std::uint64_t address, std::size_t size) {
    buffer_.assign(size, std::byte{0xee});
    return map_.read(address, buffer_);
  }
  bool write(std::uint64_t address, std::size_t size, std::byte value = std::byte{0x5a}) {
    buffer_.assign(size, value);
    return map_.write(address, buffer_);
  }
  bool buffer_is(std::byte value) const {
    return std::ranges::all_of(buffer_, [value](std::byte b) { return b == value; });
  }

  DmaMap map_;
  std::vector<std::byte> buffer_;
};

TEST_F(DmaMapTest, EmptyMapGivesNothing) {
  EXPECT_FALSE(read(0, 1));
  EXPECT_FALSE(write(page, 1));
}

TEST_F(DmaMapTest, WhatWasWrittenIsRead) {
  ASSERT_EQ(map(page, page), 0);
  ASSERT_TRUE(write(page + 10, 100));
  ASSERT_TRUE(read(page + 10, 100));
  EXPECT_TRUE(buffer_is(std::byte{0x5a}));
  ASSERT_TRUE(read(page + 9, 1));
  EXPECT_TRUE(buffer_is(std::byte{0}));
}

TEST_F(DmaMapTest, FileOffsetIsHonoured) {
  const UniqueFd file = memory_file(3 * page);
  ASSERT_EQ(map_.map(0, page, read_write, UniqueFd(::dup(file.get())), 2 * page), 0);
  ASSERT_TRUE(write(1, 1));
  std::byte b{};
  ASSERT_EQ(::pread(file.get(), &b, 1, 2 * page + 1), 1);
  EXPECT_EQ(b, std::byte{0x5a});
}

TEST_F(DmaMapTest, EveryByteMustBeMapped) {
  ASSERT_EQ(map(page, page), 0);
  EXPECT_TRUE(read(page, page));
  EXPECT_FALSE(read(page - 1, 1));
  EXPECT_FALSE(read(page - 1, 2));
  EXPECT_FALSE(read(2 * page - 1, 2));
  EXPECT_FALSE(read(2 * page, 1));
  EXPECT_FALSE(read(~std::uint64_t{0}, 2));
}

TEST_F(DmaMapTest, NeighboursCountAsOne) {
  ASSERT_EQ(map(page, page), 0);
  ASSERT_EQ(map(2 * page, page), 0);
  ASSERT_TRUE(write(2 * page - 8, 16));
  ASSERT_TRUE(read(2 * page - 8, 16));
  EXPECT_TRUE(buffer_is(std::byte{0x5a}));
}

TEST_F(DmaMapTest, ATransferThatFailsTransfersNothing) {
  ASSERT_EQ(map(page, page), 0);
  ASSERT_EQ(map(2 * page, page, {true, false}), 0);
  EXPECT_FALSE(write(2 * page - 8, 16));
  ASSERT_TRUE(read(2 * page - 8, 8));
  EXPECT_TRUE(buffer_is(std::byte{0}));
}

TEST_F(DmaMapTest, AccessIsChecked) {
  ASSERT_EQ(map(page, page, {true, false}), 0);
  ASSERT_EQ(map(3 * page, page, {false, true}), 0);
  EXPECT_TRUE(read(page, 1));
  EXPECT_FALSE(write(page, 1));
  EXPECT_FALSE(read(3 * page, 1));
  EXPECT_TRUE(write(3 * page, 1));
}

TEST_F(DmaMapTest, OverlapIsRefused) {
  ASSERT_EQ(map(4 * page, 2 * page), 0);
  EXPECT_EQ(map(4 * page, 2 * page), EEXIST);
  EXPECT_EQ(map(3 * page, 2 * page), EEXIST);
  EXPECT_EQ(map(5 * page, page), EEXIST);
  EXPECT_EQ(map(3 * page, 4 * page), EEXIST);
  EXPECT_EQ(map(3 * page, page), 0);
  EXPECT_EQ(map(6 * page, page), 0);
}

TEST_F(DmaMapTest, ImpossibleRangesAreRefused) {
  EXPECT_EQ(map(0, 0), EINVAL);
  EXPECT_EQ(map(~std::uint64_t{0}, 2), EINVAL);
  EXPECT_EQ(map_.map(0, page + 1, read_write, memory_file(page), 0), EINVAL);
  EXPECT_EQ(map_.map(0, page, read_write, memory_file(page), 1), EINVAL);
  EXPECT_EQ(map_.map(0, page, read_write, memory_file(page), ~std::uint64_t{0}), EINVAL);
  EXPECT_EQ(map_.map(0, page, read_write, UniqueFd(::open("/dev/null", O_RDWR)), 0), EINVAL);
  EXPECT_EQ(map_.size(), 0u);
}

TEST_F(DmaMapTest, TheLastByteOfTheAddressSpaceIsUsable) {
  ASSERT_EQ(map(~std::uint64_t{0} - (page - 1), page), 0);
  EXPECT_TRUE(read(~std::uint64_t{0}, 1));
  EXPECT_FALSE(read(~std::uint64_t{0}, 2)) << "the range would wrap";
}

TEST_F(DmaMapTest, UnmapNeedsTheExactRange) {
  ASSERT_EQ(map(page, page), 0);
  EXPECT_EQ(map_.unmap(page, 2 * page), ENOENT);
  EXPECT_EQ(map_.unmap(0, page), ENOENT);
  EXPECT_EQ(map_.unmap(page, page), 0);
  EXPECT_FALSE(read(page, 1));
}

TEST_F(DmaMapTest, ARegionWithoutFileIsNotAccessible) {
  ASSERT_EQ(map_.map(0, page, read_write, UniqueFd(), 0), 0);
  EXPECT_FALSE(read(0, 1));
  EXPECT_FALSE(write(0, 1));
  EXPECT_EQ(map(0, page), EEXIST);
}

TEST_F(DmaMapTest, AClientThatShrinksItsMemoryGetsAFailedAccess) {
  UniqueFd file = memory_file(2 * page);
  ASSERT_EQ(map_.map(0, 2 * page, read_write, UniqueFd(::dup(file.get())), 0), 0);
  ASSERT_EQ(::ftruncate(file.get(), page), 0);
  EXPECT_TRUE(read(0, page));
  EXPECT_FALSE(read(page, 1));
}

UniqueFd sealed_file(std::uint64_t size) {
  UniqueFd file(::memfd_create("guest", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(::ftruncate(file.get(), static_cast<off_t>(size)), 0);
  EXPECT_EQ(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  return file;
}

TEST_F(DmaMapTest, AFileThatCannotShrinkIsMapped) {
  ASSERT_EQ(map_.map(page, 2 * page, read_write, sealed_file(3 * page), page), 0);
  const auto view = map_.span(page + 100, 2 * page - 100, true);
  ASSERT_EQ(view.size(), 2 * page - 100);
  view[0] = std::byte{0x77};
  ASSERT_TRUE(read(page + 100, 1));
  EXPECT_TRUE(buffer_is(std::byte{0x77}));
  EXPECT_TRUE(map_.span(page + 100, 2 * page, true).empty()) << "beyond its end";
  EXPECT_TRUE(map_.span(page - 1, 2, true).empty()) << "before its start";
  EXPECT_TRUE(map_.span(page, ~std::uint64_t{0}, true).empty());
}

TEST_F(DmaMapTest, ViewsAreForTheAccessThatIsGranted) {
  ASSERT_EQ(map_.map(0, page, {true, false}, sealed_file(page), 0), 0);
  ASSERT_EQ(map_.map(page, page, {false, true}, sealed_file(page), 0), 0);
  EXPECT_FALSE(map_.span(0, page, false).empty());
  EXPECT_TRUE(map_.span(0, page, true).empty());
  EXPECT_TRUE(map_.span(page, page, false).empty());
  EXPECT_FALSE(map_.span(page, page, true).empty());
}

TEST_F(DmaMapTest, AFileThatMayShrinkIsNotMapped) {
  ASSERT_EQ(map(0, page), 0);
  EXPECT_TRUE(map_.span(0, 1, false).empty());
  EXPECT_TRUE(read(0, 1));
}

TEST_F(DmaMapTest, ViewsEndWithTheirRegion) {
  ASSERT_EQ(map_.map(0, page, read_write, sealed_file(page), 0), 0);
  EXPECT_FALSE(map_.span(0, page, true).empty());
  ASSERT_EQ(map_.unmap(0, page), 0);
  EXPECT_TRUE(map_.span(0, page, true).empty());
}

TEST_F(DmaMapTest, RegionsOfOneFileHoldItOnce) {
  constexpr std::uint64_t regions = 500;
  const UniqueFd file = memory_file(regions * page);
  const std::size_t before = open_files();
  for (std::uint64_t i = 0; i < regions; ++i)
    ASSERT_EQ(map_.map(2 * i * page, page, read_write, UniqueFd(::dup(file.get())), i * page), 0);
  EXPECT_EQ(open_files(), before + 1);
  ASSERT_TRUE(write(14 * page, 1));
  std::byte b{};
  ASSERT_EQ(::pread(file.get(), &b, 1, 7 * page), 1);
  EXPECT_EQ(b, std::byte{0x5a});
  for (std::uint64_t i = 1; i < regions; ++i) ASSERT_EQ(map_.unmap(2 * i * page, page), 0);
  EXPECT_TRUE(read(0, page)) << "the last one has it still";
  EXPECT_EQ(open_files(), before + 1);
  ASSERT_EQ(map_.unmap(0, page), 0);
  EXPECT_EQ(open_files(), before);
}

TEST_F(DmaMapTest, AFileThatWasOpenedInAnotherWayIsAnother) {
  const UniqueFd file = memory_file(2 * page);
  const std::string name = "/proc/self/fd/" + std::to_string(file.get());
  ASSERT_EQ(map_.map(0, page, read_write, UniqueFd(::open(name.c_str(), O_RDONLY)), 0), 0);
  ASSERT_EQ(map_.map(page, page, read_write, UniqueFd(::dup(file.get())), page), 0);
  EXPECT_FALSE(write(0, 1));
  EXPECT_TRUE(write(page, 1));
}

TEST_F(DmaMapTest, FilesAreClosedWithTheirRegions) {
  const std::size_t before = open_files();
  ASSERT_EQ(map(0, page), 0);
  ASSERT_EQ(map(page, page), 0);
  EXPECT_EQ(map(page, page), EEXIST);
  EXPECT_EQ(open_files(), before + 2);
  ASSERT_EQ(map_.unmap(0, page), 0);
  EXPECT_EQ(open_files(), before + 1);
  map_.clear();
  EXPECT_EQ(open_files(), before);
}

}  // namespace
}  // namespace hailo::emu::vfu
