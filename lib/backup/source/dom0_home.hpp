// SPDX-License-Identifier: GPL-2.0-or-later
//
// The home of dom0's user on its way into an archive: what qubes-mgmt-home (backup/home) says of
// it, run as that user.
#pragma once

#include "backup/archive/byte_stream.hpp"
#include "base/account.hpp"
#include "base/piped_program.hpp"
#include "base/stop_signals.hpp"

#include <cstdint>
#include <string>

namespace qmgmt {

// Whose home dom0's is, and under which name an archive has it: "dom0-home/user".
struct Dom0Home {
    Account user;
    std::string path;

    // Throws BackupError{read_error} where dom0 has no such user, or one that no archive can name.
    static Dom0Home find(bool mask_name);
    // Whether it is there, or below.
    [[nodiscard]] bool holds(const std::string& directory) const;
    // Bytes of disk.
    [[nodiscard]] std::uint64_t measure() const;
};

// Its tar.
class HomeTar : public ByteSource {
public:
    // `stop` outlives this.
    HomeTar(const Dom0Home& home, const StopSignals& stop);

    // Also throws BackupError{read_error, cancelled}.
    [[nodiscard]] std::size_t read(char* into, std::size_t room) override;
    // How many files were left out because their user may not read them. After the end.
    [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }

private:
    void finish();
    void collect_errors();

    PipedProgram program_;
    const StopSignals& stop_;
    std::string errors_;
    std::uint64_t left_out_ = 0;
    bool ended_ = false;
};

} // namespace qmgmt
