// SPDX-License-Identifier: GPL-2.0-or-later
//
// Driver `linux-kernel`: kernels that dom0 offers, one directory each, never changed by us.
// storage.md 2.4.
#pragma once

#include "storage/pool.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qmgmt {

// What the directory of a kernel holds. Texts are without the newline at their end.
struct KernelFiles {
    std::string vmlinuz;
    std::optional<std::string> initramfs;
    std::optional<std::string> modules;                   // image for the guest's /lib/modules
    std::optional<std::string> default_kernelopts_pci;    // text
    std::optional<std::string> default_kernelopts_nopci;  // text
    std::optional<std::string> default_kernelopts_common; // text
    bool memory_hotplug = false;
};

// Whether the text may name a kernel: one component of a path, not hidden, no "..", no blanks or
// control characters.
[[nodiscard]] bool is_kernel_version(std::string_view untrusted_version) noexcept;

// The kernel `version` in the directory of a pool. Throws Error{bad_value} when it cannot be a
// version and Error{storage} when there is no such kernel.
[[nodiscard]] KernelFiles find_kernel(const std::string& directory, std::string_view version);

// The vid of a volume here is the kernel of its qube at this moment; empty for a qube that brings
// its own. Nothing is ever made, changed or removed: the verbs that would do so succeed and do
// nothing.
class LinuxKernelPool final : public Pool {
public:
    explicit LinuxKernelPool(const PoolConfig& config);

    // Where `find_kernel` looks.
    [[nodiscard]] const std::string& directory() const { return directory_; }

    // Always empty: there is no vid but the kernel's.
    [[nodiscard]] std::string new_vid(std::string_view directory, std::string_view qube,
                                      std::string_view role) const override;
    [[nodiscard]] int default_revisions_to_keep() const override { return 0; }

    void create(const Volume& volume) override;
    void remove(const Volume& volume) override;
    void verify(const Volume& volume) override;
    bool start(const Volume& volume) override;
    void stop(const Volume& volume) override;
    void abort(const Volume& volume) override;
    [[nodiscard]] bool is_started(const Volume& volume) override;
    [[nodiscard]] std::optional<BlockPath> block_path(const Volume& volume) override;

    // Of modules.img; all zero without it.
    [[nodiscard]] VolumeFacts facts(const Volume& volume) override;
    [[nodiscard]] std::string path(const Volume& volume) override;
    [[nodiscard]] std::vector<std::string> revisions(const Volume& volume) override;

    // These throw Error{unsupported}: kernels come with packages of dom0.
    [[nodiscard]] std::string snapshot(const Volume& volume) override;
    void revert(const Volume& volume, const std::string& revision) override;
    std::uint64_t resize(const Volume& volume, std::uint64_t size) override;
    [[nodiscard]] std::unique_ptr<Import> begin_import(const Volume& volume,
                                                       std::uint64_t size) override;
    [[nodiscard]] Fd open_committed(const Volume& volume) override;

    void check_room() override {}
    // Unknown: a kernel pool has no size of its own.
    [[nodiscard]] std::optional<PoolUsage> usage() override;
    [[nodiscard]] std::vector<std::string> list() override;

    // The directory itself, where it is missing.
    [[nodiscard]] std::vector<std::string> set_up(bool check) override;
    void take_back(const std::vector<std::string>& made) override;

private:
    std::string name_;
    std::string directory_;
};

} // namespace qmgmt
