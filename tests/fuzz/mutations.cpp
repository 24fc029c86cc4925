// SPDX-License-Identifier: MIT
//
// The main() of a fuzz target where the compiler has no libFuzzer, with three of
// its arguments: [-runs=N] [-seed=N] runs the target's seeds and N mutations of
// them, which are the same for the same numbers; FILE... runs these inputs. An
// input that the target dies of is left in the working folder.
#include "mutations.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace hailo::test {
namespace {

constexpr std::size_t kMaxBytes = 65536;
constexpr unsigned kPatience = 20;  // seconds for one input

/// Where the child says what it is at, so that it is known however it dies.
struct Current {
  std::size_t run;
  std::size_t size;
  std::uint8_t bytes[kMaxBytes];
};

/// What parsers have opinions about.
constexpr std::string_view kPieces[] = {"\r\n",
                                        "\n",
                                        "\"",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        ":",
                                        ",",
                                        "-1",
                                        ",-1",
                                        ",null",
                                        ",{}",
                                        ",\"\"",
                                        ":-1,\"a\"",
                                        ":[],\"a\"",
                                        "1e400",
                                        "99999999999999999999",
                                        "\\u0000",
                                        "%",
                                        "\xff",
                                        "\xff\xff\xff\xff\xff\xff\xff\xff",
                                        "\xff\xd8",
                                        "\xff\xd9",
                                        std::string_view("\0\0\0\0\0\0\0\0", 8)};

Bytes mutated(const std::vector<Bytes>& seeds, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return random() % limit; };
  Bytes bytes = seeds[below(seeds.size())];
  for (auto changes = 1 + below(3); changes > 0 && !bytes.empty(); changes--) {
    const auto at = bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size()));
    const auto end = at + static_cast<std::ptrdiff_t>(
                              std::min<std::size_t>(below(24), std::distance(at, bytes.end())));
    switch (below(8)) {
      case 0:
        *at ^= static_cast<std::uint8_t>(1U << below(8));
        break;
      case 1:
        *at = static_cast<std::uint8_t>(random());
        break;
      case 2:
        bytes.erase(at, end);
        break;
      case 3: {
        const Bytes again(at, end);
        bytes.insert(at, again.begin(), again.end());
        break;
      }
      case 4:
      case 5: {
        const auto& piece = kPieces[below(std::size(kPieces))];
        bytes.insert(at, piece.begin(), piece.end());
        break;
      }
      case 6: {
        const Bytes& other = seeds[below(seeds.size())];
        bytes.insert(at, other.begin(), other.end());
        break;
      }
      default:
        bytes.erase(at, bytes.end());
    }
  }
  bytes.resize(std::min(bytes.size(), kMaxBytes));
  return bytes;
}

void run_one(const Bytes& bytes) {
  ::alarm(kPatience);
  // A copy of its own size, for a read behind its end to be seen.
  const Bytes input(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

void run_all(std::size_t runs, std::uint32_t seed, Current& current) {
  const auto seeds = fuzz_seeds();
  std::mt19937 random(seed);
  for (std::size_t run = 0; run < seeds.size() + runs; run++) {
    const Bytes bytes = run < seeds.size() ? seeds[run] : mutated(seeds, random);
    current.run = run;
    current.size = bytes.size();
    std::ranges::copy(bytes, current.bytes);
    run_one(bytes);
  }
}

/// In a child, since a sanitizer ends its process.
int watch(const char* program, std::size_t runs, std::uint32_t seed) {
  void* memory =
      ::mmap(nullptr, sizeof(Current), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    std::perror("mmap");
    return 1;
  }
  auto& current = *static_cast<Current*>(memory);
  const pid_t child = ::fork();
  if (child < 0) {
    std::perror("fork");
    return 1;
  }
  if (child == 0) {
    run_all(runs, seed, current);
    std::exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) == child && status == 0) {
    std::printf("%zu inputs\n", current.run + 1);
    return 0;
  }
  const std::string file = "crash-" + std::to_string(seed) + "-" + std::to_string(current.run);
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(current.bytes),
             static_cast<std::streamsize>(current.size));
  char* folder = ::get_current_dir_name();
  std::fprintf(stderr, "died (%s) of input %zu of seed %u; again: %s %s/%s\n",
               WIFSIGNALED(status) ? ::strsignal(WTERMSIG(status)) : "exit", current.run, seed,
               program, folder, file.c_str());
  std::free(folder);
  return 1;
}

/// The number behind "-NAME=".
bool number_of(std::string_view argument, std::string_view name, std::size_t& number) {
  if (!argument.starts_with(name)) return false;
  number = std::strtoull(std::string(argument.substr(name.size())).c_str(), nullptr, 10);
  return true;
}

int main(int argc, char** argv) {
  std::size_t runs = 0;
  std::size_t seed = 1;
  bool files = false;
  for (int i = 1; i < argc; i++) {
    if (number_of(argv[i], "-runs=", runs) || number_of(argv[i], "-seed=", seed)) continue;
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      std::fprintf(stderr, "usage: %s [-runs=N] [-seed=N] [FILE...]; cannot read %s\n", argv[0],
                   argv[i]);
      return 2;
    }
    run_one(Bytes(std::istreambuf_iterator<char>(file), {}));
    files = true;
  }
  return files ? 0 : watch(argv[0], runs, static_cast<std::uint32_t>(seed));
}

}  // namespace
}  // namespace hailo::test

int main(int argc, char** argv) { return hailo::test::main(argc, argv); }
