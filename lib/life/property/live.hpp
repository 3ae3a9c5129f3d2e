// SPDX-License-Identifier: GPL-2.0-or-later
//
// Property values that only the running system knows.
#pragma once

#include "call/call.hpp"
#include "store/effective.hpp"

namespace qmgmt {

class SystemValues : public LiveValues {
public:
    explicit SystemValues(Call& call) : call_{call} {}

    std::string value(const Qube* qube, std::string_view property) override;
    std::uint64_t host_memory_mib() override;
    std::optional<std::string> kernel_file(std::string_view version,
                                           std::string_view file) override;

private:
    Call& call_;
};

// The directory of the pool that kernels come from, as this process sees it.
[[nodiscard]] std::string kernel_directory(const Store& store);

} // namespace qmgmt
