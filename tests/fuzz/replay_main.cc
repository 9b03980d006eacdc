// replay_main.cc - runs a fuzz target over the files of a corpus, where libFuzzer is not linked in.
//
// Each file is also tried cut at every length up to 512 bytes: ends in mid-token are what parsers get wrong.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void run(const std::vector<char>& bytes, std::size_t size) {
  // A block of exactly this size, so that sanitizers see a read beyond it.
  const std::vector<std::uint8_t> block(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
  LLVMFuzzerTestOneInput(block.data(), block.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t files = 0;
  for (int i = 1; i < argc; ++i) {
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i], error)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::vector<char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      run(bytes, bytes.size());
      for (std::size_t cut = 0; cut < std::min<std::size_t>(bytes.size(), 512); ++cut) run(bytes, cut);
      ++files;
    }
    if (error) std::fprintf(stderr, "%s: %s\n", argv[i], error.message().c_str());
  }
  std::printf("%zu files replayed\n", files);
  return files == 0 ? 1 : 0;
}
