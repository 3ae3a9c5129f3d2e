// SPDX-License-Identifier: GPL-2.0-or-later
//
// libvirt as a Hypervisor, through the border of the loadable object.

#include "hypervisor/libvirt_hypervisor.hpp"

#include "base/error.hpp"
#include "base/loadable.hpp"
#include "base/watchdog.hpp"
#include "hypervisor/device_key.hpp"
#include "hypervisor/libvirt/border.h"
#include "hypervisor/libvirt_state.hpp"
#include "hypervisor/session_daemon.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>

namespace qmgmt {
namespace {

const qmgmt_libvirt& library()
{
    static const qmgmt_libvirt* loaded = reinterpret_cast<qmgmt_libvirt_entry>(
        open_loadable("qubes-mgmt-libvirt.so", QMGMT_LIBVIRT_ENTRY))();
    return *loaded;
}

FailureType type_of(qmgmt_hv_failure failure)
{
    switch (failure) {
    case QMGMT_HV_BAD_STATE: return {Failure::wrong_state, "QubesVMError"};
    case QMGMT_HV_UNSUPPORTED:
    case QMGMT_HV_NO_HVM: return failure::unsupported;
    case QMGMT_HV_NO_MEMORY: return failure::no_memory;
    case QMGMT_HV_TIMEOUT: return failure::timeout;
    case QMGMT_HV_BUSY: return failure::busy;
    case QMGMT_HV_EXISTS: return {Failure::in_use, "QubesVMError"};
    case QMGMT_HV_INTERNAL:
    case QMGMT_HV_NO_DOMAIN:
    case QMGMT_HV_CONFIG:
    case QMGMT_HV_STORAGE:
    case QMGMT_HV_DENIED:
    case QMGMT_HV_UNAVAILABLE:
    case QMGMT_HV_LOST:
    case QMGMT_HV_NO_DEVICE:
    case QMGMT_HV_HOOK_REFUSED: return failure::vm_failed;
    }
    return failure::vm_failed;
}

// For the caller: libvirt's own words hold paths of the host and stay in the log.
std::string_view reason_of(qmgmt_hv_failure failure)
{
    switch (failure) {
    case QMGMT_HV_NO_DOMAIN: return "the hypervisor does not know the domain";
    case QMGMT_HV_BAD_STATE: return "the domain is not in the state for it";
    case QMGMT_HV_EXISTS: return "the hypervisor has another domain of that name";
    case QMGMT_HV_CONFIG: return "the hypervisor refused the configuration";
    case QMGMT_HV_UNSUPPORTED: return "the hypervisor cannot do this";
    case QMGMT_HV_NO_HVM: return "HVM is not supported on this machine";
    case QMGMT_HV_NO_MEMORY: return "not enough memory";
    case QMGMT_HV_STORAGE: return "the hypervisor cannot open a disk";
    case QMGMT_HV_DENIED: return "the hypervisor does not let us in";
    case QMGMT_HV_UNAVAILABLE: return "the hypervisor cannot be reached";
    case QMGMT_HV_LOST: return "the connection to the hypervisor broke";
    case QMGMT_HV_TIMEOUT: return "the hypervisor did not answer in time";
    case QMGMT_HV_HOOK_REFUSED: return "a hook refused it";
    case QMGMT_HV_BUSY: return "the hypervisor is busy with the domain";
    case QMGMT_HV_NO_DEVICE: return "the hypervisor does not know the device";
    case QMGMT_HV_INTERNAL: break;
    }
    return "the hypervisor failed, see the log";
}

[[noreturn]] void fail(std::string_view what, const qmgmt_hv_error& error)
{
    throw Error{type_of(error.failure),
                "cannot " + std::string{what} + ": " + std::string{reason_of(error.failure)},
                "libvirt " + std::to_string(error.code) + "/" + std::to_string(error.domain) +
                    ": " + error.text};
}

DomainStatus ours(const qmgmt_hv_status& status)
{
    Uuid::Bytes bytes{};
    std::memcpy(bytes.data(), status.uuid, bytes.size());
    return {Uuid{bytes},
            status.name,
            status.active != 0 ? status.id : -1,
            state_of_libvirt(status.active != 0, status.state),
            status.state,
            status.reason};
}

// "pci_0000_00_1f_3"
std::string node_name(const PciPlan& device)
{
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "pci_%04x_%02x_%02x_%x", device.domain, device.bus,
                  device.slot, device.function);
    return text.data();
}

class LibvirtHypervisor : public Hypervisor {
public:
    explicit LibvirtHypervisor(HypervisorConfig config) : config_{std::move(config)} { open(); }
    LibvirtHypervisor(const LibvirtHypervisor&) = delete;
    LibvirtHypervisor& operator=(const LibvirtHypervisor&) = delete;
    // Left open: saying goodbye is a question like any other, and a daemon that hangs then would
    // turn work that is done into a failure. The process ends anyway, and the daemon sees that.
    ~LibvirtHypervisor() override = default;

