#include "base/process_usage.h"

#include <dirent.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

namespace citygate {
namespace {

using std::chrono::microseconds;

microseconds to_duration(const timeval& time) { return std::chrono::seconds(time.tv_sec) + microseconds(time.tv_usec); }

std::uint64_t count_descriptors() {
  DIR* directory = ::opendir("/proc/self/fd");
  if (!directory) return 0;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(directory))
    if (entry->d_name[0] != '.') ++count;
  ::closedir(directory);
  return count > 0 ? count - 1 : 0;  // the directory's own
}

// /proc/self/stat behind the command's name, which may hold blanks and parentheses: the fields from the third on.
void read_stat(ProcessUsage& usage) {
  std::ifstream file("/proc/self/stat");
  std::string text;
  if (!std::getline(file, text)) return;
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return;
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  for (int field = 3; field < 20; ++field) fields >> skipped;
  std::uint64_t threads = 0, interval = 0, start_ticks = 0, virtual_bytes = 0, resident_pages = 0;
  if (!(fields >> threads >> interval >> start_ticks >> virtual_bytes >> resident_pages)) return;
  usage.threads = threads;
  usage.virtual_bytes = virtual_bytes;
  usage.resident_bytes = resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  // Ticks since the machine was started.
  timespec now_since_boot{};
  if (::clock_gettime(CLOCK_BOOTTIME, &now_since_boot) != 0) return;
  const auto up = std::chrono::seconds(now_since_boot.tv_sec) + std::chrono::nanoseconds(now_since_boot.tv_nsec);
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const std::chrono::milliseconds began(ticks > 0 ? start_ticks * 1000 / ticks : 0);
  usage.started = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now() - (up - began));
}

}  // namespace

ProcessUsage process_usage() {
  ProcessUsage usage;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) usage.cpu = to_duration(used.ru_utime) + to_duration(used.ru_stime);
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
    usage.most_descriptors = files.rlim_cur;
  usage.open_descriptors = count_descriptors();
  read_stat(usage);
  return usage;
}

}  // namespace citygate
