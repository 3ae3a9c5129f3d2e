// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/cipher.hpp"
#include "backup/container/key_maker.hpp"
#include "backup/container/key_thread.hpp"
#include "lib/backup/container/secrets.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"

#include <chrono>
#include <set>
#include <string>
#include <time.h>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

// Seconds, of all threads.
double processor_time()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

bool opens(const ContainerKey& key, const Passphrase& passphrase, const std::string& name)
{
    const Secret secret = passphrase.for_member("id", name);
    return unseal(seal(key, "content"), secret, {}, {name}) == "content";
}

} // namespace

TEST_CASE("key maker: a key is its name's, told or not, in whatever order", "[backup]")
{
    const Passphrase passphrase = Passphrase::parse("correct horse");
    KeyMaker keys{passphrase, "id", cheap};
    std::set<std::string> heads;
    const auto take = [&](const std::string& name) {
        const ContainerKey key = keys.take(name);
        CHECK(opens(key, passphrase, name));
        CHECK(heads.insert(std::string{key.head()}).second);
    };
    take("untold");
    for (const char* const name : {"a", "b", "c", "d", "b"})
        keys.expect(name);
    take("c"); // not in order, and not yet begun
    take("b");
    take("a");
    take("a"); // once more: a new key
    take("d");
    keys.expect("never");
    keys.expect("never either");
    for (int i = 0; i < 20; ++i)
        take("n" + std::to_string(i));
    keys.expect("forgotten");
    keys.forget("forgotten");
    keys.forget("nobody");
    take("forgotten");
}

TEST_CASE("key maker: keys are made ahead, and those that nobody takes make room", "[backup]")
{
    const Passphrase passphrase = Passphrase::parse("correct horse");
    constexpr KdfCost slow{14, 8, 1};
    const double before = processor_time();
    static_cast<void>(derive_key("x", "y", slow));
    const double once = processor_time() - before;

    KeyMaker keys{passphrase, "id", slow};
    keys.expect("dead 1");
    keys.expect("dead 2");
    for (int i = 0; i < 17; ++i) // until both have been passed over
        static_cast<void>(keys.take("u" + std::to_string(i)));
    const double told = processor_time();
    keys.expect("next");
    for (int i = 0; i < 4000 && processor_time() - told < 0.8 * once; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    const double asked = processor_time();
    static_cast<void>(keys.take("next"));
    CHECK(processor_time() - asked < 0.6 * once);
}

TEST_CASE("key maker: what goes wrong beside is said to who asks", "[backup]")
{
    const Passphrase passphrase = Passphrase::parse(std::string(1024, 'x'));
    KeyMaker wrong{passphrase, "id", {30, 8, 1}};
    wrong.expect("a");
    CHECK(backup_fault_of([&] { static_cast<void>(wrong.take("a")); }) == BackupFault::internal);
    CHECK(backup_fault_of([&] { static_cast<void>(wrong.take("b")); }) == BackupFault::internal);
    CHECK(backup_fault_of([&] { static_cast<void>(wrong.take(std::string(1024, 'n'))); }) ==
          BackupFault::passphrase_too_long);
}

TEST_CASE("key thread: heads are opened beside, and at the end no thread is left", "[backup]")
{
    const int before = threads_of_this_process();
    {
        KeyThread thread;
        const ContainerKey key = ContainerKey::make(secret_of("one"), cheap);
        const std::string head{key.head()};
        auto good = thread.open(head, secret_of("one"), {}, {"a"});
        auto bad = thread.open(head, secret_of("two"), {}, {"a"});
        auto refused =
            thread.open(head, secret_of("two"), {}, {"a", BackupFault::wrong_passphrase});
        CHECK(threads_of_this_process() == before + 1);
        CHECK(good.get().mac_key() == key.mac_key());
        CHECK(backup_fault_of([&] { static_cast<void>(bad.get()); }) ==
              BackupFault::member_corrupt);
        CHECK(backup_fault_of([&] { static_cast<void>(refused.get()); }) ==
              BackupFault::wrong_passphrase);
        // Not waited for.
        for (int i = 0; i < 50; ++i)
            static_cast<void>(thread.open(head, secret_of("one"), {}, {"a"}));
    }
    CHECK(threads_of_this_process() == before);
}
