// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/container/cipher.hpp"
#include "backup/container/key_maker.hpp"
#include "backup/container/key_threads.hpp"
#include "lib/backup/container/secrets.hpp"
#include "support/backup_fault_of.hpp"
#include "support/catch.hpp"
#include "support/threads.hpp"

#include <chrono>
#include <set>
#include <string>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

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
    KeyMaker keys{passphrase, "id", cheap};
    const auto is_made = [&](const std::string& name) {
        for (int i = 0; i < 2000 && !keys.is_made(name); ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        return keys.is_made(name);
    };
    for (const char* const name : {"dead 1", "dead 2", "dead 3", "next"})
        keys.expect(name);
    CHECK(is_made("dead 1"));
    CHECK(is_made("dead 2"));
    CHECK(is_made("dead 3"));
    static_cast<void>(keys.take("untold"));
    CHECK_FALSE(keys.is_made("next")); // there is nothing under way that it could come from
    for (int i = 0; i < 20; ++i)
        static_cast<void>(keys.take("untold"));
    CHECK(is_made("next"));
    CHECK_FALSE(keys.is_made("dead 1"));
    CHECK(opens(keys.take("next"), passphrase, "next"));
    CHECK_FALSE(keys.is_made("next"));
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

TEST_CASE("key threads: at their end no thread is left, and nobody waits for what has no turn",
          "[backup]")
{
    const int before = threads_of_this_process();
    std::future<ContainerKey> last;
    {
        KeyThreads threads{2};
        CHECK(threads_come_to(before + 2));
        const auto task = [](const KdfCost& cost) {
            return KeyThreads::Task{[cost] { return ContainerKey::make(secret_of("one"), cost); }};
        };
        CHECK(threads.run(task(cheap)).get().head().size() == container_head_size);
        auto wrong = threads.run(task({30, 8, 1}));
        CHECK(backup_fault_of([&] { static_cast<void>(wrong.get()); }) == BackupFault::internal);
        for (int i = 0; i < 200; ++i)
            last = threads.run(task({12, 8, 1}));
    }
    CHECK(threads_come_to(before));
    CHECK_THROWS_AS(last.get(), std::future_error);
}
