#include "bench/load/process_cpu.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace citygate::load {
namespace {

struct Process {
  int parent = 0;
  long ticks = 0;
};

// Fields 4 and 14 to 17 of /proc/PID/stat, counted behind the command's closing parenthesis.
bool read_stat(const std::filesystem::path& directory, Process& out) {
  std::ifstream file(directory / "stat");
  std::string line;
  if (!std::getline(file, line)) return false;
  std::istringstream rest(line.substr(line.rfind(')') + 1));
  std::string state, skipped;
  rest >> state >> out.parent;
  for (int i = 5; i < 14; ++i) rest >> skipped;
  for (int i = 14; i <= 17; ++i) {
    long ticks = 0;
    rest >> ticks;
    out.ticks += ticks;
  }
  return static_cast<bool>(rest);
}

}  // namespace

std::chrono::milliseconds cpu_of_tree(int pid) {
  std::map<int, Process> all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    Process process;
    if (read_stat(entry.path(), process)) all.emplace(std::stoi(name), process);
  }
  long ticks = 0;
  std::vector<int> todo{pid};
  while (!todo.empty()) {
    const int next = todo.back();
    todo.pop_back();
    const auto found = all.find(next);
    if (found == all.end()) continue;
    ticks += found->second.ticks;
    for (const auto& [child, process] : all)
      if (process.parent == next) todo.push_back(child);
  }
  return std::chrono::milliseconds(ticks * 1000 / sysconf(_SC_CLK_TCK));
}

}  // namespace citygate::load
