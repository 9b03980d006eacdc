#include "app/command_line.h"
#include "app/subcommands.h"

int main(int count, char** words) {
  const auto line = citygate::app::parse_command_line(count, words);
  if (const int* status = std::get_if<int>(&line)) return *status;
  return citygate::app::run(std::get<citygate::app::CommandLine>(line));
}