    std::vector<DomainStatus> list() override
    {
        qmgmt_hv_status* statuses = nullptr;
        size_t count = 0;
        repeatable(config_.read, "ask who runs", [&](qmgmt_hv_error& error) {
            return library().list(connection_, &statuses, &count, &error);
        });
        std::vector<DomainStatus> found;
        found.reserve(count);
        for (size_t i = 0; i < count; ++i)
            found.push_back(ours(statuses[i]));
        library().release(statuses);
        return found;
    }

    DomainStatus status(const Uuid& uuid) override
    {
        qmgmt_hv_status status{};
        bool known = true;
        repeatable(config_.read, "ask for the state of the qube", [&](qmgmt_hv_error& error) {
            const int result = library().status(connection_, uuid.bytes().data(), &status, &error);
            known = result == 0 || error.failure != QMGMT_HV_NO_DOMAIN;
            return known ? result : 0;
        });
        return known ? ours(status) : DomainStatus{.uuid = uuid};
    }

    DomainUsage usage(const Uuid& uuid) override
    {
        qmgmt_hv_usage usage{};
        repeatable(config_.read, "ask what the qube uses", [&](qmgmt_hv_error& error) {
            const int result = library().usage(connection_, uuid.bytes().data(), &usage, &error);
            return result != 0 && error.failure == QMGMT_HV_NO_DOMAIN ? 0 : result;
        });
        return {usage.memory_kib, usage.maximum_kib, usage.cpu_time_ns};
    }

    void define(const Uuid&, const std::string& xml) override
    {
        repeatable(config_.define, "define the domain", [&](qmgmt_hv_error& error) {
            return library().define(connection_, xml.c_str(), &error);
        });
    }

    int start_paused(const Uuid& uuid) override
    {
        int id = -1;
        change(uuid, PowerState::paused, config_.start, "create the domain",
               [&](qmgmt_hv_error& error) {
                   return library().create(connection_, uuid.bytes().data(), &id, &error);
               });
        return id >= 0 ? id : status(uuid).id;
    }

    void resume(const Uuid& uuid) override
    {
        change(uuid, PowerState::running, config_.resume, "resume the domain",
               act(uuid, QMGMT_HV_RESUME));
    }
    void pause(const Uuid& uuid) override
    {
        change(uuid, PowerState::paused, config_.resume, "pause the domain",
               act(uuid, QMGMT_HV_PAUSE));
    }
    void request_shutdown(const Uuid& uuid) override
    {
        once(config_.shutdown, "ask the domain to shut down", act(uuid, QMGMT_HV_SHUTDOWN));
    }
    void destroy(const Uuid& uuid) override
    {
        change(uuid, PowerState::halted, config_.destroy, "destroy the domain",
               act(uuid, QMGMT_HV_DESTROY));
    }

    void undefine(const Uuid& uuid) override
    {
        repeatable(config_.define, "undefine the domain", act(uuid, QMGMT_HV_UNDEFINE));
    }

    void attach(const Uuid& uuid, const std::string& device_xml) override
    {
        once(config_.attach, "attach the device", [&](qmgmt_hv_error& error) {
            return library().attach(connection_, uuid.bytes().data(), device_xml.c_str(), &error);
        });
    }

    void take_from_host(const PciPlan& device) override
    {
        repeatable(config_.attach, "take the device from the host", [&](qmgmt_hv_error& error) {
            return library().take_from_host(connection_, node_name(device).c_str(), &error);
        });
    }
    void give_to_host(const PciPlan& device) override
    {
        repeatable(config_.attach, "give the device to the host", [&](qmgmt_hv_error& error) {
            return library().give_to_host(connection_, node_name(device).c_str(), &error);
        });
    }

    void resize_disk(const Uuid& uuid, const std::string& source, std::uint64_t size) override
    {
        repeatable(config_.attach, "resize the disk", [&](qmgmt_hv_error& error) {
            return library().resize_disk(connection_, uuid.bytes().data(), source.c_str(), size,
                                         &error);
        });
    }

    void detach(const Uuid& uuid, const std::string& device_xml) override
    {
        const DeviceKey device{device_xml};
        once(config_.attach, "detach the device", [&](qmgmt_hv_error& error) {
            return library().detach(connection_, uuid.bytes().data(), device_xml.c_str(), &error);
        });
        // QEMU's driver says success, too, when the guest did not answer.
        if (device.is_in(live_xml(uuid)))
            throw Error{failure::vm_failed,
                        "cannot detach the device: the guest did not let go of it"};
    }

