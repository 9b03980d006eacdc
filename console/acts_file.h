// acts_file.h - what verifies the journal without a gateway, and exports of it as files, on the side of whoever asks.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "console/output.h"
#include "console/protocol.h"
#include "records/act_journal.h"

namespace citygate::console {

// `acts verify` where nothing else can be opened: no policy is in force upon a journal that was tampered with.
int verify_acts_of(const records::ChainedActs& acts, const Arguments& args, Output& output);

// "-": standard input. The exit status.
int verify_acts_file(const std::string& file, Output& output);

// Lines of answer into a file that is there, whole, only after keep(); readable by its owner alone. All else goes to `rest`.
class FileOutput final : public Output {
 public:
  [[nodiscard]] static Result<std::unique_ptr<FileOutput>> open(const std::filesystem::path& path, Output& rest);
  ~FileOutput() override;  // without keep() nothing is left

  void out(std::string_view line) override;
  void err(std::string_view line) override { rest_.err(line); }
  void progress(std::string_view line) override { rest_.progress(line); }
  bool ended() override { return failed_ || rest_.ended(); }
  bool ended_after(std::chrono::milliseconds wait) override { return failed_ || rest_.ended_after(wait); }
  std::string via() const override { return rest_.via(); }
  [[nodiscard]] Result<void> keep();

 private:
  FileOutput(std::filesystem::path path, Output& rest) : path_(std::move(path)), rest_(rest) {}
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::filesystem::path path_;
  Output& rest_;
  std::filesystem::path beside_;
  std::unique_ptr<std::FILE, Close> file_;
  bool failed_ = false;
};

}  // namespace citygate::console
