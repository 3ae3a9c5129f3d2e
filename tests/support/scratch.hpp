// SPDX-License-Identifier: GPL-2.0-or-later
//
// A machine of its own below one short directory: a store, a kernel, a configuration without
// hypervisor. Calls started with its environment touch nothing outside. The directory goes when the
// object goes.
#pragma once

#include "support/run_call.hpp"

#include <string>
#include <string_view>

namespace qmgmt::test {

inline constexpr std::string_view store_path = "/var/lib/qubes/qubes.xml";
inline constexpr std::string_view kernels_path = "/var/lib/qubes/vm-kernels";
inline constexpr std::string_view configuration_path = "/etc/qubes/mgmt.conf";

// A store of tests/support: "fixture.xml" (store.md 1.11), "hostile.xml", "current.xml".
[[nodiscard]] std::string store_text(std::string_view file);
// The fixture with both pools as directories of their own and volumes named as file-reflink names
// them.
[[nodiscard]] std::string store_text_on_files();
// `text` with the one place where `what` stands replaced. Throws when there is none or more than
// one.
[[nodiscard]] std::string with(std::string text, std::string_view what, std::string_view instead);

class ScratchRoot {
public:
    explicit ScratchRoot(const std::string& store = store_text("fixture.xml"),
                         const std::string& parent = "/tmp");
    ScratchRoot(const ScratchRoot&) = delete;
    ~ScratchRoot();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] std::string below(std::string_view absolute) const;

    [[nodiscard]] std::string store() const;
    // Replaces the store's bytes, by a new file as every writer does.
    void set_store(std::string_view bytes) const;
    void configure(std::string_view lines) const;

    // Writes a file below the root, its directories made.
    void write(std::string_view absolute, std::string_view bytes) const;
    [[nodiscard]] std::string read(std::string_view absolute) const;
    [[nodiscard]] bool exists(std::string_view absolute) const;
    void add_kernel(std::string_view version) const;
    // Makes the image of every volume of the store that keeps its content in a file-reflink pool:
    // sparse, of its size.
    void make_images() const;

    // What a call is started with; QMGMT_ variables and what a test adds.
    [[nodiscard]] const Environment& environment() const noexcept { return environment_; }
    Environment& environment() noexcept { return environment_; }

private:
    std::string path_;
    Environment environment_;
};

} // namespace qmgmt::test
