// SPDX-License-Identifier: GPL-2.0-or-later
//
// The keys of an archive that is being written. Who writes knows the names that come next: their
// keys are made while he is busy with the present one. Told or not, a key is given for each name
// that is asked for; telling only makes it quick. For one thread at a time.
#pragma once

#include "backup/container/key_threads.hpp"
#include "backup/passphrase.hpp"

#include <cstddef>
#include <deque>
#include <future>
#include <string>

namespace qmgmt {

class KeyMaker {
public:
    // So many are made, or in the making, and not yet taken.
    static constexpr std::size_t ahead = 3;

    // `passphrase` outlives this. Throws BackupError{no_memory}.
    KeyMaker(const Passphrase& passphrase, std::string backup_id, const KdfCost& cost);
    KeyMaker(const KeyMaker&) = delete;
    KeyMaker& operator=(const KeyMaker&) = delete;
    ~KeyMaker();

    // That `take(name)` follows some time. Keys are made in the order in which names are told; told
    // twice is told once, told in vain costs a derivation.
    void expect(const std::string& name);
    // That it does not, after all.
    void forget(const std::string& name);
    // A new key for the member `name` ("vm7/private.img.000"): each time another. Waits until it is
    // made. Throws BackupError{no_memory, passphrase_too_long}.
    [[nodiscard]] ContainerKey take(const std::string& name);
    // Whether `take(name)` would not wait now.
    [[nodiscard]] bool is_made(const std::string& name) const;

private:
    struct Expected {
        std::string name;
        std::future<ContainerKey> key; // of what the thread has been given
        unsigned passed_over = 0;      // by takes of names that had no key
    };

    [[nodiscard]] std::future<ContainerKey> start(const std::string& name, KeyThreads::Turn turn);
    void start_ahead();

    const Passphrase& passphrase_;
    const std::string backup_id_;
    const KdfCost cost_;
    std::deque<Expected> expected_; // those with keys come first
    KeyThreads threads_;
};

} // namespace qmgmt
