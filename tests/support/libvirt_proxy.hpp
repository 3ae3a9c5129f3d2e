// SPDX-License-Identifier: GPL-2.0-or-later
//
// Stands between clients of libvirt and a daemon, hears what is asked and by whom, and can treat
// one client badly. Clients are served one after the other.
#pragma once

#include "base/fd.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace qmgmt::test {

class LibvirtProxy {
public:
    // What a client gets in place of one answer, and what comes then.
    struct Treated {
        enum class Then { go_on, hang_up, stall };
        std::string bytes;
        Then then = Then::go_on;
        std::chrono::milliseconds between_bytes{-1}; // negative: all at once
    };
    using Treatment = std::function<Treated(std::uint32_t procedure, std::string answer)>;

    // One client that asked something.
    struct Heard {
        std::vector<std::uint32_t> procedures;
        std::vector<std::string> answers; // of the daemon
        bool library = false;             // it had libvirt's library loaded
    };

    // Listens at `front`, for everybody, and passes on to `back`.
    LibvirtProxy(const std::string& front, std::string back);
    LibvirtProxy(const LibvirtProxy&) = delete;
    LibvirtProxy& operator=(const LibvirtProxy&) = delete;
    ~LibvirtProxy();

    // The next client that asks something is treated like that.
    void treat_next(Treatment treatment);
    // Whom it heard since the last time; waits until the last of them has gone.
    std::vector<Heard> heard();

private:
    void serve();
    void converse(const Fd& client);

    std::string back_;
    Fd listener_;
    std::mutex mutex_;
    std::condition_variable idle_;
    bool busy_ = false; // with a client that asked something
    Treatment next_;
    std::vector<Heard> heard_;
    std::thread thread_;
};

} // namespace qmgmt::test
