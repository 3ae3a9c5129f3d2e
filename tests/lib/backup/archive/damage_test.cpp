// SPDX-License-Identifier: GPL-2.0-or-later
//
// A small archive, damaged in more than a thousand places and ways. Whatever is done to it: it is
// refused, or every byte of it comes as it was archived.

#include "base/error.hpp"
#include "support/archives.hpp"
#include "support/catch.hpp"

#include <functional>
#include <random>

using namespace qmgmt;
using namespace qmgmt::test;

namespace {

struct Outcome {
    bool refused = false;
    bool differs = false; // something came that was never archived
    bool whole = false;   // all of it came
};

Outcome outcome_of(const std::string& archive, const GoodArchive& good,
                   const Passphrase& passphrase)
{
    Outcome outcome;
    std::map<std::string, KeepingReceiver> files;
    try {
        MemorySource source{archive};
        ArchiveReader reader{source, passphrase};
        outcome.differs = reader.metadata() != good.metadata;
        while (const auto name = reader.next())
            reader.take(files[*name]);
        reader.finish();
    } catch (const Error& error) {
        outcome.refused = true;
        CHECK(error.kind() != Failure::internal);
    }
    std::size_t whole = 0;
    for (const auto& [name, receiver] : files) {
        const auto wanted = good.files.find(name);
        if (wanted == good.files.end()) {
            outcome.differs = true;
            continue;
        }
        for (const auto& [at, piece] : receiver.pieces) {
            if (at + piece.size() > wanted->second.size() ||
                wanted->second.compare(at, piece.size(), piece) != 0)
                outcome.differs = true;
        }
        whole += receiver.whole ? 1 : 0;
    }
    outcome.whole = whole == good.files.size();
    return outcome;
}

class Damage {
public:
    Damage() : passphrase_{Passphrase::parse(test_passphrase)}
    {
        MemorySink sink;
        ArchiveWriter writer{{.backup_id = std::string{test_id},
                              .compression = Compression::gzip,
                              .workers = 1,
                              .cost = cheap,
                              .chunk_size = 400},
                             passphrase_,
                             sink};
        good_.metadata = "<qubes/>";
        writer.add_metadata(good_.metadata);
        good_.files = {{"vm7/private.img", noise(700)}, {"vm9/firewall.xml", noise(100)}};
        const std::string& image = good_.files.at("vm7/private.img");
        writer.add_image("vm7/private.img", image_file(image).get(), image.size());
        writer.add_file("vm9/firewall.xml", good_.files.at("vm9/firewall.xml"));
        static_cast<void>(writer.finish());
        good_.bytes = sink.bytes;
    }

    [[nodiscard]] const std::string& bytes() const noexcept { return good_.bytes; }
    [[nodiscard]] Outcome outcome(const std::string& damaged) const
    {
        ++count_;
        return outcome_of(damaged, good_, passphrase_);
    }
    [[nodiscard]] int count() const noexcept { return count_; }

private:
    Passphrase passphrase_;
    GoodArchive good_;
    mutable int count_ = 0;
};

bool is_in_end_blocks(std::size_t at, std::size_t size)
{
    return at >= size - 1024;
}

} // namespace

TEST_CASE("archive: a bit that flips anywhere is noticed", "[backup]")
{
    const Damage damage;
    const Outcome untouched = damage.outcome(damage.bytes());
    REQUIRE_FALSE(untouched.refused);
    REQUIRE(untouched.whole);
    std::mt19937 generator{7};
    int unnoticed = 0;
    for (std::size_t at = 0; at < damage.bytes().size(); at += 11) {
        std::string flipped = damage.bytes();
        flipped[at] = static_cast<char>(flipped[at] ^ (1 << generator() % 8));
        const Outcome outcome = damage.outcome(flipped);
        INFO("at " << at);
        CHECK_FALSE(outcome.differs);
        CHECK((outcome.refused || outcome.whole));
        if (!outcome.refused) {
            // The blank behind a checksum may be a NUL, and that is all.
            CHECK(at % 512 == 155);
            ++unnoticed;
        }
        CHECK((outcome.refused || !is_in_end_blocks(at, damage.bytes().size())));
    }
    CHECK(unnoticed <= 8);
    CHECK(damage.count() > 700);
}

TEST_CASE("archive: wherever it is cut, it is noticed", "[backup]")
{
    const Damage damage;
    const std::size_t size = damage.bytes().size();
    for (std::size_t at = 0; at < size; at += 41) {
        const Outcome outcome = damage.outcome(damage.bytes().substr(0, at));
        INFO("at " << at);
        CHECK_FALSE(outcome.differs);
        CHECK((outcome.refused || at >= size - 1024));
        const std::size_t length = std::min<std::size_t>(1 + at % 900, size - at);
        const Outcome hole = damage.outcome(std::string{damage.bytes()}.erase(at, length));
        CHECK_FALSE(hole.differs);
        CHECK((hole.refused || at + length > size - 1024));
    }
    CHECK(damage.count() > 300);
}

TEST_CASE("archive: members that are dropped, repeated, moved or exchanged are noticed", "[backup]")
{
    const Damage damage;
    const std::vector<TarEntry> entries = entries_of(damage.bytes());
    const auto refused = [&](const std::vector<TarEntry>& changed) {
        const Outcome outcome = damage.outcome(tar_of(changed));
        CHECK_FALSE(outcome.differs);
        return outcome.refused;
    };
    REQUIRE_FALSE(refused(entries));
    for (std::size_t i = 0; i < entries.size(); ++i) {
        INFO(entries[i].name);
        std::vector<TarEntry> changed = entries;
        changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(i));
        CHECK(refused(changed));
        changed = entries;
        changed[i].content.clear();
        CHECK(refused(changed));
        for (std::size_t j = 0; j <= entries.size(); ++j) {
            changed = entries;
            changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(j), entries[i]);
            CHECK(refused(changed));
            if (j >= entries.size() || i == j)
                continue;
            changed = entries;
            std::swap(changed[i], changed[j]);
            CHECK(refused(changed));
            changed = entries;
            changed[i].content = entries[j].content;
            CHECK(refused(changed));
            changed = entries;
            changed[i].name = entries[j].name;
            CHECK(refused(changed));
        }
    }
    CHECK(damage.count() > 200);
}