    std::string live_xml(const Uuid& uuid) override
    {
        char* text = nullptr;
        repeatable(config_.read, "read the domain", [&](qmgmt_hv_error& error) {
            return library().live_xml(connection_, uuid.bytes().data(), &text, &error);
        });
        std::string xml = text;
        library().release(text);
        return xml;
    }

    Kind kind() override
    {
        const char* name = nullptr;
        repeatable(config_.read, "ask what the hypervisor is", [&](qmgmt_hv_error& error) {
            return library().type(connection_, &name, &error);
        });
        const std::string_view type = name;
        if (type == "Xen")
            return Kind::xen;
        if (type == "QEMU")
            return Kind::qemu;
        if (type == "TEST")
            return Kind::test;
        throw Error{failure::unsupported, "not available: the hypervisor is of no known kind",
                    "libvirt says: " + std::string{type}};
    }

    unsigned long version() override
    {
        unsigned long number = 0;
        repeatable(config_.read, "ask which libvirt it is", [&](qmgmt_hv_error& error) {
            return library().version(connection_, &number, &error);
        });
        return number;
    }

private:
    void open()
    {
        const qmgmt_libvirt& libvirt = library();
        const Watchdog guard{config_.open};
        want_session_daemon(config_);
        qmgmt_hv_error error{};
        const auto attempt = [&](int reads_only) {
            int result = libvirt.open(config_.connection.c_str(), reads_only, &connection_, &error);
            if (result != 0 && error.failure == QMGMT_HV_LOST) {
                let_it_end();
                want_session_daemon(config_);
                result = libvirt.open(config_.connection.c_str(), reads_only, &connection_, &error);
            }
            return result == 0;
        };
        // For reading there is a socket of its own that lets everybody in; a session's daemon has
        // none, and others may be without.
        if (config_.reads_only && !is_session(config_)) {
            if (attempt(1))
                return;
            if (error.failure != QMGMT_HV_DENIED && error.failure != QMGMT_HV_UNAVAILABLE)
                fail("connect to the hypervisor", error);
        }
        if (!attempt(0))
            fail("connect to the hypervisor", error);
    }

    // A daemon that hung up may answer once more, only to hang up again.
    static void let_it_end()
    {
        const struct timespec pause {
            0, 100'000'000
        };
        ::nanosleep(&pause, nullptr);
    }

    void close()
    {
        if (connection_ != nullptr) {
            const Watchdog guard{config_.read};
            library().close(std::exchange(connection_, nullptr));
        }
    }

    // Whether it was done. A connection that breaks is given up: the next attempt makes a new one.
    template<typename Operation>
    bool attempt(std::chrono::milliseconds limit, Operation& operation, qmgmt_hv_error& error)
    {
        if (connection_ == nullptr)
            open();
        const Watchdog guard{limit};
        if (operation(error) == 0)
            return true;
        if (error.failure == QMGMT_HV_LOST) {
            close();
            let_it_end();
        }
        return false;
    }

    template<typename Operation>
    void once(std::chrono::milliseconds limit, std::string_view what, Operation operation)
    {
        qmgmt_hv_error error{};
        if (!attempt(limit, operation, error))
            fail(what, error);
    }

    // Asking again does no harm: when the connection broke, once more.
    template<typename Operation>
    void repeatable(std::chrono::milliseconds limit, std::string_view what, Operation operation)
    {
        qmgmt_hv_error error{};
        if (attempt(limit, operation, error))
            return;
        if (error.failure == QMGMT_HV_LOST && attempt(limit, operation, error))
            return;
        fail(what, error);
    }

    // Not to be asked for twice. When the connection broke it may have happened all the same: then
    // the domain is in the state that was `wanted`.
    template<typename Operation>
    void change(const Uuid& uuid, PowerState wanted, std::chrono::milliseconds limit,
                std::string_view what, Operation operation)
    {
        qmgmt_hv_error error{};
        if (attempt(limit, operation, error))
            return;
        if (error.failure != QMGMT_HV_LOST || status(uuid).state != wanted)
            fail(what, error);
    }

    // For the three above.
    std::function<int(qmgmt_hv_error&)> act(const Uuid& uuid, qmgmt_hv_verb verb)
    {
        return [this, &uuid, verb](qmgmt_hv_error& error) {
            return library().act(connection_, uuid.bytes().data(), verb, &error);
        };
    }

    HypervisorConfig config_;
    qmgmt_hv_connection* connection_ = nullptr;
};

} // namespace

std::unique_ptr<Hypervisor> connect_libvirt(const HypervisorConfig& config)
{
    return std::make_unique<LibvirtHypervisor>(config);
}

} // namespace qmgmt
