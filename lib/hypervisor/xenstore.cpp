// SPDX-License-Identifier: GPL-2.0-or-later

#include "hypervisor/xenstore.hpp"

#include "base/watchdog.hpp"
#include "hypervisor/libxl/loaded.hpp"
#include "hypervisor/libxl/xenstore_of.hpp"

#include <algorithm>

namespace qmgmt {
namespace {

// An answer takes a fraction of a millisecond.
constexpr std::chrono::seconds longest{10};

// One connection for as long as it lives: a qube that starts is told sixty things.
class LibraryXenstore : public Xenstore {
public:
    explicit LibraryXenstore(const qmgmt_xen& library) : library_{library}
    {
        const Watchdog guard{longest};
        qmgmt_xen_error error{};
        if (library_.store_open(&store_, &error) != 0)
            libxl::throw_failure("reach xenstore", "", error);
    }
    LibraryXenstore(const LibraryXenstore&) = delete;
    LibraryXenstore& operator=(const LibraryXenstore&) = delete;
    ~LibraryXenstore() override { library_.store_close(store_); }

    std::optional<std::string> read(const std::string& path) override
    {
        char* value = nullptr;
        std::size_t length = 0;
        if (!ask("read xenstore", path, [&](qmgmt_xen_error& error) {
                return library_.store_read(store_, path.c_str(), &value, &length, &error);
            }))
            return std::nullopt;
        std::string text{value, length};
        library_.release(value);
        return text;
    }

    std::vector<std::string> list(const std::string& path) override
    {
        char** names = nullptr;
        std::size_t count = 0;
        if (!ask("list xenstore", path, [&](qmgmt_xen_error& error) {
                return library_.store_list(store_, path.c_str(), &names, &count, &error);
            }))
            return {};
        std::vector<std::string> found{names, names + count};
        library_.release(static_cast<void*>(names));
        std::ranges::sort(found);
        return found;
    }

    void write(const std::string& path, std::string_view value) override
    {
        change("write to xenstore", path, [&](qmgmt_xen_error& error) {
            return library_.store_write(store_, path.c_str(), value.data(), value.size(), &error);
        });
    }

    void remove(const std::string& path) override
    {
        static_cast<void>(ask("remove from xenstore", path, [&](qmgmt_xen_error& error) {
            return library_.store_remove(store_, path.c_str(), &error);
        }));
    }

    void permit(const std::string& path, int domain, Access access) override
    {
        change("permit the use of xenstore", path, [&](qmgmt_xen_error& error) {
            return library_.store_permit(store_, path.c_str(), static_cast<unsigned>(domain),
                                         access == Access::read_and_write ? 1 : 0, &error);
        });
    }

private:
    // False when there is no such node.
    template<typename Operation>
    bool ask(std::string_view what, const std::string& path, Operation operation)
    {
        const Watchdog guard{longest};
        qmgmt_xen_error error{};
        if (operation(error) == 0)
            return true;
        if (error.failure != QMGMT_XEN_NOT_FOUND)
            libxl::throw_failure(what, path, error);
        return false;
    }

    template<typename Operation>
    void change(std::string_view what, const std::string& path, Operation operation)
    {
        const Watchdog guard{longest};
        qmgmt_xen_error error{};
        if (operation(error) != 0)
            libxl::throw_failure(what, path, error);
    }

    const qmgmt_xen& library_;
    qmgmt_xen_store* store_ = nullptr;
};

} // namespace

std::unique_ptr<Xenstore> open_xenstore(const qmgmt_xen& library)
{
    return std::make_unique<LibraryXenstore>(library);
}

std::unique_ptr<Xenstore> open_xenstore()
{
    return open_xenstore(libxl::loaded());
}

} // namespace qmgmt
